use std::fmt;

use super::key::{ApplicationKey, FederatedCredentialKey, ServicePrincipalKey, UserKey};
use super::matching::{Captures, Mismatch};
use super::parameter::{DeletedKind, EmptyNavigation, Parameter, PolicyKind};
use super::{Method, Version};
use crate::graph::error::GraphError;

macro_rules! operations {
    ($($name:ident $(($($key:ident: $type:ty),+))?: $method:ident $template:literal $summary:literal)*) => {
        /// What one request asks for, with the keys of its path.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Call {
            $(
                #[doc = concat!($summary, ": `", $template, "`")]
                $name $(($($type),+))?,
            )*
        }

        /// What can be asked for: a [`Call`] without its keys.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Operation {
            $(
                #[doc = concat!($summary, ": `", $template, "`")]
                $name,
            )*
        }

        impl Operation {
            /// Every operation, in the order of the reference. Of two paths that fit, the first wins.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name, as in code.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// Its method.
            pub fn method(self) -> Method {
                match self { $(Self::$name => Method::$method,)* }
            }

            /// Its path behind the version, with `{..}` where a key or one of some words stands.
            pub fn template(self) -> &'static str {
                match self { $(Self::$name => $template,)* }
            }

            /// What it does, in a few words.
            pub fn summary(self) -> &'static str {
                match self { $(Self::$name => $summary,)* }
            }
        }

        impl Call {
            /// Which operation it is.
            pub fn operation(&self) -> Operation {
                match self { $(Self::$name { .. } => Operation::$name,)* }
            }

            pub(super) fn build(
                operation: Operation,
                captures: &mut Captures<'_>,
            ) -> Result<Self, Mismatch> {
                Ok(match operation {
                    $(Operation::$name => Self::$name $(($(captures.next::<$type>()?),+))?,)*
                })
            }

            fn keys(&self) -> Vec<String> {
                match self {
                    $(Self::$name $(($($key),+))? => vec![$($($key.write()),+)?],)*
                }
            }
        }
    };
}

