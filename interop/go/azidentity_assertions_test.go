package interop

import (
	"context"
	"os"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// assertionCredentials is one credential of every kind that takes the proof of the row.
func assertionCredentials(t *testing.T, r row) []azcore.TokenCredential {
	t.Helper()
	if r.Proof == "certificate" {
		return []azcore.TokenCredential{certificateCredential(t, r, false), certificateCredential(t, r, true)}
	}
	return []azcore.TokenCredential{workloadIdentityCredential(t, r), assertionCredential(t, r)}
}

func privateCloud() azcore.ClientOptions {
	return azcore.ClientOptions{Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: dev.BaseURL}}
}

func certificateCredential(t *testing.T, r row, sendChain bool) azcore.TokenCredential {
	t.Helper()
	pem, err := os.ReadFile(r.proof().CertificateWithKeyFile)
	if err != nil {
		t.Fatal(err)
	}
	certificates, key, err := azidentity.ParseCertificates(pem, nil)
	if err != nil {
		t.Fatal(err)
	}
	tenantName, clientID, _ := r.credentials()
	credential, err := azidentity.NewClientCertificateCredential(tenantName, clientID, certificates, key,
		&azidentity.ClientCertificateCredentialOptions{
			ClientOptions:            privateCloud(),
			DisableInstanceDiscovery: true,
			SendCertificateChain:     sendChain,
		})
	if err != nil {
		t.Fatal(err)
	}
	return credential
}

func workloadIdentityCredential(t *testing.T, r row) azcore.TokenCredential {
	t.Helper()
	tenantName, clientID, _ := r.credentials()
	credential, err := azidentity.NewWorkloadIdentityCredential(
		&azidentity.WorkloadIdentityCredentialOptions{
			ClientOptions:            privateCloud(),
			DisableInstanceDiscovery: true,
			TenantID:                 tenantName,
			ClientID:                 clientID,
			TokenFilePath:            r.proof().Federated.TokenFile,
		})
	if err != nil {
		t.Fatal(err)
	}
	return credential
}

func assertionCredential(t *testing.T, r row) azcore.TokenCredential {
	t.Helper()
	tenantName, clientID, _ := r.credentials()
	readToken := func(context.Context) (string, error) { return r.proof().readToken() }
	credential, err := azidentity.NewClientAssertionCredential(tenantName, clientID, readToken,
		&azidentity.ClientAssertionCredentialOptions{
			ClientOptions:            privateCloud(),
			DisableInstanceDiscovery: true,
		})
	if err != nil {
		t.Fatal(err)
	}
	return credential
}

func TestAzidentityAssertionGrants(t *testing.T) {
	for _, grant := range scenarios.AssertionGrants {
		azure.run(t, grant.Scenario, func(t *testing.T) {
			for _, credential := range assertionCredentials(t, grant) {
				checkGranted(t, credential, grant)
			}
		})
	}
}

func TestAzidentityAssertionRefusals(t *testing.T) {
	for _, refusal := range scenarios.AssertionRefusals {
		azure.run(t, refusal.Scenario, func(t *testing.T) {
			for _, credential := range assertionCredentials(t, refusal) {
				checkRefused(t, credential, refusal)
			}
		})
	}
}
