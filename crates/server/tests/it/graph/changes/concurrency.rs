//! Two administrators change one application at once (GRA-15).

use serde_json::json;

use super::super::api::{Api, id};

#[tokio::test(flavor = "multi_thread")]
async fn different_properties_are_both_kept() {
    let api = Api::start().await;
    let (one, other) = (api.caller("admin").await, api.caller("writer").await);
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
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_with_the_same_etag_one_is_too_late() {
    let api = Api::start().await;
    let (one, other) = (api.caller("admin").await, api.caller("writer").await);
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
