//! Roles, as forms offer them.

use countersign_domain::account::roles::check_role;
use countersign_domain::directory::DirectoryRole;
use uuid::Uuid;

/// A role in a form or a table.
pub(super) struct RoleChoice {
    role: DirectoryRole,
    /// It was chosen before.
    pub(super) is_chosen: bool,
}

impl RoleChoice {
    /// The roles that somebody with the roles of `actor` may give.
    pub(super) fn offered(actor: &[DirectoryRole], chosen: &[DirectoryRole]) -> Vec<Self> {
        let all = DirectoryRole::ALL.into_iter();
        all.filter(|role| check_role(actor, *role).is_ok())
            .map(|role| Self {
                is_chosen: chosen.contains(&role),
                role,
            })
            .collect()
    }

    pub(super) fn value(&self) -> String {
        self.role.template_id().to_string()
    }

    pub(super) fn name(&self) -> &'static str {
        self.role.display_name()
    }

    pub(super) fn hint(&self) -> &'static str {
        hint(self.role)
    }
}

/// The role that a form names.
pub(super) fn read(text: &str) -> Option<DirectoryRole> {
    DirectoryRole::from_template_id(text.parse::<Uuid>().ok()?)
}

/// What a role is for, in a sentence.
pub(super) const fn hint(role: DirectoryRole) -> &'static str {
    match role {
        DirectoryRole::GlobalAdministrator => "Does everything in this tenant.",
        DirectoryRole::PrivilegedRoleAdministrator => {
            "Decides who administers, and grants any permission; registers no applications."
        }
        DirectoryRole::ApplicationAdministrator => {
            "Registers applications and grants their permissions, except on the directory itself."
        }
        DirectoryRole::CloudApplicationAdministrator => {
            "The same here as the Application Administrator."
        }
        DirectoryRole::ApplicationDeveloper => {
            "Registers applications, and changes those that it owns."
        }
        DirectoryRole::ConditionalAccessAdministrator => "Sees the directory.",
        DirectoryRole::GlobalReader => "Sees everything and changes nothing.",
        DirectoryRole::DirectoryReaders => "Sees the directory, without the logs.",
        DirectoryRole::TenantCreator => "Adds tenants to this server.",
    }
}
