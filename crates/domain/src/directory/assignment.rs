use crate::clock::Timestamp;
use crate::ids::{AppRoleId, AssignmentId, ServicePrincipalId, TenantId};

/// An app role of a resource, granted to a client. Only this puts a value into `roles`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppRoleAssignment {
    /// Its name in the directory.
    pub id: AssignmentId,
    /// The tenant in which it holds.
    pub tenant_id: TenantId,
    /// Who has the role: the client's service principal.
    pub principal_id: ServicePrincipalId,
    /// Whose role it is: the resource's service principal.
    pub resource_id: ServicePrincipalId,
    /// The role, or default access.
    pub app_role_id: AppRoleId,
    /// When it was granted.
    pub created_at: Timestamp,
}
