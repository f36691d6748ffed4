//! Resident memory: of a server that nobody has asked yet, and after very many grants.

use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;

use super::{Bench, CLIENTS, drive};
use crate::plan::{Algorithm, Limit};
use crate::report::Figure;

const PART: &str = "memory";

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let world = bench.world(CLIENTS)?;
    let server = bench.serve(&world)?;
    sleep(Duration::from_secs(2));
    let idle = server.resident_mib()?;
    bench.add(Figure::new(PART, "idle", idle, "MiB").at_most(20.0));

    // The signature takes no memory; the fast one makes more grants fall into one batch of the log.
    let grants = bench.choose(100_000, 5_000);
    drive(&world.plan(Algorithm::EdDsa, 0..CLIENTS, Limit::Grants(grants)))?;
    let loaded = server.resident_mib()?;
    let name = format!("after {grants} grants to {CLIENTS} clients");
    bench.add(Figure::new(PART, name, loaded, "MiB").at_most(30.0));
    server.stop()
}
