package interop

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

var azure = suite{"azidentity", "github.com/Azure/azure-sdk-for-go/sdk/azidentity"}

// secretCredential is set up as azidentity's documentation says for a private cloud.
func secretCredential(t *testing.T, r row) azcore.TokenCredential {
	t.Helper()
	tenantName, clientID, secret := r.credentials()
	credential, err := azidentity.NewClientSecretCredential(tenantName, clientID, secret,
		&azidentity.ClientSecretCredentialOptions{
			ClientOptions: azcore.ClientOptions{
				Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: dev.BaseURL},
			},
			DisableInstanceDiscovery: true,
		})
	if err != nil {
		t.Fatal(err)
	}
	return credential
}

func getToken(credential azcore.TokenCredential, r row) (azcore.AccessToken, error) {
	return credential.GetToken(context.Background(), policy.TokenRequestOptions{Scopes: r.scopes()})
}

// checkGranted asks twice: the second token must come from the credential's cache.
func checkGranted(t *testing.T, credential azcore.TokenCredential, grant row) {
	t.Helper()
	first, err := getToken(credential, grant)
	if err != nil {
		t.Fatal(err)
	}
	checkToken(t, grant, first.Token)
	second, err := getToken(credential, grant)
	if err != nil {
		t.Fatal(err)
	}
	wantEqual(t, "second token", second.Token, first.Token)
}

func checkRefused(t *testing.T, credential azcore.TokenCredential, refusal row) {
	t.Helper()
	_, err := getToken(credential, refusal)
	var failed *azidentity.AuthenticationFailedError
	if !errors.As(err, &failed) {
		t.Fatalf("%T instead of an AuthenticationFailedError: %v", err, err)
	}
	wantEqual(t, "status", failed.RawResponse.StatusCode, refusal.Status)
	if !strings.Contains(err.Error(), refusal.aadsts()) {
		t.Errorf("no %q in %v", refusal.aadsts(), err)
	}
	wantRefusalBody(t, refusal, failed.RawResponse.Body)
}

// useEnvironment sets the variables of `countersign env --adfs`: no code knows that this is not the
// public cloud.
func useEnvironment(t *testing.T, secret string) {
	t.Helper()
	t.Setenv("AZURE_AUTHORITY_HOST", dev.BaseURL)
	t.Setenv("AZURE_TENANT_ID", "adfs")
	t.Setenv("AZURE_CLIENT_ID", clientNamed("Daemon").AppID)
	t.Setenv("AZURE_CLIENT_SECRET", secret)
}

func environmentCredential(t *testing.T) azcore.TokenCredential {
	t.Helper()
	credential, err := azidentity.NewEnvironmentCredential(nil)
	if err != nil {
		t.Fatal(err)
	}
	return credential
}

func TestAzidentityGrants(t *testing.T) {
	for _, grant := range scenarios.Grants {
		azure.run(t, grant.Scenario, func(t *testing.T) {
			checkGranted(t, secretCredential(t, grant), grant)
		})
	}
}

func TestAzidentityRefusals(t *testing.T) {
	for _, refusal := range scenarios.Refusals {
		azure.run(t, refusal.Scenario, func(t *testing.T) {
			checkRefused(t, secretCredential(t, refusal), refusal)
		})
	}
}

func TestAzidentityEnvironmentOnly(t *testing.T) {
	azure.run(t, "environment only, through adfs", func(t *testing.T) {
		useEnvironment(t, clientNamed("Daemon").ClientSecret)
		for _, grant := range firstTokens() {
			checkGranted(t, environmentCredential(t), grant)
		}
	})
	azure.run(t, "DefaultAzureCredential, environment only, through adfs", func(t *testing.T) {
		useEnvironment(t, clientNamed("Daemon").ClientSecret)
		credential, err := azidentity.NewDefaultAzureCredential(nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, grant := range firstTokens() {
			checkGranted(t, credential, grant)
		}
	})
	azure.run(t, "environment only, wrong secret, through adfs", func(t *testing.T) {
		refusal := scenarios.Refusals[0]
		useEnvironment(t, refusal.Secret)
		checkRefused(t, environmentCredential(t), refusal)
	})
}
