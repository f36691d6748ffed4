//! What is changed beside a running node, it honours within the bound.

use std::time::Duration;

use crate::node::{CLIENT, DIRECTORY, Node, SECRET, apply, within_the_bound};

/// What grants the client its role.
const GRANTS: &str = "    grants:\n    - resource: api://orders\n      roles: [Orders.Read]\n";

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_change_reaches_a_warm_node() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}", folder.path().join("test.db").display());
    let node = Node::start(&url, Duration::from_secs(86_400)).await;
    apply(&node.db, DIRECTORY).await;
    let honoured = async |number: u64| {
        within_the_bound(async || node.token(CLIENT, SECRET).await.number() == number).await;
    };
    honoured(0).await;
    let change = async |from: &str, to: &str| {
        assert!(DIRECTORY.contains(from), "{from}");
        apply(&node.db, &DIRECTORY.replace(from, to)).await;
    };

    let roles = async |wanted: &[&str]| {
        within_the_bound(async || {
            let claims = node.token(CLIENT, SECRET).await.claims();
            let found = claims["roles"].as_array().cloned().unwrap_or_default();
            claims.get("roles").is_none() == wanted.is_empty() && found == wanted
        })
        .await;
    };
    roles(&["Orders.Read"]).await;
    change("roles: [Orders.Read]", "roles: [Orders.Write, Orders.Read]").await;
    roles(&["Orders.Read", "Orders.Write"]).await;
    change(GRANTS, "").await;
    roles(&[]).await;

    // A name that was not found is remembered as well, and forgotten when it appears.
    change("api://orders", "api://renamed").await;
    honoured(500_011).await;
    change("api://orders]", "api://orders, api://renamed]").await;
    honoured(0).await;

    change(
        "secretText: a-secret-of-the-daemon-1",
        "secretText: another-secret-of-it",
    )
    .await;
    honoured(7_000_215).await;
    apply(&node.db, DIRECTORY).await;
    honoured(0).await;
    change(
        "  - displayName: Daemon\n",
        "  - displayName: Daemon\n    isDisabled: true\n",
    )
    .await;
    honoured(7_000_112).await;
    let without_principal = DIRECTORY.replace(GRANTS, "").replace(
        "  - displayName: Daemon\n",
        "  - displayName: Daemon\n    servicePrincipal: null\n",
    );
    apply(&node.db, &without_principal).await;
    honoured(7_000_229).await;
    change(
        "  - displayName: Orders API\n",
        "  - displayName: Orders API\n    servicePrincipal: {accountEnabled: false}\n",
    )
    .await;
    honoured(500_014).await;
    node.stop().await;
}
