package interop

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-azure-sdk/microsoft-graph/applications/stable/application"
	"github.com/hashicorp/go-azure-sdk/microsoft-graph/common-types/stable"
	"github.com/hashicorp/go-azure-sdk/microsoft-graph/directoryobjects/stable/directoryobject"
	"github.com/hashicorp/go-azure-sdk/microsoft-graph/domains/stable/domain"
	"github.com/hashicorp/go-azure-sdk/microsoft-graph/serviceprincipals/stable/approleassignedto"
	spowner "github.com/hashicorp/go-azure-sdk/microsoft-graph/serviceprincipals/stable/owner"
	"github.com/hashicorp/go-azure-sdk/microsoft-graph/serviceprincipals/stable/serviceprincipal"
	"github.com/hashicorp/go-azure-sdk/sdk/nullable"
)

func TestAzureADServicePrincipal(t *testing.T) {
	tf := newTerraform(t)

	azuread.run(t, "service principal: create, no drift, update, import, destroy", func(t *testing.T) {
		app := tf.createApplication(t, wantedApplication("tf principal"))
		id := tf.createPrincipal(t, app)
		first := tf.readPrincipal(t, id)
		wantSame(t, first, tf.readPrincipal(t, id))
		wantEqual(t, "enabled", first.AccountEnabled.GetOrZero(), true)
		wantEqual(t, "description is null", first.Description.Get() == nil, true)

		_, err := tf.principals.UpdateServicePrincipal(tf.ctx, id, stable.ServicePrincipal{
			Id:                        &id.ServicePrincipalId,
			AppRoleAssignmentRequired: pointer(true),
			Notes:                     nullable.Value("changed"),
			Tags:                      &[]string{"HideApp"},
		}, serviceprincipal.DefaultUpdateServicePrincipalOperationOptions())
		done(t, "update", err)
		imported := tf.readPrincipal(t, id)
		wantEqual(t, "assignment required", *imported.AppRoleAssignmentRequired, true)
		wantEqual(t, "notes", imported.Notes.GetOrZero(), "changed")
		wantEqual(t, "tags", fmt.Sprint(*imported.Tags), "[HideApp]")

		tf.destroyPrincipal(t, id)
		tf.destroyApplication(t, app)
	})

	azuread.run(t, "app role assignment: create, read, destroy", func(t *testing.T) {
		app := tf.createApplication(t, wantedApplication("tf resource"))
		resource := tf.createPrincipal(t, app)
		caller := tf.createApplication(t, wantedApplication("tf caller"))
		principal := tf.createPrincipal(t, caller)

		tf.checkAssignment(t, resource, principal, roleID)
		tf.checkAssignment(t, tf.graphPrincipal(t), principal, userReadAll)
		tf.destroyApplication(t, caller)
		tf.destroyApplication(t, app)
	})
}

// checkAssignment is the whole life of one.
func (tf *terraform) checkAssignment(
	t *testing.T, resource, principal stable.ServicePrincipalId, role string,
) {
	t.Helper()
	wanted := stable.AppRoleAssignment{
		AppRoleId:   &role,
		PrincipalId: nullable.Value(principal.ServicePrincipalId),
		ResourceId:  nullable.Value(resource.ServicePrincipalId),
	}
	made, err := tf.assignments.CreateAppRoleAssignedTo(tf.ctx, resource, wanted,
		approleassignedto.DefaultCreateAppRoleAssignedToOperationOptions())
	done(t, "create", err)
	wantEqual(t, "status", made.HttpResponse.StatusCode, http.StatusCreated)

	one := stable.NewServicePrincipalIdAppRoleAssignedToID(
		resource.ServicePrincipalId, *made.Model.Id)
	read, err := tf.assignments.GetAppRoleAssignedTo(tf.ctx, one,
		approleassignedto.DefaultGetAppRoleAssignedToOperationOptions())
	done(t, "read", err)
	wantEqual(t, "principal", read.Model.PrincipalId.GetOrZero(), principal.ServicePrincipalId)
	wantEqual(t, "type", read.Model.PrincipalType.GetOrZero(), "ServicePrincipal")

	// A permanent error must not be one that the provider waits on: 404 or 409.
	twice, err := tf.assignments.CreateAppRoleAssignedTo(tf.ctx, resource, wanted,
		approleassignedto.DefaultCreateAppRoleAssignedToOperationOptions())
	wantErrorWith(t, err, "Permission being assigned already exists on the object")
	wantEqual(t, "status", twice.HttpResponse.StatusCode, http.StatusBadRequest)

	_, err = tf.assignments.DeleteAppRoleAssignedTo(tf.ctx, one,
		approleassignedto.DefaultDeleteAppRoleAssignedToOperationOptions())
	done(t, "delete", err)
	gone, _ := tf.assignments.GetAppRoleAssignedTo(tf.ctx, one,
		approleassignedto.DefaultGetAppRoleAssignedToOperationOptions())
	wantEqual(t, "status", gone.HttpResponse.StatusCode, http.StatusNotFound)
}

