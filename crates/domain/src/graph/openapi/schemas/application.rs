use serde_json::{Value, json};

use crate::graph::openapi::schema::{
    boolean, guid, instant, list, object, or_null, read_only, reference, required, text, words,
};

pub(super) fn application() -> Value {
    object(json!({
        "id": read_only(guid()),
        "appId": read_only(guid()),
        "createdDateTime": read_only(instant()),
        "deletedDateTime": read_only(or_null(instant())),
        "publisherDomain": read_only(or_null(text())),
        "displayName": text(),
        "description": or_null(text()),
        "notes": or_null(text()),
        "uniqueName": or_null(text()),
        "signInAudience": words(&["AzureADMyOrg", "AzureADMultipleOrgs"]),
        "identifierUris": list(text()),
        "tags": list(text()),
        "isFallbackPublicClient": or_null(boolean()),
        "isDisabled": or_null(boolean()),
        "groupMembershipClaims": or_null(text()),
        "optionalClaims": or_null(json!({ "type": "object" })),
        "appRoles": list(app_role()),
        "api": object(json!({
            "requestedAccessTokenVersion": { "enum": [1, 2, null] },
            "acceptMappedClaims": or_null(boolean()),
            "knownClientApplications": list(guid()),
            "oauth2PermissionScopes": list(permission_scope()),
            "preAuthorizedApplications": list(object(json!({
                "appId": guid(), "delegatedPermissionIds": list(guid()),
            }))),
        })),
        "requiredResourceAccess": list(object(json!({
            "resourceAppId": guid(),
            "resourceAccess": list(object(json!({
                "id": guid(), "type": words(&["Role", "Scope"]),
            }))),
        }))),
        "passwordCredentials": list(reference("passwordCredential")),
        "keyCredentials": list(reference("keyCredential")),
        "web": object(json!({
            "redirectUris": list(text()),
            "homePageUrl": or_null(text()),
            "logoutUrl": or_null(text()),
            "implicitGrantSettings": or_null(object(json!({
                "enableAccessTokenIssuance": or_null(boolean()),
                "enableIdTokenIssuance": or_null(boolean()),
            }))),
        })),
        "spa": object(json!({ "redirectUris": list(text()) })),
        "publicClient": object(json!({ "redirectUris": list(text()) })),
        "info": object(json!({
            "marketingUrl": or_null(text()),
            "privacyStatementUrl": or_null(text()),
            "supportUrl": or_null(text()),
            "termsOfServiceUrl": or_null(text()),
        })),
    }))
}

pub(super) fn new_application() -> Value {
    required("application", &["displayName"])
}

pub(super) fn service_principal() -> Value {
    object(json!({
        "id": read_only(guid()),
        "appId": guid(),
        "createdDateTime": read_only(instant()),
        "deletedDateTime": read_only(or_null(instant())),
        "displayName": read_only(text()),
        "appDisplayName": read_only(text()),
        "appDescription": read_only(or_null(text())),
        "appOwnerOrganizationId": read_only(guid()),
        "appRoles": read_only(list(app_role())),
        "oauth2PermissionScopes": read_only(list(permission_scope())),
        "servicePrincipalNames": read_only(list(text())),
        "servicePrincipalType": read_only(words(&["Application"])),
        "signInAudience": read_only(text()),
        "replyUrls": read_only(list(text())),
        "homepage": read_only(or_null(text())),
        "logoutUrl": read_only(or_null(text())),
        "isDisabled": read_only(or_null(boolean())),
        "accountEnabled": boolean(),
        "appRoleAssignmentRequired": boolean(),
        "description": or_null(text()),
        "notes": or_null(text()),
        "loginUrl": or_null(text()),
        "preferredSingleSignOnMode": or_null(text()),
        "tags": list(text()),
        "alternativeNames": list(text()),
        "notificationEmailAddresses": list(text()),
        "passwordCredentials": list(reference("passwordCredential")),
        "keyCredentials": list(reference("keyCredential")),
    }))
}

pub(super) fn new_service_principal() -> Value {
    required("servicePrincipal", &["appId"])
}

/// The text of a secret is there once: in the answer to the request that made it.
pub(super) fn password_credential() -> Value {
    object(json!({
        "keyId": guid(),
        "displayName": or_null(text()),
        "startDateTime": instant(),
        "endDateTime": instant(),
        "hint": read_only(or_null(text())),
        "secretText": read_only(or_null(text())),
        "lastUsedDateTime": read_only(or_null(instant())),
    }))
}

pub(super) fn key_credential() -> Value {
    object(json!({
        "keyId": guid(),
        "type": words(&["AsymmetricX509Cert"]),
        "usage": words(&["Verify"]),
        "key": or_null(text()),
        "displayName": or_null(text()),
        "customKeyIdentifier": or_null(text()),
        "startDateTime": instant(),
        "endDateTime": instant(),
        "trustedSubject": or_null(text()),
        "lastUsedDateTime": read_only(or_null(instant())),
    }))
}

fn app_role() -> Value {
    object(json!({
        "id": guid(),
        "value": or_null(text()),
        "displayName": or_null(text()),
        "description": or_null(text()),
        "isEnabled": boolean(),
        "origin": read_only(words(&["Application"])),
        "allowedMemberTypes": list(words(&["Application", "User"])),
    }))
}

fn permission_scope() -> Value {
    object(json!({
        "id": or_null(guid()),
        "value": or_null(text()),
        "type": or_null(words(&["Admin", "User"])),
        "isEnabled": boolean(),
        "adminConsentDisplayName": or_null(text()),
        "adminConsentDescription": or_null(text()),
        "userConsentDisplayName": or_null(text()),
        "userConsentDescription": or_null(text()),
    }))
}
