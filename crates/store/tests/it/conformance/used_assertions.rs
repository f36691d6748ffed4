use countersign_domain::ids::{AppId, TenantId};

use crate::sample::{NOW, Sample};
use crate::support::Place;

on_both!(
    an_assertion_is_new_once_for_each_tenant_and_client,
    of_many_at_once_on_two_nodes_one_is_first,
    what_has_expired_is_forgotten,
    an_expired_assertion_is_never_new,
);

fn ids(sample: &Sample) -> (TenantId, AppId) {
    (
        TenantId::random(&sample.random),
        AppId::random(&sample.random),
    )
}

async fn an_assertion_is_new_once_for_each_tenant_and_client(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let (tenant_id, app_id) = ids(&sample);
    let (other_tenant, other_app) = ids(&sample);
    let later = NOW.plus_seconds(600);
    for (tenant_id, app_id, digest) in [
        (tenant_id, app_id, "digest"),
        (tenant_id, app_id, "Digest"),
        (tenant_id, other_app, "digest"),
        (other_tenant, app_id, "digest"),
    ] {
        for expected in [true, false, false] {
            let is_new = db
                .remember_assertion(tenant_id, app_id, digest, later, NOW)
                .await;
            assert_eq!(is_new, Ok(expected));
        }
    }
    // Another end does not make it another assertion; another process sees what this one saw.
    let again = place.open().await;
    let is_new = again
        .remember_assertion(tenant_id, app_id, "digest", later.plus_seconds(9), NOW)
        .await;
    assert_eq!(is_new, Ok(false));
}

async fn of_many_at_once_on_two_nodes_one_is_first(place: Place) {
    let nodes = [place.open().await, place.open().await];
    let (tenant_id, app_id) = ids(&Sample::new(1));
    for digest in ["one", "two", "three"] {
        let tasks: Vec<_> = (0..50)
            .map(|number| {
                let db = nodes[number % 2].clone();
                tokio::spawn(async move {
                    let later = NOW.plus_seconds(600);
                    db.remember_assertion(tenant_id, app_id, digest, later, NOW)
                        .await
                })
            })
            .collect();
        let mut first = 0;
        for task in tasks {
            let is_new = task.await.expect("no panic");
            first += usize::from(is_new.expect("every one is answered"));
        }
        assert_eq!(first, 1, "{digest}");
    }
}

async fn what_has_expired_is_forgotten(place: Place) {
    let db = place.open().await;
    let (tenant_id, app_id) = ids(&Sample::new(1));
    assert_eq!(db.forget_expired_assertions(NOW).await, Ok(0));
    // More than one step's worth of rows, and one that stays.
    let soon = NOW.plus_seconds(1);
    assert_eq!(soon.micros(), 1_795_251_601_123_456);
    place
        .execute(
            "INSERT INTO used_assertions (tenant_id, app_id, digest, expires_at)
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)
             SELECT 'tenant', 'app', 'assertion ' || i, 1795251601123456 FROM n",
        )
        .await;
    let later = soon.plus_seconds(1);
    let is_new = db
        .remember_assertion(tenant_id, app_id, "later", later, NOW)
        .await;
    assert_eq!(is_new, Ok(true));
    assert_eq!(db.forget_expired_assertions(NOW).await, Ok(0));
    let before = db.statements();
    assert_eq!(db.forget_expired_assertions(soon).await, Ok(1_100));
    assert_eq!(db.statements() - before, 2, "a thousand rows at a time");
    assert_eq!(db.forget_expired_assertions(soon).await, Ok(0));
    let is_new = db
        .remember_assertion(tenant_id, app_id, "later", later, soon)
        .await;
    assert_eq!(is_new, Ok(false), "it is remembered to its end");
    assert_eq!(db.forget_expired_assertions(later).await, Ok(1));
}

async fn an_expired_assertion_is_never_new(place: Place) {
    let db = place.open().await;
    let (tenant_id, app_id) = ids(&Sample::new(1));
    for expires_at in [NOW, NOW.plus_seconds(-1)] {
        let is_new = db
            .remember_assertion(tenant_id, app_id, "digest", expires_at, NOW)
            .await;
        assert_eq!(is_new, Ok(false));
    }
    assert_eq!(db.forget_expired_assertions(NOW).await, Ok(0));
}