// graphPrincipal is what `data.azuread_service_principal` finds, with the ids of its roles.
func (tf *terraform) graphPrincipal(t *testing.T) stable.ServicePrincipalId {
	t.Helper()
	filter := fmt.Sprintf("appId eq '%s'", graphAppID)
	found, err := tf.principals.ListServicePrincipals(tf.ctx,
		serviceprincipal.ListServicePrincipalsOperationOptions{Filter: &filter})
	done(t, "Graph", err)
	graph := (*found.Model)[0]
	isUserRead := func(role stable.AppRole) bool { return role.Value.GetOrZero() == "User.Read.All" }
	position := slices.IndexFunc(*graph.AppRoles, isUserRead)
	wantEqual(t, "User.Read.All", *(*graph.AppRoles)[position].Id, userReadAll)
	return stable.NewServicePrincipalID(*graph.Id)
}

func TestAzureADDataSources(t *testing.T) {
	tf := newTerraform(t)
	wanted := wantedApplication("tf o'data")
	app := tf.createApplication(t, wanted)
	defer tf.destroyApplication(t, app)
	principal := tf.createPrincipal(t, app)
	appID := tf.readApplication(t, app).AppId.GetOrZero()
	// The provider doubles an apostrophe, as OData asks for.
	name := strings.ReplaceAll(wanted.DisplayName.GetOrZero(), "'", "''")

	azuread.run(t, "data: applications by name, id and URI", func(t *testing.T) {
		for _, filter := range []string{
			fmt.Sprintf("displayName eq '%s'", name),
			fmt.Sprintf("appId eq '%s'", appID),
			fmt.Sprintf("identifierUris/any(uri:uri eq '%s')", (*wanted.IdentifierUris)[0]),
		} {
			found, err := tf.apps.ListApplications(tf.ctx,
				application.ListApplicationsOperationOptions{Filter: &filter})
			done(t, filter, err)
			wantEqual(t, filter, len(*found.Model), 1)
		}
	})

	azuread.run(t, "data: service principals by name and id", func(t *testing.T) {
		selected := []string{"id", "appId", "displayName", "servicePrincipalNames", "tags"}
		for _, filter := range []string{
			fmt.Sprintf("displayName eq '%s'", name),
			fmt.Sprintf("appId eq '%s'", appID),
			fmt.Sprintf("id eq '%s'", principal.ServicePrincipalId),
		} {
			found, err := tf.principals.ListServicePrincipals(tf.ctx,
				serviceprincipal.ListServicePrincipalsOperationOptions{
					Filter: &filter, Select: &selected,
				})
			done(t, filter, err)
			wantEqual(t, filter, *(*found.Model)[0].Id, principal.ServicePrincipalId)
		}
	})

	azuread.run(t, "data: domains", func(t *testing.T) {
		found, err := tf.domains.ListDomains(tf.ctx, domain.DefaultListDomainsOperationOptions())
		done(t, "domains", err)
		wantEqual(t, "domain", *(*found.Model)[0].Id, contoso().Domains[0])
	})

	azuread.run(t, "data: directory object", func(t *testing.T) {
		for _, id := range []string{app.ApplicationId, principal.ServicePrincipalId} {
			found, err := tf.objects.GetDirectoryObject(tf.ctx, stable.NewDirectoryObjectID(id),
				directoryobject.DefaultGetDirectoryObjectOperationOptions())
			done(t, "directory object", err)
			wantEqual(t, "id", *found.Model.DirectoryObject().Id, id)
			kind := found.Model.DirectoryObject().ODataType
			wantEqual(t, "has a type", kind != nil && strings.HasPrefix(*kind, "#microsoft.graph."), true)
		}
	})
}

