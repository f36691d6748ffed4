//! The database goes away and comes back.

use std::time::Duration;

use countersign_testkit::postgres::Postgres;

use crate::node::{CLIENT, DIRECTORY, Node, SECRET, apply, within_the_bound};
use crate::proxy::Proxy;

const UNKNOWN: &str = "99999999-9999-4999-8999-999999999999";

#[tokio::test(flavor = "multi_thread")]
async fn known_clients_get_tokens_while_the_database_is_away() {
    let (proxy, url) = Proxy::before(&Postgres::shared().database());
    let stale_max = Duration::from_secs(3_600);
    let node = Node::start(&url, stale_max).await;
    apply(&node.db, DIRECTORY).await;
    within_the_bound(async || node.token(CLIENT, SECRET).await.number() == 0).await;

    proxy.cut();
    for _ in 0..20 {
        assert_eq!(node.token(CLIENT, SECRET).await.number(), 0);
    }
    // Not knowing is not the same as not existing.
    let unknown = node.token(UNKNOWN, SECRET).await;
    assert_eq!((unknown.status, unknown.number()), (503, 90_033));
    let refused = node.token(CLIENT, "wrong").await;
    assert_eq!(refused.number(), 7_000_215);
    assert!(node.get("/ready").await.body.starts_with("degraded"));

    // Beyond the configured age it says so and stops.
    node.clock.advance_seconds(3_700);
    let stale = node.token(CLIENT, SECRET).await;
    assert_eq!((stale.status, stale.number()), (503, 90_033));
    assert_eq!(node.get("/ready").await.status, 503);

    proxy.mend();
    within_the_bound(async || node.token(CLIENT, SECRET).await.number() == 0).await;
    assert_eq!(node.token(UNKNOWN, SECRET).await.number(), 700_016);
    assert_eq!(node.get("/ready").await.body, "ready\n");

    // What happened meanwhile was kept and is written now.
    let db = node.db.clone();
    within_the_bound(async || {
        db.sign_in(refused.trace_id())
            .await
            .is_ok_and(|sign_in| sign_in.is_some())
    })
    .await;
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_records_are_written_before_the_end() {
    let url = Postgres::shared().database();
    let node = Node::start(&url, Duration::from_secs(3_600)).await;
    apply(&node.db, DIRECTORY).await;
    within_the_bound(async || node.token(CLIENT, SECRET).await.number() == 0).await;
    let refused = node.token(CLIENT, "wrong").await;
    node.stop().await;
    let db = countersign_store::Db::open(&url)
        .await
        .expect("the database opens");
    let sign_in = db.sign_in(refused.trace_id()).await.expect("it answers");
    assert_eq!(sign_in.map(|sign_in| sign_in.error_code), Some(7_000_215));
}
