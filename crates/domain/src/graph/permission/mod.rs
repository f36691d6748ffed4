//! The permissions of the Graph API, and the resource that they are roles of.
//!
//! Ids and values are Microsoft Graph's own, so that clients which know them by heart work here.

mod resource;
mod table;

use uuid::{Uuid, uuid};

use crate::directory::{AppRole, MemberType, PermissionScope};
use crate::ids::{AppId, AppRoleId, TenantId};

pub use resource::{
    graph_application, graph_application_id, graph_names, graph_service_principal,
    graph_service_principal_id,
};

/// The client id of the Graph resource.
pub const GRAPH_APP_ID: AppId = AppId::new(uuid!("00000003-0000-0000-c000-000000000000"));

/// The identifier URI under which SDKs ask for Graph when nobody tells them otherwise.
pub const GRAPH_URI: &str = "https://graph.microsoft.com";

/// The tenant of the platform's own applications: in the original, Microsoft's.
pub const PLATFORM_TENANT_ID: TenantId =
    TenantId::new(uuid!("f8cdef31-a31e-4b4a-93e4-5f571e91255a"));

/// A permission that this API checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are the permissions' own values")]
pub enum Permission {
    ApplicationReadAll,
    ApplicationReadWriteAll,
    ApplicationReadWriteOwnedBy,
    AppRoleAssignmentReadWriteAll,
    DelegatedPermissionGrantReadAll,
    DelegatedPermissionGrantReadWriteAll,
    DirectoryReadAll,
    DirectoryReadWriteAll,
    UserReadBasicAll,
    UserReadAll,
    UserReadWriteAll,
    AuditLogReadAll,
    OrganizationReadAll,
    DomainReadAll,
    RoleManagementReadWriteDirectory,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::ApplicationReadAll,
        Self::ApplicationReadWriteAll,
        Self::ApplicationReadWriteOwnedBy,
        Self::AppRoleAssignmentReadWriteAll,
        Self::DelegatedPermissionGrantReadAll,
        Self::DelegatedPermissionGrantReadWriteAll,
        Self::DirectoryReadAll,
        Self::DirectoryReadWriteAll,
        Self::UserReadBasicAll,
        Self::UserReadAll,
        Self::UserReadWriteAll,
        Self::AuditLogReadAll,
        Self::OrganizationReadAll,
        Self::DomainReadAll,
        Self::RoleManagementReadWriteDirectory,
    ];

    /// What the `roles` claim says.
    pub const fn value(self) -> &'static str {
        match self {
            Self::ApplicationReadAll => "Application.Read.All",
            Self::ApplicationReadWriteAll => "Application.ReadWrite.All",
            Self::ApplicationReadWriteOwnedBy => "Application.ReadWrite.OwnedBy",
            Self::AppRoleAssignmentReadWriteAll => "AppRoleAssignment.ReadWrite.All",
            Self::DelegatedPermissionGrantReadAll => "DelegatedPermissionGrant.Read.All",
            Self::DelegatedPermissionGrantReadWriteAll => "DelegatedPermissionGrant.ReadWrite.All",
            Self::DirectoryReadAll => "Directory.Read.All",
            Self::DirectoryReadWriteAll => "Directory.ReadWrite.All",
            Self::UserReadBasicAll => "User.ReadBasic.All",
            Self::UserReadAll => "User.Read.All",
            Self::UserReadWriteAll => "User.ReadWrite.All",
            Self::AuditLogReadAll => "AuditLog.Read.All",
            Self::OrganizationReadAll => "Organization.Read.All",
            Self::DomainReadAll => "Domain.Read.All",
            Self::RoleManagementReadWriteDirectory => "RoleManagement.ReadWrite.Directory",
        }
    }

    /// The permission with this value. Letter case counts.
    pub fn from_value(value: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.value() == value)
    }

    /// The id of the app role that grants it.
    pub fn app_role_id(self) -> AppRoleId {
        let known = WellKnownPermission::find(self.value());
        AppRoleId::new(
            known
                .and_then(|known| known.app_role_id)
                .unwrap_or_default(),
        )
    }

    /// The permission that this app role of the Graph resource grants, if the API checks it.
    pub fn from_app_role_id(id: AppRoleId) -> Option<Self> {
        let known = table::WELL_KNOWN
            .iter()
            .find(|known| known.app_role_id == Some(id.uuid()))?;
        Self::from_value(known.value)
    }
}

/// A permission of Microsoft Graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WellKnownPermission {
    /// What a token says.
    pub value: &'static str,
    /// The id of the app role, for workloads.
    pub app_role_id: Option<Uuid>,
    /// The id of the delegated permission, for workloads on behalf of people.
    pub scope_id: Option<Uuid>,
    /// Who may consent to the delegated permission.
    pub consent: Consent,
    /// A name for people.
    pub display_name: &'static str,
    /// What it allows.
    pub description: &'static str,
}

/// Who may consent to a delegated permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Administrators only.
    Admin,
    /// Everybody, for themselves.
    User,
}

impl WellKnownPermission {
    /// All of them.
    pub fn all() -> &'static [Self] {
        table::WELL_KNOWN
    }

    /// The permission with this value. Letter case counts.
    pub fn find(value: &str) -> Option<&'static Self> {
        table::WELL_KNOWN.iter().find(|known| known.value == value)
    }

    fn app_role(&self) -> Option<AppRole> {
        Some(AppRole {
            id: AppRoleId::new(self.app_role_id?),
            value: Some(self.value.to_owned()),
            display_name: Some(self.display_name.to_owned()),
            description: Some(self.description.to_owned()),
            allowed_member_types: vec![MemberType::Application],
            is_enabled: true,
        })
    }

    fn scope(&self) -> Option<PermissionScope> {
        let name = Some(self.display_name.to_owned());
        let description = Some(self.description.to_owned());
        let kind = match self.consent {
            Consent::Admin => "Admin",
            Consent::User => "User",
        };
        Some(PermissionScope {
            id: Some(AppRoleId::new(self.scope_id?)),
            value: Some(self.value.to_owned()),
            kind: Some(kind.to_owned()),
            is_enabled: true,
            admin_consent_display_name: name.clone(),
            admin_consent_description: description.clone(),
            user_consent_display_name: name,
            user_consent_description: description,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_checked_permission_has_its_well_known_role() {
        for permission in Permission::ALL {
            let id = permission.app_role_id();
            assert_ne!(id, AppRoleId::DEFAULT_ACCESS, "{permission:?}");
            assert_eq!(Permission::from_app_role_id(id), Some(permission));
            assert_eq!(Permission::from_value(permission.value()), Some(permission));
        }
        assert_eq!(Permission::from_value("application.read.all"), None);
        assert_eq!(
            Permission::ApplicationReadWriteAll
                .app_role_id()
                .to_string(),
            "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9"
        );
    }

    #[test]
    fn ids_and_values_are_unique() {
        let all = WellKnownPermission::all();
        let values: BTreeSet<_> = all.iter().map(|known| known.value).collect();
        let ids: BTreeSet<_> = all
            .iter()
            .flat_map(|known| [known.app_role_id, known.scope_id])
            .flatten()
            .collect();
        assert_eq!(values.len(), all.len());
        let id_count = all
            .iter()
            .flat_map(|known| [known.app_role_id, known.scope_id])
            .flatten()
            .count();
        assert_eq!(ids.len(), id_count);
    }
}
