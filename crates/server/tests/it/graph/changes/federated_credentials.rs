//! Trust in other issuers.

use serde_json::{Value, json};

use super::super::api::{Api, id};

fn body(name: &str, subject: &str) -> Value {
    json!({
        "name": name,
        "issuer": "https://issuer.example",
        "subject": subject,
        "audiences": ["api://AzureADTokenExchange"],
        "description": "",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_federated_credential_is_addressed_by_id_or_name() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    let application = admin
        .create("/applications", json!({"displayName": "A"}))
        .await;
    let list = format!(
        "/applications/{}/federatedIdentityCredentials",
        id(&application)
    );
    let made = admin.create(&list, body("build", "repo:a")).await;
    assert_eq!(
        made["@odata.context"],
        format!(
            "https://id.example/v1.0/$metadata#applications('{}')/\
             federatedIdentityCredentials/$entity",
            id(&application)
        )
    );
    let (by_id, by_name) = (format!("{list}/{}", id(&made)), format!("{list}/build"));
    let full = json!({"id": id(&made), "name": "build", "subject": "repo:b"});
    admin.patch(&by_id, full).await.expect_status(204);
    assert_eq!(admin.read(&by_name).await["subject"], "repo:b");

    let clash = admin.post(&list, body("deploy", "repo:b")).await;
    assert_eq!(
        clash.status, 400,
        "issuer and subject are there: {}",
        clash.body
    );
    let renamed = admin.patch(&by_id, json!({"name": "other"})).await;
    assert_eq!(renamed.status, 400, "{}", renamed.body);
    let same_name = admin.post(&list, body("build", "repo:c")).await;
    assert_eq!(
        same_name.refusal().1,
        "Request_MultipleObjectsWithSameKeyValue"
    );

    let key = format!("{list}(name='deploy')");
    let missing = admin.patch(&key, body("deploy", "repo:d")).await;
    assert_eq!(missing.status, 404);
    let prefer = [("Prefer", "create-if-missing")];
    for status in [201, 204] {
        let upsert = Some(body("deploy", "repo:d"));
        let answer = admin.send("PATCH", &key, &prefer, upsert).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
    admin.delete(&by_name).await.expect_status(204);
    assert_eq!(admin.get(&by_id).await.status, 404);
    assert_eq!(admin.delete(&by_id).await.status, 404);
    let left = admin.read(&list).await;
    assert_eq!(left["value"].as_array().map(Vec::len), Some(1));
    api.node.stop().await;
}
