//! What requests cost the database, and what is said when there is none.

use std::fmt::Write as _;

use countersign_testkit::postgres::Postgres;

use super::{READER, World, check_error, directory};
use crate::node::{apply, within_the_bound};
use crate::proxy::Proxy;

/// Begin, the page, secrets, certificates and end, and what the node itself asks in the background.
const STATEMENTS_MAX: u64 = 12;

#[tokio::test(flavor = "multi_thread")]
async fn a_page_costs_as_many_statements_as_an_object() {
    let world = World::start().await;
    let mut many = String::new();
    for number in 0..120 {
        write!(many, "  - displayName: Many {number}\n    passwordCredentials:\n    - displayName: one\n      secretText: a-secret-of-number-{number}\n")
            .expect("a text grows");
    }
    let name = "  - displayName: Nobody\n";
    let text = directory().replace(name, &format!("{many}{name}"));
    apply(&world.node.db, &text).await;
    let token = world.token(READER).await;
    let statements = async |path: &str| {
        // Once before, for what is remembered.
        world.get(&token, path).await;
        let before = world.node.db.statements();
        let answer = world.get(&token, path).await;
        let rows = answer.json()["value"].as_array().map_or(0, Vec::len);
        (rows, world.node.db.statements() - before)
    };
    for path in ["/applications", "/servicePrincipals"] {
        for top in [1, 20, 100] {
            let (rows, cost) = statements(&format!("{path}?$top={top}&$count=true")).await;
            assert_eq!(rows, top);
            assert!(cost <= STATEMENTS_MAX, "{path}, {top}: {cost} statements");
        }
    }
    // Each object costs one more where others are expanded in it, so these pages are short.
    let (rows, cost) = statements("/applications?$top=100&$expand=owners").await;
    assert_eq!(rows, 20);
    assert!(cost <= STATEMENTS_MAX + 20, "{cost} statements");
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_database_it_says_try_again() {
    let (proxy, url) = Proxy::before(&Postgres::shared().database());
    let world = World::start_on(&url).await;
    let token = world.token(READER).await;
    assert_eq!(world.get(&token, "/applications").await.status, 200);
    proxy.cut();
    let answer = world.get(&token, "/applications").await;
    check_error(&answer, 503, "serviceNotAvailable");
    assert_eq!(answer.header("retry-after"), Some("5"));
    proxy.mend();
    within_the_bound(async || world.get(&token, "/applications").await.status == 200).await;
    world.node.stop().await;
}
