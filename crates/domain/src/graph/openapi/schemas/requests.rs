use serde_json::{Value, json};

use crate::graph::body::batch::REQUESTS_MAX;
use crate::graph::openapi::schema::{guid, instant, list, object, or_null, reference, text, words};

pub(super) fn add_password() -> Value {
    object(json!({ "passwordCredential": or_null(object(json!({
        "displayName": or_null(text()),
        "startDateTime": or_null(instant()),
        "endDateTime": or_null(instant()),
    }))) }))
}

pub(super) fn remove_password() -> Value {
    with(json!({ "keyId": guid() }), &["keyId"])
}

pub(super) fn add_key() -> Value {
    let properties = json!({
        "keyCredential": reference("keyCredential"),
        "passwordCredential": { "type": "null" },
        "proof": text(),
    });
    with(properties, &["keyCredential", "proof"])
}

pub(super) fn remove_key() -> Value {
    with(
        json!({ "keyId": guid(), "proof": text() }),
        &["keyId", "proof"],
    )
}

pub(super) fn get_by_ids() -> Value {
    let types = words(&["application", "servicePrincipal", "user", "directoryObject"]);
    with(
        json!({ "ids": list(guid()), "types": list(types) }),
        &["ids"],
    )
}

pub(super) fn batch() -> Value {
    let request = json!({
        "id": { "type": "string", "minLength": 1 },
        "method": words(&["GET", "POST", "PATCH", "DELETE"]),
        "url": { "type": "string", "minLength": 1 },
        "headers": { "type": "object", "additionalProperties": text() },
        "body": {},
        "dependsOn": list(text()),
    });
    let mut requests = list(with(request, &["id", "method", "url"]));
    requests["minItems"] = 1.into();
    requests["maxItems"] = REQUESTS_MAX.into();
    with(json!({ "requests": requests }), &["requests"])
}

pub(super) fn batch_response() -> Value {
    let response = json!({
        "id": text(),
        "status": { "type": "integer", "minimum": 200, "maximum": 599 },
        "headers": { "type": "object", "additionalProperties": text() },
        "body": {},
    });
    let responses = list(with(response, &["id", "status"]));
    with(json!({ "responses": responses }), &["responses"])
}

/// What would be deleted, and who used it last.
pub(super) fn dry_run() -> Value {
    let last = json!({ "lastUsedDateTime": instant(), "description": text(), "appId": guid() });
    let last = with(last, &["lastUsedDateTime", "description", "appId"]);
    let properties = json!({
        "wouldDelete": list(json!({ "type": "object" })),
        "lastUses": list(last),
    });
    with(properties, &["wouldDelete", "lastUses"])
}

fn with(properties: Value, required: &[&str]) -> Value {
    let mut schema = object(properties);
    schema["required"] = json!(required);
    schema
}
