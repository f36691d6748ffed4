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
    let found = view.application(tenant_id, key).await;
    found
        .map_err(errors::of_store)?
        .ok_or_else(|| GraphError::not_found(key))
}

/// A service principal that is there and not deleted.
pub(super) async fn service_principal(
    view: &mut View,
    tenant_id: TenantId,
    key: &ServicePrincipalKey,
) -> Result<ServicePrincipalRecord, GraphError> {
    let found = view.service_principal(tenant_id, key).await;
    found
        .map_err(errors::of_store)?
        .ok_or_else(|| GraphError::not_found(key))
}

/// A user.
pub(super) async fn user(
    view: &mut View,
    tenant_id: TenantId,
    key: &UserKey,
) -> Result<User, GraphError> {
    let found = view.user(tenant_id, key).await;
    found
        .map_err(errors::of_store)?
        .ok_or_else(|| GraphError::not_found(key))
}
