use crate::ids::{PermissionGrantId, ServicePrincipalId, TenantId, UserId};

/// A delegated permission that was granted to a client on a resource (`oAuth2PermissionGrant`).
///
/// Kept because clients manage it; tokens of workloads carry app roles only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PermissionGrant {
    /// Its name in the directory.
    pub id: PermissionGrantId,
    /// The tenant in which it holds.
    pub tenant_id: TenantId,
    /// The client's service principal.
    pub client_id: ServicePrincipalId,
    /// The one user for whom it holds; all of them if none is named.
    pub principal_id: Option<UserId>,
    /// The resource's service principal.
    pub resource_id: ServicePrincipalId,
    /// The values of the granted scopes, with spaces between them.
    pub scope: String,
}
