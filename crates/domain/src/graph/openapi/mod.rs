//! The Graph API as an OpenAPI 3.1 description, made from the same table that answers requests.

mod schemas;

use serde_json::{Map, Value, json};

use super::permission::GRAPH_URI;
use super::query::PAGE_MAX;
use super::route::{DeletedKind, EmptyNavigation, Method, Operation, PolicyKind};

/// The description, for a server at this base URL.
pub fn document(base_url: &str) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in Operation::ALL.iter().copied() {
        let item = paths
            .entry(operation.template())
            .or_insert_with(|| json!({ "parameters": path_parameters(operation) }));
        let method = operation.method().as_str().to_ascii_lowercase();
        item[method] = describe(operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Countersign: the directory in Microsoft Graph's own shape",
            "version": "v1.0",
            "description": "Tokens come from the token endpoint with the scope of this server's \
                base URL, or of https://graph.microsoft.com.",
        },
        "servers": [{ "url": format!("{base_url}/v1.0") }],
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": format!("An access token for {GRAPH_URI}"),
                },
            },
            "schemas": schemas::all(),
        },
    })
}

fn describe(operation: Operation) -> Value {
    let mut responses = Map::new();
    for status in successes(operation) {
        responses.insert((*status).to_owned(), success(operation, status));
    }
    for (status, description) in REFUSALS {
        let refusal = json!({ "description": description, "content": json_of("error") });
        responses.insert(status.to_owned(), refusal);
    }
    let mut described = json!({
        "operationId": operation.name(),
        "summary": operation.summary(),
        "responses": responses,
    });
    let parameters = query_parameters(operation);
    if !parameters.is_empty() {
        described["parameters"] = Value::from(parameters);
    }
    if let Some(schema) = body(operation) {
        described["requestBody"] = json!({ "required": true, "content": json_of(schema) });
    }
    described
}

const REFUSALS: [(&str, &str); 8] = [
    ("400", "The request is wrong; the message says how."),
    ("401", "The access token is missing, or no good here."),
    ("403", "The caller lacks the permission."),
    ("404", "There is no such object in this tenant."),
    ("405", "The path has other methods."),
    ("412", "The object was changed since it was read."),
    ("413", "The body is too large."),
    ("503", "The database does not answer."),
];

/// The statuses of an operation that was carried out.
fn successes(operation: Operation) -> &'static [&'static str] {
    use Operation::{
        AddApplicationKey, AddApplicationOwner, AddApplicationPassword, AddServicePrincipalKey,
        AddServicePrincipalOwner, AddServicePrincipalPassword, Batch, GetByIds, Me, MeOwnedObjects,
        RemoveApplicationKey, RemoveApplicationPassword, RemoveServicePrincipalKey,
        RemoveServicePrincipalPassword, RestoreDeletedItem,
    };
    match operation {
        Me | MeOwnedObjects => &[],
        AddApplicationPassword
        | AddServicePrincipalPassword
        | AddApplicationKey
        | AddServicePrincipalKey
        | RestoreDeletedItem
        | GetByIds
        | Batch => &["200"],
        RemoveApplicationPassword
        | RemoveServicePrincipalPassword
        | RemoveApplicationKey
        | RemoveServicePrincipalKey
        | AddApplicationOwner
        | AddServicePrincipalOwner => &["204"],
        _ => match operation.method() {
            Method::Get => &["200"],
            Method::Post => &["201"],
            // With `Prefer: create-if-missing` also what was created.
            Method::Patch => &["201", "204"],
            // With `Prefer: dry-run` what would be deleted.
            Method::Delete => &["200", "204"],
        },
    }
}

fn success(operation: Operation, status: &str) -> Value {
    if status == "204" {
        return json!({ "description": "Done." });
    }
    if operation.template().ends_with("/$count") {
        let number = json!({ "text/plain": { "schema": { "type": "string" } } });
        return json!({ "description": "The number.", "content": number });
    }
    let schema = match is_list(operation) {
        true => "collection",
        false => "object",
    };
    json!({ "description": operation.summary(), "content": json_of(schema) })
}

fn is_list(operation: Operation) -> bool {
    operation.name().starts_with("List") || operation == Operation::GetByIds
}

