//! Single objects of the caller's tenant, by whatever key they are addressed.

use countersign_domain::directory::User;
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::route::{ApplicationKey, ServicePrincipalKey, UserKey};
use countersign_domain::ids::TenantId;
use countersign_store::{ApplicationRecord, ServicePrincipalRecord, View};

use super::errors;

/// An application that is there and not deleted.
pub(super) async fn application(
    view: &mut View,
    tenant_id: TenantId,
    key: &ApplicationKey,
) -> Result<ApplicationRecord, GraphError> {
    let (stored, name) = match key {
        ApplicationKey::Id(id) => (countersign_store::ApplicationKey::Id(*id), id.to_string()),
        ApplicationKey::AppId(id) => (
            countersign_store::ApplicationKey::AppId(*id),
            id.to_string(),
        ),
        ApplicationKey::UniqueName(name) => (
            countersign_store::ApplicationKey::UniqueName(name.clone()),
            name.clone(),
        ),
    };
    let found = view.application(tenant_id, &stored).await;
    found
        .map_err(errors::of_store)?
        .ok_or_else(|| GraphError::not_found(name))
}

/// A service principal that is there and not deleted.
pub(super) async fn service_principal(
    view: &mut View,
    tenant_id: TenantId,
    key: &ServicePrincipalKey,
) -> Result<ServicePrincipalRecord, GraphError> {
    let (stored, name) = match key {
        ServicePrincipalKey::Id(id) => (
            countersign_store::ServicePrincipalKey::Id(*id),
            id.to_string(),
        ),
        ServicePrincipalKey::AppId(id) => (
            countersign_store::ServicePrincipalKey::AppId(*id),
            id.to_string(),
        ),
    };
    let found = view.service_principal(tenant_id, &stored).await;
    found
        .map_err(errors::of_store)?
        .ok_or_else(|| GraphError::not_found(name))
}

/// A user.
pub(super) async fn user(
    view: &mut View,
    tenant_id: TenantId,
    key: &UserKey,
) -> Result<User, GraphError> {
    let (stored, name) = match key {
        UserKey::Id(id) => (countersign_store::UserKey::Id(*id), id.to_string()),
        UserKey::UserPrincipalName(name) => (
            countersign_store::UserKey::UserPrincipalName(name.clone()),
            name.clone(),
        ),
    };
    let found = view.user(tenant_id, &stored).await;
    found
        .map_err(errors::of_store)?
        .ok_or_else(|| GraphError::not_found(name))
}
