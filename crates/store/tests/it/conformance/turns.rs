//! Views and changes wait in a queue of their own, and leave connections to everybody else.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::sample::Sample;
use crate::support::Place;

on_both!(
    views_and_changes_leave_connections_to_others,
    a_turn_is_given_back,
);

/// More than there are connections.
const MANY: usize = 12;

/// Shorter than a caller would wait for a connection.
const SOON: Duration = Duration::from_secs(5);

async fn views_and_changes_leave_connections_to_others(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    sample.instance(&db, "Contoso").await;
    let end = Arc::new(Semaphore::new(0));
    let mut held = JoinSet::new();
    for _ in 0..MANY {
        let (db, end) = (db.clone(), end.clone());
        let (other, other_end) = (db.clone(), end.clone());
        held.spawn(async move {
            let mut view = db.view().await.expect("its turn comes");
            let _end = end.acquire().await.expect("it is never closed");
            let app_id = countersign_domain::ids::AppId::random(&Sample::new(2).random);
            view.application_anywhere(app_id).await.map(drop)
        });
        held.spawn(async move {
            let _change = other.change().await.expect("its turn comes");
            let _end = other_end.acquire().await.expect("it is never closed");
            Ok(())
        });
    }
    // Long enough for all of them to be where they wait.
    tokio::time::sleep(Duration::from_millis(500)).await;
    for _ in 0..MANY {
        let asked = timeout(SOON, db.tenants()).await;
        asked.expect("at once").expect("it answers");
    }
    end.add_permits(1);
    while let Some(ended) = held.join_next().await {
        ended.expect("it ends").expect("it answers");
    }
}

async fn a_turn_is_given_back(place: Place) {
    let db = place.open().await;
    for _ in 0..3 * MANY {
        let view = timeout(SOON, db.view()).await.expect("at once");
        drop(view.expect("it answers"));
        let change = timeout(SOON, db.change()).await.expect("at once");
        drop(change.expect("it answers"));
    }
}
