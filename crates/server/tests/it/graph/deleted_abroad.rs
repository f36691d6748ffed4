//! An instance of another tenant's application, after that tenant has deleted the application.

use serde_json::json;

use super::api::{Api, id};

#[tokio::test(flavor = "multi_thread")]
async fn its_instance_takes_credentials_that_open_nothing_until_it_is_back() {
    let api = Api::start().await;
    let (admin, stranger) = (api.caller("admin").await, api.stranger().await);
    let body = json!({"displayName": "Shared", "signInAudience": "AzureADMultipleOrgs"});
    let application = admin.create("/applications", body).await;
    let app_id = application["appId"].as_str().expect("a client id");
    let make = json!({"appId": app_id});
    let instance = stranger.create("/servicePrincipals", make).await;
    let home = format!("/applications/{}", id(&application));
    admin.delete(&home).await.expect_status(204);

    let path = format!("/servicePrincipals/{}", id(&instance));
    let add = format!("{path}/addPassword");
    let added = stranger.post(&add, json!({})).await.expect_status(200);
    assert!(!added.body.contains(id(&application)), "{}", added.body);
    let added = added.json();
    let secret = added["secretText"].as_str().expect("a secret");
    let number = async || {
        let answer = api.token_answer("fabrikam.example", app_id, secret).await;
        answer.number()
    };
    assert_eq!(number().await, 700_016);
    let restore = format!("/directory/deletedItems/{}/restore", id(&application));
    admin.post(&restore, json!({})).await.expect_status(200);
    assert_eq!(number().await, 0);
    let remove = json!({"keyId": added["keyId"]});
    let path = format!("{path}/removePassword");
    stranger.post(&path, remove).await.expect_status(204);
    api.node.stop().await;
}
