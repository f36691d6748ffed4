//! Owners, and what a caller may do that can change only what it owns.

use serde_json::json;

use super::super::api::{Api, id};

fn reference(id: &str) -> serde_json::Value {
    json!({"@odata.id": format!("https://id.example/v1.0/directoryObjects/{id}")})
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_is_added_once_and_removed() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    let application = admin
        .create("/applications", json!({"displayName": "A"}))
        .await;
    let owners = format!("/applications/{}/owners", id(&application));
    let bea = admin
        .find("/users", "userPrincipalName eq 'bea@contoso.example'")
        .await;
    let path = format!("{owners}/$ref");
    admin
        .post(&path, reference(id(&bea)))
        .await
        .expect_status(204);
    let twice = admin.post(&path, reference(id(&bea))).await;
    assert_eq!(
        twice.message(),
        "One or more added object references already exist for the following modified \
         properties: 'owners'."
    );
    assert_eq!(twice.status, 400);
    let nobody = "00000000-0000-4000-8000-000000000001";
    assert_eq!(admin.post(&path, reference(nobody)).await.status, 404);
    let no_id = json!({"@odata.id": "https://id.example/v1.0/directoryObjects"});
    assert_eq!(admin.post(&path, no_id).await.status, 400);
    let one = format!("{owners}/{}/$ref", id(&bea));
    admin.delete(&one).await.expect_status(204);
    assert_eq!(admin.delete(&one).await.status, 404);
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn owned_by_reaches_what_it_owns_and_nothing_else() {
    let api = Api::start().await;
    let (admin, owner) = (api.caller("admin").await, api.caller("owner").await);
    let of_admin = admin
        .create("/applications", json!({"displayName": "Theirs"}))
        .await;
    let foreign = format!("/applications/{}", id(&of_admin));
    let before = admin.read(&foreign).await;
    let rename = json!({"displayName": "Mine"});
    let me = admin
        .find("/servicePrincipals", "displayName eq 'owner'")
        .await;
    let federated = json!({
        "name": "build", "issuer": "https://i.example", "subject": "s", "audiences": ["a"],
    });
    for (method, path, body) in [
        ("PATCH", foreign.clone(), Some(rename.clone())),
        ("DELETE", foreign.clone(), None),
        ("POST", format!("{foreign}/addPassword"), Some(json!({}))),
        (
            "POST",
            format!("{foreign}/federatedIdentityCredentials"),
            Some(federated),
        ),
        (
            "POST",
            format!("{foreign}/owners/$ref"),
            Some(reference(id(&me))),
        ),
        (
            "POST",
            "/servicePrincipals".to_owned(),
            Some(json!({"appId": of_admin["appId"]})),
        ),
    ] {
        let answer = owner.send(method, &path, &[], body).await;
        assert_eq!(
            answer.refusal(),
            (403, "Authorization_RequestDenied".to_owned()),
            "{path}"
        );
    }
    assert_eq!(admin.read(&foreign).await, before);

    let own = owner
        .create("/applications", json!({"displayName": "Own"}))
        .await;
    let path = format!("/applications/{}", id(&own));
    owner.patch(&path, rename).await.expect_status(204);
    let password = owner.post(&format!("{path}/addPassword"), json!({})).await;
    password.expect_status(200);
    let principal = json!({"appId": own["appId"]});
    let principal = owner.create("/servicePrincipals", principal).await;
    let principal = format!("/servicePrincipals/{}", id(&principal));
    let description = json!({"description": "mine"});
    owner
        .patch(&principal, description)
        .await
        .expect_status(204);
    // It gives itself away, and can take nothing back.
    owner
        .delete(&format!("{path}/owners/{}/$ref", id(&me)))
        .await
        .expect_status(204);
    assert_eq!(owner.delete(&path).await.status, 403);
    owner.delete(&principal).await.expect_status(204);
    api.node.stop().await;
}
