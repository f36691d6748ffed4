//! What belongs to another tenant is not there (TEN-02, GRA-04).

use serde_json::json;

use super::super::api::{Api, id};

const RANDOM: &str = "99999999-9999-4999-8999-999999999999";

#[tokio::test(flavor = "multi_thread")]
async fn no_object_of_another_tenant_can_be_changed() {
    let api = Api::start().await;
    let (admin, stranger) = (api.caller("admin").await, api.stranger().await);
    let application = admin
        .create("/applications", json!({"displayName": "A"}))
        .await;
    let make = json!({"appId": application["appId"]});
    let principal = admin.create("/servicePrincipals", make).await;
    let bea = admin.find("/users", "displayName eq 'Bea'").await;
    let federated = json!({
        "name": "build", "issuer": "https://i.example", "subject": "s", "audiences": ["a"],
    });
    let owner = |id: &str| json!({"@odata.id": format!("https://id.example/v1.0/users/{id}")});
    let add = format!("/applications/{}/addPassword", id(&application));
    let secret = admin.post(&add, json!({})).await.expect_status(200).json();
    let key_id = json!({"keyId": secret["keyId"]});
    let routes = |application: &str, principal: &str, user: &str| {
        let application = format!("/applications/{application}");
        let principal = format!("/servicePrincipals/{principal}");
        vec![
            ("PATCH", application.clone(), Some(json!({"notes": "x"}))),
            ("DELETE", application.clone(), None),
            (
                "POST",
                format!("{application}/addPassword"),
                Some(json!({})),
            ),
            (
                "POST",
                format!("{application}/removePassword"),
                Some(key_id.clone()),
            ),
            (
                "POST",
                format!("{application}/owners/$ref"),
                Some(owner(user)),
            ),
            ("DELETE", format!("{application}/owners/{user}/$ref"), None),
            (
                "POST",
                format!("{application}/federatedIdentityCredentials"),
                Some(federated.clone()),
            ),
            ("PATCH", principal.clone(), Some(json!({"notes": "x"}))),
            ("DELETE", principal.clone(), None),
            ("POST", format!("{principal}/addPassword"), Some(json!({}))),
            (
                "POST",
                format!("{principal}/appRoleAssignments"),
                Some(json!({})),
            ),
            (
                "PATCH",
                format!("/users/{user}"),
                Some(json!({"jobTitle": "x"})),
            ),
            ("DELETE", format!("/users/{user}"), None),
            ("DELETE", "/users/bea@contoso.example".to_owned(), None),
        ]
    };
    let before = admin
        .read(&format!("/applications/{}", id(&application)))
        .await;
    let theirs = routes(id(&application), id(&principal), id(&bea));
    let nowhere = routes(RANDOM, RANDOM, RANDOM);
    for ((method, path, body), (_, same, _)) in theirs.into_iter().zip(nowhere) {
        let answer = stranger.send(method, &path, &[], body.clone()).await;
        assert_eq!(answer.status, 404, "{method} {path}: {}", answer.body);
        let random = stranger.send(method, &same, &[], body).await;
        assert_eq!(answer.refusal(), random.refusal(), "{method} {path}");
    }
    // Nor does an object of one's own lead there.
    let own = stranger
        .create("/applications", json!({"displayName": "B"}))
        .await;
    let own = format!("/applications/{}", id(&own));
    let answer = stranger
        .post(&format!("{own}/owners/$ref"), owner(id(&bea)))
        .await;
    assert_eq!(answer.status, 404);
    let answer = stranger
        .post(&format!("{own}/removePassword"), key_id.clone())
        .await;
    assert_eq!(answer.status, 400);
    let mine = stranger
        .find("/servicePrincipals", "displayName eq 'Fabrikam admin'")
        .await;
    let path = format!("/servicePrincipals/{}/appRoleAssignments", id(&mine));
    let grant = json!({
        "principalId": id(&mine),
        "resourceId": id(&principal),
        "appRoleId": "00000000-0000-0000-0000-000000000000",
    });
    assert_eq!(stranger.post(&path, grant).await.status, 400);
    assert_eq!(
        admin
            .read(&format!("/applications/{}", id(&application)))
            .await,
        before
    );

    admin
        .delete(&format!("/applications/{}", id(&application)))
        .await
        .expect_status(204);
    for deleted in [id(&application), id(&principal)] {
        let path = format!("/directory/deletedItems/{deleted}");
        assert_eq!(stranger.delete(&path).await.status, 404);
        let answer = stranger.post(&format!("{path}/restore"), json!({})).await;
        assert_eq!(answer.status, 404);
    }
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hangs_on_one_application_is_not_reached_through_another() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    let one = admin
        .create("/applications", json!({"displayName": "A"}))
        .await;
    let other = admin
        .create("/applications", json!({"displayName": "B"}))
        .await;
    let (one, other) = (
        format!("/applications/{}", id(&one)),
        format!("/applications/{}", id(&other)),
    );
    let federated = json!({
        "name": "build", "issuer": "https://i.example", "subject": "s", "audiences": ["a"],
    });
    let list = format!("{other}/federatedIdentityCredentials");
    let credential = admin.create(&list, federated).await;
    let secret = admin.post(&format!("{other}/addPassword"), json!({})).await;
    let secret = secret.expect_status(200).json();
    let through = format!("{one}/federatedIdentityCredentials/{}", id(&credential));
    assert_eq!(admin.get(&through).await.status, 404);
    assert_eq!(
        admin.patch(&through, json!({"subject": "t"})).await.status,
        404
    );
    assert_eq!(admin.delete(&through).await.status, 404);
    let key_id = json!({"keyId": secret["keyId"]});
    let answer = admin.post(&format!("{one}/removePassword"), key_id).await;
    assert_eq!(answer.status, 400);
    assert_eq!(admin.read(&format!("{list}/build")).await["subject"], "s");
    let read = admin.read(&other).await;
    assert_eq!(
        read["passwordCredentials"].as_array().map(Vec::len),
        Some(1)
    );
    api.node.stop().await;
}
