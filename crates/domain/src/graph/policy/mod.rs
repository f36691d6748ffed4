//! Who may do what: the one table from which requests are judged, tests are made and
//! `docs/reference/permissions.md` is printed.
//!
//! It knows roles only. Whether an object is owned, and which roles an application holds, is for
//! the caller to look up, inside the transaction of the change.

mod person;
mod reference;
mod set;
mod table;

pub use person::{permissions_of_role, permissions_of_roles};
pub use reference::reference;
pub use set::PermissionSet;
pub use table::{Requirement, requirement};

use super::permission::Permission;
use super::route::Operation;
use crate::directory::DirectoryRole;

/// What the roles of a caller are good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// On every object of the tenant.
    Allowed,
    /// On objects that have the caller's service principal among their owners.
    OnlyIfOwned,
    /// On the caller's own application and service principal.
    OnlyIfItself,
    /// On both.
    OnlyIfOwnedOrItself,
    /// On nothing.
    Denied,
}

impl Decision {
    /// Whether it covers an object of which this is known.
    pub fn permits(self, is_owned: bool, is_itself: bool) -> bool {
        match self {
            Self::Allowed => true,
            Self::OnlyIfOwned => is_owned,
            Self::OnlyIfItself => is_itself,
            Self::OnlyIfOwnedOrItself => is_owned || is_itself,
            Self::Denied => false,
        }
    }
}

/// Judges an operation by the caller's roles on the Graph resource.
pub fn check(operation: Operation, roles: &PermissionSet) -> Decision {
    let requirement = requirement(operation);
    let has_any = |permissions: &[Permission]| permissions.iter().any(|one| roles.contains(*one));
    if requirement.all.iter().all(|group| has_any(group)) {
        return Decision::Allowed;
    }
    match (has_any(requirement.if_owned), requirement.if_itself) {
        (true, true) => Decision::OnlyIfOwnedOrItself,
        (true, false) => Decision::OnlyIfOwned,
        (false, true) => Decision::OnlyIfItself,
        (false, false) => Decision::Denied,
    }
}

/// Whether the caller may grant an app role. Who could grant roles of Graph itself without holding
/// the right to grant every right would have that right.
pub fn may_grant(roles: &PermissionSet, is_role_of_graph: bool) -> bool {
    check(Operation::CreateAppRoleAssignment, roles) == Decision::Allowed
        && (!is_role_of_graph || roles.contains(Permission::RoleManagementReadWriteDirectory))
}

/// Whether the caller may withdraw an app role. Who could withdraw roles of Graph itself could leave
/// the tenant without anybody who can grant them again.
pub fn may_withdraw(roles: &PermissionSet, is_role_of_graph: bool) -> bool {
    check(Operation::DeleteAppRoleAssignment, roles) == Decision::Allowed
        && (!is_role_of_graph || roles.contains(Permission::RoleManagementReadWriteDirectory))
}

/// Whether the caller may do what makes it able to sign in as an application: add a credential or
/// an owner to it, enable it again, restore it. `target` are the roles that the application's service principal has,
/// or would have again, on the Graph resource.
pub fn may_take_over(roles: &PermissionSet, target: &PermissionSet) -> bool {
    roles.contains(Permission::RoleManagementReadWriteDirectory) || roles.covers(target)
}

/// Whether an application may disable, rename or delete a user who has directory roles. Who could do
/// that to every user could take away whoever could stop it; who creates tenants is above every
/// application of one. People are judged by their own roles: [`crate::account::roles`].
pub fn may_change_administrator(roles: &PermissionSet, held: &[DirectoryRole]) -> bool {
    held.is_empty()
        || roles.contains(Permission::RoleManagementReadWriteDirectory)
            && !held.contains(&DirectoryRole::TenantCreator)
}

/// Whether the caller sees all properties of users, and not only names and addresses.
pub fn sees_full_profiles(roles: &PermissionSet) -> bool {
    table::FULL_PROFILE_READS
        .iter()
        .any(|one| roles.contains(*one))
}

#[cfg(test)]
mod tests;
