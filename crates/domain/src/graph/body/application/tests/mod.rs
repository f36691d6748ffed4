mod clients;
mod credentials;
mod properties;
mod uris;

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::directory::TokenVersion;
use crate::graph::body::fixtures::{ONE, TWO, body, context, patch, refused, role, scope, stored};

fn patched(value: Value) -> Application {
    patch(value).expect("accepted").application
}

#[test]
fn own_settings_are_shown_where_there_are_some() {
    let shown = |application: &Application| {
        let parts = ApplicationParts {
            application,
            passwords: &[],
            keys: &[],
            publisher_domain: None,
            shows_keys: false,
        };
        crate::graph::wire::application(&parts).remove("countersign")
    };
    let set = json!({"countersign": {"accessTokenLifetimeSeconds": 600, "redirectUriMatching": "subPaths"}});
    let changed = patch(set).expect("both are allowed").application;
    let expected = json!({"accessTokenLifetimeSeconds": 600, "redirectUriMatching": "subPaths"});
    assert_eq!(shown(&changed), Some(expected));
    let reset = json!({"countersign": {"accessTokenLifetimeSeconds": null}});
    assert_eq!(
        shown(&patch(reset).expect("null is the default").application),
        None
    );
    for wrong in [
        json!({"countersign": {"accessTokenLifetimeSeconds": 599}}),
        json!({"countersign": {"accessTokenLifetimeSeconds": "600"}}),
        json!({"countersign": {"redirectUriMatching": "any"}}),
        json!({"countersign": {"other": 1}}),
        json!({"countersign": 1}),
    ] {
        assert!(patch(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn absent_stays_null_clears_and_objects_merge() {
    assert_eq!(patched(json!({})), stored());
    assert!(
        patch(json!({}))
            .expect("nothing")
            .writes(&stored())
            .is_empty()
    );
    let changed = patched(json!({
        "tags": ["two"], "description": "d", "web": {"homePageUrl": "https://contoso.example"},
    }));
    assert_eq!(changed.manifest.tags, ["two"]);
    assert_eq!(changed.manifest.description.as_deref(), Some("d"));
    let web = &changed.manifest.web;
    assert_eq!(web.redirect_uris, ["https://contoso.example/back"]);
    assert_eq!(
        web.home_page_url.as_deref(),
        Some("https://contoso.example")
    );
    let api = patched(json!({"api": {"acceptMappedClaims": true}}));
    assert_eq!(api.requested_access_token_version, Some(TokenVersion::V2));
    assert_eq!(api.manifest.api.oauth2_permission_scopes.len(), 1);
    let cleared = patched(json!({
        "tags": null, "optionalClaims": null, "web": null, "spa": {"redirectUris": null},
        "api": {"requestedAccessTokenVersion": null},
    }));
    assert!(cleared.manifest.tags.is_empty());
    assert_eq!(cleared.manifest.optional_claims, Default::default());
    assert_eq!(cleared.manifest.web, Default::default());
    assert_eq!(cleared.requested_access_token_version, None);
    let nested = json!({"web": {"implicitGrantSettings": {"enableIdTokenIssuance": true}}});
    assert!(
        patched(nested)
            .manifest
            .web
            .implicit_grant_settings
            .enable_id_token_issuance
    );
}

/// GRA-10.
#[test]
fn what_is_unknown_or_read_only_is_refused() {
    let id = Uuid::from_u128(9);
    for (value, expected) in [
        (
            json!({"id": id}),
            "Property 'id' is read-only and cannot be set.",
        ),
        (json!({"id": null}), "Property 'id' is read-only"),
        (json!({"appId": id}), "Property 'appId' is read-only"),
        (
            json!({"createdDateTime": "2020-01-01T00:00:00Z"}),
            "'createdDateTime' is read-only",
        ),
        (
            json!({"deletedDateTime": "2020-01-01T00:00:00Z"}),
            "'deletedDateTime' is read-only",
        ),
        (
            json!({"publisherDomain": "a.example"}),
            "'publisherDomain' is read-only",
        ),
        (json!({"uniqueName": "other"}), "'uniqueName' is read-only"),
        (json!({"uniqueName": null}), "'uniqueName' is read-only"),
        (
            json!({"tenantId": id}),
            "Request_BadRequest: Invalid property 'tenantId'.",
        ),
        (json!({"owners": []}), "Invalid property 'owners'."),
        (
            json!({"owners@odata.bind": []}),
            "Invalid property 'owners@odata.bind'.",
        ),
        (
            json!({"displayname": "x"}),
            "Invalid property 'displayname'.",
        ),
        (json!({"web": {"uris": []}}), "Invalid property 'web/uris'."),
        (json!({"api": {"x": null}}), "Invalid property 'api/x'."),
        (
            json!({"web": {"implicitGrantSettings": {"x": 1}}}),
            "'web/implicitGrantSettings/x'",
        ),
        (
            json!({"appRoles": [{"id": id, "x": 1}]}),
            "Invalid property 'appRoles/x'.",
        ),
        (
            json!({"displayName": null}),
            "A value is required for property 'displayName'",
        ),
        (
            json!({"displayName": 1}),
            "Invalid value specified for property 'displayName' of resource 'Application'",
        ),
        (json!({"displayName": ""}), "must not be empty"),
        (json!({"tags": "x"}), "for property 'tags'"),
        (json!({"web": []}), "for property 'web'"),
        (
            json!({"web": {"redirectUris": "x"}}),
            "for property 'web/redirectUris'",
        ),
        (
            json!({"web": {"redirectUris": [1]}}),
            "for property 'web/redirectUris'",
        ),
        (
            json!({"spa": {"redirectUris": {}}}),
            "for property 'spa/redirectUris'",
        ),
        (json!({"isDisabled": "true"}), "for property 'isDisabled'"),
        (
            json!({"signInAudience": "Everybody"}),
            "for property 'signInAudience'",
        ),
        (
            json!({"appRoles": [{}]}),
            "A value is required for property 'appRoles/id'",
        ),
        (
            json!({"appRoles": [{"id": "x"}]}),
            "is not a GUID of the form",
        ),
        (
            json!({"api": {"requestedAccessTokenVersion": 3}}),
            "must be 1, 2 or null",
        ),
        (
            json!({"api": {"requestedAccessTokenVersion": "2"}}),
            "must be 1, 2 or null",
        ),
        (
            json!({"tokenEncryptionKeyId": id}),
            "Property 'tokenEncryptionKeyId' is not supported here",
        ),
        (
            json!({"addIns": [{}, {"id": "x"}]}),
            "Property 'addIns' is not supported",
        ),
        (json!({"a\nb": 1}), "Invalid property 'a\u{fffd}b'."),
        (
            json!({"passwordCredentials": null}),
            "required for property 'passwordCredentials'",
        ),
        (
            json!({"keyCredentials": null}),
            "required for property 'keyCredentials'",
        ),
        (
            json!({"keyCredentials": [1]}),
            "for property 'keyCredentials'",
        ),
    ] {
        refused(patch(value), expected);
    }
}

#[test]
fn what_was_read_can_be_sent_back() {
    let current = stored();
    let mut read = Value::Object(application(&ApplicationParts {
        application: &current,
        passwords: &[],
        keys: &[],
        publisher_domain: context().tenant.domains.first(),
        shows_keys: false,
    }));
    read["@odata.context"] =
        "https://id.platform.example/v1.0/$metadata#applications/$entity".into();
    read["appRoles@odata.type"] = "#Collection(microsoft.graph.appRole)".into();
    read["appRoles"][0]["@odata.type"] = "#microsoft.graph.appRole".into();
    let mut members = read.as_object().expect("an object").clone();
    members.remove("passwordCredentials");
    members.remove("keyCredentials");
    assert_eq!(patched(Value::Object(members)), current);
    assert_eq!(
        patched(json!({"createdDateTime": "2026-11-21T09:00:00Z"})),
        current
    );
}

#[test]
fn enabled_permissions_are_disabled_before_they_change() {
    let sentence = "CannotDeleteOrUpdateEnabledEntitlement: Permission (scope or role) cannot be \
                    deleted or updated unless disabled first.";
    let (one, two) = (role(1, "Orders.Read", true), role(2, "Orders.Old", false));
    let with = |name: &str, value: Value| {
        let mut one = one.clone();
        one[name] = value;
        json!({"appRoles": [one, two]})
    };
    refused(patch(json!({"appRoles": []})), sentence);
    refused(patch(json!({"appRoles": [two]})), sentence);
    refused(patch(with("value", "Orders.Write".into())), sentence);
    refused(patch(with("value", Value::Null)), sentence);
    refused(patch(with("allowedMemberTypes", json!(["User"]))), sentence);
    refused(patch(with("id", json!(Uuid::from_u128(9)))), sentence);
    let mut disabled_and_changed = one.clone();
    disabled_and_changed["isEnabled"] = false.into();
    disabled_and_changed["value"] = "Orders.Write".into();
    refused(
        patch(json!({"appRoles": [disabled_and_changed, two]})),
        sentence,
    );
    assert!(
        patch(json!({"appRoles": [one]})).is_ok(),
        "a disabled one goes"
    );
    assert!(patch(json!({"appRoles": [one, role(2, "Orders.New", true)]})).is_ok());
    assert!(patch(with("displayName", "x".into())).is_ok());
    assert!(patch(with("isEnabled", false.into())).is_ok());
    let scopes = |scopes: Value| patch(json!({"api": {"oauth2PermissionScopes": scopes}}));
    refused(scopes(json!([])), sentence);
    refused(scopes(json!([scope(3, "other", true)])), sentence);
    refused(patch(json!({"api": null})), sentence);
    assert!(scopes(json!([scope(3, "orders", false)])).is_ok());
}

#[test]
fn app_roles_and_scopes_follow_their_rules() {
    let roles = |added: Value| {
        let known = [role(1, "Orders.Read", true), role(2, "Orders.Old", false)];
        patch(json!({"appRoles": [known[0], known[1], added]}))
    };
    let with = |name: &str, value: Value| {
        let mut role = role(4, "New", true);
        role[name] = value;
        role
    };
    let repeated = "Request contains a property with duplicate values.";
    refused(roles(role(1, "New", true)), repeated);
    refused(roles(role(4, "orders.read", true)), repeated);
    refused(
        roles(role(4, ".default", true)),
        "must not begin with a dot",
    );
    refused(roles(role(4, "a b", true)), "must not contain a space");
    refused(roles(role(0, "New", true)), "means default access");
    refused(roles(with("allowedMemberTypes", json!([]))), "names nobody");
    refused(
        roles(with("allowedMemberTypes", json!(["Group"]))),
        "'appRoles'",
    );
    refused(
        roles(with("origin", "ServicePrincipal".into())),
        "'appRoles/origin'",
    );
    assert!(roles(with("origin", "Application".into())).is_ok());
    let no_value = roles(with("value", "".into())).expect("a role without a value");
    assert_eq!(no_value.application.app_roles[2].value, None);
    let scopes = |added: Value| {
        let known = scope(3, "orders", true);
        patch(json!({"api": {"oauth2PermissionScopes": [known, added]}}))
    };
    refused(scopes(scope(3, "more", true)), repeated);
    refused(scopes(scope(4, "ORDERS", true)), repeated);
    refused(
        scopes(json!({"value": "more"})),
        "'api/oauth2PermissionScopes/id'",
    );
    let mut kind = scope(4, "more", true);
    kind["type"] = "Everybody".into();
    refused(scopes(kind), "must be User or Admin");
}

#[test]
fn limits_stop_growth() {
    let id = |id: usize| Uuid::from_u128(id as u128);
    let access = |resources: usize, permissions: usize| {
        let of = |resource: usize| {
            let permissions: Vec<_> = (0..permissions)
                .map(|permission| json!({"id": id(permission), "type": "Role"}))
                .collect();
            json!({"resourceAppId": id(resource), "resourceAccess": permissions})
        };
        let all: Vec<_> = (0..resources).map(of).collect();
        patch(json!({"requiredResourceAccess": all}))
    };
    assert!(access(50, 8).is_ok());
    refused(
        access(51, 1),
        "51 resources in requiredResourceAccess, and at most 50",
    );
    refused(
        access(1, 401),
        "401 permissions in requiredResourceAccess, and at most 400",
    );
    let tags = |count: usize| {
        let tags: Vec<_> = (0..count).map(|tag| tag.to_string()).collect();
        patch(json!({"tags": tags}))
    };
    // One URI, two roles, a scope, a redirect URI, a claim, three secrets and a certificate.
    assert!(tags(1_190).is_ok());
    refused(
        tags(1_191),
        "1201 entries in all collections, and at most 1200",
    );
    // What no collection limits: a page holds 999 applications.
    let described = |count: u128| {
        let described = |id| {
            let mut role = role(id, &format!("Role.{id}"), true);
            role["description"] = "d".repeat(1_000).into();
            role
        };
        let mut roles = vec![role(1, "Orders.Read", true), role(2, "Orders.Old", false)];
        roles.extend((10..10 + count).map(described));
        patch(json!({"appRoles": roles}))
    };
    assert!(described(200).is_ok());
    refused(described(300), "bytes, and at most 262144 are allowed");
}

#[test]
fn the_audience_of_personal_accounts_takes_v2_tokens() {
    let personal = "AzureADandPersonalMicrosoftAccount";
    assert!(patch(json!({"signInAudience": personal})).is_ok());
    let v1 = json!({"signInAudience": personal, "api": {"requestedAccessTokenVersion": 1}});
    refused(
        patch(v1),
        "Property api.requestedAccessTokenVersion is invalid.",
    );
}

#[test]
fn a_new_application_gets_what_it_asks_for() {
    let new = |value: Value| new_application(body(value), None, &context());
    let made = new(json!({
        "displayName": "Nightly",
        "owners@odata.bind": [
            "https://id.platform.example/v1.0/directoryObjects/00000000-0000-0000-0000-000000000001",
            "/v1.0/directoryObjects('00000000-0000-0000-0000-000000000001')",
        ],
        "passwordCredentials": [{"displayName": "ci"}],
        "keyCredentials": [{"key": ONE.der(), "type": "AsymmetricX509Cert", "usage": "Verify"}],
    }));
    let made = made.expect("accepted");
    assert_eq!(made.owners, [Uuid::from_u128(1)]);
    let many = vec!["/v1.0/directoryObjects/00000000-0000-0000-0000-000000000001"; 101];
    let many = new(json!({"displayName": "Nightly", "owners@odata.bind": many}));
    assert!(
        many.is_err_and(|error| error.message.contains("more than 100 owners")),
        "read before they are compared"
    );
    assert_eq!(made.writes().len(), 3);
    assert_eq!(made.application.tenant_id, context().tenant.id);
    assert_eq!(
        made.passwords[0].credential.display_name.as_deref(),
        Some("ci")
    );
    let two_years_later = "2028-11-21T09:00:00Z".parse().expect("a time");
    assert_eq!(made.passwords[0].credential.end_at, two_years_later);
    assert_eq!(made.keys[0].display_name.as_deref(), Some("CN=one"));
    refused(
        new(json!({})),
        "A value is required for property 'displayName'",
    );
    refused(
        new(json!({"displayName": "x", "appId": Uuid::nil()})),
        "'appId' is read-only",
    );
    let own = json!([{"secretText": "a-secret-of-my-own"}]);
    let own = json!({"displayName": "x", "passwordCredentials": own});
    refused(new(own), "Property 'secretText' is read-only");
    refused(
        new(json!({"displayName": "x", "owners@odata.bind": ["me"]})),
        "'owners@odata.bind'",
    );
    let upsert = new_application(body(json!({"displayName": "x"})), Some("x"), &context());
    let upsert = upsert.expect("accepted").application;
    assert_eq!(upsert.manifest.unique_name.as_deref(), Some("x"));
    let other = body(json!({"displayName": "x", "uniqueName": "y"}));
    refused(
        new_application(other, Some("x"), &context()),
        "'uniqueName' is read-only",
    );
}
