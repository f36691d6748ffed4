use super::{
    AppRoleAssignment, Application, FederatedIdentityCredential, KeyCredential, Ownership,
    PasswordCredential, PermissionGrant, ServicePrincipal, Tenant, User,
};
use crate::clock::Timestamp;
use crate::ids::{
    ApplicationId, AssignmentId, FederatedCredentialId, KeyId, PermissionGrantId,
    ServicePrincipalId, TenantId, UserId,
};

/// One change to the directory. A list of them is carried out whole or not at all, with one audit
/// record.
#[derive(Debug, Clone)]
pub enum Write {
    /// Adds a tenant with its domains.
    AddTenant(Tenant),
    /// Replaces a tenant's name, domains and default mark.
    UpdateTenant(Tenant),
    /// Adds an application with its URIs and roles.
    AddApplication(Application),
    /// Replaces every property of an application.
    UpdateApplication(Application),
    /// Marks an application as deleted and removes its service principal in the home tenant,
    /// with that one's assignments on both sides.
    DeleteApplication {
        /// The home tenant.
        tenant_id: TenantId,
        /// The application.
        id: ApplicationId,
        /// When.
        at: Timestamp,
    },
    /// Adds a service principal.
    AddServicePrincipal(ServicePrincipal),
    /// Replaces a service principal's settings.
    UpdateServicePrincipal(ServicePrincipal),
    /// Removes a service principal and its assignments on both sides; it can be restored for 30
    /// days.
    RemoveServicePrincipal {
        /// The tenant.
        tenant_id: TenantId,
        /// The service principal.
        id: ServicePrincipalId,
    },
    /// Adds a secret to an application of this tenant.
    AddPassword {
        /// The application's home tenant.
        tenant_id: TenantId,
        /// The secret.
        password: PasswordCredential,
    },
    /// Replaces a secret's name and dates; the hash too.
    UpdatePassword {
        /// The application's home tenant.
        tenant_id: TenantId,
        /// The secret.
        password: PasswordCredential,
    },
    /// Removes a secret.
    RemovePassword {
        /// The application's home tenant.
        tenant_id: TenantId,
        /// The application.
        application_id: ApplicationId,
        /// The secret.
        key_id: KeyId,
    },
    /// Adds a certificate to an application of this tenant.
    AddKey {
        /// The application's home tenant.
        tenant_id: TenantId,
        /// The certificate.
        key: KeyCredential,
    },
    /// Replaces a certificate's name, dates and trust; its bytes stay.
    UpdateKey {
        /// The application's home tenant.
        tenant_id: TenantId,
        /// The certificate.
        key: KeyCredential,
    },
    /// Removes a certificate.
    RemoveKey {
        /// The application's home tenant.
        tenant_id: TenantId,
        /// The application.
        application_id: ApplicationId,
        /// The certificate.
        key_id: KeyId,
    },
    /// Adds a federated credential to an application of this tenant.
    AddFederatedCredential {
        /// The application's home tenant.
        tenant_id: TenantId,
        /// The credential.
        credential: FederatedIdentityCredential,
    },
    /// Replaces everything of a federated credential but its name.
    UpdateFederatedCredential {
        /// The application's home tenant.
        tenant_id: TenantId,
        /// The credential.
        credential: FederatedIdentityCredential,
    },
    /// Removes a federated credential.
    RemoveFederatedCredential {
        /// The application's home tenant.
        tenant_id: TenantId,
        /// The application.
        application_id: ApplicationId,
        /// The credential.
        id: FederatedCredentialId,
    },
    /// Grants a role.
    AddAssignment(AppRoleAssignment),
    /// Withdraws a role.
    RemoveAssignment {
        /// The tenant.
        tenant_id: TenantId,
        /// The assignment.
        id: AssignmentId,
    },
    /// Makes somebody an owner; once more changes nothing.
    AddOwner(Ownership),
    /// Takes an owner away.
    RemoveOwner(Ownership),
    /// Grants delegated permissions.
    AddPermissionGrant(PermissionGrant),
    /// Replaces the scopes of a grant of delegated permissions.
    UpdatePermissionGrant(PermissionGrant),
    /// Withdraws delegated permissions.
    RemovePermissionGrant {
        /// The tenant.
        tenant_id: TenantId,
        /// The grant.
        id: PermissionGrantId,
    },
    /// Brings a deleted application back, with its credentials and its names.
    RestoreApplication {
        /// The home tenant.
        tenant_id: TenantId,
        /// The application.
        id: ApplicationId,
    },
    /// Ends a deleted application for good, with its credentials and its service principals in
    /// every tenant.
    PurgeApplication {
        /// The home tenant.
        tenant_id: TenantId,
        /// The application.
        id: ApplicationId,
    },
    /// Brings a deleted service principal back, with the assignments whose other side still exists.
    RestoreServicePrincipal {
        /// The tenant.
        tenant_id: TenantId,
        /// The service principal.
        id: ServicePrincipalId,
    },
    /// Ends a deleted service principal for good.
    PurgeServicePrincipal {
        /// The tenant.
        tenant_id: TenantId,
        /// The service principal.
        id: ServicePrincipalId,
    },
    /// Adds a user.
    AddUser(User),
    /// Replaces a user's properties.
    UpdateUser(User),
    /// Removes a user.
    RemoveUser {
        /// The tenant.
        tenant_id: TenantId,
        /// The user.
        id: UserId,
    },
}

/// All of one tenant's directory, for comparing it with a file.
#[derive(Debug, Clone)]
pub struct TenantState {
    /// The tenant.
    pub tenant: Tenant,
    /// Its applications that are not deleted, by display name, then object id.
    pub applications: Vec<Application>,
    /// The service principals in it; some may be of other tenants' applications.
    pub service_principals: Vec<ServicePrincipal>,
    /// Secrets of its applications.
    pub passwords: Vec<PasswordCredential>,
    /// Certificates of its applications.
    pub keys: Vec<KeyCredential>,
    /// Federated credentials of its applications, by name.
    pub federated: Vec<FederatedIdentityCredential>,
    /// Assignments in it.
    pub assignments: Vec<AppRoleAssignment>,
    /// Its users, by user principal name.
    pub users: Vec<User>,
}
