use crate::graph::route::Operation;

/// The schema of the body that an operation takes.
pub(super) fn of(operation: Operation) -> Option<&'static str> {
    use Operation as O;
    Some(match operation {
        O::CreateApplication => "newApplication",
        O::UpdateApplication => "application",
        O::AddApplicationPassword | O::AddServicePrincipalPassword => "addPassword",
        O::RemoveApplicationPassword | O::RemoveServicePrincipalPassword => "removePassword",
        O::AddApplicationKey | O::AddServicePrincipalKey => "addKey",
        O::RemoveApplicationKey | O::RemoveServicePrincipalKey => "removeKey",
        O::CreateFederatedCredential => "newFederatedIdentityCredential",
        O::UpdateFederatedCredential => "federatedIdentityCredential",
        O::AddApplicationOwner | O::AddServicePrincipalOwner => "reference",
        O::CreateServicePrincipal => "newServicePrincipal",
        O::UpdateServicePrincipal => "servicePrincipal",
        O::CreateAppRoleAssignment | O::CreateAppRoleAssignedTo => "newAppRoleAssignment",
        O::CreatePermissionGrant => "newOAuth2PermissionGrant",
        O::UpdatePermissionGrant => "oAuth2PermissionGrant",
        O::CreateUser => "newUser",
        O::UpdateUser => "user",
        O::GetByIds => "getByIds",
        O::Batch => "batch",
        _ => return None,
    })
}
