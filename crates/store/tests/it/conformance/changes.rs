use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use countersign_domain::directory::{Change, ResourceName, Write};
use countersign_domain::ids::AppRoleId;
use countersign_store::{CHANGES_KEPT, Db};

use crate::sample::{NOW, Sample};
use crate::support::Place;

on_both!(
    each_write_says_what_must_be_forgotten,
    a_big_commit_says_everything,
    the_list_reaches_back_ten_thousand_changes,
    no_change_is_missed_while_many_write,
);

/// What the writes add to the list, sorted: the order within a commit means nothing.
async fn noted(db: &Db, sample: &Sample, writes: &[Write]) -> Vec<String> {
    let since = db.latest_change().await.expect("it answers");
    sample
        .commit(db, writes)
        .await
        .expect("the writes are right");
    let (latest, changes) = db.changes_since(since).await.expect("it answers");
    assert_eq!(db.latest_change().await, Ok(latest));
    assert!(latest > since);
    sorted(&changes)
}

fn sorted(changes: &[Change]) -> Vec<String> {
    let mut texts: Vec<String> = changes.iter().map(|change| format!("{change:?}")).collect();
    texts.sort();
    texts
}

fn names(uris: &[&str]) -> Vec<Change> {
    uris.iter()
        .map(|uri| Change::ResourceName(ResourceName::fold(uri)))
        .collect()
}

async fn each_write_says_what_must_be_forgotten(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    assert_eq!(db.changes_since(0).await, Ok((0, vec![])));
    let tenant = sample.tenant("Contoso");
    let tenant_id = tenant.id;
    let mut api = sample.application(&tenant, "API");
    api.identifier_uris = vec!["api://One/".into(), "api://two".into()];
    let api_principal = sample.principal(&tenant, &api);
    let client = sample.application(&tenant, "Client");
    let client_principal = sample.principal(&tenant, &client);
    let password = sample.password(&client, "one two three");
    let grant = sample.assignment(&client_principal, &api_principal, AppRoleId::DEFAULT_ACCESS);
    let of_api = || vec![Change::Application(api.app_id)];
    let of_client = || vec![Change::Application(client.app_id)];
    let api_with = |uris: &[&str]| [of_api(), names(uris)].concat();
    let changed = {
        let mut changed = api.clone();
        changed.identifier_uris = vec!["API://one".into(), "api://three".into()];
        changed
    };

    let steps: Vec<(Write, Vec<Change>)> = vec![
        (Write::AddTenant(tenant.clone()), vec![Change::Tenants]),
        (Write::UpdateTenant(tenant.clone()), vec![Change::Tenants]),
        (
            Write::AddApplication(api.clone()),
            api_with(&["api://one", "api://two"]),
        ),
        (
            Write::AddServicePrincipal(api_principal.clone()),
            api_with(&["api://one", "api://two"]),
        ),
        (
            Write::UpdateServicePrincipal(api_principal.clone()),
            of_api(),
        ),
        (
            Write::UpdateApplication(changed.clone()),
            api_with(&["api://two", "api://three"]),
        ),
        (Write::UpdateApplication(changed.clone()), of_api()),
        (Write::AddApplication(client.clone()), of_client()),
        (Write::AddServicePrincipal(client_principal), of_client()),
        (
            Write::AddPassword {
                tenant_id,
                password: password.clone(),
            },
            of_client(),
        ),
        (
            Write::UpdatePassword {
                tenant_id,
                password: password.clone(),
            },
            of_client(),
        ),
        (
            Write::RemovePassword {
                tenant_id,
                application_id: client.id,
                key_id: password.key_id,
            },
            of_client(),
        ),
        (Write::AddAssignment(grant.clone()), of_client()),
        (
            Write::RemoveAssignment {
                tenant_id,
                id: grant.id,
            },
            of_client(),
        ),
        (Write::AddAssignment(grant), of_client()),
        // The client's snapshot holds an assignment that goes with the resource.
        (
            Write::RemoveServicePrincipal {
                tenant_id,
                id: api_principal.id,
            },
            [api_with(&["api://one", "api://three"]), of_client()].concat(),
        ),
        (
            Write::DeleteApplication {
                tenant_id,
                id: api.id,
                at: NOW,
            },
            api_with(&["api://one", "api://three"]),
        ),
    ];
    for (write, expected) in steps {
        let found = noted(&db, &sample, std::slice::from_ref(&write)).await;
        assert_eq!(found, sorted(&expected), "{write:?}");
    }
    let since = db.latest_change().await.expect("it answers");
    let user = Write::AddUser(sample.user(&tenant, "adam@contoso.example"));
    sample.commit(&db, &[user]).await.expect("it is new");
    let changes = db.changes_since(since).await;
    assert_eq!(changes.map(|(_, changes)| changes), Ok(vec![]));
}