operations! {
    ListApplications: Get "/applications" "List applications"
    CountApplications: Get "/applications/$count" "Count applications"
    CreateApplication: Post "/applications" "Create an application"
    GetApplication(key: ApplicationKey): Get "/applications/{application}" "Read an application"
    UpdateApplication(key: ApplicationKey): Patch "/applications/{application}" "Change an application, or create it under its unique name"
    DeleteApplication(key: ApplicationKey): Delete "/applications/{application}" "Delete an application"
    AddApplicationPassword(key: ApplicationKey): Post "/applications/{application}/addPassword" "Add a client secret"
    RemoveApplicationPassword(key: ApplicationKey): Post "/applications/{application}/removePassword" "Remove a client secret"
    AddApplicationKey(key: ApplicationKey): Post "/applications/{application}/addKey" "Add a certificate with proof of another"
    RemoveApplicationKey(key: ApplicationKey): Post "/applications/{application}/removeKey" "Remove a certificate with proof of another"
    ListFederatedCredentials(key: ApplicationKey): Get "/applications/{application}/federatedIdentityCredentials" "List federated credentials"
    CreateFederatedCredential(key: ApplicationKey): Post "/applications/{application}/federatedIdentityCredentials" "Trust tokens of another issuer"
    GetFederatedCredential(key: ApplicationKey, credential: FederatedCredentialKey): Get "/applications/{application}/federatedIdentityCredentials/{credential}" "Read a federated credential"
    UpdateFederatedCredential(key: ApplicationKey, credential: FederatedCredentialKey): Patch "/applications/{application}/federatedIdentityCredentials/{credential}" "Change a federated credential, or create it under its name"
    DeleteFederatedCredential(key: ApplicationKey, credential: FederatedCredentialKey): Delete "/applications/{application}/federatedIdentityCredentials/{credential}" "Delete a federated credential"
    ListApplicationOwners(key: ApplicationKey): Get "/applications/{application}/owners" "List the owners of an application"
    ListApplicationOwnerRefs(key: ApplicationKey): Get "/applications/{application}/owners/$ref" "List the ids of the owners of an application"
    AddApplicationOwner(key: ApplicationKey): Post "/applications/{application}/owners/$ref" "Add an owner to an application"
    RemoveApplicationOwner(key: ApplicationKey, owner: uuid::Uuid): Delete "/applications/{application}/owners/{owner}/$ref" "Remove an owner from an application"
    ListNothingOfApplication(key: ApplicationKey, navigation: EmptyNavigation): Get "/applications/{application}/{navigation}" "List what applications do not have here"

    ListServicePrincipals: Get "/servicePrincipals" "List service principals"
    CountServicePrincipals: Get "/servicePrincipals/$count" "Count service principals"
    CreateServicePrincipal: Post "/servicePrincipals" "Create the service principal of an application"
    GetServicePrincipal(key: ServicePrincipalKey): Get "/servicePrincipals/{servicePrincipal}" "Read a service principal"
    UpdateServicePrincipal(key: ServicePrincipalKey): Patch "/servicePrincipals/{servicePrincipal}" "Change a service principal, or create it under its application"
    DeleteServicePrincipal(key: ServicePrincipalKey): Delete "/servicePrincipals/{servicePrincipal}" "Delete a service principal"
    AddServicePrincipalPassword(key: ServicePrincipalKey): Post "/servicePrincipals/{servicePrincipal}/addPassword" "Add a client secret to a service principal"
    RemoveServicePrincipalPassword(key: ServicePrincipalKey): Post "/servicePrincipals/{servicePrincipal}/removePassword" "Remove a client secret from a service principal"
    AddServicePrincipalKey(key: ServicePrincipalKey): Post "/servicePrincipals/{servicePrincipal}/addKey" "Add a certificate to a service principal with proof of another"
    RemoveServicePrincipalKey(key: ServicePrincipalKey): Post "/servicePrincipals/{servicePrincipal}/removeKey" "Remove a certificate from a service principal with proof of another"
    ListServicePrincipalOwners(key: ServicePrincipalKey): Get "/servicePrincipals/{servicePrincipal}/owners" "List the owners of a service principal"
    ListServicePrincipalOwnerRefs(key: ServicePrincipalKey): Get "/servicePrincipals/{servicePrincipal}/owners/$ref" "List the ids of the owners of a service principal"
    AddServicePrincipalOwner(key: ServicePrincipalKey): Post "/servicePrincipals/{servicePrincipal}/owners/$ref" "Add an owner to a service principal"
    RemoveServicePrincipalOwner(key: ServicePrincipalKey, owner: uuid::Uuid): Delete "/servicePrincipals/{servicePrincipal}/owners/{owner}/$ref" "Remove an owner from a service principal"
    ListOwnedObjects(key: ServicePrincipalKey): Get "/servicePrincipals/{servicePrincipal}/ownedObjects" "List what a service principal owns"
    ListAppRoleAssignments(key: ServicePrincipalKey): Get "/servicePrincipals/{servicePrincipal}/appRoleAssignments" "List the app roles that a service principal has"
    CreateAppRoleAssignment(key: ServicePrincipalKey): Post "/servicePrincipals/{servicePrincipal}/appRoleAssignments" "Grant an app role to a service principal"
    GetAppRoleAssignment(key: ServicePrincipalKey, assignment: String): Get "/servicePrincipals/{servicePrincipal}/appRoleAssignments/{assignment}" "Read an app role assignment of a service principal"
    DeleteAppRoleAssignment(key: ServicePrincipalKey, assignment: String): Delete "/servicePrincipals/{servicePrincipal}/appRoleAssignments/{assignment}" "Revoke an app role of a service principal"
    ListAppRoleAssignedTo(key: ServicePrincipalKey): Get "/servicePrincipals/{servicePrincipal}/appRoleAssignedTo" "List who has app roles on a resource"
    CreateAppRoleAssignedTo(key: ServicePrincipalKey): Post "/servicePrincipals/{servicePrincipal}/appRoleAssignedTo" "Grant an app role on a resource"
    GetAppRoleAssignedTo(key: ServicePrincipalKey, assignment: String): Get "/servicePrincipals/{servicePrincipal}/appRoleAssignedTo/{assignment}" "Read an app role assignment on a resource"
    DeleteAppRoleAssignedTo(key: ServicePrincipalKey, assignment: String): Delete "/servicePrincipals/{servicePrincipal}/appRoleAssignedTo/{assignment}" "Revoke an app role on a resource"
    ListPermissionGrantsOfServicePrincipal(key: ServicePrincipalKey): Get "/servicePrincipals/{servicePrincipal}/oauth2PermissionGrants" "List the delegated permissions of a service principal"
    ListNothingOfServicePrincipal(key: ServicePrincipalKey, navigation: EmptyNavigation): Get "/servicePrincipals/{servicePrincipal}/{navigation}" "List what service principals do not have here"

    ListPermissionGrants: Get "/oauth2PermissionGrants" "List delegated permissions"
    CreatePermissionGrant: Post "/oauth2PermissionGrants" "Grant delegated permissions"
    GetPermissionGrant(grant: String): Get "/oauth2PermissionGrants/{grant}" "Read a grant of delegated permissions"
    UpdatePermissionGrant(grant: String): Patch "/oauth2PermissionGrants/{grant}" "Change a grant of delegated permissions"
    DeletePermissionGrant(grant: String): Delete "/oauth2PermissionGrants/{grant}" "Revoke a grant of delegated permissions"

    ListUsers: Get "/users" "List users"
    CountUsers: Get "/users/$count" "Count users"
    CreateUser: Post "/users" "Create a user"
    GetUser(key: UserKey): Get "/users/{user}" "Read a user"
    UpdateUser(key: UserKey): Patch "/users/{user}" "Change a user"
    DeleteUser(key: UserKey): Delete "/users/{user}" "Delete a user"
    ListNothingOfUser(key: UserKey, navigation: EmptyNavigation): Get "/users/{user}/{navigation}" "List what users do not have here"

    ListOrganization: Get "/organization" "Read the tenant, as a list of one"
    GetOrganization(tenant: uuid::Uuid): Get "/organization/{tenant}" "Read the tenant"
    ListDomains: Get "/domains" "List the domains of the tenant"
    GetDomain(domain: String): Get "/domains/{domain}" "Read a domain"
    GetDirectoryObject(object: uuid::Uuid): Get "/directoryObjects/{object}" "Read an object of any type"
    GetByIds: Post "/directoryObjects/getByIds" "Read objects of any type by their ids"

    ListDeletedItems(kind: DeletedKind): Get "/directory/deletedItems/{type}" "List deleted objects"
    GetDeletedItem(object: uuid::Uuid): Get "/directory/deletedItems/{object}" "Read a deleted object"
    RestoreDeletedItem(object: uuid::Uuid): Post "/directory/deletedItems/{object}/restore" "Restore a deleted object"
    PurgeDeletedItem(object: uuid::Uuid): Delete "/directory/deletedItems/{object}" "Delete a deleted object for good"

    ListSignIns: Get "/auditLogs/signIns" "Read the sign-in log"
    GetSignIn(entry: uuid::Uuid): Get "/auditLogs/signIns/{entry}" "Read an entry of the sign-in log"
    ListDirectoryAudits: Get "/auditLogs/directoryAudits" "Read the audit log"
    GetDirectoryAudit(entry: String): Get "/auditLogs/directoryAudits/{entry}" "Read an entry of the audit log"

    ListPolicies(kind: PolicyKind): Get "/policies/{kind}" "List policies, of which there are none here"
    Me: Get "/me" "Answer that an application is no user"
    MeOwnedObjects: Get "/me/ownedObjects" "Answer that an application is no user"
    Batch: Post "/$batch" "Send up to 20 requests at once"
}

impl Operation {
    /// Its path with the version, for people: `/v1.0/applications/{application}/addPassword`.
    pub fn path(self) -> String {
        format!("/{}{}", Version::V1.as_str(), self.template())
    }

    /// Whether it leaves the directory as it is.
    pub fn is_read(self) -> bool {
        self.method() == Method::Get || self == Self::GetByIds
    }
}

impl Call {
    /// Reads a method and the decoded segments of a path behind its version.
    pub fn read(
        method: Method,
        version: Version,
        segments: &[impl AsRef<str>],
    ) -> Result<Self, GraphError> {
        super::matching::read(method, version, segments)
    }
}

/// The path behind the version, in its shortest spelling, percent-encoded.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut keys = self.keys().into_iter();
        for part in self.operation().template().split('/').skip(1) {
            let written = match part.starts_with('{') {
                true => keys.next().unwrap_or_default(),
                false => part.to_owned(),
            };
            // An alternate key is written behind its collection, without a slash.
            if !written.starts_with('(') {
                f.write_str("/")?;
            }
            f.write_str(&written)?;
        }
        Ok(())
    }
}
