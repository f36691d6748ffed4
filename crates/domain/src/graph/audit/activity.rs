/// What can be done to the directory through the API and on the pages for people, in the original's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say what `name` says")]
pub enum Activity {
    AddApplication,
    UpdateApplication,
    UpdateApplicationCredentials,
    DeleteApplication,
    RestoreApplication,
    HardDeleteApplication,
    AddApplicationOwner,
    RemoveApplicationOwner,
    AddServicePrincipal,
    UpdateServicePrincipal,
    AddServicePrincipalCredentials,
    RemoveServicePrincipalCredentials,
    RemoveServicePrincipal,
    RestoreServicePrincipal,
    HardDeleteServicePrincipal,
    AddServicePrincipalOwner,
    RemoveServicePrincipalOwner,
    AddAppRoleAssignment,
    RemoveAppRoleAssignment,
    ConsentToApplication,
    AddPermissionGrant,
    UpdatePermissionGrant,
    RemovePermissionGrant,
    AddUser,
    UpdateUser,
    DeleteUser,
    ChangeUserPassword,
    ResetUserPassword,
    RegisterSecurityInfo,
    DeleteSecurityInfo,
    AdminRegisterSecurityInfo,
    RevokeSessions,
    AddRoleMember,
    RemoveRoleMember,
    CreateTenant,
}

impl Activity {
    /// All of them.
    pub const ALL: [Self; 35] = [
        Self::AddApplication,
        Self::UpdateApplication,
        Self::UpdateApplicationCredentials,
        Self::DeleteApplication,
        Self::RestoreApplication,
        Self::HardDeleteApplication,
        Self::AddApplicationOwner,
        Self::RemoveApplicationOwner,
        Self::AddServicePrincipal,
        Self::UpdateServicePrincipal,
        Self::AddServicePrincipalCredentials,
        Self::RemoveServicePrincipalCredentials,
        Self::RemoveServicePrincipal,
        Self::RestoreServicePrincipal,
        Self::HardDeleteServicePrincipal,
        Self::AddServicePrincipalOwner,
        Self::RemoveServicePrincipalOwner,
        Self::AddAppRoleAssignment,
        Self::RemoveAppRoleAssignment,
        Self::ConsentToApplication,
        Self::AddPermissionGrant,
        Self::UpdatePermissionGrant,
        Self::RemovePermissionGrant,
        Self::AddUser,
        Self::UpdateUser,
        Self::DeleteUser,
        Self::ChangeUserPassword,
        Self::ResetUserPassword,
        Self::RegisterSecurityInfo,
        Self::DeleteSecurityInfo,
        Self::AdminRegisterSecurityInfo,
        Self::RevokeSessions,
        Self::AddRoleMember,
        Self::RemoveRoleMember,
        Self::CreateTenant,
    ];

    /// `activityDisplayName`, character by character the original's: detection rules compare it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AddApplication => "Add application",
            Self::UpdateApplication => "Update application",
            // The en dash and the blank at the end are the original's.
            Self::UpdateApplicationCredentials => {
                "Update application \u{2013} Certificates and secrets management "
            }
            Self::DeleteApplication => "Delete application",
            Self::RestoreApplication => "Restore application",
            Self::HardDeleteApplication => "Hard Delete application",
            Self::AddApplicationOwner => "Add owner to application",
            Self::RemoveApplicationOwner => "Remove owner from application",
            Self::AddServicePrincipal => "Add service principal",
            Self::UpdateServicePrincipal => "Update service principal",
            Self::AddServicePrincipalCredentials => "Add service principal credentials",
            Self::RemoveServicePrincipalCredentials => "Remove service principal credentials",
            Self::RemoveServicePrincipal => "Remove service principal",
            Self::RestoreServicePrincipal => "Restore service principal",
            Self::HardDeleteServicePrincipal => "Hard delete service principal",
            Self::AddServicePrincipalOwner => "Add owner to service principal",
            Self::RemoveServicePrincipalOwner => "Remove owner from service principal",
            Self::AddAppRoleAssignment => "Add app role assignment to service principal",
            Self::RemoveAppRoleAssignment => "Remove app role assignment from service principal",
            Self::ConsentToApplication => "Consent to application",
            Self::AddPermissionGrant => "Add delegated permission grant",
            Self::UpdatePermissionGrant => "Update delegated permission grant",
            Self::RemovePermissionGrant => "Remove delegated permission grant",
            Self::AddUser => "Add user",
            Self::UpdateUser => "Update user",
            Self::DeleteUser => "Delete user",
            Self::ChangeUserPassword => "Change user password",
            Self::ResetUserPassword => "Reset user password",
            Self::RegisterSecurityInfo => "User registered security info",
            Self::DeleteSecurityInfo => "User deleted security info",
            Self::AdminRegisterSecurityInfo => "Admin registered security info",
            Self::RevokeSessions => "Update StsRefreshTokenValidFrom Timestamp",
            Self::AddRoleMember => "Add member to role",
            Self::RemoveRoleMember => "Remove member from role",
            Self::CreateTenant => "Create company",
        }
    }

    /// The activity with this name, if the record is of one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// `category`
    pub const fn category(self) -> &'static str {
        match self {
            Self::AddUser
            | Self::UpdateUser
            | Self::DeleteUser
            | Self::ChangeUserPassword
            | Self::ResetUserPassword
            | Self::RegisterSecurityInfo
            | Self::DeleteSecurityInfo
            | Self::AdminRegisterSecurityInfo
            | Self::RevokeSessions => "UserManagement",
            Self::AddRoleMember | Self::RemoveRoleMember => "RoleManagement",
            Self::CreateTenant => "DirectoryManagement",
            _ => "ApplicationManagement",
        }
    }

    /// `operationType`
    pub const fn operation_type(self) -> &'static str {
        match self {
            Self::AddApplication
            | Self::AddServicePrincipal
            | Self::AddServicePrincipalCredentials
            | Self::AddUser
            | Self::RegisterSecurityInfo
            | Self::AdminRegisterSecurityInfo
            | Self::CreateTenant => "Add",
            Self::AddApplicationOwner
            | Self::AddServicePrincipalOwner
            | Self::AddAppRoleAssignment
            | Self::ConsentToApplication
            | Self::AddPermissionGrant
            | Self::AddRoleMember => "Assign",
            Self::RemoveApplicationOwner
            | Self::RemoveServicePrincipalOwner
            | Self::RemoveAppRoleAssignment
            | Self::RemovePermissionGrant
            | Self::RemoveRoleMember => "Unassign",
            Self::DeleteApplication
            | Self::HardDeleteApplication
            | Self::RemoveServicePrincipal
            | Self::HardDeleteServicePrincipal
            | Self::RemoveServicePrincipalCredentials
            | Self::DeleteUser
            | Self::DeleteSecurityInfo => "Delete",
            Self::UpdateApplication
            | Self::UpdateApplicationCredentials
            | Self::RestoreApplication
            | Self::UpdateServicePrincipal
            | Self::RestoreServicePrincipal
            | Self::UpdatePermissionGrant
            | Self::UpdateUser
            | Self::ChangeUserPassword
            | Self::ResetUserPassword
            | Self::RevokeSessions => "Update",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_originals_and_unique() {
        for activity in Activity::ALL {
            assert_eq!(Activity::from_name(activity.name()), Some(activity));
        }
        assert_eq!(
            Activity::UpdateApplicationCredentials.name(),
            "Update application – Certificates and secrets management "
        );
    }
}
