use super::{
    AppRoleAssignment, Application, DirectoryRole, FederatedIdentityCredential, KeyCredential,
    Ownership, PasswordCredential, PermissionGrant, ServicePrincipal, Tenant, User,
};
use crate::account::{Authenticator, Passkey, PasswordHash, SetupLink, TokenHash};
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
    /// Replaces a user's properties. Where it disables the account, the user's sessions end.
    UpdateUser(User),
    /// Removes a user, with roles, sessions and whatever the user signs in with.
    RemoveUser {
        /// The tenant.
        tenant_id: TenantId,
        /// The user.
        id: UserId,
    },
    /// Gives a user a directory role; once more changes nothing.
    AddRoleMember {
        /// The user's tenant.
        tenant_id: TenantId,
        /// The user.
        user_id: UserId,
        /// The role.
        role: DirectoryRole,
    },
    /// Takes a directory role from a user, who has it no more at the next request.
    RemoveRoleMember {
        /// The user's tenant.
        tenant_id: TenantId,
        /// The user.
        user_id: UserId,
        /// The role.
        role: DirectoryRole,
    },
    /// Sets or replaces a user's password, and ends every session of the user.
    SetUserPassword {
        /// The user's tenant.
        tenant_id: TenantId,
        /// The user.
        user_id: UserId,
        /// What is kept of the password.
        hash: PasswordHash,
    },
    /// Replaces a user's password, and ends every session of the user but the one it is done in.
    ChangeUserPassword {
        /// The user's tenant.
        tenant_id: TenantId,
        /// The user.
        user_id: UserId,
        /// What is kept of the password.
        hash: PasswordHash,
        /// The session that goes on.
        session: TokenHash,
    },
    /// Removes a user's password, and ends every session of the user but the one it is done in.
    RemoveUserPassword {
        /// The user's tenant.
        tenant_id: TenantId,
        /// The user.
        user_id: UserId,
        /// The session that goes on.
        session: TokenHash,
    },
    /// Adds a passkey to a user.
    AddPasskey(Passkey),
    /// Removes a passkey, and ends every session of the user but the one it is done in.
    RemovePasskey {
        /// The user's tenant.
        tenant_id: TenantId,
        /// The user.
        user_id: UserId,
        /// The passkey's credential id.
        id: String,
        /// The session that goes on.
        session: TokenHash,
    },
    /// Sets or replaces a user's authenticator app.
    SetAuthenticator(Authenticator),
    /// Removes a user's authenticator app, and ends every session of the user but the one it is done
    /// in.
    RemoveAuthenticator {
        /// The user's tenant.
        tenant_id: TenantId,
        /// The user.
        user_id: UserId,
        /// The session that goes on.
        session: TokenHash,
    },
    /// Replaces all of a user's recovery codes, by none where there are none.
    SetRecoveryCodes {
        /// The user's tenant.
        tenant_id: TenantId,
        /// The user.
        user_id: UserId,
        /// What is kept of the codes.
        hashes: Vec<TokenHash>,
    },
    /// Ends every session of a user.
    EndSessions {
        /// The user's tenant.
        tenant_id: TenantId,
        /// The user.
        user_id: UserId,
    },
    /// Gives a user a setup link; the one before ends.
    SetSetupLink(SetupLink),
    /// Uses a setup link up. It must be there and not have expired, so of two uses one fails.
    UseSetupLink {
        /// The user's tenant.
        tenant_id: TenantId,
        /// The user.
        user_id: UserId,
        /// The hash of the token in the link.
        hash: TokenHash,
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
    /// Which of them have directory roles. Files, which have no roles and no credentials of people,
    /// neither write them out nor remove them.
    pub administrators: Vec<UserId>,
}