fn body(operation: Operation) -> Option<&'static str> {
    use Operation::{
        AddApplicationKey, AddApplicationOwner, AddApplicationPassword, AddServicePrincipalKey,
        AddServicePrincipalOwner, AddServicePrincipalPassword, Batch, CreateAppRoleAssignedTo,
        CreateAppRoleAssignment, CreateApplication, CreateFederatedCredential,
        CreatePermissionGrant, CreateServicePrincipal, CreateUser, GetByIds, RemoveApplicationKey,
        RemoveApplicationPassword, RemoveServicePrincipalKey, RemoveServicePrincipalPassword,
        UpdateApplication, UpdateFederatedCredential, UpdatePermissionGrant,
        UpdateServicePrincipal, UpdateUser,
    };
    Some(match operation {
        CreateApplication | UpdateApplication => "application",
        AddApplicationPassword | AddServicePrincipalPassword => "addPassword",
        RemoveApplicationPassword | RemoveServicePrincipalPassword => "removePassword",
        AddApplicationKey | AddServicePrincipalKey => "addKey",
        RemoveApplicationKey | RemoveServicePrincipalKey => "removeKey",
        CreateFederatedCredential | UpdateFederatedCredential => "federatedIdentityCredential",
        AddApplicationOwner | AddServicePrincipalOwner => "reference",
        CreateServicePrincipal | UpdateServicePrincipal => "servicePrincipal",
        CreateAppRoleAssignment | CreateAppRoleAssignedTo => "appRoleAssignment",
        CreatePermissionGrant | UpdatePermissionGrant => "oAuth2PermissionGrant",
        CreateUser | UpdateUser => "user",
        GetByIds => "getByIds",
        Batch => "batch",
        _ => return None,
    })
}

fn path_parameters(operation: Operation) -> Vec<Value> {
    let names = operation
        .template()
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names
        .map(|name| {
            json!({
                "name": name,
                "in": "path",
                "required": true,
                "schema": path_schema(operation, name),
            })
        })
        .collect()
}

fn path_schema(operation: Operation, name: &str) -> Value {
    let words = |words: Vec<&str>| json!({ "type": "string", "enum": words });
    match name {
        "navigation" => words(EmptyNavigation::ALL.iter().map(|word| word.as_str()).collect()),
        "type" => words(DeletedKind::ALL.iter().map(|word| word.as_str()).collect()),
        "kind" if operation == Operation::ListPolicies => {
            words(PolicyKind::ALL.iter().map(|word| word.as_str()).collect())
        }
        "domain" => json!({ "type": "string", "pattern": "^[A-Za-z0-9.-]{1,253}$" }),
        _ => json!({ "type": "string", "format": "uuid" }),
    }
}

fn query_parameters(operation: Operation) -> Vec<Value> {
    let text = || json!({ "type": "string" });
    let parameter = |name: &str, schema: Value| json!({ "name": name, "in": "query", "schema": schema });
    let is_object = operation.name().starts_with("Get") && operation != Operation::GetByIds;
    if is_object {
        return vec![parameter("$select", text()), parameter("$expand", text())];
    }
    if !operation.name().starts_with("List") {
        return Vec::new();
    }
    let size = json!({ "type": "integer", "minimum": 1, "maximum": PAGE_MAX });
    vec![
        parameter("$select", text()),
        parameter("$filter", text()),
        parameter("$top", size),
        parameter("$orderby", text()),
        parameter("$count", json!({ "type": "boolean" })),
        parameter("$search", text()),
    ]
}

fn json_of(schema: &str) -> Value {
    let reference = format!("#/components/schemas/{schema}");
    json!({ "application/json": { "schema": { "$ref": reference } } })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every `$ref` of a value.
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(reference)) = members.get("$ref") {
                    found.push(reference.clone());
                }
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_operation_is_described_and_every_reference_leads_somewhere() {
        let document = document("https://localhost:8443");
        for operation in Operation::ALL {
            let method = operation.method().as_str().to_ascii_lowercase();
            let described = &document["paths"][operation.template()][method.as_str()];
            assert_eq!(described["operationId"], operation.name());
        }
        let mut found = Vec::new();
        references(&document, &mut found);
        for reference in found {
            let pointer = reference.trim_start_matches('#');
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }

    #[test]
    fn what_writes_an_object_says_what_it_takes() {
        for operation in Operation::ALL.iter().copied() {
            let takes_none = matches!(operation.method(), Method::Get | Method::Delete)
                || operation == Operation::RestoreDeletedItem;
            assert_eq!(body(operation).is_none(), takes_none, "{operation:?}");
        }
    }
}
