package interop

import (
	"context"
	"testing"
	"time"

	"github.com/hashicorp/go-azure-sdk/microsoft-graph/applications/stable/application"
	"github.com/hashicorp/go-azure-sdk/microsoft-graph/applications/stable/federatedidentitycredential"
	appowner "github.com/hashicorp/go-azure-sdk/microsoft-graph/applications/stable/owner"
	"github.com/hashicorp/go-azure-sdk/microsoft-graph/directoryobjects/stable/directoryobject"
	"github.com/hashicorp/go-azure-sdk/microsoft-graph/domains/stable/domain"
	"github.com/hashicorp/go-azure-sdk/microsoft-graph/serviceprincipals/stable/approleassignedto"
	spowner "github.com/hashicorp/go-azure-sdk/microsoft-graph/serviceprincipals/stable/owner"
	"github.com/hashicorp/go-azure-sdk/microsoft-graph/serviceprincipals/stable/serviceprincipal"
	"github.com/hashicorp/go-azure-sdk/sdk/auth"
	tokenclaims "github.com/hashicorp/go-azure-sdk/sdk/claims"
	httpclient "github.com/hashicorp/go-azure-sdk/sdk/client"
	"github.com/hashicorp/go-azure-sdk/sdk/client/msgraph"
	"github.com/hashicorp/go-azure-sdk/sdk/environments"
)

// azuread is the library that Terraform's azuread provider makes all its requests with. The
// provider itself is no versioned Go module, so its sequences of requests are made here: what each
// resource does when it is created, read, updated and destroyed.
var azuread = suite{
	"go-azure-sdk (Terraform's azuread)", "github.com/hashicorp/go-azure-sdk/sdk",
}

// terraform is what the provider holds for its resources.
type terraform struct {
	ctx         context.Context
	callerID    string
	apps        *application.ApplicationClient
	appOwners   *appowner.OwnerClient
	federated   *federatedidentitycredential.FederatedIdentityCredentialClient
	principals  *serviceprincipal.ServicePrincipalClient
	spOwners    *spowner.OwnerClient
	assignments *approleassignedto.AppRoleAssignedToClient
	domains     *domain.DomainClient
	objects     *directoryobject.DirectoryObjectClient
	beta        *msgraph.Client
}

// cloudEnvironment is what the provider does with `metadata_host`.
func cloudEnvironment(ctx context.Context, t *testing.T) environments.Environment {
	t.Helper()
	environment, err := environments.FromEndpoint(ctx, dev.BaseURL)
	if err != nil {
		t.Fatal(err)
	}
	return *environment
}

// deadline is required by the library, for its retries: a request that needs them fails in time.
func deadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// newTerraform signs in as the administrator, with a secret.
func newTerraform(t *testing.T) *terraform {
	t.Helper()
	ctx := deadline(t)
	environment := cloudEnvironment(ctx, t)
	authorizer := authorizerOf(ctx, t, auth.Credentials{
		Environment:                           environment,
		TenantID:                              dev.Administrator.TenantID,
		ClientID:                              dev.Administrator.AppID,
		ClientSecret:                          dev.Administrator.ClientSecret,
		EnableAuthenticatingUsingClientSecret: true,
	})
	graph := environment.MicrosoftGraph
	tf := &terraform{ctx: ctx, callerID: claimsOf(ctx, t, authorizer).ObjectId}

	var err [9]error
	tf.apps, err[0] = application.NewApplicationClientWithBaseURI(graph)
	tf.appOwners, err[1] = appowner.NewOwnerClientWithBaseURI(graph)
	tf.federated, err[2] = federatedidentitycredential.NewFederatedIdentityCredentialClientWithBaseURI(graph)
	tf.principals, err[3] = serviceprincipal.NewServicePrincipalClientWithBaseURI(graph)
	tf.spOwners, err[4] = spowner.NewOwnerClientWithBaseURI(graph)
	tf.assignments, err[5] = approleassignedto.NewAppRoleAssignedToClientWithBaseURI(graph)
	tf.domains, err[6] = domain.NewDomainClientWithBaseURI(graph)
	tf.objects, err[7] = directoryobject.NewDirectoryObjectClientWithBaseURI(graph)
	tf.beta, err[8] = msgraph.NewClient(graph, "Beta", msgraph.VersionBeta)
	for _, err := range err {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, one := range []httpclient.BaseClient{
		tf.apps.Client, tf.appOwners.Client, tf.federated.Client, tf.principals.Client,
		tf.spOwners.Client, tf.assignments.Client, tf.domains.Client, tf.objects.Client, tf.beta,
	} {
		one.SetAuthorizer(authorizer)
	}
	return tf
}

func authorizerOf(ctx context.Context, t *testing.T, credentials auth.Credentials) auth.Authorizer {
	t.Helper()
	graph := credentials.Environment.MicrosoftGraph
	authorizer, err := auth.NewAuthorizerFromCredentials(ctx, credentials, graph)
	if err != nil {
		t.Fatal(err)
	}
	return authorizer
}

// claimsOf is what the provider knows about its caller: it reads the token.
func claimsOf(ctx context.Context, t *testing.T, authorizer auth.Authorizer) *tokenclaims.Claims {
	t.Helper()
	token, err := authorizer.Token(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	known, err := tokenclaims.ParseClaims(token)
	if err != nil {
		t.Fatal(err)
	}
	return known
}

// done is for the many calls whose answer is in an error, if anywhere.
func done(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}
