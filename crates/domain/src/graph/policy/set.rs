use std::collections::BTreeSet;

use crate::graph::permission::{Permission, WellKnownPermission};
use crate::ids::AppRoleId;

/// App roles of the Graph resource, those that this API never asks for included.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PermissionSet(BTreeSet<AppRoleId>);

impl PermissionSet {
    /// The roles that a token names and that are still granted: neither an old token nor a new
    /// grant alone gives a right.
    pub fn effective<'r>(
        of_token: impl IntoIterator<Item = &'r str>,
        granted: impl IntoIterator<Item = AppRoleId>,
    ) -> Self {
        let named: Self = of_token
            .into_iter()
            .filter_map(|value| WellKnownPermission::find(value)?.app_role_id)
            .map(AppRoleId::new)
            .collect();
        let granted: Self = granted.into_iter().collect();
        Self(named.0.intersection(&granted.0).copied().collect())
    }

    /// Whether the permission itself is among them.
    pub fn contains(&self, permission: Permission) -> bool {
        self.0.contains(&permission.app_role_id())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every role of the other is among them, or is part of one that is.
    pub fn covers(&self, other: &Self) -> bool {
        let has = |role: AppRoleId| self.0.contains(&role);
        other.0.iter().all(|role| {
            let wider = Permission::from_app_role_id(*role).map_or(&[][..], wider);
            has(*role) || wider.iter().any(|one| has(one.app_role_id()))
        })
    }
}

/// Default access is no role, and is left out.
impl FromIterator<AppRoleId> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = AppRoleId>>(roles: I) -> Self {
        let is_role = |role: &AppRoleId| *role != AppRoleId::DEFAULT_ACCESS;
        Self(roles.into_iter().filter(is_role).collect())
    }
}

impl FromIterator<Permission> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        permissions
            .into_iter()
            .map(Permission::app_role_id)
            .collect()
    }
}

/// The permissions that allow all that this one does, and more.
pub(super) fn wider(permission: Permission) -> &'static [Permission] {
    use Permission as P;
    match permission {
        P::ApplicationReadAll | P::ApplicationReadWriteOwnedBy => &[P::ApplicationReadWriteAll],
        P::DelegatedPermissionGrantReadAll => &[
            P::DelegatedPermissionGrantReadWriteAll,
            P::DirectoryReadAll,
            P::DirectoryReadWriteAll,
        ],
        P::DelegatedPermissionGrantReadWriteAll | P::DirectoryReadAll | P::UserReadWriteAll => {
            &[P::DirectoryReadWriteAll]
        }
        P::UserReadBasicAll => &[
            P::UserReadAll,
            P::UserReadWriteAll,
            P::DirectoryReadAll,
            P::DirectoryReadWriteAll,
        ],
        P::UserReadAll => &[P::DirectoryReadAll, P::DirectoryReadWriteAll],
        P::OrganizationReadAll | P::DomainReadAll => {
            &[P::DirectoryReadAll, P::DirectoryReadWriteAll]
        }
        P::ApplicationReadWriteAll
        | P::AppRoleAssignmentReadWriteAll
        | P::DirectoryReadWriteAll
        | P::AuditLogReadAll
        | P::RoleManagementReadWriteDirectory => &[],
    }
}
