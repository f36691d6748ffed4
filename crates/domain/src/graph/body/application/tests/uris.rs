use serde_json::json;

use super::*;

/// 8.5.
#[test]
fn new_identifier_uris_name_the_tenant_or_the_application() {
    let application = stored();
    let (app_id, tenant_id) = (application.app_id, context().tenant.id);
    let v1 = |uri: &str| {
        let mut current = application.clone();
        current.requested_access_token_version = None;
        let current = StoredApplication {
            application: &current,
            passwords: &[],
            keys: &[],
        };
        let uris = [application.identifier_uris[0].as_str(), uri];
        change_application(body(json!({"identifierUris": uris})), current, &context())
    };
    let v2 = |uri: &str| patch(json!({"identifierUris": [uri]}));
    for uri in [
        format!("api://{app_id}"),
        format!("api://{tenant_id}/{app_id}"),
        format!("api://{tenant_id}/orders"),
        format!("api://orders/{app_id}"),
        format!("API://orders/{}", app_id.to_string().to_uppercase()),
        "https://contoso.onmicrosoft.com/orders".to_owned(),
        "https://Contoso.Example/orders?x=1".to_owned(),
        "https://orders.contoso.example".to_owned(),
        "https://orders.contoso.example:8443/x".to_owned(),
        "api://orders.contoso.example".to_owned(),
        "urn:contoso.example:orders".to_owned(),
    ] {
        assert!(v1(&uri).is_ok() && v2(&uri).is_ok(), "{uri}");
    }
    for uri in ["api://orders", "urn:orders", "api://xcontoso.example"] {
        let expected = format!(
            "Request_BadRequest: Failed to add identifier URI {uri}. All newly added URIs must \
             contain a tenant verified domain, tenant ID, or app ID"
        );
        refused(v1(uri), &expected);
        assert!(v2(uri).is_ok(), "{uri}");
    }
    for uri in [
        "https://fabrikam.example",
        "https://xcontoso.example",
        "https://contoso.example.evil.example",
        "http://fabrikam.example",
    ] {
        refused(
            v1(uri),
            "HostNameNotOnVerifiedDomain: Values of identifierUris property must",
        );
        refused(v2(uri), "HostNameNotOnVerifiedDomain");
    }
    for uri in [
        "https://graph.microsoft.com",
        "HTTPS://GRAPH.microsoft.com/x",
        "https://id.platform.example:8443",
        "api://id.platform.example:8443/x",
        "api://00000003-0000-0000-c000-000000000000",
        "00000003-0000-0000-c000-000000000000:x",
    ] {
        let refusal = v2(uri).expect_err(uri);
        assert!(
            refusal.message.contains("name of the platform itself")
                || refusal.message.contains("must be an absolute URI"),
            "{refusal}"
        );
    }
    for (uri, expected) in [
        ("https://contoso.example/", "must not end with a slash"),
        ("https://contoso.example/*", "wildcard"),
        ("https://a@contoso.example", "user name"),
        ("orders", "absolute URI"),
        (&format!("api://{}", "a".repeat(250)), "at most 255"),
    ] {
        refused(v2(uri), expected);
    }
    let twice = ["api://contoso.example/a", "API://contoso.example/A"];
    refused(patch(json!({"identifierUris": twice})), "duplicate values");
}

#[test]
fn identifier_uris_that_are_there_stay() {
    let mut current = stored();
    current.identifier_uris = vec!["https://fabrikam.example/".to_owned()];
    current.requested_access_token_version = None;
    let change = |value| {
        let stored = StoredApplication {
            application: &current,
            passwords: &[],
            keys: &[],
        };
        change_application(body(value), stored, &context())
    };
    assert!(change(json!({"displayName": "x"})).is_ok());
    assert!(change(json!({"identifierUris": ["https://fabrikam.example/"]})).is_ok());
    let other = json!({"identifierUris": ["https://fabrikam.example/", "api://orders"]});
    refused(change(other), "Failed to add identifier URI api://orders.");
}

