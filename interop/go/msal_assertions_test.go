package interop

import (
	"context"
	"os"
	"testing"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
)

// msalAssertionClients is one client for every form in which MSAL takes the proof of the row.
func msalAssertionClients(t *testing.T, r row) []confidential.Client {
	t.Helper()
	if r.Proof == "certificate" {
		return []confidential.Client{
			msalClientWith(t, r, msalCertificate(t, r.proof())),
			msalClientWith(t, r, msalCertificate(t, r.proof()), confidential.WithX5C()),
		}
	}
	readToken := func(context.Context, confidential.AssertionRequestOptions) (string, error) {
		return r.proof().readToken()
	}
	return []confidential.Client{
		msalClientWith(t, r, confidential.NewCredFromAssertionCallback(readToken)),
	}
}

func msalCertificate(t *testing.T, c client) confidential.Credential {
	t.Helper()
	pem, err := os.ReadFile(c.CertificateWithKeyFile)
	if err != nil {
		t.Fatal(err)
	}
	certificates, key, err := confidential.CertFromPEM(pem, "")
	if err != nil {
		t.Fatal(err)
	}
	credential, err := confidential.NewCredFromCert(certificates, key)
	if err != nil {
		t.Fatal(err)
	}
	return credential
}

func TestMSALAssertionGrants(t *testing.T) {
	for _, grant := range scenarios.AssertionGrants {
		msal.run(t, grant.Scenario, func(t *testing.T) {
			for _, client := range msalAssertionClients(t, grant) {
				checkMSALGranted(t, client, grant)
			}
		})
	}
}

func TestMSALAssertionRefusals(t *testing.T) {
	for _, refusal := range scenarios.AssertionRefusals {
		msal.run(t, refusal.Scenario, func(t *testing.T) {
			for _, client := range msalAssertionClients(t, refusal) {
				checkMSALRefused(t, client, refusal)
			}
		})
	}
}
