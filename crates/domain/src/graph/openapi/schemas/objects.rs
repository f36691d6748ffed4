use serde_json::{Value, json};

use crate::graph::openapi::schema::{
    boolean, guid, instant, list, object, or_null, read_only, required, text, words,
};

pub(super) fn federated_credential() -> Value {
    object(json!({
        "id": read_only(guid()),
        "name": { "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{2,119}$" },
        "issuer": text(),
        "subject": or_null(text()),
        "audiences": list(text()),
        "description": or_null(text()),
        "claimsMatchingExpression": or_null(object(json!({
            "value": text(), "languageVersion": { "const": 1 },
        }))),
        "keys": or_null(json!({ "type": "object" })),
        "lastUsedDateTime": read_only(or_null(instant())),
    }))
}

pub(super) fn new_federated_credential() -> Value {
    required(
        "federatedIdentityCredential",
        &["name", "issuer", "audiences"],
    )
}

pub(super) fn assignment() -> Value {
    object(json!({
        "id": read_only(text()),
        "createdDateTime": read_only(instant()),
        "deletedDateTime": read_only(or_null(instant())),
        "principalDisplayName": read_only(text()),
        "principalType": words(&["ServicePrincipal"]),
        "resourceDisplayName": read_only(text()),
        "principalId": guid(),
        "resourceId": guid(),
        "appRoleId": guid(),
    }))
}

pub(super) fn new_assignment() -> Value {
    required(
        "appRoleAssignment",
        &["principalId", "resourceId", "appRoleId"],
    )
}

pub(super) fn permission_grant() -> Value {
    object(json!({
        "id": read_only(text()),
        "clientId": guid(),
        "consentType": words(&["AllPrincipals", "Principal"]),
        "principalId": or_null(guid()),
        "resourceId": guid(),
        "scope": or_null(text()),
    }))
}

pub(super) fn new_permission_grant() -> Value {
    required(
        "oAuth2PermissionGrant",
        &["clientId", "consentType", "resourceId"],
    )
}

/// What a caller may not see of a user is null.
pub(super) fn user() -> Value {
    object(json!({
        "id": read_only(guid()),
        "createdDateTime": read_only(or_null(instant())),
        "deletedDateTime": read_only(or_null(instant())),
        "userType": read_only(or_null(text())),
        "displayName": text(),
        "userPrincipalName": text(),
        "mailNickname": or_null(text()),
        "accountEnabled": or_null(boolean()),
        "givenName": or_null(text()),
        "surname": or_null(text()),
        "jobTitle": or_null(text()),
        "mail": or_null(text()),
        "passwordProfile": { "type": "object", "writeOnly": true },
    }))
}

pub(super) fn new_user() -> Value {
    required("user", &["displayName", "userPrincipalName"])
}

pub(super) fn organization() -> Value {
    object(json!({
        "id": guid(),
        "createdDateTime": instant(),
        "displayName": text(),
        "tenantType": words(&["AAD"]),
        "verifiedDomains": list(object(json!({
            "name": text(), "isDefault": boolean(), "isInitial": boolean(),
            "type": words(&["Managed"]), "capabilities": text(),
        }))),
    }))
}

pub(super) fn domain() -> Value {
    object(json!({
        "id": text(),
        "authenticationType": words(&["Managed"]),
        "isAdminManaged": boolean(),
        "isDefault": boolean(),
        "isInitial": boolean(),
        "isRoot": boolean(),
        "isVerified": boolean(),
    }))
}

/// An application, a service principal or a user, with its type before it.
pub(super) fn directory_object() -> Value {
    object(json!({
        "@odata.type": words(&[
            "#microsoft.graph.application",
            "#microsoft.graph.servicePrincipal",
            "#microsoft.graph.user",
        ]),
        "id": guid(),
        "deletedDateTime": or_null(instant()),
        "displayName": text(),
    }))
}

/// The address of an object, of which only the id at its end is read.
pub(super) fn link() -> Value {
    let mut schema = object(json!({ "@odata.id": text() }));
    schema["required"] = json!(["@odata.id"]);
    schema
}
