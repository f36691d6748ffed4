//! What clients send, as it was recorded (client-compat 8 and 9).

use serde_json::json;

use super::*;

#[test]
fn terraform_creates_with_the_full_object() {
    let request = json!({
        "@odata.type": "#microsoft.graph.application",
        "api": {
            "@odata.type": "#microsoft.graph.apiApplication",
            "acceptMappedClaims": null, "knownClientApplications": [],
            "oauth2PermissionScopes": [], "preAuthorizedApplications": [],
            "requestedAccessTokenVersion": null,
        },
        "appRoles": [], "description": null, "displayName": "orders",
        "groupMembershipClaims": null, "identifierUris": [],
        "info": {
            "@odata.type": "#microsoft.graph.informationalUrl",
            "marketingUrl": null, "privacyStatementUrl": null, "supportUrl": null,
            "termsOfServiceUrl": null,
        },
        "isDeviceOnlyAuthSupported": false, "isFallbackPublicClient": false, "notes": null,
        "oauth2RequirePostResponse": false, "optionalClaims": null,
        "owners@odata.bind": [
            "https://id.platform.example/v1.0/directoryObjects/00000000-0000-0000-0000-000000000001"
        ],
        "publicClient": {"redirectUris": []}, "requiredResourceAccess": [],
        "serviceManagementReference": null, "signInAudience": "AzureADMyOrg",
        "spa": {"redirectUris": []}, "tags": [],
        "web": {
            "homePageUrl": null, "implicitGrantSettings": {
                "enableAccessTokenIssuance": false, "enableIdTokenIssuance": false,
            },
            "logoutUrl": null, "redirectUris": [],
        },
    });
    let made = new_application(body(request), None, &context()).expect("accepted");
    assert_eq!(made.application.display_name, "orders");
    assert_eq!(made.owners, [Uuid::from_u128(1)]);
}

#[test]
fn terraform_probes_and_updates() {
    let id = stored().id;
    let probe = "TERRAFORM_UPDATE_00000000-0000-0000-0000-000000000001";
    assert_eq!(
        patched(json!({"id": id, "displayName": probe})).display_name,
        probe
    );
    let disabled = json!({
        "id": id,
        "appRoles": [role(1, "Orders.Read", false), role(2, "Orders.Old", false)],
    });
    assert!(patch(disabled).is_ok());
    let whole = json!({
        "id": id, "displayName": "orders", "description": null, "notes": null,
        "api": {"acceptMappedClaims": false, "knownClientApplications": [],
                "preAuthorizedApplications": [], "requestedAccessTokenVersion": 2},
        "appRoles": [role(1, "Orders.Read", true)],
        "identifierUris": ["api://contoso.example/orders"],
        "optionalClaims": {
            "accessToken": [{"name": "idtyp", "source": null, "essential": false,
                             "additionalProperties": []}],
            "idToken": [], "saml2Token": [],
        },
        "tags": ["WindowsAzureActiveDirectoryIntegratedApp"],
        "web": {"redirectUris": ["https://contoso.example/back"]},
    });
    let scopes = patched(whole).manifest.api.oauth2_permission_scopes.len();
    assert_eq!(scopes, 1, "what is not sent stays");
}

#[test]
fn terraform_adds_a_certificate_beside_the_others() {
    let existing = json!({
        "customKeyIdentifier": thumbprint(), "displayName": "CN=one",
        "endDateTime": "2027-01-01T00:00:00.0000000Z", "key": null, "keyId": Uuid::from_u128(21),
        "startDateTime": "2026-01-01T00:00:00.0000000Z", "type": "AsymmetricX509Cert",
        "usage": "Verify", "@odata.type": "#microsoft.graph.keyCredential",
    });
    let new = json!({
        "endDateTime": "2027-01-01T00:00:00Z", "key": TWO.pem(), "keyId": Uuid::from_u128(22),
        "type": "AsymmetricX509Cert", "usage": "Verify",
    });
    let request = json!({"id": stored().id, "keyCredentials": [existing, new]});
    let change = patch(request).expect("accepted");
    assert_eq!(change.keys_added[0].key_id.uuid(), Uuid::from_u128(22));
    assert_eq!(change.keys_added[0].certificate, TWO.certificate);
    assert_eq!(change.keys_added[0].start_at, TWO.certificate.validity().0);
    assert!(change.keys_removed.is_empty() && change.keys_changed.is_empty());
}

