package interop

import (
	"fmt"
	"net/http"
	"reflect"
	"testing"

	"github.com/google/uuid"
	"github.com/hashicorp/go-azure-sdk/microsoft-graph/applications/stable/application"
	appowner "github.com/hashicorp/go-azure-sdk/microsoft-graph/applications/stable/owner"
	"github.com/hashicorp/go-azure-sdk/microsoft-graph/common-types/stable"
	httpclient "github.com/hashicorp/go-azure-sdk/sdk/client"
	"github.com/hashicorp/go-azure-sdk/sdk/nullable"
	"github.com/hashicorp/go-azure-sdk/sdk/odata"
)

const roleID = "3f1f5f0e-6a1c-4b86-9d0b-3a0f5d0f7a01"

func TestAzureADApplication(t *testing.T) {
	tf := newTerraform(t)

	azuread.run(t, "application: create, no drift, update, import, destroy", func(t *testing.T) {
		id := tf.createApplication(t, wantedApplication("tf application"))
		first := tf.readApplication(t, id)
		// A plan that compares with what was asked for finds nothing to do, however often.
		wantSame(t, first, tf.readApplication(t, id))
		wantEqual(t, "role", (*first.AppRoles)[0].Value.GetOrZero(), "Reports.Read")
		wantEqual(t, "token version", first.Api.RequestedAccessTokenVersion.GetOrZero(), 2)
		wantEqual(t, "tags", len(*first.Tags), 2)
		wantEqual(t, "owners", len(tf.ownersOf(t, id)), 0)

		changed := *first
		changed.Notes = nullable.Value("changed")
		changed.Description = nullable.NoZero("")
		changed.Web = &stable.WebApplication{
			HomePageUrl:  nullable.Value("https://contoso.example"),
			RedirectUris: &[]string{"https://contoso.example/return"},
		}
		tf.updateApplication(t, id, changed)
		// `terraform import` is a read by the object id alone.
		imported := tf.readApplication(t, id)
		wantEqual(t, "notes", imported.Notes.GetOrZero(), "changed")
		wantEqual(t, "description is null", imported.Description.Get() == nil, true)
		wantEqual(t, "redirect", (*imported.Web.RedirectUris)[0], "https://contoso.example/return")

		tf.destroyApplication(t, id)
	})

	azuread.run(t, "application: owners", func(t *testing.T) {
		wanted := wantedApplication("tf owned")
		wanted.Owners_ODataBind = &[]string{tf.reference(tf.callerID)}
		id := tf.createApplicationOf(t, wanted)
		wantEqual(t, "owners", fmt.Sprint(tf.ownersOf(t, id)), fmt.Sprint([]string{tf.callerID}))
		// What is an owner already cannot be added; the last owner can be removed.
		_, err := tf.appOwners.AddOwnerRef(tf.ctx, id, stable.ReferenceCreate{
			ODataId: pointer(tf.reference(tf.callerID)),
		}, appowner.DefaultAddOwnerRefOperationOptions())
		if err == nil {
			t.Error("the same owner was added twice")
		}
		tf.removeOwner(t, id)
		wantEqual(t, "owners", len(tf.ownersOf(t, id)), 0)
		tf.destroyApplication(t, id)
	})

	azuread.run(t, "app role: a change disables it first", func(t *testing.T) {
		id := tf.createApplication(t, wantedApplication("tf roles"))
		roles := *tf.readApplication(t, id).AppRoles
		removed := stable.Application{AppRoles: &[]stable.AppRole{}}
		_, err := tf.apps.UpdateApplication(tf.ctx, id, removed,
			application.DefaultUpdateApplicationOperationOptions())
		wantErrorWith(t, err, "cannot be deleted or updated unless disabled first")

		roles[0].IsEnabled = pointer(false)
		tf.updateApplication(t, id, stable.Application{AppRoles: &roles})
		wantEqual(t, "enabled", *(*tf.readApplication(t, id).AppRoles)[0].IsEnabled, false)
		tf.updateApplication(t, id, removed)
		wantEqual(t, "roles", len(*tf.readApplication(t, id).AppRoles), 0)
		tf.destroyApplication(t, id)
	})
}

