use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::clock::Timestamp;
use crate::directory::PasswordCredential;
use crate::graph::body::fixtures::{NOW, ONE, TWO, context};
use crate::graph::permission::{GRAPH_APP_ID, graph_application, graph_service_principal};
use crate::graph::wire::object;
use crate::secret::{Pepper, Secret};

fn application() -> Application {
    graph_application("https://id.contoso.example", NOW)
}

fn new(body: Value) -> Result<NewServicePrincipal, String> {
    new_service_principal(object(body), &application(), &context()).map_err(|error| error.message)
}

fn change(body: Value) -> Result<ServicePrincipal, String> {
    change_with(body, &[], &[]).map(|change| change.principal)
}

fn change_with(
    body: Value,
    passwords: &[PasswordCredential],
    keys: &[KeyCredential],
) -> Result<ServicePrincipalChange, String> {
    let (principal, application) = (principal(), application());
    let parts = ServicePrincipalParts {
        principal: &principal,
        application: &application,
        passwords,
        keys,
        deleted_at: None,
        shows_keys: false,
    };
    change_service_principal(object(body), &parts, &context()).map_err(|error| error.message)
}

fn principal() -> ServicePrincipal {
    let mut principal = graph_service_principal(context().tenant.id, NOW);
    principal.details.notes = Some("Keep".into());
    principal
}

#[test]
fn what_clients_send_makes_a_service_principal() {
    // Azure CLI
    let made = new(json!({"appId": GRAPH_APP_ID, "accountEnabled": true})).expect("one");
    assert_eq!(made.principal.app_id, GRAPH_APP_ID);
    assert!(made.owners.is_empty());
    // Terraform
    let owner = "00000000-0000-0000-0000-00000000000a";
    let address = format!("https://id.contoso.example/v1.0/directoryObjects/{owner}");
    let made = new(json!({
        "@odata.type": "#microsoft.graph.servicePrincipal",
        "accountEnabled": false,
        "alternativeNames": [],
        "appId": GRAPH_APP_ID,
        "appRoleAssignmentRequired": true,
        "description": "TERRAFORM_UPDATE_1",
        "loginUrl": "",
        "notes": null,
        "notificationEmailAddresses": [],
        "owners@odata.bind": [address, address],
        "preferredSingleSignOnMode": "",
        "samlSingleSignOnSettings": {"relayState": ""},
        "tags": ["HideApp", "HideApp"],
    }))
    .expect("one");
    assert!(!made.principal.account_enabled);
    assert!(made.principal.app_role_assignment_required);
    assert_eq!(made.principal.details.tags, ["HideApp"]);
    assert_eq!(made.principal.details.login_url, None);
    assert_eq!(made.owners.len(), 1);
    assert_eq!(made.owners[0].to_string(), owner);
}

#[test]
fn the_application_is_named_by_body_or_path() {
    let named =
        |body: Value, key| requested_app_id(&object(body), key).map_err(|error| error.message);
    let other = AppId::new(Uuid::from_u128(1));
    let body = || json!({"appId": GRAPH_APP_ID});
    assert_eq!(named(body(), None), Ok(GRAPH_APP_ID));
    assert_eq!(named(json!({}), Some(other)), Ok(other));
    assert_eq!(named(body(), Some(GRAPH_APP_ID)), Ok(GRAPH_APP_ID));
    assert!(named(body(), Some(other)).is_err());
    assert_eq!(
        named(json!({}), None),
        Err("A value is required for property 'appId' of resource 'ServicePrincipal'.".into())
    );
    assert!(named(json!({"appId": "x"}), None).is_err());
}

#[test]
fn a_change_sets_what_it_names_and_nothing_else() {
    let changed = change(json!({
        "accountEnabled": false,
        "description": "For orders",
        "tags": ["a", "b"],
    }));
    let mut expected = principal();
    expected.account_enabled = false;
    expected.details.description = Some("For orders".into());
    expected.details.tags = vec!["a".into(), "b".into()];
    assert_eq!(changed, Ok(expected));
    let cleared = change(json!({"notes": null})).map(|changed| changed.details.notes);
    assert_eq!(cleared, Ok(None));
}

#[test]
fn an_object_sent_back_changes_nothing() {
    let (principal, application) = (principal(), application());
    let shown = service_principal(&ServicePrincipalParts {
        principal: &principal,
        application: &application,
        passwords: &[],
        keys: &[],
        deleted_at: None,
        shows_keys: false,
    });
    assert_eq!(change(Value::Object(shown)), Ok(principal));
}

