//! People.

use serde_json::json;

use super::super::api::{Api, id};

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_made_changed_and_deleted() {
    let api = Api::start().await;
    let people = api.caller("people").await;
    let body = json!({
        "accountEnabled": true,
        "displayName": "Cid",
        "mailNickname": "cid",
        "userPrincipalName": "cid@contoso.example",
        "passwordProfile": {"password": "not kept", "forceChangePasswordNextSignIn": true},
    });
    let made = people.create("/users", body.clone()).await;
    let path = format!("/users/{}", id(&made));
    let twice = people.post("/users", body).await;
    assert_eq!(twice.refusal(), (400, "Request_BadRequest".to_owned()));
    assert!(
        twice.message().contains("userPrincipalName already exists"),
        "{}",
        twice.body
    );
    let taken = json!({"userPrincipalName": "BEA@contoso.example"});
    assert_eq!(people.patch(&path, taken).await.status, 400);
    let foreign = json!({"userPrincipalName": "cid@fabrikam.example"});
    assert_eq!(people.patch(&path, foreign).await.status, 400);
    let change = json!({"jobTitle": "Pilot", "accountEnabled": false});
    people
        .patch("/users/cid@contoso.example", change)
        .await
        .expect_status(204);
    let read = people
        .read(&format!("{path}?$select=jobTitle,accountEnabled"))
        .await;
    assert_eq!(
        (&read["jobTitle"], &read["accountEnabled"]),
        (&json!("Pilot"), &json!(false))
    );
    people.delete(&path).await.expect_status(204);
    assert_eq!(people.get(&path).await.status, 404);
    let reader = api.caller("reader").await;
    let answer = reader.delete("/users/bea@contoso.example").await;
    assert_eq!(answer.status, 403);
    api.node.stop().await;
}
