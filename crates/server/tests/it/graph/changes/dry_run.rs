//! `Prefer: dry-run`: nothing is deleted, and the answer says who used it last.

use serde_json::{Value, json};

use super::super::api::{Api, As, caller_app_id, id};
use crate::node::{Answer, within_the_bound};

/// The uses that a dry run names; nothing of it may have happened.
async fn uses(caller: &As<'_>, path: &str) -> (Answer, Vec<Value>) {
    let answer = caller.dry_run(path).await.expect_status(200);
    assert_eq!(answer.header("preference-applied"), Some("dry-run"));
    let uses = answer.json()["lastUses"].as_array().cloned();
    (answer, uses.expect("a list"))
}

#[tokio::test(flavor = "multi_thread")]
async fn who_used_what_is_to_be_deleted_is_said_before() {
    let api = Api::start().await;
    let (admin, granter) = (api.caller("admin").await, api.caller("granter").await);
    let unused = admin
        .create("/applications", json!({"displayName": "Unused"}))
        .await;
    let path = format!("/applications/{}", id(&unused));
    let (answer, found) = uses(&admin, &path).await;
    assert_eq!(found, Vec::<Value>::new());
    let gone = &answer.json()["wouldDelete"];
    assert_eq!(gone[0]["displayName"], "Unused");
    admin.read(&path).await;

    let client = admin
        .find("/servicePrincipals", "displayName eq 'nobody'")
        .await;
    let resource = admin
        .find("/servicePrincipals", "displayName eq 'Orders API'")
        .await;
    let role = json!({
        "principalId": id(&client),
        "resourceId": id(&resource),
        "appRoleId": resource["appRoles"][0]["id"],
    });
    let assigned = format!("/servicePrincipals/{}/appRoleAssignedTo", id(&resource));
    let grant = granter.create(&assigned, role).await;
    let app_id = caller_app_id("nobody");
    let token = api
        .node
        .token(&app_id, "a-secret-of-the-caller-nobody")
        .await;
    assert_eq!(token.number(), 0);
    let of_client = format!("/applications(appId='{app_id}')");
    // The log of sign-ins is written a moment later.
    within_the_bound(async || uses(&admin, &of_client).await.1.len() == 2).await;
    let (answer, _) = uses(&admin, &of_client).await;
    assert_eq!(
        answer.json()["wouldDelete"].as_array().map(Vec::len),
        Some(2)
    );
    assert!(
        answer
            .body
            .contains(r#"the credential \"one\" brought a token"#),
        "{}",
        answer.body
    );

    let of_resource = format!("/servicePrincipals/{}", id(&resource));
    for path in [of_resource, format!("{assigned}/{}", id(&grant))] {
        let (answer, found) = uses(&admin, &path).await;
        assert_eq!(found.len(), 1, "{}", answer.body);
        assert_eq!(found[0]["appId"], app_id);
        let said = found[0]["description"].as_str().expect("a sentence");
        assert!(said.starts_with("nobody ("), "{said}");
        assert!(found[0]["lastUsedDateTime"].is_string());
        admin.get(&path).await.expect_status(200);
    }
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_says_when_it_was_used() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    let app_id = caller_app_id("nobody");
    let path = format!("/applications(appId='{app_id}')");
    let secret = admin.read(&path).await["passwordCredentials"][0]["keyId"].clone();
    let prefer = [("Prefer", "dry-run")];
    let remove = format!("{path}/removePassword");
    let body = || Some(json!({"keyId": secret}));
    let before = admin.send("POST", &remove, &prefer, body()).await;
    let before = before.expect_status(200).json();
    assert_eq!(before["lastUses"], json!([]));
    assert_eq!(before["wouldDelete"][0]["keyId"], secret);
    api.caller("nobody").await;
    within_the_bound(async || {
        let after = admin.send("POST", &remove, &prefer, body()).await.json();
        after["lastUses"].as_array().map(Vec::len) == Some(1)
    })
    .await;
    let federated = json!({
        "name": "build", "issuer": "https://i.example", "subject": "s", "audiences": ["a"],
    });
    admin
        .create(&format!("{path}/federatedIdentityCredentials"), federated)
        .await;
    let build = format!("{path}/federatedIdentityCredentials/build");
    assert_eq!(uses(&admin, &build).await.1, Vec::<Value>::new());
    admin.read(&build).await;
    // Who may not delete it learns nothing.
    let reader = api.caller("reader").await;
    assert_eq!(reader.dry_run(&path).await.status, 403);
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_ever_deleted() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    let application = admin
        .create("/applications", json!({"displayName": "A"}))
        .await;
    let path = format!("/applications/{}", id(&application));
    let owner = admin.read(&format!("{path}/owners")).await["value"][0].clone();
    let client = admin
        .find("/servicePrincipals", "displayName eq 'nobody'")
        .await;
    let resource = admin
        .find("/servicePrincipals", "displayName eq 'Orders API'")
        .await;
    let grant = json!({
        "clientId": id(&client), "consentType": "AllPrincipals", "resourceId": id(&resource),
        "scope": "Orders.Read",
    });
    let grant = admin.create("/oauth2PermissionGrants", grant).await;
    let old = admin
        .create("/applications", json!({"displayName": "Old"}))
        .await;
    admin
        .delete(&format!("/applications/{}", id(&old)))
        .await
        .expect_status(204);
    for (kept, path) in [
        (path.clone(), path.clone()),
        (
            format!("{path}/owners"),
            format!("{path}/owners/{}/$ref", id(&owner)),
        ),
        (
            format!("/servicePrincipals/{}", id(&client)),
            format!("/servicePrincipals/{}", id(&client)),
        ),
        (
            format!("/oauth2PermissionGrants/{}", id(&grant)),
            format!("/oauth2PermissionGrants/{}", id(&grant)),
        ),
        (
            "/users/bea@contoso.example".to_owned(),
            "/users/bea@contoso.example".to_owned(),
        ),
        (
            format!("/directory/deletedItems/{}", id(&old)),
            format!("/directory/deletedItems/{}", id(&old)),
        ),
    ] {
        let before = admin.read(&kept).await;
        let (answer, _) = uses(&admin, &path).await;
        assert_eq!(
            answer.json()["wouldDelete"].as_array().map(Vec::len),
            Some(1),
            "{path}"
        );
        assert_eq!(admin.read(&kept).await, before, "{path}");
    }
    api.node.stop().await;
}
