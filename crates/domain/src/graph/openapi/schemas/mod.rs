//! The shapes of bodies and answers. Of properties that this platform does not have, and that are
//! always null or empty, nothing is said.

mod application;
mod logs;
mod objects;
mod requests;

use serde_json::{Value, json};

use super::schema::{list, object, text};

/// Every schema, by name.
pub(super) fn all() -> Value {
    json!({
        "error": error(),
        "collection": collection(),
        "application": application::application(),
        "newApplication": application::new_application(),
        "servicePrincipal": application::service_principal(),
        "newServicePrincipal": application::new_service_principal(),
        "passwordCredential": application::password_credential(),
        "keyCredential": application::key_credential(),
        "federatedIdentityCredential": objects::federated_credential(),
        "newFederatedIdentityCredential": objects::new_federated_credential(),
        "appRoleAssignment": objects::assignment(),
        "newAppRoleAssignment": objects::new_assignment(),
        "oAuth2PermissionGrant": objects::permission_grant(),
        "newOAuth2PermissionGrant": objects::new_permission_grant(),
        "user": objects::user(),
        "newUser": objects::new_user(),
        "organization": objects::organization(),
        "domain": objects::domain(),
        "directoryObject": objects::directory_object(),
        "reference": objects::link(),
        "signIn": logs::sign_in(),
        "directoryAudit": logs::directory_audit(),
        "addPassword": requests::add_password(),
        "removePassword": requests::remove_password(),
        "addKey": requests::add_key(),
        "removeKey": requests::remove_key(),
        "getByIds": requests::get_by_ids(),
        "batch": requests::batch(),
        "batchResponse": requests::batch_response(),
        "dryRun": requests::dry_run(),
    })
}

fn error() -> Value {
    let inner = json!({
        "type": "object",
        "required": ["date", "request-id", "client-request-id"],
        "properties": { "date": text(), "request-id": text(), "client-request-id": text() },
    });
    json!({
        "type": "object",
        "required": ["error"],
        "properties": { "error": {
            "type": "object",
            "required": ["code", "message", "innerError"],
            "properties": {
                "code": { "type": "string", "minLength": 1 },
                "message": { "type": "string", "minLength": 1 },
                "innerError": inner,
            },
        } },
    })
}

fn collection() -> Value {
    let mut schema = object(json!({
        "@odata.context": text(),
        "@odata.count": { "type": "integer", "minimum": 0 },
        "@odata.nextLink": text(),
        "value": list(json!({ "type": "object" })),
    }));
    schema["required"] = json!(["@odata.context", "value"]);
    schema
}
