use countersign_store::{Db, StoreError};

use crate::sample::{NOW, Sample, text};
use crate::support::Place;

on_both!(
    opens_again_with_what_was_written,
    nodes_that_start_together_share_one_database,
    a_newer_schema_is_refused_and_left_alone,
    answers_a_ping_and_counts_statements,
    futures_can_move_between_threads,
);

async fn opens_again_with_what_was_written(place: Place) {
    let sample = Sample::new(1);
    let db = place.open().await;
    let written = sample.instance(&db, "Contoso").await;
    let before = text(&crate::sample::state(&db, &written.tenant).await);
    db.close().await;
    let db = place.open().await;
    assert_eq!(
        text(&crate::sample::state(&db, &written.tenant).await),
        before
    );
}

async fn nodes_that_start_together_share_one_database(place: Place) {
    let url = &place.url;
    let nodes: Vec<_> = (0..6)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { Db::open(&url).await })
        })
        .collect();
    for node in nodes {
        let db = node.await.expect("no panic").expect("every node starts");
        assert_eq!(db.latest_change().await, Ok(0));
    }
}

async fn a_newer_schema_is_refused_and_left_alone(place: Place) {
    let db = place.open().await;
    db.close().await;
    place
        .execute("INSERT INTO schema_versions (version) VALUES (99)")
        .await;
    // The second try sees that the first has changed nothing.
    for _ in 0..2 {
        let refused = Db::open(&place.url).await.err();
        let Some(StoreError::TooNew { found: 99, known }) = refused else {
            panic!("not refused as too new: {refused:?}");
        };
        assert!(known < 99);
    }
    place
        .execute("DELETE FROM schema_versions WHERE version = 99")
        .await;
    place.open().await.ping().await.expect("it answers again");
}

async fn answers_a_ping_and_counts_statements(place: Place) {
    let db = place.open().await;
    let before = db.statements();
    db.ping().await.expect("it answers");
    assert_eq!(db.statements(), before + 1);
    assert_eq!(db.clone().statements(), db.statements());
    db.close().await;
    assert!(matches!(
        db.ping().await,
        Err(StoreError::Unavailable { .. })
    ));
}

async fn futures_can_move_between_threads(place: Place) {
    fn check<T: Send>(future: T) -> T {
        future
    }
    let db = place.open().await;
    let sample = Sample::new(1);
    let tenant = sample.tenant("Contoso");
    let record = sample.record("Test");
    check(db.commit(&[], &record)).await.expect("nothing to do");
    check(db.tenants()).await.expect("no tenants");
    check(db.tenant_state(tenant.id)).await.expect("no tenant");
    check(db.changes_since(0)).await.expect("no changes");
    check(db.record_sign_ins(&[])).await.expect("no sign-ins");
    check(db.forget_expired_assertions(NOW))
        .await
        .expect("no assertions");
    check(db.signing_keys()).await.expect("no keys");
}
