//! `If-Match` where objects are made, restored or ended (GRA-15).

use serde_json::{Value, json};

use super::super::api::{Api, id};

const CREATE: (&str, &str) = ("Prefer", "create-if-missing");

#[tokio::test(flavor = "multi_thread")]
async fn an_upsert_makes_nothing_that_must_be_there() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    let application = admin
        .create("/applications", json!({"displayName": "A"}))
        .await;
    let by_name = "/applications(uniqueName='shop')";
    let app_id = application["appId"].as_str().expect("a client id");
    let instance = format!("/servicePrincipals(appId='{app_id}')");
    let federated = format!(
        "/applications/{}/federatedIdentityCredentials(name='build')",
        id(&application)
    );
    let trust = json!({"issuer": "https://i.example", "subject": "s", "audiences": ["a"]});
    for (path, body) in [
        (by_name, json!({"displayName": "Shop"})),
        (instance.as_str(), json!({"notes": "x"})),
        (federated.as_str(), trust),
    ] {
        let upsert = async |headers: &[(&str, &str)]| {
            admin.send("PATCH", path, headers, Some(body.clone())).await
        };
        for tag in ["*", "W/\"old\"", "\"a\", W/\"b\""] {
            let refused = upsert(&[CREATE, ("If-Match", tag)]).await;
            let code = (412, "PreconditionFailed".to_owned());
            assert_eq!(refused.refusal(), code, "{path} {tag}");
            assert_eq!(admin.get(path).await.status, 404, "{path} {tag}");
        }
        let malformed = upsert(&[CREATE, ("If-Match", "old")]).await;
        assert_eq!(malformed.status, 400, "{path}: {}", malformed.body);
        upsert(&[CREATE]).await.expect_status(201);
        upsert(&[CREATE, ("If-Match", "*")])
            .await
            .expect_status(204);
        let stale = upsert(&[CREATE, ("If-Match", "W/\"old\"")]).await;
        assert_eq!(stale.status, 412, "{path}: {}", stale.body);
    }
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_object_is_restored_or_ended_as_it_was_seen() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    let application = admin
        .create("/applications", json!({"displayName": "A"}))
        .await;
    let make = json!({"appId": application["appId"]});
    let principal = admin.create("/servicePrincipals", make).await;
    for (collection, object) in [
        ("servicePrincipals", &principal),
        ("applications", &application),
    ] {
        let path = format!("/{collection}/{}", id(object));
        let item = format!("/directory/deletedItems/{}", id(object));
        admin.delete(&path).await.expect_status(204);
        let deleted = admin.read(&item).await;
        let tag = deleted["@odata.etag"].as_str().expect("a tag");
        let restore = async |tag: &str| {
            let path = format!("{item}/restore");
            let headers = [("If-Match", tag)];
            admin.send("POST", &path, &headers, Some(json!({}))).await
        };
        let end = async |tag: &str| {
            let headers = [("If-Match", tag)];
            admin.send("DELETE", &item, &headers, None).await
        };
        // As it was while it lived is not as it is now.
        let living = object["@odata.etag"].as_str().unwrap_or("W/\"old\"");
        for stale in [living, "W/\"old\""] {
            assert_eq!(restore(stale).await.status, 412, "{collection}");
            assert_eq!(end(stale).await.status, 412, "{collection}");
        }
        assert_eq!(admin.read(&item).await["@odata.etag"], Value::from(tag));
        restore(tag).await.expect_status(200);
        admin.delete(&path).await.expect_status(204);
        restore("*").await.expect_status(200);
        admin.delete(&path).await.expect_status(204);
        end("*").await.expect_status(204);
        assert_eq!(admin.get(&item).await.status, 404);
    }
    api.node.stop().await;
}
