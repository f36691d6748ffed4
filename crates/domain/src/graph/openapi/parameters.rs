use serde_json::{Value, json};

use super::answers::{deletes, is_list};
use crate::graph::query::PAGE_MAX;
use crate::graph::route::{DeletedKind, EmptyNavigation, Method, Operation, PolicyKind};

/// What stands in the path.
pub(super) fn of_path(operation: Operation) -> Vec<Value> {
    let parts = operation.template().split('/');
    let names = parts.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names
        .map(|name| {
            json!({ "name": name, "in": "path", "required": true, "schema": path_schema(name) })
        })
        .collect()
}

fn path_schema(name: &str) -> Value {
    let words = |words: Vec<&str>| json!({ "type": "string", "enum": words });
    match name {
        "navigation" => {
            let all = EmptyNavigation::ALL.iter();
            words(all.map(|word| word.as_str()).collect())
        }
        "type" => words(DeletedKind::ALL.iter().map(|word| word.as_str()).collect()),
        "kind" => words(PolicyKind::ALL.iter().map(|word| word.as_str()).collect()),
        "domain" => json!({ "type": "string", "pattern": "^[A-Za-z0-9.-]{1,253}$" }),
        // Ids that are no GUIDs, and names.
        "assignment" | "grant" | "entry" | "credential" | "user" => {
            json!({ "type": "string", "minLength": 1 })
        }
        _ => json!({ "type": "string", "format": "uuid" }),
    }
}

/// The query options and headers.
pub(super) fn of_request(operation: Operation) -> Vec<Value> {
    let mut parameters = query(operation);
    let name = operation.name();
    if operation.method() == Method::Get && (name.starts_with("List") || name.starts_with("Count"))
    {
        let level = json!({ "type": "string", "enum": ["eventual"] });
        parameters.push(parameter("ConsistencyLevel", "header", &level));
    }
    if operation.method() == Method::Patch || deletes(operation) {
        let etag = json!({ "type": "string", "examples": ["*"] });
        parameters.push(parameter("If-Match", "header", &etag));
    }
    let preference = match operation {
        operation if deletes(operation) => Some("dry-run"),
        Operation::UpdateApplication
        | Operation::UpdateServicePrincipal
        | Operation::UpdateFederatedCredential => Some("create-if-missing"),
        _ => None,
    };
    if let Some(word) = preference {
        let words = json!({ "type": "string", "enum": [word] });
        parameters.push(parameter("Prefer", "header", &words));
    }
    parameters
}

fn query(operation: Operation) -> Vec<Value> {
    let text = json!({ "type": "string" });
    let in_query = |name: &str, schema: &Value| parameter(name, "query", schema);
    if operation.method() != Method::Get {
        return Vec::new();
    }
    if operation.name().starts_with("Count") {
        return vec![in_query("$filter", &text), in_query("$search", &text)];
    }
    if !is_list(operation) {
        return vec![in_query("$select", &text), in_query("$expand", &text)];
    }
    let size = json!({ "type": "integer", "minimum": 1, "maximum": PAGE_MAX });
    vec![
        in_query("$select", &text),
        in_query("$filter", &text),
        in_query("$top", &size),
        in_query("$orderby", &text),
        in_query("$count", &json!({ "type": "boolean" })),
        in_query("$search", &text),
        in_query("$expand", &text),
        in_query("$skiptoken", &text),
    ]
}

fn parameter(name: &str, place: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": place, "schema": schema })
}