// wantedApplication has a value in every part that the provider sends.
func wantedApplication(name string) stable.Application {
	return stable.Application{
		DisplayName: nullable.Value(name + " " + uuid.NewString()),
		Description: nullable.Value("made by a test"),
		Api: &stable.ApiApplication{
			AcceptMappedClaims:          nullable.Value(false),
			KnownClientApplications:     &[]string{},
			OAuth2PermissionScopes:      &[]stable.PermissionScope{},
			RequestedAccessTokenVersion: nullable.Value[int64](2),
		},
		AppRoles: &[]stable.AppRole{{
			AllowedMemberTypes: &[]string{"Application"},
			Description:        nullable.Value("Read every report."),
			DisplayName:        nullable.Value("Read reports"),
			Id:                 pointer(roleID),
			IsEnabled:          pointer(true),
			Value:              nullable.Value("Reports.Read"),
		}},
		GroupMembershipClaims:  nullable.NoZero(""),
		IdentifierUris:         &[]string{"https://" + uuid.NewString() + ".contoso.example"},
		Info:                   &stable.InformationalUrl{},
		IsFallbackPublicClient: nullable.Value(false),
		Notes:                  nullable.NoZero(""),
		OptionalClaims:         &stable.OptionalClaims{},
		PublicClient:           &stable.PublicClientApplication{RedirectUris: &[]string{}},
		RequiredResourceAccess: &[]stable.RequiredResourceAccess{{
			ResourceAppId: pointer(graphAppID),
			ResourceAccess: &[]stable.ResourceAccess{{
				Id: pointer(userReadAll), Type: nullable.Value("Role"),
			}},
		}},
		ServiceManagementReference: nullable.NoZero(""),
		SignInAudience:             nullable.Value("AzureADMyOrg"),
		Spa:                        &stable.SpaApplication{RedirectUris: &[]string{}},
		Tags:                       &[]string{"orders", "test"},
		Web: &stable.WebApplication{
			HomePageUrl: nullable.NoZero(""),
			ImplicitGrantSettings: &stable.ImplicitGrantSettings{
				EnableAccessTokenIssuance: nullable.Value(false),
				EnableIdTokenIssuance:     nullable.Value(false),
			},
			LogoutUrl:    nullable.NoZero(""),
			RedirectUris: &[]string{},
		},
	}
}

// createApplication ends without an owner: the caller is made one, and removed again.
func (tf *terraform) createApplication(t *testing.T, wanted stable.Application) stable.ApplicationId {
	t.Helper()
	wanted.Owners_ODataBind = &[]string{tf.reference(tf.callerID)}
	id := tf.createApplicationOf(t, wanted)
	tf.removeOwner(t, id)
	return id
}

func (tf *terraform) createApplicationOf(t *testing.T, wanted stable.Application) stable.ApplicationId {
	t.Helper()
	made, err := tf.apps.CreateApplication(
		tf.ctx, wanted, application.DefaultCreateApplicationOperationOptions())
	done(t, "create", err)
	wantEqual(t, "status", made.HttpResponse.StatusCode, http.StatusCreated)
	id := stable.NewApplicationID(*made.Model.Id)
	// The provider sees by two changes of the name that the application is there.
	for _, name := range []string{"TERRAFORM_UPDATE_" + uuid.NewString(), wanted.DisplayName.GetOrZero()} {
		tf.updateApplication(t, id, stable.Application{DisplayName: nullable.Value(name)})
	}
	return id
}

