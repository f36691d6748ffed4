package interop

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
	msalerrors "github.com/AzureAD/microsoft-authentication-library-for-go/apps/errors"
)

var msal = suite{"MSAL Go", "github.com/AzureAD/microsoft-authentication-library-for-go"}

func msalClient(t *testing.T, r row) confidential.Client {
	t.Helper()
	_, _, secret := r.credentials()
	credential, err := confidential.NewCredFromSecret(secret)
	if err != nil {
		t.Fatal(err)
	}
	return msalClientWith(t, r, credential)
}

// msalClientWith is set up as MSAL's documentation says for a private cloud.
func msalClientWith(
	t *testing.T, r row, credential confidential.Credential, options ...confidential.Option,
) confidential.Client {
	t.Helper()
	tenantName, clientID, _ := r.credentials()
	options = append(options, confidential.WithInstanceDiscovery(false))
	client, err := confidential.New(dev.BaseURL+"/"+tenantName, clientID, credential, options...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// checkMSALGranted asks twice: the second token must come from the client's cache.
func checkMSALGranted(t *testing.T, client confidential.Client, grant row) {
	t.Helper()
	first, err := client.AcquireTokenByCredential(context.Background(), grant.scopes())
	if err != nil {
		t.Fatal(err)
	}
	checkToken(t, grant, first.AccessToken)

	second, err := client.AcquireTokenByCredential(context.Background(), grant.scopes())
	if err != nil {
		t.Fatal(err)
	}
	wantEqual(t, "source", second.Metadata.TokenSource, confidential.TokenSourceCache)
	wantEqual(t, "second token", second.AccessToken, first.AccessToken)
}

func checkMSALRefused(t *testing.T, client confidential.Client, refusal row) {
	t.Helper()
	_, err := client.AcquireTokenByCredential(context.Background(), refusal.scopes())
	var call msalerrors.CallErr
	if !errors.As(err, &call) {
		t.Fatalf("%T instead of a CallErr: %v", err, err)
	}
	wantEqual(t, "status", call.Resp.StatusCode, refusal.Status)
	if !strings.Contains(err.Error(), refusal.aadsts()) {
		t.Errorf("no %q in %v", refusal.aadsts(), err)
	}
	wantRefusalBody(t, refusal, call.Resp.Body)
}

func TestMSALGrants(t *testing.T) {
	for _, grant := range scenarios.Grants {
		msal.run(t, grant.Scenario, func(t *testing.T) {
			checkMSALGranted(t, msalClient(t, grant), grant)
		})
	}
}

func TestMSALRefusals(t *testing.T) {
	for _, refusal := range scenarios.Refusals {
		msal.run(t, refusal.Scenario, func(t *testing.T) {
			checkMSALRefused(t, msalClient(t, refusal), refusal)
		})
	}
}

// wantRefusalBody checks the members that Go programs read from the response an SDK error carries.
func wantRefusalBody(t *testing.T, refusal row, response io.Reader) {
	t.Helper()
	var body struct {
		Error       string `json:"error"`
		Codes       []int  `json:"error_codes"`
		Description string `json:"error_description"`
	}
	if err := json.NewDecoder(response).Decode(&body); err != nil {
		t.Fatal(err)
	}
	wantEqual(t, "error", body.Error, refusal.Error)
	if len(body.Codes) != 1 || body.Codes[0] != refusal.Code {
		t.Errorf("error_codes = %v, want [%d]", body.Codes, refusal.Code)
	}
	if !strings.HasPrefix(body.Description, refusal.aadsts()) {
		t.Errorf("error_description = %q", body.Description)
	}
}