func (tf *terraform) createPrincipal(t *testing.T, app stable.ApplicationId) stable.ServicePrincipalId {
	t.Helper()
	appID := tf.readApplication(t, app).AppId
	filter := fmt.Sprintf("appId eq '%s'", appID.GetOrZero())
	existing, err := tf.principals.ListServicePrincipals(tf.ctx,
		serviceprincipal.ListServicePrincipalsOperationOptions{Filter: &filter})
	done(t, "existing", err)
	wantEqual(t, "existing", len(*existing.Model), 0)

	made, err := tf.principals.CreateServicePrincipal(tf.ctx, stable.ServicePrincipal{
		AccountEnabled:             nullable.Value(true),
		AlternativeNames:           &[]string{},
		AppId:                      appID,
		AppRoleAssignmentRequired:  pointer(false),
		Description:                nullable.Value("TERRAFORM_UPDATE"),
		LoginUrl:                   nullable.NoZero(""),
		Notes:                      nullable.NoZero(""),
		NotificationEmailAddresses: &[]string{},
		Owners_ODataBind:           &[]string{tf.reference(tf.callerID)},
		PreferredSingleSignOnMode:  nullable.NoZero(""),
		SamlSingleSignOnSettings:   &stable.SamlSingleSignOnSettings{},
		Tags:                       &[]string{},
	}, serviceprincipal.DefaultCreateServicePrincipalOperationOptions())
	done(t, "create", err)
	wantEqual(t, "status", made.HttpResponse.StatusCode, http.StatusCreated)
	id := stable.NewServicePrincipalID(*made.Model.Id)

	_, err = tf.principals.UpdateServicePrincipal(tf.ctx, id, stable.ServicePrincipal{
		Description: nullable.NoZero(""),
	}, serviceprincipal.DefaultUpdateServicePrincipalOperationOptions())
	done(t, "description", err)
	owner := stable.NewServicePrincipalIdOwnerID(id.ServicePrincipalId, tf.callerID)
	_, err = tf.spOwners.RemoveOwnerRef(tf.ctx, owner, spowner.DefaultRemoveOwnerRefOperationOptions())
	done(t, "remove owner", err)
	return id
}

func (tf *terraform) readPrincipal(t *testing.T, id stable.ServicePrincipalId) *stable.ServicePrincipal {
	t.Helper()
	read, err := tf.principals.GetServicePrincipal(
		tf.ctx, id, serviceprincipal.DefaultGetServicePrincipalOperationOptions())
	done(t, "read", err)
	tf.readBeta(t, id.ID(), "samlMetadataUrl")
	_, err = tf.spOwners.ListOwners(tf.ctx, id, spowner.DefaultListOwnersOperationOptions())
	done(t, "owners", err)
	return read.Model
}

func (tf *terraform) destroyPrincipal(t *testing.T, id stable.ServicePrincipalId) {
	t.Helper()
	_, err := tf.principals.DeleteServicePrincipal(
		tf.ctx, id, serviceprincipal.DefaultDeleteServicePrincipalOperationOptions())
	done(t, "delete", err)
	read, err := tf.principals.GetServicePrincipal(
		tf.ctx, id, serviceprincipal.DefaultGetServicePrincipalOperationOptions())
	wantErrorWith(t, err, "Request_ResourceNotFound")
	wantEqual(t, "status", read.HttpResponse.StatusCode, http.StatusNotFound)
}

func wantErrorWith(t *testing.T, err error, text string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("error is %v, wanted one with %q", err, text)
	}
}
