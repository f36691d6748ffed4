use serde_json::{Value, json};

use super::{Object, object, time};
use crate::directory::{Actor, AuditRecord, AuditTarget, ModifiedProperty};
use crate::graph::audit::Activity;

/// An entry of the audit log. `actor_name`: what the acting application is called, or the
/// user principal name of the acting person.
pub fn directory_audit(id: &str, record: &AuditRecord, actor_name: Option<&str>) -> Object {
    let activity = Activity::from_name(&record.activity);
    let details = record.changes.iter();
    let details = details.map(|change| json!({"key": "Change", "value": change}));
    object(json!({
        "id": id,
        "activityDateTime": time(record.at),
        "activityDisplayName": record.activity,
        "additionalDetails": details.collect::<Vec<_>>(),
        "category": activity.map_or("DirectoryManagement", Activity::category),
        "correlationId": record.correlation_id,
        "initiatedBy": initiated_by(record, actor_name),
        "loggedByService": "Core Directory",
        "operationType": activity.map_or("Update", Activity::operation_type),
        "result": "success",
        "resultReason": "",
        "targetResources": record.targets.iter().map(target).collect::<Vec<_>>(),
    }))
}

/// Nobody is named for commands on the machine itself: they have no identity in the directory.
fn initiated_by(record: &AuditRecord, actor_name: Option<&str>) -> Value {
    match record.actor {
        None => json!({"app": null, "user": null}),
        Some(Actor::Application {
            app_id,
            service_principal_id,
        }) => json!({
            "app": {
                "appId": app_id,
                "displayName": actor_name,
                "servicePrincipalId": service_principal_id,
                "servicePrincipalName": null,
            },
            "user": null,
        }),
        Some(Actor::User(id)) => json!({
            "app": null,
            "user": {
                "id": id,
                "displayName": null,
                "userPrincipalName": actor_name,
                "ipAddress": null,
            },
        }),
    }
}

fn target(target: &AuditTarget) -> Value {
    let properties = target.modified_properties.iter().map(property);
    json!({
        "id": target.id,
        "displayName": target.display_name,
        "groupType": null,
        "modifiedProperties": properties.collect::<Vec<_>>(),
        "type": target.kind,
        "userPrincipalName": null,
    })
}

/// The values are texts that are JSON themselves.
fn property(property: &ModifiedProperty) -> Value {
    let encoded = |value: &Option<Value>| value.as_ref().map(Value::to_string);
    json!({
        "displayName": property.display_name,
        "oldValue": encoded(&property.old_value),
        "newValue": encoded(&property.new_value),
    })
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::clock::Timestamp;
    use crate::ids::{AppId, CorrelationId};

    #[test]
    fn values_are_json_in_texts() {
        let record = AuditRecord {
            at: Timestamp::from_unix_seconds(0),
            activity: Activity::AddUser.name().into(),
            actor: Some(Actor::Application {
                app_id: AppId::new(Uuid::nil()),
                service_principal_id: None,
            }),
            correlation_id: CorrelationId::new(Uuid::nil()),
            changes: vec!["+ user \"Ann\"".into()],
            targets: vec![AuditTarget {
                id: Uuid::nil(),
                kind: "User".into(),
                display_name: Some("Ann".into()),
                modified_properties: vec![ModifiedProperty {
                    display_name: "displayName".into(),
                    old_value: None,
                    new_value: Some(json!("Ann")),
                }],
            }],
        };
        let shown = directory_audit("12", &record, Some("Admin"));
        assert_eq!(shown["category"], "UserManagement");
        assert_eq!(shown["operationType"], "Add");
        assert_eq!(shown["initiatedBy"]["app"]["displayName"], "Admin");
        assert_eq!(
            shown["targetResources"][0]["modifiedProperties"],
            json!([{"displayName": "displayName", "oldValue": null, "newValue": "\"Ann\""}])
        );
    }

    #[test]
    fn a_command_on_the_machine_has_no_actor() {
        let at = Timestamp::from_unix_seconds(0);
        let id = CorrelationId::new(Uuid::nil());
        let record = AuditRecord::of_command(at, "Apply directory file", id, Vec::new());
        let shown = directory_audit("1", &record, None);
        assert_eq!(shown["initiatedBy"], json!({"app": null, "user": null}));
        assert_eq!(shown["category"], "DirectoryManagement");
    }
}
