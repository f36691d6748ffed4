//! Two administrators change one application at once (GRA-15).

use serde_json::json;

use super::super::api::{Api, As, id};

#[tokio::test(flavor = "multi_thread")]
async fn at_one_node_nothing_is_lost() {
    let api = Api::start().await;
    let (one, other) = (api.caller("admin").await, api.caller("writer").await);
    different_properties_are_both_kept(&one, &other).await;
    of_two_with_the_same_etag_one_is_too_late(&one, &other).await;
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn at_two_nodes_nothing_is_lost() {
    let [first, second] = Api::start_two().await;
    let (one, other) = (first.caller("admin").await, second.caller("writer").await);
    different_properties_are_both_kept(&one, &other).await;
    of_two_with_the_same_etag_one_is_too_late(&one, &other).await;
    first.node.stop().await;
    second.node.stop().await;
}

async fn different_properties_are_both_kept(one: &As<'_>, other: &As<'_>) {
    let application = one
        .create("/applications", json!({"displayName": "A"}))
        .await;
    let path = format!("/applications/{}", id(&application));
    for round in 0..20 {
        let (notes, description) = (format!("notes {round}"), format!("words {round}"));
        let (first, second) = tokio::join!(
            one.patch(&path, json!({"notes": notes})),
            other.patch(&path, json!({"description": description})),
        );
        assert_eq!((first.status, second.status), (204, 204));
        let read = one.read(&path).await;
        assert_eq!(read["notes"], notes);
        assert_eq!(read["description"], description);
    }
}

async fn of_two_with_the_same_etag_one_is_too_late(one: &As<'_>, other: &As<'_>) {
    let application = one
        .create("/applications", json!({"displayName": "A"}))
        .await;
    let path = format!("/applications/{}", id(&application));
    for round in 0..10 {
        let read = one.read(&path).await;
        let etag = read["@odata.etag"].as_str().expect("a version").to_owned();
        let if_match = [("If-Match", etag.as_str())];
        let body = |who: &str| Some(json!({"notes": format!("{who} {round}")}));
        let (first, second) = tokio::join!(
            one.send("PATCH", &path, &if_match, body("one")),
            other.send("PATCH", &path, &if_match, body("other")),
        );
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 412]);
        let late = if first.status == 412 { first } else { second };
        assert_eq!(late.refusal().1, "PreconditionFailed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stale_version_is_refused_and_any_is_taken() {
    let api = Api::start().await;
    let one = api.caller("admin").await;
    let application = one
        .create("/applications", json!({"displayName": "A"}))
        .await;
    let path = format!("/applications/{}", id(&application));
    let any = [("If-Match", "*")];
    let body = Some(json!({"notes": "any"}));
    one.send("PATCH", &path, &any, body)
        .await
        .expect_status(204);
    let stale = [("If-Match", "W/\"stale\"")];
    let refused = one.send("DELETE", &path, &stale, None).await;
    assert_eq!(refused.status, 412);
    one.get(&path).await.expect_status(200);
    api.node.stop().await;
}

/// Whoever comes first makes the name its own; the others are told, and nothing is made twice.
#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_create_the_same_one_does() {
    let [first, second] = Api::start_two().await;
    let (one, other) = (first.caller("admin").await, second.caller("writer").await);
    let application = one
        .create("/applications", json!({"displayName": "A"}))
        .await;
    let make = || json!({"appId": application["appId"]});
    let name = || json!({"displayName": "B", "uniqueName": "b"});
    let answers = tokio::join!(
        one.post("/servicePrincipals", make()),
        other.post("/servicePrincipals", make()),
        one.post("/servicePrincipals", make()),
    );
    let mut statuses = [answers.0.status, answers.1.status, answers.2.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 400, 400]);
    let answers = tokio::join!(
        one.post("/applications", name()),
        other.post("/applications", name()),
    );
    let mut statuses = [answers.0.status, answers.1.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 400]);
    first.node.stop().await;
    second.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hangs_on_an_application_has_versions_too() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    let application = admin
        .create("/applications", json!({"displayName": "A"}))
        .await;
    let path = format!(
        "/applications/{}/federatedIdentityCredentials",
        id(&application)
    );
    let body = json!({
        "name": "build",
        "issuer": "https://issuer.example",
        "subject": "a",
        "audiences": ["api://AzureADTokenExchange"],
    });
    let credential = admin.create(&path, body).await;
    let etag = credential["@odata.etag"]
        .as_str()
        .expect("a version")
        .to_owned();
    let path = format!("{path}/build");
    let if_match = [("If-Match", etag.as_str())];
    let change = |subject: &str| Some(json!({"subject": subject}));
    let first = admin.send("PATCH", &path, &if_match, change("b")).await;
    first.expect_status(204);
    let second = admin.send("PATCH", &path, &if_match, change("c")).await;
    assert_eq!(second.status, 412, "{}", second.body);
    assert_eq!(admin.read(&path).await["subject"], "b");
    api.node.stop().await;
}
