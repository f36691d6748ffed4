use countersign_domain::directory::{
    Actor, AuditRecord, AuditTarget, ModifiedProperty, ResourceName, Write,
};
use countersign_domain::ids::{AppId, ServicePrincipalId};
use countersign_store::Db;

use crate::sample::{Sample, domain, state, text};
use crate::support::{Place, conflict, not_found};

on_both!(
    a_late_failure_undoes_the_whole_list,
    one_list_may_change_the_same_thing_again,
    every_commit_leaves_one_audit_record,
    a_thousand_applications_are_one_commit,
    writers_on_two_nodes_wait_for_each_other,
    a_dropped_commit_leaves_nothing_behind,
);

async fn a_late_failure_undoes_the_whole_list(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let before = text(&state(&db, &contoso.tenant).await);
    let changes = db.changes_since(0).await;

    let mut renamed = contoso.application.clone();
    renamed.display_name = "Renamed".to_owned();
    renamed.identifier_uris = vec!["api://renamed".to_owned()];
    let mut good = vec![
        Write::AddTenant(sample.tenant("Fabrikam")),
        Write::UpdateApplication(renamed),
        Write::AddUser(sample.user(&contoso.tenant, "adam@contoso.example")),
        Write::AddApplication(sample.application(&contoso.tenant, "Second")),
        Write::RemoveServicePrincipal {
            tenant_id: contoso.tenant.id,
            id: contoso.principal.id,
        },
    ];
    let mut double = sample.application(&contoso.tenant, "Double");
    double.app_id = contoso.application.app_id;
    for (last, is_conflict) in [
        (Write::AddApplication(double), true),
        (Write::UpdateTenant(sample.tenant("Nobody")), false),
    ] {
        good.push(last);
        let refused = sample.commit(&db, &good).await;
        if is_conflict {
            conflict(refused);
        } else {
            not_found(refused);
        }
        good.pop();
        assert_eq!(text(&state(&db, &contoso.tenant).await), before);
        assert_eq!(db.tenants().await.map(|tenants| tenants.len()), Ok(1));
        assert_eq!(db.changes_since(0).await, changes);
        assert_eq!(
            db.audit_records(None, 9).await.map(|rows| rows.len()),
            Ok(1)
        );
    }
    sample.commit(&db, &good).await.expect("the rest was right");
}

async fn one_list_may_change_the_same_thing_again(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let mut tenant = sample.tenant("Contoso");
    let mut application = sample.application(&tenant, "First");
    application.identifier_uris = vec!["api://one".to_owned()];
    let mut writes = vec![
        Write::AddTenant(tenant.clone()),
        Write::AddApplication(application.clone()),
    ];
    for uris in [["api://two", "api://kept"], ["api://three", "api://kept"]] {
        tenant.domains = vec![domain("contoso.example")];
        application.identifier_uris = uris.map(str::to_owned).into();
        writes.push(Write::UpdateTenant(tenant.clone()));
        writes.push(Write::UpdateApplication(application.clone()));
    }
    writes.push(Write::AddServicePrincipal(
        sample.principal(&tenant, &application),
    ));
    sample.commit(&db, &writes).await.expect("all are new");
    assert_eq!(
        state(&db, &tenant).await.applications,
        [application.clone()]
    );
    for (name, is_held) in [
        ("api://one", false),
        ("api://two", false),
        ("api://three", true),
        ("api://kept", true),
    ] {
        let found = db
            .app_id_by_resource_name(tenant.id, &ResourceName::fold(name))
            .await;
        let expected = is_held.then_some(application.app_id);
        assert_eq!(found, Ok(expected), "{name}");
    }
}

async fn every_commit_leaves_one_audit_record(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let tenants = [sample.tenant("Contoso"), sample.tenant("Fabrikam")];
    let both = tenants.clone().map(Write::AddTenant);
    let mut first = sample.record("Apply directory file");
    first.changes = vec!["+ tenant Contoso".to_owned(), "+ tenant “F”".to_owned()];
    db.commit(&both, &first).await.expect("both are new");
    let mut second = sample.record("Update tenant");
    second.actor = Some(Actor::Application {
        app_id: AppId::random(&sample.random),
        service_principal_id: Some(ServicePrincipalId::random(&sample.random)),
    });
    second.targets = vec![AuditTarget {
        id: tenants[0].id.uuid(),
        kind: "Tenant".to_owned(),
        display_name: Some("Contoso".to_owned()),
        modified_properties: vec![ModifiedProperty {
            display_name: "displayName".to_owned(),
            old_value: None,
            new_value: Some("Contoso".into()),
        }],
    }];
    let one = [Write::UpdateTenant(tenants[0].clone())];
    db.commit(&one, &second).await.expect("it is there");

    let shown = |records: &Vec<AuditRecord>| format!("{records:?}");
    let all = db.audit_records(None, 10).await.expect("it answers");
    assert_eq!(shown(&all), format!("{:?}", [&second, &first]));
    let own = db.audit_records(Some(tenants[0].id), 10).await;
    let own = own.expect("it answers");
    assert_eq!(shown(&own), format!("{:?}", [&second]));
    let last = db.audit_records(None, 1).await.expect("it answers");
    assert_eq!(shown(&last), format!("{:?}", [&second]));
    let other = db.audit_records(Some(tenants[1].id), 10).await;
    assert!(other.expect("it answers").is_empty());
}

