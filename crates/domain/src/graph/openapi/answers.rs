use serde_json::{Map, Value, json};

use super::schema::reference;
use crate::graph::route::{Method, Operation};

/// The answers of an operation, by status.
pub(super) fn of(operation: Operation) -> Value {
    let mut answers = Map::new();
    for status in successes(operation) {
        answers.insert((*status).to_owned(), success(operation, status));
    }
    for (status, _) in REFUSALS {
        if status == "409" && !creates_by_name(operation) {
            continue;
        }
        let refusal = json!({ "$ref": format!("#/components/responses/{status}") });
        answers.insert(status.to_owned(), refusal);
    }
    Value::Object(answers)
}

/// The refusals, by status.
pub(super) fn refusals() -> Value {
    let refusals = REFUSALS.map(|(status, description)| {
        let refusal = json!({ "description": description, "content": json_of("error") });
        (status.to_owned(), refusal)
    });
    Value::Object(Map::from_iter(refusals))
}

/// Of every path. What only a broken connection or a broken server answers is none of them.
const REFUSALS: [(&str, &str); 9] = [
    ("400", "The request is wrong; the message says how."),
    ("401", "The access token is missing, or no good here."),
    ("403", "The caller lacks the permission."),
    ("404", "There is no such object in this tenant."),
    ("405", "The path has other methods."),
    ("409", "There is one of that name."),
    ("412", "The object was changed since it was read."),
    ("413", "The body is too large."),
    ("503", "The database does not answer."),
];

fn creates_by_name(operation: Operation) -> bool {
    use Operation::{CreateFederatedCredential, UpdateFederatedCredential};
    [CreateFederatedCredential, UpdateFederatedCredential].contains(&operation)
}

/// The statuses of an operation that was carried out.
fn successes(operation: Operation) -> &'static [&'static str] {
    use Operation as O;
    match operation {
        O::Me | O::MeOwnedObjects => &[],
        O::AddApplicationPassword
        | O::AddServicePrincipalPassword
        | O::AddApplicationKey
        | O::AddServicePrincipalKey
        | O::RestoreDeletedItem
        | O::GetByIds
        | O::Batch => &["200"],
        O::AddApplicationOwner | O::AddServicePrincipalOwner => &["204"],
        // With `Prefer: create-if-missing` also what was created.
        O::UpdateApplication | O::UpdateServicePrincipal | O::UpdateFederatedCredential => {
            &["201", "204"]
        }
        // With `Prefer: dry-run` what would be deleted.
        operation if deletes(operation) => &["200", "204"],
        _ => match operation.method() {
            Method::Get => &["200"],
            Method::Post => &["201"],
            Method::Patch | Method::Delete => &["204"],
        },
    }
}

/// Whether something is gone afterwards, and `Prefer: dry-run` says what.
pub(super) fn deletes(operation: Operation) -> bool {
    operation.method() == Method::Delete || operation.name().starts_with("Remove")
}

fn success(operation: Operation, status: &str) -> Value {
    if status == "204" {
        return json!({ "description": "Done." });
    }
    if operation.template().ends_with("/$count") {
        let number =
            json!({ "text/plain": { "schema": { "type": "string", "pattern": "^[0-9]+$" } } });
        return json!({ "description": "The number.", "content": number });
    }
    if deletes(operation) {
        let description = "What would be deleted. Nothing was.";
        return json!({ "description": description, "content": json_of("dryRun") });
    }
    let description = operation.summary();
    if !is_list(operation) {
        return json!({ "description": description, "content": json_of(shown(operation)) });
    }
    let rows = json!({ "type": "array", "items": reference(shown(operation)) });
    let rows = json!({ "type": "object", "properties": { "value": rows } });
    let list = json!({ "schema": { "allOf": [reference("collection"), rows] } });
    json!({ "description": description, "content": { "application/json": list } })
}

pub(super) fn is_list(operation: Operation) -> bool {
    operation.name().starts_with("List") || operation == Operation::GetByIds
}

/// The schema of the objects in an answer.
fn shown(operation: Operation) -> &'static str {
    use Operation as O;
    match operation {
        O::ListApplications | O::CreateApplication | O::GetApplication | O::UpdateApplication => {
            "application"
        }
        O::AddApplicationPassword | O::AddServicePrincipalPassword => "passwordCredential",
        O::AddApplicationKey | O::AddServicePrincipalKey => "keyCredential",
        O::ListFederatedCredentials
        | O::CreateFederatedCredential
        | O::GetFederatedCredential
        | O::UpdateFederatedCredential => "federatedIdentityCredential",
        O::ListApplicationOwnerRefs | O::ListServicePrincipalOwnerRefs => "reference",
        O::ListServicePrincipals
        | O::CreateServicePrincipal
        | O::GetServicePrincipal
        | O::UpdateServicePrincipal => "servicePrincipal",
        O::ListAppRoleAssignments
        | O::CreateAppRoleAssignment
        | O::GetAppRoleAssignment
        | O::ListAppRoleAssignedTo
        | O::CreateAppRoleAssignedTo
        | O::GetAppRoleAssignedTo => "appRoleAssignment",
        O::ListPermissionGrants
        | O::ListPermissionGrantsOfServicePrincipal
        | O::CreatePermissionGrant
        | O::GetPermissionGrant => "oAuth2PermissionGrant",
        O::ListUsers | O::CreateUser | O::GetUser => "user",
        O::ListOrganization | O::GetOrganization => "organization",
        O::ListDomains | O::GetDomain => "domain",
        O::ListSignIns | O::GetSignIn => "signIn",
        O::ListDirectoryAudits | O::GetDirectoryAudit => "directoryAudit",
        O::Batch => "batchResponse",
        _ => "directoryObject",
    }
}

fn json_of(schema: &str) -> Value {
    json!({ "application/json": { "schema": reference(schema) } })
}
