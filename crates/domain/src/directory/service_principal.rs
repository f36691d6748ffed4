use crate::clock::Timestamp;
use crate::ids::{AppId, ServicePrincipalId, TenantId};

/// An application's instance in one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePrincipal {
    /// The object id; `oid` and `sub` of its tokens.
    pub id: ServicePrincipalId,
    /// The tenant it lives in.
    pub tenant_id: TenantId,
    /// The application it is an instance of.
    pub app_id: AppId,
    /// A disabled service principal gets no tokens and none are issued for it.
    pub account_enabled: bool,
    /// Whether a client needs an assignment before it gets a token for this resource.
    pub app_role_assignment_required: bool,
    /// When it was made.
    pub created_at: Timestamp,
}
