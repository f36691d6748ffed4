use serde_json::{Value, json};

/// The shapes of bodies and answers.
pub(super) fn all() -> Value {
    json!({
        "error": error(),
        "collection": collection(),
        "object": { "type": "object" },
        "application": object(&application()),
        "servicePrincipal": object(&service_principal()),
        "federatedIdentityCredential": object(&federated_credential()),
        "appRoleAssignment": object(&json!({
            "principalId": guid(), "resourceId": guid(), "appRoleId": guid(),
        })),
        "oAuth2PermissionGrant": object(&json!({
            "clientId": guid(),
            "consentType": { "enum": ["AllPrincipals", "Principal"] },
            "principalId": or_null(guid()),
            "resourceId": guid(),
            "scope": text(),
        })),
        "user": object(&user()),
        "reference": object(&json!({ "@odata.id": text() })),
        "addPassword": object(&json!({ "passwordCredential": or_null(object(&json!({
            "displayName": or_null(text()), "startDateTime": instant(), "endDateTime": instant(),
        }))) })),
        "removePassword": object(&json!({ "keyId": guid() })),
        "addKey": object(&json!({
            "keyCredential": key_credential(),
            "passwordCredential": { "type": "null" },
            "proof": text(),
        })),
        "removeKey": object(&json!({ "keyId": guid(), "proof": text() })),
        "getByIds": object(&json!({ "ids": list(guid()), "types": list(text()) })),
        "batch": object(&json!({ "requests": list(object(&json!({
            "id": text(), "method": text(), "url": text(),
            "headers": { "type": "object" }, "body": {}, "dependsOn": list(text()),
        }))) })),
    })
}

fn error() -> Value {
    json!({
        "type": "object",
        "required": ["error"],
        "properties": { "error": {
            "type": "object",
            "required": ["code", "message", "innerError"],
            "properties": {
                "code": text(),
                "message": text(),
                "innerError": {
                    "type": "object",
                    "required": ["date", "request-id", "client-request-id"],
                },
            },
        } },
    })
}

fn collection() -> Value {
    json!({
        "type": "object",
        "required": ["@odata.context", "value"],
        "properties": {
            "@odata.context": text(),
            "@odata.count": { "type": "integer", "minimum": 0 },
            "@odata.nextLink": text(),
            "value": list(json!({ "type": "object" })),
        },
    })
}

fn application() -> Value {
    json!({
        "displayName": text(),
        "description": or_null(text()),
        "notes": or_null(text()),
        "uniqueName": or_null(text()),
        "signInAudience": { "enum": ["AzureADMyOrg", "AzureADMultipleOrgs"] },
        "identifierUris": list(text()),
        "tags": list(text()),
        "isFallbackPublicClient": or_null(boolean()),
        "isDisabled": or_null(boolean()),
        "appRoles": list(object(&json!({
            "id": guid(),
            "value": or_null(text()),
            "displayName": text(),
            "description": text(),
            "isEnabled": boolean(),
            "allowedMemberTypes": list(json!({ "enum": ["Application", "User"] })),
        }))),
        "api": object(&json!({
            "requestedAccessTokenVersion": { "enum": [1, 2, null] },
            "acceptMappedClaims": or_null(boolean()),
        })),
        "requiredResourceAccess": list(object(&json!({
            "resourceAppId": guid(),
            "resourceAccess": list(object(&json!({
                "id": guid(), "type": { "enum": ["Role", "Scope"] },
            }))),
        }))),
        "keyCredentials": list(key_credential()),
        "web": object(&json!({
            "redirectUris": list(text()), "homePageUrl": or_null(text()),
            "logoutUrl": or_null(text()),
        })),
        "spa": object(&json!({ "redirectUris": list(text()) })),
        "publicClient": object(&json!({ "redirectUris": list(text()) })),
    })
}

fn key_credential() -> Value {
    object(&json!({
        "keyId": guid(),
        "type": { "const": "AsymmetricX509Cert" },
        "usage": { "const": "Verify" },
        "key": text(),
        "displayName": or_null(text()),
        "startDateTime": instant(),
        "endDateTime": instant(),
    }))
}

fn service_principal() -> Value {
    json!({
        "appId": guid(),
        "accountEnabled": boolean(),
        "appRoleAssignmentRequired": boolean(),
        "description": or_null(text()),
        "notes": or_null(text()),
        "loginUrl": or_null(text()),
        "tags": list(text()),
        "alternativeNames": list(text()),
        "notificationEmailAddresses": list(text()),
    })
}

fn federated_credential() -> Value {
    json!({
        "name": { "type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{2,119}$" },
        "issuer": text(),
        "subject": or_null(text()),
        "audiences": list(text()),
        "description": or_null(text()),
    })
}

fn user() -> Value {
    json!({
        "displayName": text(),
        "userPrincipalName": text(),
        "mailNickname": text(),
        "accountEnabled": boolean(),
        "givenName": or_null(text()),
        "surname": or_null(text()),
        "jobTitle": or_null(text()),
        "mail": or_null(text()),
    })
}

fn object(properties: &Value) -> Value {
    json!({ "type": "object", "properties": properties })
}

fn list(items: Value) -> Value {
    let mut list = json!({ "type": "array" });
    list["items"] = items;
    list
}

fn or_null(schema: Value) -> Value {
    let either = Value::from(vec![schema, json!({ "type": "null" })]);
    json!({ "anyOf": either })
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn boolean() -> Value {
    json!({ "type": "boolean" })
}

fn guid() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

fn instant() -> Value {
    json!({ "type": "string", "format": "date-time" })
}
