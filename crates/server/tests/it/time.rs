use std::time::Duration;

use countersign_domain::clock::Clock;

use crate::node::{CLIENT, DIRECTORY, Node, SECRET, apply};

const DAY: Duration = Duration::from_secs(86_400);

async fn node(directory: &str) -> (tempfile::TempDir, Node) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}", folder.path().join("test.db").display());
    let node = Node::start(&url, DAY).await;
    apply(&node.db, directory).await;
    // Tenants are read at the start; the poll brings the new one.
    crate::node::within_the_bound(async || {
        node.get("/contoso.example/discovery/keys").await.status == 200
    })
    .await;
    (folder, node)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_ends_to_the_second_while_nothing_cleans_up() {
    let dates = "secretText: a-secret-of-the-daemon-1\n      startDateTime: 2027-01-15T07:00:00Z\n      endDateTime: 2027-01-15T09:00:00Z";
    let (_folder, node) = node(&DIRECTORY.replace(&format!("secretText: {SECRET}"), dates)).await;
    let at = |text: &str| node.clock.set(text.parse().expect("a time"));
    for (time, number) in [
        ("2027-01-15T06:59:59.999999Z", 7_000_222),
        ("2027-01-15T07:00:00Z", 0),
        ("2027-01-15T08:59:59.999999Z", 0),
        ("2027-01-15T09:00:00Z", 7_000_222),
    ] {
        at(time);
        assert_eq!(node.token(CLIENT, SECRET).await.number(), number, "{time}");
        assert_eq!(
            node.token(CLIENT, "wrong").await.number(),
            7_000_215,
            "{time}"
        );
    }
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_holds_from_five_minutes_ago_for_an_hour() {
    let (_folder, node) = node(DIRECTORY).await;
    let now = node.clock.now().unix_seconds();
    let answer = node.token(CLIENT, SECRET).await;
    let claims = answer.claims();
    assert_eq!(answer.json()["expires_in"], 3_599);
    assert_eq!(claims["exp"], now + 3_600);
    assert_eq!(
        (&claims["iat"], &claims["nbf"]),
        (&(now - 300).into(), &(now - 300).into())
    );
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn long_lived_tokens_say_when_to_renew_them() {
    let lifetime =
        "identifierUris: [api://orders]\n    countersign: {accessTokenLifetimeSeconds: 86400}";
    let (_folder, node) =
        node(&DIRECTORY.replace("identifierUris: [api://orders]", lifetime)).await;
    let answer = node.token(CLIENT, SECRET).await.json();
    assert_eq!(
        (&answer["expires_in"], &answer["refresh_in"]),
        (&86_399.into(), &43_199.into())
    );
    node.stop().await;
}
