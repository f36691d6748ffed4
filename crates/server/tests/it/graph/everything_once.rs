//! GRA-14: a list of thousands of applications, while others come and go.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use countersign_domain::directory::{Application, AuditRecord, Write};
use countersign_domain::ids::{AppId, ApplicationId, CorrelationId};
use countersign_store::Db;
use countersign_testkit::random::SeededRandom;

use super::{CONTOSO, READER, World};
use crate::node::START;

/// As many as a debug build adds in some seconds; the catalogue's 100,000 are for a release build.
const APPLICATIONS: usize = 5_000;

/// Writes of one commit.
const CHUNK: usize = 500;

/// Those of Contoso itself.
const BEFORE: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn every_application_is_listed_once_while_others_come_and_go() {
    let world = World::start().await;
    let token = world.token(READER).await;
    let random = SeededRandom::new(14);
    let template = template(&world.node.db).await;
    let lasting: Vec<_> = (0..APPLICATIONS)
        .map(|_| another(&template, &random))
        .collect();
    for chunk in lasting.chunks(CHUNK) {
        let adds = chunk.iter().cloned().map(Write::AddApplication);
        commit(&world.node.db, &random, &adds.collect::<Vec<_>>()).await;
    }
    let lasting: HashSet<_> = lasting.iter().map(|one| one.id.to_string()).collect();

    let (stops, made) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let others = tokio::spawn({
        let (db, stops, made) = (world.node.db.clone(), stops.clone(), made.clone());
        async move { come_and_go(&db, &template, &stops, &made).await }
    });
    for order in ["", "&$orderby=displayName"] {
        let before = made.load(Ordering::SeqCst);
        let pages = pages(&world, &token, &format!("/applications?$top=100{order}")).await;
        assert!(
            made.load(Ordering::SeqCst) > before + 10,
            "the others must have been at it meanwhile"
        );
        let mut seen = HashSet::new();
        for id in pages.into_iter().flatten() {
            assert!(seen.insert(id.clone()), "{id} is there twice{order}");
        }
        let missed: Vec<_> = lasting.difference(&seen).collect();
        assert!(missed.is_empty(), "not listed{order}: {missed:?}");
    }
    stops.store(true, Ordering::SeqCst);
    others.await.expect("the others end");
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_costs_more_statements_than_the_first() {
    let world = World::start().await;
    let token = world.token(READER).await;
    let random = SeededRandom::new(15);
    let template = template(&world.node.db).await;
    for _ in 0..APPLICATIONS / CHUNK {
        let adds = (0..CHUNK).map(|_| Write::AddApplication(another(&template, &random)));
        commit(&world.node.db, &random, &adds.collect::<Vec<_>>()).await;
    }
    for order in ["", "&$orderby=displayName"] {
        let mut next = Some(format!("/applications?$top=100{order}"));
        let mut costs = Vec::new();
        while let Some(path) = next {
            let mut tries = Vec::new();
            // The node itself asks in the background, but not each time.
            for _ in 0..3 {
                let before = world.node.db.statements();
                let answer = world.get(&token, &path).await;
                assert_eq!(answer.status, 200, "{path}: {}", answer.body);
                tries.push((world.node.db.statements() - before, answer));
            }
            let cheapest = tries.into_iter().min_by_key(|(cost, _)| *cost);
            let (cost, answer) = cheapest.expect("there were tries");
            costs.push(cost);
            next = answer.json()["@odata.nextLink"].as_str().map(below);
        }
        assert_eq!(
            costs.len(),
            (APPLICATIONS + BEFORE).div_ceil(100),
            "{order}"
        );
        let most = costs.iter().max();
        assert_eq!(most, costs.first(), "{order}: {costs:?}");
    }
    world.node.stop().await;
}

/// The ids on each page, following the links.
async fn pages(world: &World, token: &str, path: &str) -> Vec<BTreeSet<String>> {
    let mut pages = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let answer = world.get(token, &path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let json = answer.json();
        let rows = json["value"].as_array().expect("a list");
        let ids = rows
            .iter()
            .map(|row| row["id"].as_str().expect("an id").to_owned());
        let ids: BTreeSet<_> = ids.collect();
        assert_eq!(ids.len(), rows.len(), "{path}: one is there twice");
        pages.push(ids);
        next = json["@odata.nextLink"].as_str().map(below);
    }
    pages
}

/// Adds and deletes applications, anywhere in either order, until it is told to end.
async fn come_and_go(db: &Db, template: &Application, stops: &AtomicBool, made: &AtomicUsize) {
    let random = SeededRandom::new(16);
    let mut there = Vec::new();
    while !stops.load(Ordering::SeqCst) {
        let new = another(template, &random);
        let mut writes = vec![Write::AddApplication(new.clone())];
        there.push(new);
        if there.len() > 20 {
            let old = there.swap_remove(random.below(there.len() - 1));
            writes.push(Write::DeleteApplication {
                tenant_id: old.tenant_id,
                id: old.id,
                at: START,
            });
        }
        commit(db, &random, &writes).await;
        made.fetch_add(1, Ordering::SeqCst);
    }
}

async fn commit(db: &Db, random: &SeededRandom, writes: &[Write]) {
    let id = CorrelationId::random(random);
    let record = AuditRecord::of_command(START, "Test", id, Vec::new());
    db.commit(writes, &record).await.expect("it is committed");
}

/// An application of Contoso without names that only one can have.
async fn template(db: &Db) -> Application {
    let tenant_id = CONTOSO.parse().expect("a tenant id");
    let state = db.tenant_state(tenant_id).await.expect("the database");
    let applications = state.expect("a tenant").applications;
    let mut plain = applications
        .into_iter()
        .filter(|one| one.identifier_uris.is_empty());
    plain.next().expect("an application without App ID URIs")
}

fn another(template: &Application, random: &SeededRandom) -> Application {
    Application {
        id: ApplicationId::random(random),
        app_id: AppId::random(random),
        display_name: format!("Many {:03}", random.below(1_000)),
        ..template.clone()
    }
}

/// A link without the service root.
fn below(link: &str) -> String {
    let path = link.strip_prefix("https://id.example/v1.0");
    path.unwrap_or_else(|| panic!("{link}")).to_owned()
}