// readApplication makes the three requests of every refresh.
func (tf *terraform) readApplication(t *testing.T, id stable.ApplicationId) *stable.Application {
	t.Helper()
	read, err := tf.apps.GetApplication(
		tf.ctx, id, application.DefaultGetApplicationOperationOptions())
	done(t, "read", err)
	tf.readBeta(t, id.ID(), "oauth2RequirePostResponse")
	tf.ownersOf(t, id)
	return read.Model
}

func (tf *terraform) updateApplication(t *testing.T, id stable.ApplicationId, change stable.Application) {
	t.Helper()
	// Scopes have a request of their own.
	if change.Api != nil {
		change.Api.OAuth2PermissionScopes = nil
	}
	updated, err := tf.apps.UpdateApplication(
		tf.ctx, id, change, application.DefaultUpdateApplicationOperationOptions())
	done(t, "update", err)
	wantEqual(t, "status", updated.HttpResponse.StatusCode, http.StatusNoContent)
}

func (tf *terraform) destroyApplication(t *testing.T, id stable.ApplicationId) {
	t.Helper()
	deleted, err := tf.apps.DeleteApplication(
		tf.ctx, id, application.DefaultDeleteApplicationOperationOptions())
	done(t, "delete", err)
	wantEqual(t, "status", deleted.HttpResponse.StatusCode, http.StatusNoContent)
	read, err := tf.apps.GetApplication(
		tf.ctx, id, application.DefaultGetApplicationOperationOptions())
	wantErrorWith(t, err, "Request_ResourceNotFound")
	wantEqual(t, "status", read.HttpResponse.StatusCode, http.StatusNotFound)
}

func (tf *terraform) ownersOf(t *testing.T, id stable.ApplicationId) []string {
	t.Helper()
	owners, err := tf.appOwners.ListOwners(tf.ctx, id, appowner.DefaultListOwnersOperationOptions())
	done(t, "owners", err)
	var ids []string
	for _, owner := range *owners.Model {
		ids = append(ids, *owner.DirectoryObject().Id)
	}
	return ids
}

func (tf *terraform) removeOwner(t *testing.T, id stable.ApplicationId) {
	t.Helper()
	owner := stable.NewApplicationIdOwnerID(id.ApplicationId, tf.callerID)
	_, err := tf.appOwners.RemoveOwnerRef(
		tf.ctx, owner, appowner.DefaultRemoveOwnerRefOperationOptions())
	done(t, "remove owner", err)
}

// reference is how the provider names an object in `@odata.bind` and `$ref`.
func (tf *terraform) reference(objectID string) string {
	return dev.BaseURL + "/v1.0/directoryObjects/" + objectID
}

// readBeta reads one member that is on /beta alone; it may be null.
func (tf *terraform) readBeta(t *testing.T, path, member string) {
	t.Helper()
	request, err := tf.beta.NewRequest(tf.ctx, httpclient.RequestOptions{
		ContentType:         "application/json; charset=utf-8",
		ExpectedStatusCodes: []int{http.StatusOK},
		HttpMethod:          http.MethodGet,
		OptionsObject:       selection{member},
		Path:                path,
	})
	done(t, "request", err)
	response, err := request.Execute(tf.ctx)
	done(t, "beta", err)
	var object map[string]any
	done(t, "beta", response.Unmarshal(&object))
	if _, ok := object[member]; !ok {
		t.Errorf("%s of %s is missing", member, path)
	}
}

// selection is the library's form of `$select`.
type selection struct{ member string }

func (s selection) ToHeaders() *httpclient.Headers   { return &httpclient.Headers{} }
func (s selection) ToQuery() *httpclient.QueryParams { return &httpclient.QueryParams{} }
func (s selection) ToOData() *odata.Query            { return &odata.Query{Select: []string{s.member}} }

func wantSame(t *testing.T, first, second any) {
	t.Helper()
	if !reflect.DeepEqual(first, second) {
		t.Errorf("drift:\n%+v\n%+v", first, second)
	}
}