fn thumbprint() -> Value {
    crate::graph::wire::key_credential(&ONE.registered(21), false)["customKeyIdentifier"].clone()
}

#[test]
fn azure_cli_creates_and_adds_a_certificate() {
    let request = json!({
        "displayName": "orders", "identifierUris": ["api://contoso.example/nightly"],
        "signInAudience": "AzureADMyOrg", "keyCredentials": [],
    });
    assert!(new_application(body(request), None, &context()).is_ok());
    let der = TWO.der();
    let lines: Vec<_> = der
        .as_bytes()
        .chunks(64)
        .map(String::from_utf8_lossy)
        .collect();
    let request = json!({"keyCredentials": [{
        "@odata.type": "#microsoft.graph.keyCredential", "key": lines.join("\n") + "\n",
        "type": "AsymmetricX509Cert", "usage": "Verify", "displayName": "CN=two",
        "startDateTime": "2026-11-21T09:00:00Z", "endDateTime": "2026-12-31T23:59:59+00:00",
    }]});
    let change = patch(request).expect("accepted");
    assert_eq!(change.keys_added[0].certificate, TWO.certificate);
    assert_eq!(change.keys_removed.len(), 1);
    let request = json!({"requiredResourceAccess": [{
        "resourceAppId": "00000003-0000-0000-c000-000000000000",
        "resourceAccess": [{"id": Uuid::from_u128(5), "type": "Role"}],
    }]});
    assert!(patch(request).is_ok());
}

/// Every property that clients know is there, whether or not this platform has it.
#[test]
fn an_application_shows_every_property() {
    let made = new_application(body(json!({"displayName": "x"})), None, &context());
    let made = made.expect("accepted").application;
    let shown = Value::Object(application(&ApplicationParts {
        application: &made,
        passwords: &[],
        keys: &[],
        publisher_domain: None,
        shows_keys: false,
    }));
    let mut expected = json!({
        "api": {
            "acceptMappedClaims": null, "knownClientApplications": [],
            "oauth2PermissionScopes": [], "preAuthorizedApplications": [],
            "requestedAccessTokenVersion": null,
        },
        "appId": made.app_id, "createdDateTime": "2026-11-21T09:00:00.0000000Z",
        "displayName": "x", "id": made.id,
        "info": {
            "logoUrl": null, "marketingUrl": null, "privacyStatementUrl": null,
            "supportUrl": null, "termsOfServiceUrl": null,
        },
        "isFallbackPublicClient": false, "oauth2RequirePostResponse": false,
        "parentalControlSettings": {
            "countriesBlockedForMinors": [], "legalAgeGroupRule": "Allow",
        },
        "publicClient": {"redirectUris": []}, "signInAudience": "AzureADMyOrg",
        "spa": {"redirectUris": []},
        "verifiedPublisher": {
            "addedDateTime": null, "displayName": null, "verifiedPublisherId": null,
        },
        "web": {
            "homePageUrl": null, "implicitGrantSettings": {
                "enableAccessTokenIssuance": false, "enableIdTokenIssuance": false,
            },
            "logoutUrl": null, "redirectUriSettings": [], "redirectUris": [],
        },
    });
    for name in [
        "addIns",
        "appRoles",
        "identifierUris",
        "keyCredentials",
        "passwordCredentials",
        "requiredResourceAccess",
        "tags",
    ] {
        expected[name] = json!([]);
    }
    for name in [
        "applicationTemplateId",
        "authenticationBehaviors",
        "certification",
        "createdByAppId",
        "defaultRedirectUri",
        "deletedDateTime",
        "description",
        "disabledByMicrosoftStatus",
        "groupMembershipClaims",
        "isDeviceOnlyAuthSupported",
        "isDisabled",
        "managerApplications",
        "nativeAuthenticationApisEnabled",
        "notes",
        "optionalClaims",
        "publisherDomain",
        "requestSignatureVerification",
        "samlMetadataUrl",
        "serviceManagementReference",
        "servicePrincipalLockConfiguration",
        "tokenEncryptionKeyId",
        "uniqueName",
    ] {
        expected[name] = Value::Null;
    }
    assert_eq!(shown, expected);
}
