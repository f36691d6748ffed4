//! The list of withdrawn tokens, as a resource reads it.

use std::time::Duration;

use countersign_token::revocation::{LENGTH_MAX, Marks, RevocationList, Revocations, TYPE};
use countersign_token::{
    AccessTokenClaims, Algorithm, JwkSet, Unverified, Verified, VerifyingKey, verify,
};
use serde_json::json;

use crate::node::{CLIENT, DIRECTORY, Node, SECRET, apply, within_the_bound};

const PATH: &str = "/contoso.example/discovery/revocations";
const OTHER: &str = "99999999-9999-4999-8999-999999999999";
const OTHER_SECRET: &str = "a-secret-of-the-other-1";

/// A node on a database of its own, with a second client.
async fn start() -> (tempfile::TempDir, Node) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}", folder.path().join("test.db").display());
    let node = Node::start(&url, Duration::from_secs(86_400)).await;
    apply(&node.db, &directory()).await;
    within_the_bound(async || node.token(OTHER, OTHER_SECRET).await.number() == 0).await;
    (folder, node)
}

fn directory() -> String {
    let other = DIRECTORY
        .rsplit_once("  - displayName: Daemon")
        .expect("it is there")
        .1;
    let other = other.replace(CLIENT, OTHER).replace(SECRET, OTHER_SECRET);
    format!("{DIRECTORY}  - displayName: Other{other}")
}

/// The list after a number, believed as a resource believes it; none where there is nothing new.
async fn list(node: &Node, after: i64) -> Option<RevocationList> {
    let answer = node.get(&format!("{PATH}?after={after}")).await;
    if answer.status == 204 {
        assert_eq!(answer.body, "");
        return None;
    }
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(
        answer.header("content-type"),
        Some("application/revocations+jwt")
    );
    let keys = node.get("/contoso.example/discovery/v2.0/keys").await;
    let keys: JwkSet = serde_json::from_str(&keys.body).expect("keys");
    let unverified = Unverified::parse_up_to(LENGTH_MAX, &answer.body).expect("a JWS");
    let kid = unverified.unverified_kid().expect("a key id");
    let key = keys.keys.iter().find(|key| key.kid.as_deref() == Some(kid));
    let key = VerifyingKey::from_jwk(key.expect("a published key"), &[Algorithm::Rs256]);
    let list: Verified<RevocationList> =
        verify(&unverified, &key.expect("a good key")).expect("a good signature");
    assert_eq!(list.typ(), Some(TYPE));
    Some(list.claims().clone())
}

/// What a token says.
async fn claims(node: &Node, client: &str, secret: &str) -> AccessTokenClaims {
    let answer = node.token(client, secret).await;
    serde_json::from_value(answer.claims()).expect("claims")
}

/// Waits until the list has more than it had after this number.
async fn follow(node: &Node, known: &mut Revocations) {
    let after = known.number();
    within_the_bound(async || match list(node, after).await {
        Some(list) if list.number != after => {
            known.apply(&list);
            true
        }
        _ => false,
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_a_replaced_secret_are_withdrawn() {
    check_withdrawn(&directory().replace(SECRET, "a-secret-of-the-daemon-2")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_with_a_withdrawn_role_are_withdrawn() {
    let (granted, other) = ("roles: [Orders.Read]", "roles: [Orders.Write]");
    check_withdrawn(&directory().replacen(granted, other, 1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_a_disabled_application_are_withdrawn() {
    let app_id = format!("appId: {CLIENT}");
    let disabled = format!("{app_id}\n    isDisabled: true");
    check_withdrawn(&directory().replace(&app_id, &disabled)).await;
}

/// Checks that a change withdraws the client's tokens and nobody else's, and that those which it gets
/// after the change was taken back are good.
async fn check_withdrawn(changed: &str) {
    let (_folder, node) = start().await;
    let mut known = Revocations::default();
    known.apply(&list(&node, 0).await.expect("an empty list"));
    assert!(known.is_empty());
    let token = claims(&node, CLIENT, SECRET).await;
    let other = claims(&node, OTHER, OTHER_SECRET).await;

    apply(&node.db, changed).await;
    follow(&node, &mut known).await;
    assert!(known.withdrawn(&Marks::of(&token)).is_some());
    assert_eq!(known.withdrawn(&Marks::of(&other)), None);
    assert_eq!(list(&node, known.number()).await, None);

    apply(&node.db, &directory()).await;
    // Nodes may be a second behind, and `iat` has whole seconds.
    node.clock.advance_seconds(2);
    within_the_bound(async || {
        if let Some(list) = list(&node, known.number()).await {
            known.apply(&list);
        }
        let answer = node.token(CLIENT, SECRET).await;
        answer.number() == 0 && answer.claims()["roles"] == json!(["Orders.Read"])
    })
    .await;
    let token = claims(&node, CLIENT, SECRET).await;
    assert_eq!(known.withdrawn(&Marks::of(&token)), None);
    let whole = list(&node, 0).await.expect("a whole list");
    assert_eq!((whole.after, whole.floor), (0, 0));
    assert_eq!(whole.revoked.len(), known.len());
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_names_no_ids_and_is_no_token() {
    let (_folder, node) = start().await;
    apply(
        &node.db,
        &directory().replace(SECRET, "a-secret-of-the-daemon-2"),
    )
    .await;
    follow(&node, &mut Revocations::default()).await;
    let list = list(&node, 0).await.expect("a list");
    assert_eq!(list.revoked.len(), 1);
    let text = serde_json::to_string(&list.revoked).expect("JSON");
    assert!(!text.contains(&CLIENT[..8]), "{text}");

    let answer = node.get(PATH).await;
    let head = format!(
        "GET /v1.0/applications HTTP/1.1\r\nHost: id.example\r\nConnection: close\r\n\
         Authorization: Bearer {}\r\n\r\n",
        answer.body
    );
    let refused = node.exchange(&head).await;
    assert_eq!(refused.status, 401, "{}", refused.body);
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_questions_are_refused_and_unknown_numbers_begin_anew() {
    let (_folder, node) = start().await;
    for (query, number) in [
        ("after=", 50_050),
        ("after=one", 50_050),
        ("after=99999999999999999999", 50_050),
        ("after=%ff", 50_050),
    ] {
        let answer = node.get(&format!("{PATH}?{query}")).await;
        assert_eq!((answer.status, answer.number()), (400, number), "{query}");
    }
    for tenant in ["fabrikam.example", "common", "consumers", "no such"] {
        let tenant = tenant.replace(' ', "%20");
        let answer = node.get(&format!("/{tenant}/discovery/revocations")).await;
        assert_eq!(answer.status, 400, "{tenant}: {}", answer.body);
    }
    for after in [-1, 1, i64::MAX] {
        let list = list(&node, after).await.expect("a whole list");
        assert_eq!((list.after, list.number), (0, 0));
    }
    node.stop().await;
}
