//! GRA-18: no secret, no hash of one and no token in anything that is read, or in the log.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use countersign_domain::graph::route::Operation;

use super::super::{ADMINISTRATOR, CONTOSO, SECRET, World};
use super::objects::{As, Objects};
use super::samples::sample;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_shows_a_secret_again() {
    let log = Log::start();
    let world = World::start().await;
    let token = world.token(ADMINISTRATOR).await;
    let admin = As {
        world: &world,
        token: Some(&token),
    };
    let objects = Objects::make(admin, CONTOSO, "contoso.example", &[]).await;
    let mut canaries = vec![
        SECRET.to_owned(),
        "not-kept-anywhere-1".to_owned(),
        token.clone(),
    ];
    let names = [
        "applicationSecretText",
        "servicePrincipalSecretText",
        "applicationProof",
    ];
    canaries.extend(names.map(|name| objects.get(name).to_owned()));
    let tenant = CONTOSO.parse().expect("an id");
    let state = world
        .node
        .db
        .tenant_state(tenant)
        .await
        .expect("readable")
        .expect("there");
    canaries.extend(
        state
            .passwords
            .iter()
            .map(|password| password.hash.to_stored()),
    );
    assert!(canaries.len() > 8, "there are hashes");

    let mut read = 0;
    for operation in Operation::ALL
        .iter()
        .copied()
        .filter(|operation| operation.is_read())
    {
        let (path, body) = sample(operation, &objects);
        for query in [
            "",
            "?$select=*",
            "?$select=id,passwordCredentials,keyCredentials",
        ] {
            let path = format!("{path}{query}");
            let answer = admin
                .send(operation.method().as_str(), &path, body.as_ref())
                .await;
            read += usize::from(answer.status == 200);
            search(&canaries, &path, &answer.head);
            search(&canaries, &path, &answer.body);
        }
    }
    assert!(read > 50, "{read}");
    world.node.stop().await;
    let log = log.text();
    assert!(log.contains(MARK), "the log is on");
    search(&canaries, "the log", &log);
}

#[track_caller]
fn search(canaries: &[String], place: &str, text: &str) {
    for canary in canaries {
        assert!(!text.contains(canary.as_str()), "{canary} in {place}");
    }
}

/// The first line of the log.
const MARK: &str = "everything is logged from here on";

/// What the servers of this process log, at every level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn start() -> Self {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::set_global_default(subscriber).expect("no other test has a log");
        tracing::trace!("{MARK}");
        log
    }

    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
