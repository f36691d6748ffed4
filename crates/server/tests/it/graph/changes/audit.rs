//! Every write leaves one record of who did what, and a refusal none.

use serde_json::{Value, json};

use super::super::api::{Api, As, caller_app_id, id};

/// The records of the tenant, newest first.
async fn records(caller: &As<'_>) -> Vec<Value> {
    let list = caller.read("/auditLogs/directoryAudits?$top=999").await;
    list["value"].as_array().cloned().expect("a list")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_change_is_recorded_once_with_its_author() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    let before = records(&admin).await.len();
    let application = admin
        .create("/applications", json!({"displayName": "A"}))
        .await;
    let path = format!("/applications/{}", id(&application));
    admin
        .patch(&path, json!({"displayName": "B"}))
        .await
        .expect_status(204);
    // Nothing changes, so nothing is recorded.
    admin
        .patch(&path, json!({"displayName": "B"}))
        .await
        .expect_status(204);
    assert_eq!(admin.patch(&path, json!({"id": "x"})).await.status, 400);
    let secret = admin.post(&format!("{path}/addPassword"), json!({})).await;
    let secret = secret.expect_status(200).json();
    let make = json!({"appId": application["appId"]});
    let principal = admin.create("/servicePrincipals", make).await;
    let resource = admin
        .find("/servicePrincipals", "displayName eq 'Orders API'")
        .await;
    let grant = json!({
        "principalId": id(&principal),
        "resourceId": id(&resource),
        "appRoleId": resource["appRoles"][0]["id"],
    });
    let grants = format!("/servicePrincipals/{}/appRoleAssignments", id(&principal));
    admin.create(&grants, grant).await;
    admin.delete(&path).await.expect_status(204);

    let all = records(&admin).await;
    let new = &all[..all.len() - before];
    let names: Vec<_> = new
        .iter()
        .rev()
        .map(|one| &one["activityDisplayName"])
        .collect();
    assert_eq!(
        names,
        [
            "Add application",
            "Update application",
            "Update application \u{2013} Certificates and secrets management ",
            "Add service principal",
            "Add app role assignment to service principal",
            "Delete application",
        ]
    );
    for record in new {
        let app = &record["initiatedBy"]["app"];
        assert_eq!(app["appId"], caller_app_id("admin"), "{record}");
        assert_eq!(record["result"], "success");
    }
    let renamed = &new[4]["targetResources"][0];
    assert_eq!(renamed["id"], application["id"]);
    assert_eq!(
        renamed["modifiedProperties"][0]["displayName"],
        "displayName"
    );
    assert_eq!(renamed["modifiedProperties"][0]["oldValue"], "\"A\"");
    assert_eq!(renamed["modifiedProperties"][0]["newValue"], "\"B\"");
    let gone = new[0]["targetResources"].as_array().expect("a list");
    assert_eq!(gone.len(), 2, "the service principal went too");
    let text = secret["secretText"].as_str().expect("a secret");
    assert!(!json!(new).to_string().contains(text));
    api.node.stop().await;
}
