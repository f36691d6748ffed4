use serde_json::{Value, json};

use crate::graph::openapi::schema::{boolean, guid, instant, list, object, or_null, text};

pub(super) fn sign_in() -> Value {
    object(json!({
        "id": guid(),
        "createdDateTime": instant(),
        "appDisplayName": or_null(text()),
        "appId": or_null(guid()),
        "correlationId": guid(),
        "homeTenantId": or_null(guid()),
        "ipAddress": text(),
        "isInteractive": boolean(),
        "resourceDisplayName": or_null(text()),
        "resourceId": or_null(text()),
        "resourceTenantId": or_null(guid()),
        "servicePrincipalId": guid(),
        "servicePrincipalName": or_null(text()),
        "status": object(json!({
            "errorCode": { "type": "integer", "minimum": 0 },
            "failureReason": or_null(text()),
            "additionalDetails": or_null(text()),
        })),
    }))
}

pub(super) fn directory_audit() -> Value {
    let property = object(json!({
        "displayName": or_null(text()), "oldValue": or_null(text()), "newValue": or_null(text()),
    }));
    object(json!({
        "id": text(),
        "activityDateTime": instant(),
        "activityDisplayName": text(),
        "category": text(),
        "correlationId": guid(),
        "loggedByService": text(),
        "operationType": text(),
        "result": text(),
        "resultReason": or_null(text()),
        "initiatedBy": object(json!({
            "app": or_null(object(json!({
                "appId": or_null(guid()),
                "displayName": or_null(text()),
                "servicePrincipalId": or_null(guid()),
                "servicePrincipalName": or_null(text()),
            }))),
            "user": { "type": "null" },
        })),
        "targetResources": list(object(json!({
            "id": or_null(text()),
            "displayName": or_null(text()),
            "type": or_null(text()),
            "modifiedProperties": list(property),
        }))),
    }))
}
