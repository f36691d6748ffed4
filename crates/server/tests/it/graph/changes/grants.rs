//! Delegated permissions.

use serde_json::{Value, json};

use super::super::api::{Api, id};

#[tokio::test(flavor = "multi_thread")]
async fn delegated_permissions_are_granted_changed_and_withdrawn() {
    let api = Api::start().await;
    let (admin, delegator) = (api.caller("admin").await, api.caller("delegator").await);
    let client = admin
        .find("/servicePrincipals", "displayName eq 'nobody'")
        .await;
    let resource = admin
        .find("/servicePrincipals", "displayName eq 'Orders API'")
        .await;
    let body = json!({
        "clientId": id(&client),
        "consentType": "AllPrincipals",
        "principalId": null,
        "resourceId": id(&resource),
        "scope": "Orders.Read",
    });
    let made = delegator
        .create("/oauth2PermissionGrants", body.clone())
        .await;
    let path = format!("/oauth2PermissionGrants/{}", id(&made));
    let twice = delegator
        .post("/oauth2PermissionGrants", body.clone())
        .await;
    assert_eq!(twice.status, 400, "{}", twice.body);
    assert_eq!(twice.message(), "Permission entry already exists.");
    let mut for_bea = body.clone();
    let bea = admin.find("/users", "displayName eq 'Bea'").await;
    for_bea["consentType"] = json!("Principal");
    for_bea["principalId"] = bea["id"].clone();
    delegator
        .create("/oauth2PermissionGrants", for_bea.clone())
        .await;
    assert_eq!(
        delegator
            .post("/oauth2PermissionGrants", for_bea)
            .await
            .status,
        400
    );
    for (name, value) in [
        ("clientId", json!("00000000-0000-4000-8000-000000000001")),
        ("resourceId", json!("00000000-0000-4000-8000-000000000001")),
        ("principalId", bea["id"].clone()),
        ("consentType", Value::Null),
    ] {
        let mut wrong = body.clone();
        wrong[name] = value;
        let answer = delegator.post("/oauth2PermissionGrants", wrong).await;
        assert_eq!(answer.status, 400, "{name}: {}", answer.body);
    }
    let more = json!({"scope": "Orders.Read Orders.Write"});
    delegator.patch(&path, more).await.expect_status(204);
    assert_eq!(
        delegator.read(&path).await["scope"],
        "Orders.Read Orders.Write"
    );
    let stranger = api.stranger().await;
    assert_eq!(stranger.delete(&path).await.status, 404);
    delegator.delete(&path).await.expect_status(204);
    assert_eq!(delegator.delete(&path).await.status, 404);
    api.node.stop().await;
}