#[test]
fn what_cannot_be_set_is_refused() {
    for (name, value) in [
        ("id", json!("00000000-0000-0000-0000-000000000001")),
        ("appId", json!("00000000-0000-0000-0000-000000000001")),
        ("displayName", json!("Another")),
        (
            "appOwnerOrganizationId",
            json!("00000000-0000-0000-0000-000000000001"),
        ),
        ("createdDateTime", json!("2020-01-01T00:00:00Z")),
        ("servicePrincipalNames", json!([])),
        ("appRoles", json!([])),
        ("servicePrincipalType", json!("ManagedIdentity")),
        ("samlSingleSignOnSettings", json!({"relayState": "x"})),
    ] {
        let error = change(json!({name: value})).expect_err(name);
        assert_eq!(
            error,
            format!("Property '{name}' is read-only and cannot be set.")
        );
    }
    for (name, value) in [
        ("accountEnabled", Value::Null),
        ("accountEnabled", json!("false")),
        ("loginUrl", json!("javascript:alert(1)")),
        ("tags", json!("a")),
        ("tags", json!([""])),
        ("tags", json!(vec!["a"; 1_201])),
        ("description", json!("a".repeat(1_025))),
        ("owners", json!([])),
        ("owners@odata.bind", json!([])),
        ("keyCredentials", Value::Null),
        ("xyz", Value::Null),
    ] {
        assert!(change(json!({name: value})).is_err(), "{name} {value}");
    }
    assert!(new(json!({"owners@odata.bind": ["https://evil.example/x"]})).is_err());
}

#[test]
fn only_its_own_secrets_can_be_removed() {
    let password = |number: u128, owner: Option<ServicePrincipalId>| PasswordCredential {
        key_id: KeyId::new(Uuid::from_u128(number)),
        application_id: application().id,
        service_principal_id: owner,
        display_name: None,
        hint: "abc".into(),
        hash: Pepper::new(&[7; 32]).hash(GRAPH_APP_ID, &Secret::new("a test's".into())),
        start_at: NOW,
        end_at: Timestamp::from_unix_seconds(NOW.unix_seconds() + 60),
    };
    let own = principal().id;
    let passwords = [
        password(1, Some(own)),
        password(2, Some(own)),
        password(3, None),
    ];
    let kept = json!({"passwordCredentials": [{"keyId": Uuid::from_u128(2)}]});
    let change = change_with(kept, &passwords, &[]).expect("a change");
    assert_eq!(change.passwords_removed, [KeyId::new(Uuid::from_u128(1))]);
    assert_eq!(change.writes(&principal(), &application()).len(), 1);
    let others = json!({"passwordCredentials": [{"keyId": Uuid::from_u128(3)}]});
    assert!(change_with(others, &passwords, &[]).is_err());
}

#[test]
fn its_own_certificates_are_replaced_and_others_stay() {
    let own = principal().id;
    let owned = |number: u128, owner| KeyCredential {
        service_principal_id: owner,
        ..ONE.registered(number)
    };
    let keys = [owned(21, Some(own)), owned(22, None)];
    let added = json!({"type": "AsymmetricX509Cert", "usage": "Verify", "key": TWO.der()});
    let change = change_with(json!({"keyCredentials": [added]}), &[], &keys).expect("a change");
    assert_eq!(change.keys_removed, [KeyId::new(Uuid::from_u128(21))]);
    assert_eq!(change.keys_added.len(), 1);
    assert_eq!(change.keys_added[0].service_principal_id, Some(own));
    assert!(change.adds_credential());
    let named = |number: u128| json!({"keyId": Uuid::from_u128(number), "displayName": "new"});
    let change = change_with(json!({"keyCredentials": [named(21)]}), &[], &keys);
    let changed = change.map(|change| change.keys_changed[0].service_principal_id);
    assert_eq!(changed, Ok(Some(own)));
    assert!(change_with(json!({"keyCredentials": [named(22)]}), &[], &keys).is_err());
}

proptest! {
    #[test]
    fn no_value_makes_it_panic(
        name in "tags|notes|loginUrl|accountEnabled|owners@odata.bind|keyCredentials|x",
        text in "\\PC{0,80}",
    ) {
        let _ = change(json!({&name: &text}));
        let _ = change(json!({&name: [&text]}));
        let _ = new(json!({&name: [{"keyId": &text}]}));
    }
}
