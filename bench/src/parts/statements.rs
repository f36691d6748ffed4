//! SQL statements of a warm grant: there must be none. What runs beside the grants (the question
//! for changes, the batches of the sign-in log) is told by the clock and does not grow with them.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use countersign_domain::consent::answer::AnswerForm;
use countersign_domain::secret::Pepper;
use countersign_server::{
    BaseUrl, Config, Keys, Limits, Listener, MasterKey, Network, OutboundPolicy, SystemClock,
    SystemRandom, TlsFiles,
};
use countersign_store::Db;
use tokio::net::TcpListener;

use super::Bench;
use crate::load;
use crate::plan::{Algorithm, Limit};
use crate::report::Figure;
use crate::world::World;

const PART: &str = "statements";

/// Long enough for what was asked before to be written down.
const SETTLED: Duration = Duration::from_millis(1_200);

/// Clients that take turns; each has a row to be marked as used in every batch of the log.
const CLIENTS: u32 = 4;

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let world = bench.world(CLIENTS)?;
    let grants = bench.choose(10_000, 1_000);
    let counted = bench.runtime.block_on(count(&world, grants))?;
    let name = format!("in {grants} warm grants, log and polling included");
    bench.add(Figure::new(PART, name, counted.total as f64, ""));
    bench.add(Figure::new(PART, "of a warm grant", counted.of_a_grant(), "").at_most(0.0));
    Ok(())
}

/// Statements that were executed while grants were made.
struct Counted {
    total: u64,
    grants: u64,
    /// The most that the log and the polling can have caused in this time.
    beside: u64,
}

impl Counted {
    /// Statements that only the grants themselves can have caused.
    fn of_a_grant(&self) -> f64 {
        self.total.saturating_sub(self.beside) as f64 / self.grants as f64
    }
}

async fn count(world: &World, grants: u64) -> Result<Counted> {
    let (server, db) = start(world).await?;
    let plan = |grants| world.plan(Algorithm::EdDsa, 0..CLIENTS, Limit::Grants(grants));
    load::run(&plan(100)).await?;
    tokio::time::sleep(SETTLED).await;

    let (begin, before) = (Instant::now(), db.statements());
    load::run(&plan(grants)).await?;
    tokio::time::sleep(SETTLED).await;
    let (elapsed, total) = (begin.elapsed(), db.statements() - before);
    server.stop().await;

    // Four questions a second. Two batches a second, each beginning, ending and marking the
    // clients; a statement for 50 records, and for each of the last 49 at most. The driver asks
    // once more than it counts.
    let ticks = |interval: f64| (elapsed.as_secs_f64() / interval).ceil() as u64 + 1;
    let transactions = ticks(0.5) + grants / 1_000 + 1;
    let beside = ticks(0.25)
        + transactions * (2 + u64::from(CLIENTS) + 49).min(grants)
        + grants.div_ceil(50);
    Ok(Counted {
        total,
        grants,
        beside,
    })
}

/// A server in this process, so that its database can be asked how much it did.
pub(super) async fn start(world: &World) -> Result<(countersign_server::Running, Db)> {
    let at = world.path();
    let base_url = BaseUrl::parse(&format!("https://localhost:{}", world.address.port()))?;
    let config = Config {
        node_name: "bench".to_owned(),
        base_url,
        listen: world.address,
        listener: Listener::Tls(TlsFiles {
            certificate: at.join("server.pem"),
            private_key: at.join("server.key"),
        }),
        stale_max: Duration::from_secs(60),
        outbound: OutboundPolicy::default(),
        outbound_limits: Limits::default(),
        metrics_networks: Network::LOOPBACK.to_vec(),
        consent_answer: AnswerForm::default(),
        development_issuer: None,
    };
    let keys = Keys {
        master: MasterKey::new(&key(&at.join("master.key"))?),
        pepper: Pepper::new(&key(&at.join("pepper.key"))?),
    };
    let db = Db::open(&format!("sqlite://{}", world.database().display())).await?;
    let socket = TcpListener::bind(world.address).await?;
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    let server = countersign_server::start(config, socket, db.clone(), keys, clock, random).await?;
    Ok((server, db))
}

fn key(path: &Path) -> Result<[u8; 32]> {
    let text = std::fs::read_to_string(path)?;
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.trim())?;
    bytes.try_into().ok().context("a key has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The driver, the world and the server go together, and ten times the grants cause no more
    /// reading.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_warm_grant_runs_no_statement() {
        let world = World::new(CLIENTS).await.expect("a world");
        let counted = count(&world, 500).await.expect("grants");
        assert_eq!(counted.of_a_grant(), 0.0, "{} statements", counted.total);
        assert!(counted.total > 0, "the log was written");
    }
}
