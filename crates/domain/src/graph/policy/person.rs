use super::PermissionSet;
use crate::directory::DirectoryRole;
use crate::graph::permission::Permission::{self, *};

/// What a directory role is worth in permissions of the API: the pages for people do what they do
/// through it, so that a person passes the same checks as a workload.
pub const fn permissions_of_role(role: DirectoryRole) -> &'static [Permission] {
    match role {
        DirectoryRole::GlobalAdministrator => &[
            ApplicationReadWriteAll,
            AppRoleAssignmentReadWriteAll,
            DelegatedPermissionGrantReadWriteAll,
            DirectoryReadWriteAll,
            UserReadWriteAll,
            AuditLogReadAll,
            RoleManagementReadWriteDirectory,
        ],
        DirectoryRole::PrivilegedRoleAdministrator => &[
            AppRoleAssignmentReadWriteAll,
            DelegatedPermissionGrantReadWriteAll,
            DirectoryReadAll,
            ApplicationReadAll,
            AuditLogReadAll,
            RoleManagementReadWriteDirectory,
        ],
        // Without the right to manage roles, neither can grant permissions of the directory itself.
        DirectoryRole::ApplicationAdministrator | DirectoryRole::CloudApplicationAdministrator => {
            &[
                ApplicationReadWriteAll,
                AppRoleAssignmentReadWriteAll,
                DelegatedPermissionGrantReadWriteAll,
                DirectoryReadAll,
                AuditLogReadAll,
            ]
        }
        DirectoryRole::ApplicationDeveloper => &[ApplicationReadWriteOwnedBy, DirectoryReadAll],
        DirectoryRole::GlobalReader => &[ApplicationReadAll, DirectoryReadAll, AuditLogReadAll],
        DirectoryRole::ConditionalAccessAdministrator | DirectoryRole::DirectoryReaders => {
            &[DirectoryReadAll]
        }
        DirectoryRole::TenantCreator => &[],
    }
}

/// What somebody with these roles may do through the API.
pub fn permissions_of_roles(roles: &[DirectoryRole]) -> PermissionSet {
    let roles = roles.iter().copied();
    roles.flat_map(permissions_of_role).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::policy::{Decision, check, may_grant};
    use crate::graph::route::Operation;

    #[test]
    fn an_application_administrator_cannot_grant_roles_of_graph() {
        let roles = permissions_of_roles(&[DirectoryRole::ApplicationAdministrator]);
        assert!(may_grant(&roles, false));
        assert!(!may_grant(&roles, true));
        let roles = permissions_of_roles(&[DirectoryRole::GlobalAdministrator]);
        assert!(may_grant(&roles, true));
    }

    #[test]
    fn readers_change_nothing() {
        for role in [
            DirectoryRole::GlobalReader,
            DirectoryRole::DirectoryReaders,
            DirectoryRole::ConditionalAccessAdministrator,
            DirectoryRole::TenantCreator,
        ] {
            let roles = permissions_of_roles(&[role]);
            for operation in [
                Operation::CreateApplication,
                Operation::UpdateApplication,
                Operation::CreateAppRoleAssignment,
                Operation::CreateUser,
            ] {
                assert_eq!(check(operation, &roles), Decision::Denied, "{role:?}");
            }
        }
    }

    #[test]
    fn a_developer_changes_what_it_owns() {
        let roles = permissions_of_roles(&[DirectoryRole::ApplicationDeveloper]);
        let decision = check(Operation::UpdateApplication, &roles);
        assert_eq!(decision, Decision::OnlyIfOwned);
        let decision = check(Operation::CreateApplication, &roles);
        assert_eq!(decision, Decision::Allowed);
    }
}
