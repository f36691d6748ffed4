//! A well-formed request of every operation.

use countersign_domain::graph::route::Operation;
use serde_json::{Value, json};

use super::objects::Objects;

/// The path behind the version, and the body.
pub(super) fn sample(operation: Operation, objects: &Objects) -> (String, Option<Value>) {
    let parts = operation.template().split('/').skip(1).map(|part| {
        match part
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'))
        {
            Some(name) => parameter(operation, name, objects),
            None => part.to_owned(),
        }
    });
    let parts: Vec<_> = parts.collect();
    // An alternate key stands in brackets behind the collection.
    let path = format!("/{}", parts.join("/")).replace("/(", "(");
    (path, body(operation, objects))
}

/// What stands for a `{name}` of the path.
fn parameter(operation: Operation, name: &str, objects: &Objects) -> String {
    use Operation as O;
    let name = match (operation, name) {
        (_, "type") => return "microsoft.graph.application".to_owned(),
        (_, "kind" | "navigation") => return "tokenLifetimePolicies".to_owned(),
        (O::GetSignIn, "entry") => "signIn",
        (O::GetDirectoryAudit, "entry") => "audit",
        (O::GetDirectoryObject, "object") => "application",
        (O::PurgeDeletedItem, "object") => "purged",
        (_, "object") => "deleted",
        (O::DeleteAppRoleAssignedTo, "assignment") => "assignedTo",
        (_, name) => name,
    };
    objects.get(name).to_owned()
}

/// A new operation does not compile until it is known here what it takes.
fn body(operation: Operation, objects: &Objects) -> Option<Value> {
    use Operation as O;
    let of = |name: &str| objects.get(name);
    Some(match operation {
        O::CreateApplication => json!({"displayName": "Made"}),
        O::UpdateApplication | O::UpdateServicePrincipal => json!({"notes": "changed"}),
        O::AddApplicationPassword | O::AddServicePrincipalPassword => {
            json!({"passwordCredential": {"displayName": "two"}})
        }
        O::RemoveApplicationPassword => json!({"keyId": of("applicationSecret")}),
        O::RemoveServicePrincipalPassword => json!({"keyId": of("servicePrincipalSecret")}),
        O::AddApplicationKey => add_key(of("newKey"), of("applicationProof")),
        O::AddServicePrincipalKey => add_key(of("newKey"), of("servicePrincipalProof")),
        O::RemoveApplicationKey => {
            json!({"keyId": of("applicationKey"), "proof": of("applicationProof")})
        }
        O::RemoveServicePrincipalKey => {
            json!({"keyId": of("servicePrincipalKey"), "proof": of("servicePrincipalProof")})
        }
        O::CreateFederatedCredential => json!({
            "name": "another", "issuer": "https://issuer.example", "subject": "another",
            "audiences": ["api://AzureADTokenExchange"],
        }),
        O::UpdateFederatedCredential => json!({"description": "changed"}),
        O::AddApplicationOwner | O::AddServicePrincipalOwner => {
            let id = of("newOwner");
            json!({"@odata.id": format!("https://id.example/v1.0/directoryObjects/{id}")})
        }
        O::CreateServicePrincipal => json!({"appId": of("bareAppId")}),
        O::CreateAppRoleAssignment => assignment(objects, "thirdRole"),
        O::CreateAppRoleAssignedTo => assignment(objects, "fourthRole"),
        O::CreatePermissionGrant => json!({
            "clientId": of("servicePrincipal"), "resourceId": of("graph"),
            "consentType": "Principal", "principalId": of("newOwner"), "scope": "User.Read",
        }),
        O::UpdatePermissionGrant => json!({"scope": "User.Read openid"}),
        O::CreateUser => json!({
            "displayName": "Made", "mailNickname": "made", "accountEnabled": true,
            "userPrincipalName": format!("made.{}@{}", of("unique"), of("domain")),
            "passwordProfile": {"password": "not-kept-anywhere-1"},
        }),
        O::UpdateUser => json!({"jobTitle": "changed"}),
        O::GetByIds => json!({"ids": [of("application"), of("user")]}),
        O::RestoreDeletedItem => json!({}),
        O::Batch => json!({"requests": [{"id": "1", "method": "GET", "url": "/domains"}]}),

        O::ListApplications
        | O::CountApplications
        | O::GetApplication
        | O::DeleteApplication
        | O::ListFederatedCredentials
        | O::GetFederatedCredential
        | O::DeleteFederatedCredential
        | O::ListApplicationOwners
        | O::ListApplicationOwnerRefs
        | O::RemoveApplicationOwner
        | O::ListNothingOfApplication
        | O::ListServicePrincipals
        | O::CountServicePrincipals
        | O::GetServicePrincipal
        | O::DeleteServicePrincipal
        | O::ListServicePrincipalOwners
        | O::ListServicePrincipalOwnerRefs
        | O::RemoveServicePrincipalOwner
        | O::ListOwnedObjects
        | O::ListAppRoleAssignments
        | O::GetAppRoleAssignment
        | O::DeleteAppRoleAssignment
        | O::ListAppRoleAssignedTo
        | O::GetAppRoleAssignedTo
        | O::DeleteAppRoleAssignedTo
        | O::ListPermissionGrantsOfServicePrincipal
        | O::ListNothingOfServicePrincipal
        | O::ListPermissionGrants
        | O::GetPermissionGrant
        | O::DeletePermissionGrant
        | O::ListUsers
        | O::CountUsers
        | O::GetUser
        | O::DeleteUser
        | O::ListNothingOfUser
        | O::ListOrganization
        | O::GetOrganization
        | O::ListDomains
        | O::GetDomain
        | O::GetDirectoryObject
        | O::ListDeletedItems
        | O::GetDeletedItem
        | O::PurgeDeletedItem
        | O::ListSignIns
        | O::GetSignIn
        | O::ListDirectoryAudits
        | O::GetDirectoryAudit
        | O::ListPolicies
        | O::Me
        | O::MeOwnedObjects => return None,
    })
}

fn add_key(key: &str, proof: &str) -> Value {
    let key = json!({"type": "AsymmetricX509Cert", "usage": "Verify", "key": key});
    json!({"keyCredential": key, "passwordCredential": null, "proof": proof})
}

fn assignment(objects: &Objects, role: &str) -> Value {
    let principal = objects.get("servicePrincipal");
    json!({"principalId": principal, "resourceId": principal, "appRoleId": objects.get(role)})
}
