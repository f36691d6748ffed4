//! Many requests at once, and a database that has few connections.

use std::sync::Arc;
use std::time::Duration;

use countersign_testkit::postgres::Postgres;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{ADMINISTRATOR, GRAPH, READER, World};

/// More than there are connections.
const MANY: usize = 12;

/// Shorter than anybody would wait for a connection.
const SOON: Duration = Duration::from_secs(8);

async fn on_postgres() -> World {
    World::start_on(&Postgres::shared().database()).await
}

async fn stop(world: Arc<World>) {
    let world = Arc::into_inner(world).expect("every request is answered");
    world.node.stop().await;
}

async fn many_read_one_application(world: World) {
    let world = Arc::new(world);
    let token = world.token(ADMINISTRATOR).await;
    let mut requests = JoinSet::new();
    for _ in 0..3 * MANY {
        let (world, token) = (world.clone(), token.clone());
        requests.spawn(async move {
            let path = format!("/applications(appId='{ADMINISTRATOR}')");
            world.get(&token, &path).await
        });
    }
    let answers = timeout(SOON, requests.join_all()).await;
    for answer in answers.expect("nobody waits for another in a circle") {
        assert_eq!(answer.status, 200, "{}", answer.body);
        let secret = answer.json()["passwordCredentials"][0].clone();
        assert!(secret.get("lastUsedDateTime").is_some(), "{secret}");
    }
    stop(world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_read_one_application_at_once_on_sqlite() {
    many_read_one_application(World::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_read_one_application_at_once_on_postgres() {
    many_read_one_application(on_postgres().await).await;
}

async fn tokens_are_brought_while_the_directory_is_busy(world: World) {
    let token = world.token(ADMINISTRATOR).await;
    let world = Arc::new(world);
    // As slow as readers and writers can be.
    let end = Arc::new(Semaphore::new(0));
    let mut held = JoinSet::new();
    for _ in 0..MANY {
        let (db, end) = (world.node.db.clone(), end.clone());
        let (other, other_end) = (db.clone(), end.clone());
        held.spawn(async move {
            let _view = db.view().await.expect("its turn comes");
            end.acquire().await.map(drop).expect("it is never closed");
        });
        held.spawn(async move {
            let _change = other.change().await.expect("its turn comes");
            let waited = other_end.acquire().await;
            waited.map(drop).expect("it is never closed");
        });
    }
    // Long enough for all of them to be where they wait.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut requests = JoinSet::new();
    for number in 0..MANY {
        let (world, token) = (world.clone(), token.clone());
        requests.spawn(async move {
            let body = json!({"displayName": format!("Made {number}")});
            let read = world.get(&token, "/applications").await.status;
            (
                read,
                world.post(&token, "/applications", &body).await.status,
            )
        });
    }
    // Nobody has asked for this one before, so that it is read.
    let answer = timeout(SOON, world.ask_token(READER, GRAPH)).await;
    assert_eq!(answer.expect("tokens do not wait").status, 200);
    end.add_permits(1);
    held.join_all().await;
    let statuses = requests.join_all().await;
    assert_eq!(statuses, vec![(200, 201); MANY]);
    stop(world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_do_not_wait_for_the_directory_on_sqlite() {
    tokens_are_brought_while_the_directory_is_busy(World::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_do_not_wait_for_the_directory_on_postgres() {
    tokens_are_brought_while_the_directory_is_busy(on_postgres().await).await;
}
