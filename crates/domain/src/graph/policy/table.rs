use crate::graph::permission::Permission::{self, *};
use crate::graph::route::Operation;

/// What an operation asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requirement {
    /// Of each of these groups one permission is needed; without groups, a valid token is enough.
    pub all: &'static [&'static [Permission]],
    /// One of these is enough on objects that the caller owns.
    pub if_owned: &'static [Permission],
    /// On the caller's own application and service principal no permission is needed.
    pub if_itself: bool,
}

const APPLICATION_READS: &[Permission] = &[
    ApplicationReadAll,
    ApplicationReadWriteOwnedBy,
    ApplicationReadWriteAll,
    DirectoryReadAll,
    DirectoryReadWriteAll,
];

/// Whom an application trusts is nothing that everybody who sees the directory needs to know.
const CREDENTIAL_READS: &[Permission] = &[
    ApplicationReadAll,
    ApplicationReadWriteOwnedBy,
    ApplicationReadWriteAll,
];

const GRANT_READS: &[Permission] = &[
    DelegatedPermissionGrantReadAll,
    DelegatedPermissionGrantReadWriteAll,
    DirectoryReadAll,
    DirectoryReadWriteAll,
];

/// What lets a caller see every property of a user.
pub(super) const FULL_PROFILE_READS: &[Permission] = &[
    UserReadAll,
    UserReadWriteAll,
    DirectoryReadAll,
    DirectoryReadWriteAll,
];

const USER_READS: &[Permission] = &[
    UserReadBasicAll,
    UserReadAll,
    UserReadWriteAll,
    DirectoryReadAll,
    DirectoryReadWriteAll,
];

const fn any(permissions: &'static [&'static [Permission]]) -> Requirement {
    Requirement {
        all: permissions,
        if_owned: &[],
        if_itself: false,
    }
}

/// Changes of applications and service principals.
const CHANGE: Requirement = Requirement {
    all: &[&[ApplicationReadWriteAll]],
    if_owned: &[ApplicationReadWriteOwnedBy],
    if_itself: false,
};

/// Keys that are rolled with proof: who holds the key of an application is that application.
const ROLL: Requirement = Requirement {
    if_itself: true,
    ..CHANGE
};

/// What an operation asks of its caller. New operations need an entry to compile.
///
/// With `OwnedBy`, a service principal can be created for an owned application. An update that
/// turns out to create is judged as the creation.
pub fn requirement(operation: Operation) -> Requirement {
    use Operation as O;
    match operation {
        O::ListApplications
        | O::CountApplications
        | O::GetApplication
        | O::ListApplicationOwners
        | O::ListApplicationOwnerRefs
        | O::ListNothingOfApplication
        | O::ListServicePrincipals
        | O::CountServicePrincipals
        | O::GetServicePrincipal
        | O::ListServicePrincipalOwners
        | O::ListServicePrincipalOwnerRefs
        | O::ListOwnedObjects
        | O::ListAppRoleAssignments
        | O::GetAppRoleAssignment
        | O::ListAppRoleAssignedTo
        | O::GetAppRoleAssignedTo
        | O::ListNothingOfServicePrincipal
        | O::ListDeletedItems
        | O::GetDeletedItem
        | O::ListPolicies => any(&[APPLICATION_READS]),

        O::ListFederatedCredentials | O::GetFederatedCredential => any(&[CREDENTIAL_READS]),

        O::CreateApplication => any(&[&[ApplicationReadWriteOwnedBy, ApplicationReadWriteAll]]),

        O::UpdateApplication
        | O::DeleteApplication
        | O::AddApplicationPassword
        | O::RemoveApplicationPassword
        | O::CreateFederatedCredential
        | O::UpdateFederatedCredential
        | O::DeleteFederatedCredential
        | O::AddApplicationOwner
        | O::RemoveApplicationOwner
        | O::CreateServicePrincipal
        | O::UpdateServicePrincipal
        | O::DeleteServicePrincipal
        | O::AddServicePrincipalPassword
        | O::RemoveServicePrincipalPassword
        | O::AddServicePrincipalOwner
        | O::RemoveServicePrincipalOwner
        | O::RestoreDeletedItem
        | O::PurgeDeletedItem => CHANGE,

        O::AddApplicationKey
        | O::RemoveApplicationKey
        | O::AddServicePrincipalKey
        | O::RemoveServicePrincipalKey => ROLL,

        O::CreateAppRoleAssignment | O::CreateAppRoleAssignedTo => {
            any(&[&[AppRoleAssignmentReadWriteAll], APPLICATION_READS])
        }
        O::DeleteAppRoleAssignment | O::DeleteAppRoleAssignedTo => {
            any(&[&[AppRoleAssignmentReadWriteAll]])
        }

        O::ListPermissionGrants
        | O::GetPermissionGrant
        | O::ListPermissionGrantsOfServicePrincipal => any(&[GRANT_READS]),
        O::CreatePermissionGrant | O::UpdatePermissionGrant | O::DeletePermissionGrant => {
            any(&[&[DelegatedPermissionGrantReadWriteAll, DirectoryReadWriteAll]])
        }

        O::ListUsers | O::CountUsers | O::GetUser => any(&[USER_READS]),
        O::ListNothingOfUser => any(&[FULL_PROFILE_READS]),
        O::CreateUser | O::UpdateUser | O::DeleteUser => {
            any(&[&[UserReadWriteAll, DirectoryReadWriteAll]])
        }

        O::ListOrganization | O::GetOrganization => any(&[&[
            OrganizationReadAll,
            UserReadAll,
            DirectoryReadAll,
            DirectoryReadWriteAll,
        ]]),
        O::ListDomains | O::GetDomain => {
            any(&[&[DomainReadAll, DirectoryReadAll, DirectoryReadWriteAll]])
        }
        O::GetDirectoryObject | O::GetByIds => any(&[&[DirectoryReadAll, DirectoryReadWriteAll]]),

        O::ListSignIns | O::GetSignIn | O::ListDirectoryAudits | O::GetDirectoryAudit => {
            any(&[&[AuditLogReadAll]])
        }

        // The answer is the same for everybody; each request of a batch is judged for itself.
        O::Me | O::MeOwnedObjects | O::Batch => any(&[]),
    }
}
