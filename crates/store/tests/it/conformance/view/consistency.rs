//! What a view and a change see, beside others.

use std::sync::Arc;

use countersign_domain::directory::Write;
use countersign_domain::graph::route::{ApplicationKey, UserKey};

use super::{ids, world};
use crate::conformance::selections::everything;
use crate::sample::Sample;
use crate::support::{Place, not_found};

on_both!(
    the_second_change_sees_what_the_first_did,
    a_dropped_change_leaves_nothing_behind,
    a_view_is_one_state,
);

async fn the_second_change_sees_what_the_first_did(place: Place) {
    let nodes = [place.open().await, place.open().await];
    let sample = Sample::new(1);
    let contoso = Arc::new(sample.instance(&nodes[0], "Contoso").await);
    // Each adds a letter to the name that it reads; a lost update would lose one.
    let mut tasks = Vec::new();
    for writer in 0..6_u64 {
        let db = nodes[usize::try_from(writer % 2).expect("0 or 1")].clone();
        let contoso = contoso.clone();
        tasks.push(tokio::spawn(async move {
            let sample = Sample::new(100 + writer);
            for _ in 0..10 {
                let mut change = db.change().await.expect("its turn comes");
                let key = ApplicationKey::Id(contoso.application.id);
                let found = change.view().application(contoso.tenant.id, &key).await;
                let found = found.expect("it answers").expect("it is there");
                let mut application = found.application;
                application.display_name.push('x');
                let writes = [Write::UpdateApplication(application)];
                let record = sample.record("Update application");
                let done = change.commit(&writes, &record).await;
                done.expect("it is still as it was read");
            }
        }));
    }
    for task in tasks {
        task.await.expect("no writer fails");
    }
    let state = crate::sample::state(&nodes[1], &contoso.tenant).await;
    let expected = format!("Contoso{}", "x".repeat(60));
    assert_eq!(state.applications[0].display_name, expected);
}

async fn a_dropped_change_leaves_nothing_behind(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let world = world(&db, &sample).await;
    let changes = db.changes_since(0).await;
    let mut change = db.change().await.expect("nobody else writes");
    let key = UserKey::UserPrincipalName("nobody".to_owned());
    let found = change.view().user(world.home.tenant.id, &key).await;
    assert_eq!(found, Ok(None));
    drop(change);
    assert_eq!(db.changes_since(0).await, changes);
    sample.commit(&db, &[]).await.expect("the lock is free");
    let change = db.change().await.expect("nobody else writes");
    let missing = Write::RemoveUser {
        tenant_id: world.home.tenant.id,
        id: sample.user(&world.home.tenant, "nobody").id,
    };
    let add = Write::AddTenant(sample.tenant("Never"));
    let refused = change.commit(&[add, missing], &sample.record("Half")).await;
    not_found(refused);
    assert_eq!(db.tenants().await.expect("it answers").len(), 2);
}

async fn a_view_is_one_state(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let tenant_id = contoso.tenant.id;
    let mut view = db.view().await.expect("it answers");
    assert_eq!(
        ids(view.applications(tenant_id, &everything(), true).await),
        1
    );
    let add = [Write::AddApplication(
        sample.application(&contoso.tenant, "Later"),
    )];
    sample.commit(&db, &add).await.expect("it is new");
    assert_eq!(
        ids(view.applications(tenant_id, &everything(), true).await),
        1
    );
    let mut view = db.view().await.expect("it answers");
    assert_eq!(
        ids(view.applications(tenant_id, &everything(), true).await),
        2
    );
}
