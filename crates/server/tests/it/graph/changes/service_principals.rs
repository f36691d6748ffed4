//! Instances of applications.

use serde_json::json;

use super::super::api::{Api, caller_app_id, id};

#[tokio::test(flavor = "multi_thread")]
async fn a_service_principal_is_made_once_for_an_application_that_is_there() {
    let api = Api::start().await;
    let (admin, stranger) = (api.caller("admin").await, api.stranger().await);
    let application = admin
        .create("/applications", json!({"displayName": "A"}))
        .await;
    let make = json!({
        "@odata.type": "#microsoft.graph.servicePrincipal",
        "appId": application["appId"],
        "accountEnabled": true,
        "description": "TERRAFORM",
    });
    let made = admin.create("/servicePrincipals", make.clone()).await;
    let path = format!("/servicePrincipals/{}", id(&made));
    assert_eq!(admin.read(&path).await, made);
    let twice = admin.post("/servicePrincipals", make.clone()).await;
    let code = "Request_MultipleObjectsWithSameKeyValue".to_owned();
    assert_eq!(twice.refusal(), (400, code));
    // An application of one tenant is none in another, and an unknown one is none anywhere.
    let unknown = json!({"appId": "00000000-0000-4000-8000-000000000001"});
    for answer in [
        stranger.post("/servicePrincipals", make).await,
        admin.post("/servicePrincipals", unknown).await,
    ] {
        assert_eq!(answer.refusal(), (400, "Request_BadRequest".to_owned()));
        assert!(
            answer.message().ends_with(
                "of the service principal does not reference a valid application object."
            ),
            "{}",
            answer.body
        );
    }
    let null = json!({"description": null});
    admin.patch(&path, null).await.expect_status(204);
    let disable = json!({"accountEnabled": false, "tags": ["HideApp"]});
    admin.patch(&path, disable).await.expect_status(204);
    let read = admin.read(&path).await;
    assert_eq!(
        (&read["accountEnabled"], &read["tags"]),
        (&json!(false), &json!(["HideApp"]))
    );
    admin.delete(&path).await.expect_status(204);
    assert_eq!(admin.get(&path).await.status, 404);

    let key = format!(
        "/servicePrincipals(appId='{}')",
        application["appId"].as_str().expect("it")
    );
    let body = || Some(json!({"tags": ["again"]}));
    assert_eq!(admin.send("PATCH", &key, &[], body()).await.status, 404);
    let prefer = [("Prefer", "create-if-missing")];
    for status in [201, 204] {
        let answer = admin.send("PATCH", &key, &prefer, body()).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_service_principal_gets_no_token_from_then_on() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    let nobody = caller_app_id("nobody");
    let secret = "a-secret-of-the-caller-nobody";
    let number = async || {
        let answer = api.token_answer("contoso.example", &nobody, secret).await;
        answer.number()
    };
    assert_eq!(number().await, 0);
    let path = format!("/servicePrincipals(appId='{nobody}')");
    for (enabled, expected) in [(false, 7_000_112), (true, 0)] {
        let body = json!({"accountEnabled": enabled});
        admin.patch(&path, body).await.expect_status(204);
        assert_eq!(number().await, expected);
    }
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_graph_resource_cannot_be_touched() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    let path = "/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')";
    let graph = admin.read(path).await;
    let me = admin
        .find("/servicePrincipals", "displayName eq 'admin'")
        .await;
    let owner = format!("https://id.example/v1.0/directoryObjects/{}", id(&me));
    for (method, path, body) in [
        (
            "PATCH",
            path.to_owned(),
            Some(json!({"accountEnabled": false})),
        ),
        ("DELETE", path.to_owned(), None),
        ("POST", format!("{path}/addPassword"), Some(json!({}))),
        (
            "POST",
            format!("{path}/owners/$ref"),
            Some(json!({"@odata.id": owner})),
        ),
    ] {
        let answer = admin.send(method, &path, &[], body).await;
        assert_eq!(answer.status, 403, "{method} {path}: {}", answer.body);
        assert!(
            answer.message().contains("platform's own"),
            "{}",
            answer.body
        );
    }
    assert_eq!(admin.read(path).await, graph);
    let make = json!({"appId": "00000003-0000-0000-c000-000000000000"});
    assert_eq!(admin.post("/servicePrincipals", make).await.status, 400);
    api.node.stop().await;
}