#[test]
fn identifier_uris_are_judged_again_when_they_would_begin_to_mislead() {
    let change = |uri: &str, value| {
        let mut current = stored();
        current.identifier_uris = vec![uri.to_owned()];
        let stored = StoredApplication {
            application: &current,
            passwords: &[],
            keys: &[],
        };
        change_application(body(value), stored, &context())
    };
    let of_tenant = "api://contoso.example/orders";
    for value in [
        json!({"api": {"requestedAccessTokenVersion": null}}),
        json!({"api": {"requestedAccessTokenVersion": 1}}),
        json!({"signInAudience": "AzureADMultipleOrgs"}),
        json!({"signInAudience": "AzureADandPersonalMicrosoftAccount"}),
    ] {
        let expected = "Failed to add identifier URI api://anything.";
        refused(change("api://anything", value.clone()), expected);
        assert!(change(of_tenant, value.clone()).is_ok(), "{value}");
        let mut renamed = value;
        renamed["identifierUris"] = json!([of_tenant]);
        assert!(
            change("api://anything", renamed.clone()).is_ok(),
            "{renamed}"
        );
    }
    assert!(change("api://anything", json!({"displayName": "x"})).is_ok());
    // One that came another way, under which v1.0 tokens are made already.
    let mut current = stored();
    current.identifier_uris = vec!["api://anything".to_owned()];
    current.requested_access_token_version = None;
    let current = StoredApplication {
        application: &current,
        passwords: &[],
        keys: &[],
    };
    let change = |value| change_application(body(value), current, &context());
    assert!(change(json!({"displayName": "x"})).is_ok());
    let shared = change(json!({"signInAudience": "AzureADMultipleOrgs"}));
    refused(shared, "Failed to add identifier URI api://anything.");
}

/// GRA-11.
#[test]
fn redirect_uris_lead_nowhere_bad() {
    for uri in [
        "javascript:alert(1)",
        "data:text/html,x",
        "http://x",
        "https://contoso.example/#x",
        "https://a@contoso.example",
        "https://contoso.example/*",
        &format!("https://contoso.example/{}", "a".repeat(233)),
    ] {
        for platform in ["web", "spa", "publicClient"] {
            let expected = format!("for property '{platform}/redirectUris'");
            refused(patch(json!({platform: {"redirectUris": [uri]}})), &expected);
        }
        let setting = json!({"web": {"redirectUriSettings": [{"uri": uri, "index": 1}]}});
        refused(patch(setting), "for property 'web/redirectUri");
        refused(
            patch(json!({"web": {"redirectUris": [uri, "https://contoso.example"]}})),
            "for property 'web/redirectUris'",
        );
    }
    let native = json!({"publicClient": {"redirectUris": ["myapp://auth", "http://localhost"]}});
    assert!(patch(native).is_ok());
    let uris = |count: usize| -> Vec<_> {
        let uri = |index| format!("https://contoso.example/{index}");
        (0..count).map(uri).collect()
    };
    assert!(patch(json!({"web": {"redirectUris": uris(256)}})).is_ok());
    let many = "257 redirect URIs, and at most 256";
    refused(patch(json!({"web": {"redirectUris": uris(257)}})), many);
    refused(patch(json!({"spa": {"redirectUris": uris(256)}})), many);
    let script = "javascript:alert(1)";
    for value in [
        json!({"web": {"homePageUrl": script}}),
        json!({"web": {"logoutUrl": script}}),
        json!({"info": {"logoUrl": script}}),
        json!({"info": {"marketingUrl": script}}),
    ] {
        refused(patch(value), "must be the address of a page");
    }
    assert!(patch(json!({"web": {"homePageUrl": ""}})).is_ok());
}

#[test]
fn settings_of_redirect_uris_follow_them() {
    let settings = json!([{"uri": "https://contoso.example/new", "index": 1}]);
    let added = patched(json!({"web": {"redirectUriSettings": settings}}))
        .manifest
        .web;
    assert_eq!(
        added.redirect_uris,
        [
            "https://contoso.example/back",
            "https://contoso.example/new"
        ]
    );
    let mut current = stored();
    current.manifest.web = added;
    let current = StoredApplication {
        application: &current,
        passwords: &[],
        keys: &[],
    };
    let value = json!({"web": {"redirectUris": ["https://contoso.example/back"]}});
    let change = change_application(body(value), current, &context()).expect("accepted");
    assert!(
        change
            .application
            .manifest
            .web
            .redirect_uri_settings
            .is_empty()
    );
}
