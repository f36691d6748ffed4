//! The operations that write. Each reads inside the commit lock, decides, and commits once, so that
//! nothing it looked at can change before the change is made.

mod administrators;
mod applications;
mod assignments;
mod deleted_items;
mod dry_run;
mod federated_credentials;
mod found;
mod keys;
mod lookup;
mod owners;
mod passwords;
mod permission_grants;
mod service_principals;
mod users;
mod work;

use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::route::Call;

pub(crate) use self::administrators::not_last;
use self::assignments::Side;
use super::answer::Answer;
use super::ask::Ask;

/// Carries out an operation that writes.
pub(super) async fn dispatch(ask: &Ask<'_>, call: Call) -> Result<Answer, GraphError> {
    match call {
        Call::CreateApplication => applications::create(ask).await,
        Call::UpdateApplication(key) => applications::update(ask, key).await,
        Call::DeleteApplication(key) => applications::delete(ask, key).await,
        Call::AddApplicationPassword(key) => passwords::add(ask, key).await,
        Call::RemoveApplicationPassword(key) => passwords::remove(ask, key).await,
        Call::AddApplicationKey(key) => keys::add(ask, key).await,
        Call::RemoveApplicationKey(key) => keys::remove(ask, key).await,
        Call::CreateFederatedCredential(key) => federated_credentials::create(ask, key).await,
        Call::UpdateFederatedCredential(key, credential) => {
            federated_credentials::update(ask, key, credential).await
        }
        Call::DeleteFederatedCredential(key, credential) => {
            federated_credentials::delete(ask, key, credential).await
        }
        Call::AddApplicationOwner(key) => owners::add(ask, key).await,
        Call::RemoveApplicationOwner(key, owner) => owners::remove(ask, key, owner).await,
        Call::CreateServicePrincipal => service_principals::create(ask).await,
        Call::UpdateServicePrincipal(key) => service_principals::update(ask, key).await,
        Call::DeleteServicePrincipal(key) => service_principals::delete(ask, key).await,
        Call::AddServicePrincipalPassword(key) => passwords::add(ask, key).await,
        Call::RemoveServicePrincipalPassword(key) => passwords::remove(ask, key).await,
        Call::AddServicePrincipalKey(key) => keys::add(ask, key).await,
        Call::RemoveServicePrincipalKey(key) => keys::remove(ask, key).await,
        Call::AddServicePrincipalOwner(key) => owners::add(ask, key).await,
        Call::RemoveServicePrincipalOwner(key, owner) => owners::remove(ask, key, owner).await,
        Call::CreateAppRoleAssignment(key) => assignments::create(ask, key, Side::Principal).await,
        Call::CreateAppRoleAssignedTo(key) => assignments::create(ask, key, Side::Resource).await,
        Call::DeleteAppRoleAssignment(key, id) => {
            assignments::delete(ask, key, &id, Side::Principal).await
        }
        Call::DeleteAppRoleAssignedTo(key, id) => {
            assignments::delete(ask, key, &id, Side::Resource).await
        }
        Call::CreatePermissionGrant => permission_grants::create(ask).await,
        Call::UpdatePermissionGrant(id) => permission_grants::update(ask, &id).await,
        Call::DeletePermissionGrant(id) => permission_grants::delete(ask, &id).await,
        Call::CreateUser => users::create(ask).await,
        Call::UpdateUser(key) => users::update(ask, &key).await,
        Call::DeleteUser(key) => users::delete(ask, &key).await,
        Call::RestoreDeletedItem(id) => deleted_items::restore(ask, id).await,
        Call::PurgeDeletedItem(id) => deleted_items::purge(ask, id).await,
        call => Err(GraphError::new(
            501,
            "NotImplemented",
            format!("{} does not write.", call.operation().name()),
        )),
    }
}
