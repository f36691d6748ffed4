use super::{
    AppRoleAssignment, Application, FederatedIdentityCredential, KeyCredential, PasswordCredential,
    ServicePrincipal,
};
use crate::ids::{ServicePrincipalId, TenantId};

/// Everything that a token request in one tenant needs to know of an application, as client or as
/// resource: one consistent snapshot.
#[derive(Debug, Clone)]
pub struct ApplicationInTenant {
    /// The tenant this is a view of; the application's home may be another.
    pub tenant_id: TenantId,
    /// The registration.
    pub application: Application,
    /// Its instance in this tenant, if there is one.
    pub service_principal: Option<ServicePrincipal>,
    /// Its shared secrets, valid or not.
    pub passwords: Vec<PasswordCredential>,
    /// Its certificates, valid or not.
    pub keys: Vec<KeyCredential>,
    /// The issuers whose tokens stand for it.
    pub federated: Vec<FederatedIdentityCredential>,
    /// What its service principal has been granted in this tenant.
    pub assignments: Vec<AppRoleAssignment>,
}

impl ApplicationInTenant {
    /// Whether the application may be used in this tenant at all.
    pub fn is_visible(&self) -> bool {
        self.application.tenant_id == self.tenant_id
            || self.application.sign_in_audience.is_multi_tenant()
    }

    /// The grants on one resource.
    pub fn assignments_on(
        &self,
        resource_id: ServicePrincipalId,
    ) -> impl Iterator<Item = &AppRoleAssignment> {
        self.assignments
            .iter()
            .filter(move |assignment| assignment.resource_id == resource_id)
    }
}
