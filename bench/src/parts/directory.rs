//! The Graph API on a large directory: a page, a search and one object, on both databases.

use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use countersign_testkit::endpoint::Endpoint;
use countersign_testkit::http1::Connection;
use countersign_testkit::postgres::Postgres;
use serde_json::Value;

use super::Bench;
use crate::report::Figure;
use crate::world::{Database, World};

const PART: &str = "directory";

/// Applications of the small directory.
const FEW: u32 = 1_000;

/// What is asked, and how often for one figure. `{name}` and `{id}` are of an application in the
/// middle.
const QUESTIONS: [(&str, &str, u32); 4] = [
    ("a page of 100", "applications?$top=100", 100),
    (
        "the 100 that begin so",
        "applications?$filter=startswith(displayName,'Client%205')&$top=100",
        100,
    ),
    (
        "one by its name",
        "applications?$filter=displayName%20eq%20'{name}'",
        400,
    ),
    ("one by its id", "applications/{id}", 400),
];

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let many = bench.choose(100_000, 5_000);
    let postgres = Postgres::start();
    for (database, name) in [
        (Database::Sqlite, "SQLite"),
        (Database::At(postgres.database()), "PostgreSQL"),
    ] {
        let few = times(bench, &database, FEW)?;
        let database = match database {
            Database::Sqlite => Database::Sqlite,
            Database::At(_) => Database::At(postgres.database()),
        };
        let large = times(bench, &database, many)?;
        for (((what, ..), few), large) in QUESTIONS.iter().zip(few).zip(large) {
            let growth = large.iter().zip(&few).map(|(large, few)| large / few);
            let growth: Vec<_> = growth.collect();
            let figure = |label: String, samples, unit| Figure::median(PART, label, samples, unit);
            bench.add(figure(format!("{name}, {FEW}: {what}"), few, "µs"));
            bench.add(figure(format!("{name}, {many}: {what}"), large, "µs"));
            let label = format!("{name}: {what}, {many} / {FEW}");
            bench.add(figure(label, growth, "").at_most(1.3));
        }
    }
    Ok(())
}

/// Microseconds of an answer, for each question and repetition, over one kept connection.
fn times(bench: &Bench, database: &Database, applications: u32) -> Result<Vec<Vec<f64>>> {
    let world = bench
        .runtime
        .block_on(World::listed(database, applications))?;
    let administrator = administrator(bench, &world)?;
    let server = bench.serve(&world)?;
    let endpoint = Endpoint::tls(world.address, &world.path().join("server.pem"));
    let mut caller = Caller::new(Connection::open(&endpoint), &world, &administrator)?;
    let middle = format!("Client {}", applications / 2);
    let found = caller.ask(&format!(
        "applications?$filter=displayName%20eq%20'{}'",
        middle.replace(' ', "%20")
    ))?;
    let id = found["value"][0]["id"].as_str().context("it is listed")?;
    let mut all = Vec::new();
    for (_, path, times) in QUESTIONS {
        let path = path
            .replace("{name}", &middle.replace(' ', "%20"))
            .replace("{id}", id);
        let times = bench.choose(times, 10);
        caller.ask(&path)?;
        let mut samples = Vec::new();
        for _ in 0..bench.repetitions() {
            let begin = Instant::now();
            for _ in 0..times {
                caller.ask(&path)?;
            }
            samples.push(begin.elapsed().as_secs_f64() * 1e6 / f64::from(times));
        }
        all.push(samples);
    }
    server.stop()?;
    Ok(all)
}

/// Who may ask, as the command for that says.
pub(super) fn administrator(bench: &Bench, world: &World) -> Result<Value> {
    let output = Command::new(&bench.program)
        .args(["admin", "create-app", "--json", "--config"])
        .arg(world.config())
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(output.status.success(), "no administrator was made");
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// A token of the administrator.
pub(super) fn token(world: &World, administrator: &Value) -> Result<String> {
    let endpoint = Endpoint::tls(world.address, &world.path().join("server.pem"));
    Ok(Caller::new(Connection::open(&endpoint), world, administrator)?.token)
}

struct Caller {
    connection: Connection,
    token: String,
}

impl Caller {
    fn new(mut connection: Connection, world: &World, administrator: &Value) -> Result<Self> {
        let member = |name: &str| administrator[name].as_str().context("text");
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}&scope=.default",
            member("appId")?,
            member("clientSecret")?,
        );
        let request = format!(
            "POST /{}/oauth2/v2.0/token HTTP/1.1\r\nHost: localhost:{}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            member("tenantId")?,
            world.address.port(),
            form.len(),
        );
        let answer = connection
            .exchange(request.as_bytes())
            .map_err(|unanswered| anyhow::anyhow!("{unanswered:?}"))?;
        let token = answer.json()["access_token"].as_str().map(str::to_owned);
        Ok(Self {
            connection,
            token: token.with_context(|| answer.text())?,
        })
    }

    fn ask(&mut self, path: &str) -> Result<Value> {
        let request = format!(
            "GET /v1.0/{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n",
            self.token
        );
        let answer = self
            .connection
            .exchange(request.as_bytes())
            .map_err(|unanswered| anyhow::anyhow!("{unanswered:?}"))?;
        ensure!(answer.status == 200, "{}", answer.text());
        Ok(answer.json())
    }
}
