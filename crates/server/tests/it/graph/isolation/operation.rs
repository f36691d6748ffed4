//! What is asked, and the request that asks it.

use serde_json::{Value, json};

use super::model::{Assignment, Kind};

#[derive(Debug, Clone)]
pub(super) enum Operation {
    List(Kind),
    ListDeleted(Kind),
    Audits,
    Get(Kind, String),
    Owners(Kind, String),
    /// The roles that a service principal has been granted.
    Held(String),
    GetByIds(Vec<String>),
    CreateApplication {
        name: String,
        role: String,
        is_multi_tenant: bool,
        owner: Option<String>,
    },
    CreatePrincipal {
        app_id: String,
    },
    /// With a new name for an application, new notes for a service principal.
    Patch(Kind, String, String),
    Delete(Kind, String),
    AddSecret(Kind, String, String),
    RemoveSecret(Kind, String, String),
    AddOwner(Kind, String, String),
    RemoveOwner(Kind, String, String),
    /// The `id` is not known yet.
    Grant(Assignment),
    Revoke {
        path: String,
        assignment: String,
    },
    Restore(String),
    Purge(String),
}

impl Operation {
    /// What it is called where operations are counted.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::List(_) => "List",
            Self::ListDeleted(_) => "ListDeleted",
            Self::Audits => "Audits",
            Self::Get(..) => "Get",
            Self::Owners(..) => "Owners",
            Self::Held(_) => "Held",
            Self::GetByIds(_) => "GetByIds",
            Self::CreateApplication { .. } => "CreateApplication",
            Self::CreatePrincipal { .. } => "CreatePrincipal",
            Self::Patch(..) => "Patch",
            Self::Delete(..) => "Delete",
            Self::AddSecret(..) => "AddSecret",
            Self::RemoveSecret(..) => "RemoveSecret",
            Self::AddOwner(..) => "AddOwner",
            Self::RemoveOwner(..) => "RemoveOwner",
            Self::Grant(_) => "Grant",
            Self::Revoke { .. } => "Revoke",
            Self::Restore(_) => "Restore",
            Self::Purge(_) => "Purge",
        }
    }

    /// Method, path behind the version, and body.
    pub(super) fn request(&self) -> (&'static str, String, Option<Value>) {
        let path = |kind: &Kind, id: &str| format!("/{}/{id}", kind.collection());
        let reference = |id: &str| json!({"@odata.id": format!("https://id.example/v1.0/directoryObjects/{id}")});
        match self {
            Self::List(kind) => ("GET", format!("/{}?$top=999", kind.collection()), None),
            Self::ListDeleted(kind) => {
                let kind = kind.singular();
                let path = format!("/directory/deletedItems/microsoft.graph.{kind}?$top=999");
                ("GET", path, None)
            }
            Self::Audits => ("GET", "/auditLogs/directoryAudits?$top=50".to_owned(), None),
            Self::Get(kind, id) => ("GET", path(kind, id), None),
            Self::Owners(kind, id) => ("GET", path(kind, id) + "/owners", None),
            Self::Held(id) => (
                "GET",
                format!("/servicePrincipals/{id}/appRoleAssignments?$top=999"),
                None,
            ),
            Self::GetByIds(ids) => {
                let body = json!({"ids": ids});
                ("POST", "/directoryObjects/getByIds".to_owned(), Some(body))
            }
            Self::CreateApplication {
                name,
                role,
                is_multi_tenant,
                owner,
            } => {
                let audience = match is_multi_tenant {
                    true => "AzureADMultipleOrgs",
                    false => "AzureADMyOrg",
                };
                let mut body = json!({
                    "displayName": name,
                    "signInAudience": audience,
                    "appRoles": [{
                        "id": role, "allowedMemberTypes": ["Application"], "isEnabled": true,
                        "displayName": "Do", "description": "Do", "value": "Do",
                    }],
                });
                if let Some(owner) = owner {
                    let root = "https://id.example/v1.0/directoryObjects";
                    body["owners@odata.bind"] = json!([format!("{root}/{owner}")]);
                }
                ("POST", "/applications".to_owned(), Some(body))
            }
            Self::CreatePrincipal { app_id } => {
                let body = json!({"appId": app_id});
                ("POST", "/servicePrincipals".to_owned(), Some(body))
            }
            Self::Patch(kind, id, text) => {
                let body = match kind {
                    Kind::Application => json!({"displayName": text}),
                    Kind::Principal => json!({"notes": text}),
                };
                ("PATCH", path(kind, id), Some(body))
            }
            Self::Delete(kind, id) => ("DELETE", path(kind, id), None),
            Self::AddSecret(kind, id, name) => {
                let body = json!({"passwordCredential": {"displayName": name}});
                ("POST", path(kind, id) + "/addPassword", Some(body))
            }
            Self::RemoveSecret(kind, id, key_id) => {
                let body = json!({"keyId": key_id});
                ("POST", path(kind, id) + "/removePassword", Some(body))
            }
            Self::AddOwner(kind, id, owner) => (
                "POST",
                path(kind, id) + "/owners/$ref",
                Some(reference(owner)),
            ),
            Self::RemoveOwner(kind, id, owner) => (
                "DELETE",
                path(kind, id) + &format!("/owners/{owner}/$ref"),
                None,
            ),
            Self::Grant(new) => {
                let body = json!({
                    "principalId": new.principal, "resourceId": new.resource, "appRoleId": new.role,
                });
                let path = format!("/servicePrincipals/{}/appRoleAssignments", new.principal);
                ("POST", path, Some(body))
            }
            Self::Revoke { path, assignment } => {
                let path = format!("/servicePrincipals/{path}/appRoleAssignments/{assignment}");
                ("DELETE", path, None)
            }
            Self::Restore(id) => {
                let path = format!("/directory/deletedItems/{id}/restore");
                ("POST", path, Some(json!({})))
            }
            Self::Purge(id) => ("DELETE", format!("/directory/deletedItems/{id}"), None),
        }
    }
}