async fn a_thousand_applications_are_one_commit(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let tenant = sample.tenant("Contoso");
    let mut writes = vec![Write::AddTenant(tenant.clone())];
    let mut app_ids = Vec::new();
    for number in 0..1_000 {
        let mut application = sample.application(&tenant, &format!("Application {number:04}"));
        application.identifier_uris = vec![format!("api://application-{number}")];
        let principal = sample.principal(&tenant, &application);
        let password = sample.password(&application, "one two three");
        app_ids.push(application.app_id);
        writes.push(Write::AddApplication(application));
        writes.push(Write::AddServicePrincipal(principal));
        writes.push(Write::AddPassword {
            tenant_id: tenant.id,
            password,
        });
    }
    sample.commit(&db, &writes).await.expect("all are new");
    let stored = state(&db, &tenant).await;
    let in_order: Vec<AppId> = stored
        .applications
        .iter()
        .map(|application| application.app_id)
        .collect();
    assert_eq!(in_order, app_ids);
    assert_eq!(stored.service_principals.len(), 1_000);
    assert_eq!(stored.passwords.len(), 1_000);

    let before = db.statements();
    let found = db.application_in_tenant(tenant.id, app_ids[500]).await;
    assert!(found.expect("it answers").is_some());
    assert!(
        db.statements() - before <= 8,
        "a lookup is a handful of statements"
    );
}

async fn writers_on_two_nodes_wait_for_each_other(place: Place) {
    let nodes = [place.open().await, place.open().await];
    let sample = Sample::new(1);
    let contoso = sample.instance(&nodes[0], "Contoso").await;
    let mut tasks = Vec::new();
    for (writer, node) in [0, 1, 0, 1, 0, 1].into_iter().enumerate() {
        let db = nodes[node].clone();
        let tenant = contoso.tenant.clone();
        tasks.push(tokio::spawn(async move {
            let sample = Sample::new(100 + u64::try_from(writer).expect("a small number"));
            for round in 0..20 {
                let name = format!("Application {writer} {round}");
                let add = Write::AddApplication(sample.application(&tenant, &name));
                sample.commit(&db, &[add]).await.expect("it is new");
            }
        }));
    }
    for task in tasks {
        task.await.expect("no writer is turned away");
    }
    for db in &nodes {
        assert_eq!(state(db, &contoso.tenant).await.applications.len(), 121);
        let records = db.audit_records(None, 1_000).await;
        assert_eq!(records.map(|records| records.len()), Ok(121));
    }
}

async fn a_dropped_commit_leaves_nothing_behind(place: Place) {
    let db = place.open().await;
    let sample = Sample::new(1);
    let contoso = sample.instance(&db, "Contoso").await;
    let mut applications = 1;
    // A commit that was dropped while its last statement was on the way may be whole.
    for _ in 0..50 {
        let writes: Vec<Write> = (0..300)
            .map(|_| Write::AddApplication(sample.application(&contoso.tenant, "Given up")))
            .collect();
        drop_half_way(&db, &writes, &sample.record("Given up")).await;
        // Whatever was on the way has arrived once the next commit is through.
        let next = sample.commit(&db, &[]).await;
        next.expect("the next commit is not held up");
        let found = state(&db, &contoso.tenant).await.applications.len();
        if found == applications {
            return;
        }
        assert_eq!(found, applications + 300, "half of a commit is left");
        applications = found;
    }
    panic!("no commit could be dropped half way");
}

/// Drops a commit after some of its statements, if it can be caught before its end.
async fn drop_half_way(db: &Db, writes: &[Write], record: &AuditRecord) {
    let enough = db.statements() + 50;
    let half_way = async {
        while db.statements() < enough {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        () = half_way => {}
        done = db.commit(writes, record) => done.expect("all are new"),
    }
}
