//! Deleted objects: restored, or gone for good.

use serde_json::json;

use super::super::api::{Api, id};

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_application_works_again_when_it_is_restored() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    let body = json!({"displayName": "A", "identifierUris": ["api://contoso.example/a"]});
    let application = admin.create("/applications", body.clone()).await;
    let app_id = application["appId"].as_str().expect("a client id");
    admin
        .create("/servicePrincipals", json!({"appId": app_id}))
        .await;
    let path = format!("/applications/{}", id(&application));
    let added = admin.post(&format!("{path}/addPassword"), json!({})).await;
    let added = added.expect_status(200).json();
    let secret = added["secretText"].as_str().expect("a secret");
    let number = async || {
        let answer = api.token_answer("contoso.example", app_id, secret).await;
        answer.number()
    };
    assert_eq!(number().await, 0);
    admin.delete(&path).await.expect_status(204);
    assert_eq!(number().await, 700_016);
    let item = format!("/directory/deletedItems/{}", id(&application));
    let deleted = admin.read(&item).await;
    assert!(deleted["deletedDateTime"].is_string(), "{deleted}");
    let restored = admin.post(&format!("{item}/restore"), json!({})).await;
    let restored = restored.expect_status(200).json();
    assert_eq!(restored["@odata.type"], "#microsoft.graph.application");
    assert_eq!(number().await, 0);
    assert_eq!(
        admin.read(&path).await["identifierUris"],
        body["identifierUris"]
    );

    // Its names are free while it is deleted, and then it cannot come back with them.
    admin.delete(&path).await.expect_status(204);
    let other = admin.create("/applications", body).await;
    let refused = admin.post(&format!("{item}/restore"), json!({})).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    admin
        .delete(&format!("/applications/{}", id(&other)))
        .await
        .expect_status(204);
    admin.delete(&item).await.expect_status(204);
    assert_eq!(admin.get(&item).await.status, 404);
    let refused = admin.post(&format!("{item}/restore"), json!({})).await;
    assert_eq!(refused.status, 404);
    assert_eq!(number().await, 700_016);
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_service_principal_comes_back_with_its_roles() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    let reader = admin
        .find("/servicePrincipals", "displayName eq 'reader'")
        .await;
    let path = format!("/servicePrincipals/{}", id(&reader));
    admin.delete(&path).await.expect_status(204);
    let item = format!("/directory/deletedItems/{}", id(&reader));
    // While there is another one, the old cannot come back.
    let make = json!({"appId": reader["appId"]});
    let other = admin.create("/servicePrincipals", make).await;
    let refused = admin.post(&format!("{item}/restore"), json!({})).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    let other = format!("/servicePrincipals/{}", id(&other));
    assert_eq!(
        admin.read(&format!("{other}/appRoleAssignments")).await["value"],
        json!([])
    );
    admin.delete(&other).await.expect_status(204);
    admin
        .post(&format!("{item}/restore"), json!({}))
        .await
        .expect_status(200);
    let held = admin.read(&format!("{path}/appRoleAssignments")).await;
    assert_eq!(held["value"].as_array().map(Vec::len), Some(1), "{held}");
    api.caller("reader").await.read("/applications").await;
    api.node.stop().await;
}

/// Users and groups can be asked for, as in the original; there are none to restore.
#[tokio::test(flavor = "multi_thread")]
async fn deleted_users_are_gone() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    for (kind, collection) in [("user", "users"), ("group", "groups")] {
        let path = format!("/directory/deletedItems/microsoft.graph.{kind}?$count=true");
        let list = admin.read(&path).await;
        let context = format!("https://id.example/v1.0/$metadata#{collection}");
        assert_eq!(
            list,
            json!({"@odata.context": context, "@odata.count": 0, "value": []})
        );
    }
    api.node.stop().await;
}
