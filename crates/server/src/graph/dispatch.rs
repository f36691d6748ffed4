//! One function for each operation that reads. The match is closed: an operation without a handler
//! does not compile.

use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::route::Call;

use super::answer::Answer;
use super::ask::Ask;
use super::assignments::{self, Side};
use super::{applications, changes, grants, logs, objects, principals, tenant, users};

/// Carries out anything but a batch.
pub(super) async fn dispatch(ask: &Ask<'_>, call: Call) -> Result<Answer, GraphError> {
    match call {
        Call::ListApplications => applications::list(ask).await,
        Call::CountApplications => applications::count(ask).await,
        Call::GetApplication(key) => applications::get(ask, &key).await,
        Call::ListFederatedCredentials(key) => applications::federated_credentials(ask, &key).await,
        Call::GetFederatedCredential(key, credential) => {
            applications::federated_credential(ask, &key, &credential).await
        }
        Call::ListApplicationOwners(key) => applications::owners(ask, &key).await,
        Call::ListApplicationOwnerRefs(key) => applications::owner_refs(ask, &key).await,
        Call::ListNothingOfApplication(key, navigation) => {
            applications::nothing(ask, &key, navigation.as_str()).await
        }

        Call::ListServicePrincipals => principals::list(ask).await,
        Call::CountServicePrincipals => principals::count(ask).await,
        Call::GetServicePrincipal(key) => principals::get(ask, &key).await,
        Call::ListServicePrincipalOwners(key) => principals::owners(ask, &key).await,
        Call::ListServicePrincipalOwnerRefs(key) => principals::owner_refs(ask, &key).await,
        Call::ListOwnedObjects(key) => principals::owned_objects(ask, &key).await,
        Call::ListNothingOfServicePrincipal(key, navigation) => {
            principals::nothing(ask, &key, navigation.as_str()).await
        }

        Call::ListAppRoleAssignments(key) => assignments::list(ask, Side::Principal, &key).await,
        Call::GetAppRoleAssignment(key, id) => {
            assignments::get(ask, Side::Principal, &key, &id).await
        }
        Call::ListAppRoleAssignedTo(key) => assignments::list(ask, Side::Resource, &key).await,
        Call::GetAppRoleAssignedTo(key, id) => {
            assignments::get(ask, Side::Resource, &key, &id).await
        }

        Call::ListPermissionGrants => grants::list(ask).await,
        Call::ListPermissionGrantsOfServicePrincipal(key) => grants::of_principal(ask, &key).await,
        Call::GetPermissionGrant(id) => grants::get(ask, &id).await,

        Call::ListUsers => users::list(ask).await,
        Call::CountUsers => users::count(ask).await,
        Call::GetUser(key) => users::get(ask, &key).await,
        Call::ListNothingOfUser(key, navigation) => {
            users::nothing(ask, &key, navigation.as_str()).await
        }

        Call::ListOrganization => tenant::organizations(ask),
        Call::GetOrganization(id) => tenant::organization(ask, id),
        Call::ListDomains => tenant::domains(ask),
        Call::GetDomain(name) => tenant::domain(ask, &name),

        Call::GetDirectoryObject(id) => objects::get(ask, id).await,
        Call::GetByIds => objects::get_by_ids(ask).await,
        Call::ListDeletedItems(kind) => objects::deleted(ask, kind).await,
        Call::GetDeletedItem(id) => objects::deleted_item(ask, id).await,

        Call::ListSignIns => logs::sign_ins(ask).await,
        Call::GetSignIn(id) => logs::sign_in(ask, id).await,
        Call::ListDirectoryAudits => logs::audits(ask).await,
        Call::GetDirectoryAudit(id) => logs::audit(ask, &id).await,

        Call::ListPolicies(kind) => Ok(Answer::list(format!("policies/{}", kind.as_str()), vec![])),
        Call::Me | Call::MeOwnedObjects => Err(no_user()),
        Call::Batch => Err(GraphError::malformed("A batch cannot be inside a batch.")),

        call @ (Call::CreateApplication
        | Call::UpdateApplication(_)
        | Call::DeleteApplication(_)
        | Call::AddApplicationPassword(_)
        | Call::RemoveApplicationPassword(_)
        | Call::AddApplicationKey(_)
        | Call::RemoveApplicationKey(_)
        | Call::CreateFederatedCredential(_)
        | Call::UpdateFederatedCredential(..)
        | Call::DeleteFederatedCredential(..)
        | Call::AddApplicationOwner(_)
        | Call::RemoveApplicationOwner(..)
        | Call::CreateServicePrincipal
        | Call::UpdateServicePrincipal(_)
        | Call::DeleteServicePrincipal(_)
        | Call::AddServicePrincipalPassword(_)
        | Call::RemoveServicePrincipalPassword(_)
        | Call::AddServicePrincipalKey(_)
        | Call::RemoveServicePrincipalKey(_)
        | Call::AddServicePrincipalOwner(_)
        | Call::RemoveServicePrincipalOwner(..)
        | Call::CreateAppRoleAssignment(_)
        | Call::DeleteAppRoleAssignment(..)
        | Call::CreateAppRoleAssignedTo(_)
        | Call::DeleteAppRoleAssignedTo(..)
        | Call::CreatePermissionGrant
        | Call::UpdatePermissionGrant(_)
        | Call::DeletePermissionGrant(_)
        | Call::CreateUser
        | Call::UpdateUser(_)
        | Call::DeleteUser(_)
        | Call::RestoreDeletedItem(_)
        | Call::PurgeDeletedItem(_)) => changes::dispatch(ask, call).await,
    }
}

/// What an application hears that asks who it is.
fn no_user() -> GraphError {
    GraphError::malformed("/me request is only valid with delegated authentication flow.")
}
