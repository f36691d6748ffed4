use serde_json::json;

use super::*;
use crate::ids::{AppId, ServicePrincipalId, UserId};

fn audit(activity: Activity) -> Audit {
    let actor = Actor::Application {
        app_id: AppId::new(Uuid::from_u128(1)),
        service_principal_id: Some(ServicePrincipalId::new(Uuid::from_u128(2))),
    };
    let correlation_id = CorrelationId::new(Uuid::from_u128(3));
    Audit::new(
        activity,
        Timestamp::from_unix_seconds(0),
        actor,
        correlation_id,
    )
}

fn orders() -> Target {
    Target::new(
        Uuid::from_u128(0xa),
        "Application",
        "application",
        "Orders".into(),
    )
}

fn daemon() -> Target {
    let id = ServicePrincipalId::new(Uuid::from_u128(0xb));
    Target::owner(Owner::ServicePrincipal(id), "Daemon".into())
}

fn object(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).expect("an object")
}

fn wire(record: &AuditRecord) -> Value {
    json!({"changes": record.changes, "targets": record.targets})
}

#[test]
fn a_change_names_the_properties_that_differ() {
    let before = object(json!({
        "@odata.etag": "1", "id": "a", "displayName": "Orders", "notes": null, "tags": ["a"],
    }));
    let after = object(json!({
        "@odata.etag": "2", "id": "a", "displayName": "Bestellungen", "notes": null, "tags": [],
    }));
    let record = audit(Activity::UpdateApplication)
        .object(&orders(), Some(&before), Some(&after))
        .record();
    assert_eq!(record.activity, "Update application");
    assert_eq!(
        wire(&record),
        json!({
            "changes": [
                "~ application \"Orders\" (00000000-0000-0000-0000-00000000000a): \
                 displayName \"Orders\" -> \"Bestellungen\", tags -\"a\"",
            ],
            "targets": [{
                "id": "00000000-0000-0000-0000-00000000000a",
                "type": "Application",
                "displayName": "Orders",
                "modifiedProperties": [
                    {"displayName": "displayName", "oldValue": "Orders", "newValue": "Bestellungen"},
                    {"displayName": "tags", "oldValue": ["a"], "newValue": null},
                ],
            }],
        })
    );
}

#[test]
fn what_is_new_says_what_it_is_and_not_what_it_is_not() {
    let new = object(json!({
        "id": "a", "displayName": "Orders", "notes": null, "tags": [], "web": {"redirectUris": []},
        "isDisabled": false,
    }));
    let names = |record: AuditRecord| -> Vec<String> {
        let properties = record
            .targets
            .into_iter()
            .flat_map(|t| t.modified_properties);
        properties.map(|property| property.display_name).collect()
    };
    let added = audit(Activity::AddApplication).object(&orders(), None, Some(&new));
    assert_eq!(
        added.0.changes,
        ["+ application \"Orders\" (00000000-0000-0000-0000-00000000000a)"]
    );
    assert_eq!(names(added.record()), ["displayName", "isDisabled"]);
    let removed = audit(Activity::DeleteApplication).object(&orders(), Some(&new), None);
    assert!(removed.0.changes[0].starts_with("- application"));
    assert_eq!(names(removed.record()), ["displayName", "isDisabled"]);
}

#[test]
fn owners_roles_and_parts_name_both_sides() {
    let credential = object(json!({"id": "f", "name": "github"}));
    let part = audit(Activity::UpdateApplication)
        .part(
            &orders(),
            "federatedIdentityCredentials",
            None,
            Some(&credential),
        )
        .record();
    assert_eq!(
        part.changes,
        [
            "~ application \"Orders\" (00000000-0000-0000-0000-00000000000a): \
             federatedIdentityCredentials +\"github\""
        ]
    );
    let owner = audit(Activity::RemoveApplicationOwner)
        .owner(&orders(), &daemon(), false)
        .record();
    assert_eq!(
        owner.changes,
        [
            "- owner service principal \"Daemon\" (00000000-0000-0000-0000-00000000000b) of \
             application \"Orders\" (00000000-0000-0000-0000-00000000000a)"
        ]
    );
    assert_eq!(owner.targets.len(), 2);
    let assignment = object(json!({"appRoleId": "r"}));
    let grant = audit(Activity::AddAppRoleAssignment)
        .assignment(&orders(), &daemon(), Some("Orders.Read"), &assignment, true)
        .record();
    assert_eq!(
        grant.changes,
        ["+ grant of Orders.Read on \"Orders\" to \"Daemon\""]
    );
    assert_eq!(grant.targets[0].modified_properties.len(), 4);
    assert_eq!(grant.targets[1].modified_properties, []);
}

#[test]
fn a_changed_grant_shows_only_its_scopes() {
    let grant = |scope: &str| {
        object(json!({"clientId": "c", "consentType": "AllPrincipals", "scope": scope}))
    };
    let record = audit(Activity::UpdatePermissionGrant)
        .permission_grant(&orders(), &daemon(), Some(&grant("a")), Some(&grant("a b")))
        .record();
    assert_eq!(
        record.changes,
        ["~ delegated grant of a b on \"Orders\" to \"Daemon\""]
    );
    assert_eq!(
        record.targets[0].modified_properties,
        [ModifiedProperty {
            display_name: "DelegatedPermissionGrant.Scope".into(),
            old_value: Some(json!("a")),
            new_value: Some(json!("a b")),
        }]
    );
}

#[test]
fn a_person_can_be_an_owner() {
    let target = Target::owner(Owner::User(UserId::new(Uuid::nil())), "Ann".into());
    assert!(target.title().starts_with("user \"Ann\""));
}

#[test]
fn a_shown_secret_is_not_kept() {
    let answer = object(json!({
        "keyId": "k", "hint": "abc", "secretText": "abc-the-secret", "displayName": "ci",
    }));
    let whole = object(json!({"displayName": "Orders", "passwordCredentials": [answer]}));
    let record = audit(Activity::UpdateApplicationCredentials)
        .part(&orders(), "passwordCredentials", None, Some(&answer))
        .object(&orders(), None, Some(&whole))
        .record();
    assert!(!format!("{record:?}").contains("the-secret"));
    assert_eq!(
        record.changes[0].split(": ").nth(1),
        Some("passwordCredentials +\"k\"")
    );
}
