package interop

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/google/uuid"
	abstractions "github.com/microsoft/kiota-abstractions-go"
	kiotaazure "github.com/microsoft/kiota-authentication-azure-go"
	msgraph "github.com/microsoftgraph/msgraph-sdk-go"
	msgraphcore "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/applications"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/models/odataerrors"
	"github.com/microsoftgraph/msgraph-sdk-go/users"
)

var graphSDK = suite{"msgraph-sdk-go", "github.com/microsoftgraph/msgraph-sdk-go"}

const (
	// As the real service numbers them.
	graphAppID  = "00000003-0000-0000-c000-000000000000"
	userReadAll = "df021288-bdef-4463-88db-98f22de89214"
)

// userNames is what interop/directory.yaml says, and the administrator of a development server.
var userNames = []string{
	"adele@contoso.example",
	"admin@contoso.example",
	"alex@contoso.example",
	"diego@contoso.example",
	"grady@contoso.example",
	"isaiah@contoso.example",
}

func TestGraphSDK(t *testing.T) {
	ctx := context.Background()
	graph, adapter := graphClient(t, dev.Administrator.AppID, dev.Administrator.ClientSecret)

	graphSDK.run(t, "lists users", func(t *testing.T) {
		page, err := graph.Users().Get(ctx, nil)
		if err != nil {
			t.Fatal(explained(err))
		}
		wantUsers(t, namesOf(page.GetValue()))
	})

	graphSDK.run(t, "follows @odata.nextLink", func(t *testing.T) {
		options := users.UsersRequestBuilderGetQueryParameters{Top: pointer[int32](2)}
		first, err := graph.Users().Get(ctx, &users.UsersRequestBuilderGetRequestConfiguration{
			QueryParameters: &options,
		})
		if err != nil {
			t.Fatal(explained(err))
		}
		wantEqual(t, "users on the first page", len(first.GetValue()), 2)
		if next := *first.GetOdataNextLink(); !strings.HasPrefix(next, dev.BaseURL+"/v1.0/users?") {
			t.Errorf("the next link is %s", next)
		}
		pages, err := msgraphcore.NewPageIterator[models.Userable](
			first, adapter, models.CreateUserCollectionResponseFromDiscriminatorValue)
		if err != nil {
			t.Fatal(err)
		}
		var seen []string
		if err := pages.Iterate(ctx, func(user models.Userable) bool {
			seen = append(seen, *user.GetUserPrincipalName())
			return true
		}); err != nil {
			t.Fatal(explained(err))
		}
		wantUsers(t, seen)
	})

	graphSDK.run(t, "filters, counts and orders", func(t *testing.T) {
		headers := abstractions.NewRequestHeaders()
		headers.Add("ConsistencyLevel", "eventual")
		page, err := graph.Users().Get(ctx, &users.UsersRequestBuilderGetRequestConfiguration{
			Headers: headers,
			QueryParameters: &users.UsersRequestBuilderGetQueryParameters{
				Count:   pointer(true),
				Filter:  pointer("startswith(displayName,'A')"),
				Orderby: []string{"displayName desc"},
			},
		})
		if err != nil {
			t.Fatal(explained(err))
		}
		wantEqual(t, "count", *page.GetOdataCount(), 3)
		wantEqual(t, "first", *page.GetValue()[0].GetDisplayName(), "Alex Wilber")
	})

	graphSDK.run(t, "creates, changes and deletes an application", func(t *testing.T) {
		wanted := models.NewApplication()
		wanted.SetDisplayName(pointer("go " + uuid.NewString()))
		made, err := graph.Applications().Post(ctx, wanted, nil)
		if err != nil {
			t.Fatal(explained(err))
		}
		one := graph.Applications().ByApplicationId(*made.GetId())
		change := models.NewApplication()
		change.SetNotes(pointer("made by a test"))
		if _, err := one.Patch(ctx, change, nil); err != nil {
			t.Fatal(explained(err))
		}
		read, err := one.Get(ctx, nil)
		if err != nil {
			t.Fatal(explained(err))
		}
		wantEqual(t, "name", *read.GetDisplayName(), *wanted.GetDisplayName())
		wantEqual(t, "notes", *read.GetNotes(), "made by a test")
		if err := one.Delete(ctx, nil); err != nil {
			t.Fatal(explained(err))
		}
		_, err = one.Get(ctx, nil)
		wantGraphError(t, err, 404, "Request_ResourceNotFound")
	})

	graphSDK.run(t, "grants an app role, which the next token has", func(t *testing.T) {
		application, principal, secret := registerDaemon(ctx, t, graph)
		daemon, _ := graphClient(t, *application.GetAppId(), secret)
		_, err := daemon.Users().Get(ctx, nil)
		wantGraphError(t, err, 403, "Authorization_RequestDenied")

		resource, err := graph.ServicePrincipalsWithAppId(pointer(graphAppID)).Get(ctx, nil)
		if err != nil {
			t.Fatal(explained(err))
		}
		assignment := models.NewAppRoleAssignment()
		assignment.SetPrincipalId(guid(t, *principal.GetId()))
		assignment.SetResourceId(guid(t, *resource.GetId()))
		assignment.SetAppRoleId(guid(t, userReadAll))
		own := graph.ServicePrincipals().ByServicePrincipalId(*principal.GetId())
		granted, err := own.AppRoleAssignments().Post(ctx, assignment, nil)
		if err != nil {
			t.Fatal(explained(err))
		}
		wantEqual(t, "principal", *granted.GetPrincipalDisplayName(), *application.GetDisplayName())

		// Another client, because the first one keeps the token without the role.
		daemon, _ = graphClient(t, *application.GetAppId(), secret)
		page, err := daemon.Users().Get(ctx, nil)
		if err != nil {
			t.Fatal(explained(err))
		}
		wantUsers(t, namesOf(page.GetValue()))
	})
}

