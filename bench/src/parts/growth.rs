//! Whether a grant costs more when the directory is large, and what a client costs that this node
//! has not seen yet.

use anyhow::Result;

use super::{Bench, CLIENTS, drive};
use crate::plan::{Algorithm, Limit, LoadPlan};
use crate::report::Figure;
use crate::world::World;

const PART: &str = "growth";

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let applications = bench.choose(1_000_000, 20_000);
    let small = bench.world(CLIENTS)?;
    let large = bench.world(applications)?;
    cold(bench, &large, applications)?;
    for algorithm in [Algorithm::Rs256, Algorithm::EdDsa] {
        let ratios = compare(bench, &small, &large, algorithm)?;
        let name =
            format!("{algorithm}: cost of a grant at {applications} / at {CLIENTS} applications");
        bench.add(Figure::median(PART, name, ratios, "").at_most(1.1));
    }
    Ok(())
}

/// Both servers run at the same time and are asked in turns; the one that is not asked sleeps.
fn compare(
    bench: &mut Bench,
    small: &World,
    large: &World,
    algorithm: Algorithm,
) -> Result<Vec<f64>> {
    let limit = Limit::Seconds(bench.seconds() / 2.0);
    let plan = |world: &World| LoadPlan {
        warm_up_seconds: 0.5,
        ..world.plan(algorithm, 0..CLIENTS, limit)
    };
    let servers = [bench.serve(small)?, bench.serve(large)?];
    let (small, large) = (plan(small), plan(large));
    let ratios = (0..bench.choose(7, 1))
        .map(|_| Ok(drive(&small)?.rate() / drive(&large)?.rate()))
        .collect();
    for server in servers {
        server.stop()?;
    }
    ratios
}

/// Every request is by another client, so that none is in the cache.
fn cold(bench: &mut Bench, large: &World, applications: u32) -> Result<()> {
    let requests = bench.choose(20_000, 2_000);
    let limit = Limit::Grants(u64::from(requests));
    let server = bench.serve(large)?;
    // Ids are spread like random ones, so neighbours in number are none in the database.
    let clients = applications - requests..applications;
    let report = drive(&large.plan(Algorithm::EdDsa, clients.clone(), limit))?;
    let warm = drive(&large.plan(Algorithm::EdDsa, clients, limit))?;
    let extra = 1e6 / report.rate() - 1e6 / warm.rate();
    bench.add(Figure::new(
        PART,
        "EdDSA grants to clients never seen before",
        report.rate(),
        "/s",
    ));
    bench.add(Figure::new(
        PART,
        "what such a client costs more, once",
        extra,
        "µs",
    ));
    server.stop()
}
