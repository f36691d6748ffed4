use uuid::{Uuid, uuid};

use super::ResourceAccessType;
use crate::ids::AppId;

/// The APIs that administer the directory itself: Microsoft Graph and its predecessor. Whoever
/// could grant their application permissions could raise an application above themselves.
const DIRECTORY_APIS: [AppId; 2] = [
    AppId::new(uuid!("00000003-0000-0000-c000-000000000000")),
    AppId::new(uuid!("00000002-0000-0000-c000-000000000000")),
];

/// What a person may do as an administrator of a tenant: the original's built-in roles, as far as
/// they concern applications.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are the original's")]
pub enum DirectoryRole {
    GlobalAdministrator,
    PrivilegedRoleAdministrator,
    ApplicationAdministrator,
    CloudApplicationAdministrator,
    ApplicationDeveloper,
    ConditionalAccessAdministrator,
    GlobalReader,
    DirectoryReaders,
    TenantCreator,
}

impl DirectoryRole {
    /// All of them, the mightiest first.
    pub const ALL: [Self; 9] = [
        Self::GlobalAdministrator,
        Self::PrivilegedRoleAdministrator,
        Self::ApplicationAdministrator,
        Self::CloudApplicationAdministrator,
        Self::ApplicationDeveloper,
        Self::ConditionalAccessAdministrator,
        Self::GlobalReader,
        Self::DirectoryReaders,
        Self::TenantCreator,
    ];

    /// The id of the role's template, the same in every tenant.
    pub const fn template_id(self) -> Uuid {
        match self {
            Self::GlobalAdministrator => uuid!("62e90394-69f5-4237-9190-012177145e10"),
            Self::PrivilegedRoleAdministrator => uuid!("e8611ab8-c189-46e8-94e1-60213ab1f814"),
            Self::ApplicationAdministrator => uuid!("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"),
            Self::CloudApplicationAdministrator => uuid!("158c047a-c907-4556-b7ef-446551a6b5f7"),
            Self::ApplicationDeveloper => uuid!("cf1c38e5-3621-4004-a7cb-879624dced7c"),
            Self::ConditionalAccessAdministrator => uuid!("b1be1c3e-b65d-4f19-8427-f6fa0d97feb9"),
            Self::GlobalReader => uuid!("f2ef992c-3afb-46b9-b7cf-a126ee74c451"),
            Self::DirectoryReaders => uuid!("88d8e3e3-8f55-4a1e-953a-9b9898b8876b"),
            Self::TenantCreator => uuid!("112ca1a2-15ad-4102-995e-45b0bc479a6a"),
        }
    }

    /// The role with this template.
    pub fn from_template_id(id: Uuid) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.template_id() == id)
    }

    /// The name that people know.
    pub const fn display_name(self) -> &'static str {
        match self {
            Self::GlobalAdministrator => "Global Administrator",
            Self::PrivilegedRoleAdministrator => "Privileged Role Administrator",
            Self::ApplicationAdministrator => "Application Administrator",
            Self::CloudApplicationAdministrator => "Cloud Application Administrator",
            Self::ApplicationDeveloper => "Application Developer",
            Self::ConditionalAccessAdministrator => "Conditional Access Administrator",
            Self::GlobalReader => "Global Reader",
            Self::DirectoryReaders => "Directory Readers",
            Self::TenantCreator => "Tenant Creator",
        }
    }

    /// Whether the role may consent for a whole tenant at all.
    pub const fn may_consent_to_some(self) -> bool {
        matches!(
            self,
            Self::GlobalAdministrator
                | Self::PrivilegedRoleAdministrator
                | Self::ApplicationAdministrator
                | Self::CloudApplicationAdministrator
        )
    }

    /// Whether the role may consent, for a whole tenant, to a permission of this kind of this
    /// resource.
    pub fn may_consent(self, resource: AppId, kind: ResourceAccessType) -> bool {
        match self {
            Self::GlobalAdministrator | Self::PrivilegedRoleAdministrator => true,
            Self::ApplicationAdministrator | Self::CloudApplicationAdministrator => {
                kind == ResourceAccessType::Scope || !DIRECTORY_APIS.contains(&resource)
            }
            Self::ApplicationDeveloper
            | Self::ConditionalAccessAdministrator
            | Self::GlobalReader
            | Self::DirectoryReaders
            | Self::TenantCreator => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::permission::GRAPH_APP_ID;

    #[test]
    fn templates_are_unique_and_found() {
        for role in DirectoryRole::ALL {
            assert_eq!(
                DirectoryRole::from_template_id(role.template_id()),
                Some(role)
            );
        }
        assert_eq!(DirectoryRole::from_template_id(Uuid::nil()), None);
    }

    /// Columns: a role of an API, a scope of an API, a role of Graph, a scope of Graph.
    #[test]
    fn who_may_consent_to_what() {
        use ResourceAccessType::{Role, Scope};
        let orders = AppId::new(Uuid::from_u128(1));
        let check = |role: DirectoryRole, expected: [bool; 4]| {
            let found = [
                role.may_consent(orders, Role),
                role.may_consent(orders, Scope),
                role.may_consent(GRAPH_APP_ID, Role),
                role.may_consent(GRAPH_APP_ID, Scope),
            ];
            assert_eq!(found, expected, "{role:?}");
            assert_eq!(role.may_consent_to_some(), expected.contains(&true));
            // The predecessor of Graph is as mighty.
            assert_eq!(role.may_consent(DIRECTORY_APIS[1], Role), expected[2]);
        };
        check(DirectoryRole::GlobalAdministrator, [true; 4]);
        check(DirectoryRole::PrivilegedRoleAdministrator, [true; 4]);
        check(
            DirectoryRole::ApplicationAdministrator,
            [true, true, false, true],
        );
        check(
            DirectoryRole::CloudApplicationAdministrator,
            [true, true, false, true],
        );
        check(DirectoryRole::ApplicationDeveloper, [false; 4]);
        check(DirectoryRole::ConditionalAccessAdministrator, [false; 4]);
        check(DirectoryRole::GlobalReader, [false; 4]);
        check(DirectoryRole::DirectoryReaders, [false; 4]);
        check(DirectoryRole::TenantCreator, [false; 4]);
    }
}