// graphClient is set up as the SDK's documentation says for another cloud.
func graphClient(
	t *testing.T, appID, secret string,
) (*msgraph.GraphServiceClient, *msgraph.GraphRequestAdapter) {
	t.Helper()
	credential, err := azidentity.NewClientSecretCredential(
		dev.Administrator.TenantID, appID, secret,
		&azidentity.ClientSecretCredentialOptions{
			ClientOptions: azcore.ClientOptions{
				Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: dev.BaseURL},
			},
			DisableInstanceDiscovery: true,
		})
	if err != nil {
		t.Fatal(err)
	}
	server, err := url.Parse(dev.BaseURL)
	if err != nil {
		t.Fatal(err)
	}
	authentication, err := kiotaazure.NewAzureIdentityAuthenticationProviderWithScopesAndValidHosts(
		credential, []string{dev.BaseURL + "/.default"}, []string{server.Hostname()})
	if err != nil {
		t.Fatal(err)
	}
	adapter, err := msgraph.NewGraphRequestAdapter(authentication)
	if err != nil {
		t.Fatal(err)
	}
	adapter.SetBaseUrl(dev.BaseURL + "/v1.0")
	return msgraph.NewGraphServiceClient(adapter), adapter
}

// registerDaemon makes an application that is gone after the test, its service principal and a secret.
func registerDaemon(
	ctx context.Context, t *testing.T, graph *msgraph.GraphServiceClient,
) (models.Applicationable, models.ServicePrincipalable, string) {
	t.Helper()
	wanted := models.NewApplication()
	wanted.SetDisplayName(pointer("go daemon " + uuid.NewString()))
	application, err := graph.Applications().Post(ctx, wanted, nil)
	if err != nil {
		t.Fatal(explained(err))
	}
	one := graph.Applications().ByApplicationId(*application.GetId())
	t.Cleanup(func() {
		if err := one.Delete(ctx, nil); err != nil {
			t.Error(explained(err))
		}
	})
	identity := models.NewServicePrincipal()
	identity.SetAppId(application.GetAppId())
	principal, err := graph.ServicePrincipals().Post(ctx, identity, nil)
	if err != nil {
		t.Fatal(explained(err))
	}
	body := applications.NewItemAddPasswordPostRequestBody()
	body.SetPasswordCredential(models.NewPasswordCredential())
	password, err := one.AddPassword().Post(ctx, body, nil)
	if err != nil {
		t.Fatal(explained(err))
	}
	return application, principal, *password.GetSecretText()
}

// explained adds the server's words to the SDK's error, which says nothing else.
func explained(err error) error {
	if refused, ok := errors.AsType[*odataerrors.ODataError](err); ok {
		detail := refused.GetErrorEscaped()
		return errors.New(*detail.GetCode() + ": " + *detail.GetMessage())
	}
	return err
}

func wantGraphError(t *testing.T, err error, status int, code string) {
	t.Helper()
	refused, ok := errors.AsType[*odataerrors.ODataError](err)
	if !ok {
		t.Fatalf("not an ODataError: %v", err)
	}
	wantEqual(t, "status", refused.GetStatusCode(), status)
	wantEqual(t, "code", *refused.GetErrorEscaped().GetCode(), code)
}

func wantUsers(t *testing.T, names []string) {
	t.Helper()
	slices.Sort(names)
	if !slices.Equal(names, userNames) {
		t.Errorf("users are %v, wanted %v", names, userNames)
	}
}

func namesOf(page []models.Userable) []string {
	var names []string
	for _, user := range page {
		names = append(names, *user.GetUserPrincipalName())
	}
	return names
}

func guid(t *testing.T, text string) *uuid.UUID {
	t.Helper()
	id, err := uuid.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return &id
}

func pointer[T any](value T) *T {
	return &value
}