async fn a_big_commit_says_everything(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let tenant = sample.tenant("Contoso");
    let mut writes = vec![Write::AddTenant(tenant.clone())];
    writes.extend(
        (0..1_000).map(|_| Write::AddApplication(sample.application(&tenant, "Application"))),
    );
    assert_eq!(noted(&db, &sample, &writes).await, ["Everything"]);
    let fewer: Vec<Write> = (0..1_000)
        .map(|_| Write::AddApplication(sample.application(&tenant, "Application")))
        .collect();
    assert_eq!(noted(&db, &sample, &fewer).await.len(), 1_000);
}

async fn the_list_reaches_back_ten_thousand_changes(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let tenant = sample.tenant("Contoso");
    let add = Write::AddTenant(tenant.clone());
    sample.commit(&db, &[add]).await.expect("it is new");
    // As after a long life of the database, without living it.
    place.execute("UPDATE revision SET number = 50000").await;
    let update = [Write::UpdateTenant(tenant)];
    sample.commit(&db, &update).await.expect("it is there");
    let latest = 50_001;
    let oldest = latest - CHANGES_KEPT;
    let tenants = Ok((latest, vec![Change::Tenants]));
    let everything = Ok((latest, vec![Change::Everything]));
    let nothing = Ok((latest, vec![]));
    for (since, expected) in [
        (0, &everything),
        (oldest - 1, &everything),
        (oldest, &tenants),
        (latest - 1, &tenants),
        (latest, &nothing),
        // The database was taken back to an older state.
        (latest + 1, &everything),
        (i64::MAX, &everything),
        (i64::MIN, &everything),
    ] {
        assert_eq!(&db.changes_since(since).await, expected, "{since}");
    }
    // The first tenant's change has been dropped.
    place
        .execute("UPDATE revision SET number = 1 WHERE 1 = (SELECT count(*) FROM changes)")
        .await;
}

async fn no_change_is_missed_while_many_write(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let start = db.latest_change().await.expect("it answers");
    let is_done = Arc::new(AtomicBool::new(false));
    let reader = tokio::spawn(follow(place.open().await, start, is_done.clone()));
    let mut writers = Vec::new();
    for seed in 10..14 {
        let db = place.open().await;
        let tenant = contoso.tenant.clone();
        writers.push(tokio::spawn(async move {
            let sample = Sample::new(seed);
            let mut added = Vec::new();
            for _ in 0..25 {
                let application = sample.application(&tenant, "Application");
                added.push(Change::Application(application.app_id));
                let add = Write::AddApplication(application);
                sample.commit(&db, &[add]).await.expect("it is new");
            }
            added
        }));
    }
    let mut added = Vec::new();
    for writer in writers {
        added.extend(writer.await.expect("no panic"));
    }
    is_done.store(true, Ordering::SeqCst);
    let (latest, seen) = reader.await.expect("no panic");
    assert_eq!(sorted(&seen), sorted(&added));
    assert_eq!(latest, start + 100);
}

/// Polls as a node does, and answers everything it was told.
async fn follow(db: Db, start: i64, is_done: Arc<AtomicBool>) -> (i64, Vec<Change>) {
    let (mut since, mut seen) = (start, Vec::new());
    loop {
        let is_last_round = is_done.load(Ordering::SeqCst);
        let (latest, changes) = db.changes_since(since).await.expect("it answers");
        assert!(latest >= since, "numbers only grow");
        since = latest;
        seen.extend(changes);
        if is_last_round {
            return (since, seen);
        }
    }
}
