//! JSON Schema in short.

use serde_json::{Value, json};

pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

pub(super) fn object(properties: Value) -> Value {
    let mut schema = json!({ "type": "object" });
    schema["properties"] = properties;
    schema
}

/// The properties of another schema, of which some must be there.
pub(super) fn required(name: &str, properties: &[&str]) -> Value {
    json!({ "allOf": [reference(name)], "type": "object", "required": properties })
}

pub(super) fn list(items: Value) -> Value {
    let mut schema = json!({ "type": "array" });
    schema["items"] = items;
    schema
}

pub(super) fn or_null(schema: Value) -> Value {
    let mut choice = json!({ "anyOf": [{ "type": "null" }] });
    if let Some(choices) = choice["anyOf"].as_array_mut() {
        choices.insert(0, schema);
    }
    choice
}

/// It is told and cannot be set.
pub(super) fn read_only(mut schema: Value) -> Value {
    schema["readOnly"] = true.into();
    schema
}

pub(super) fn words(words: &[&str]) -> Value {
    json!({ "type": "string", "enum": words })
}

pub(super) fn text() -> Value {
    json!({ "type": "string" })
}

pub(super) fn boolean() -> Value {
    json!({ "type": "boolean" })
}

pub(super) fn guid() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

pub(super) fn instant() -> Value {
    json!({ "type": "string", "format": "date-time" })
}
