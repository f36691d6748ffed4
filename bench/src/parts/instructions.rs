//! Instructions of a grant without its signature: a count that does not depend on how busy the
//! machine is. Both are counted as the difference of a longer and a shorter run, so that starts and
//! ends fall out.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use super::{Bench, drive};
use crate::launch::{SERVER_CORE, pinned};
use crate::plan::{Algorithm, Limit};
use crate::report::Figure;
use crate::server::Server;
use crate::world::World;

const PART: &str = "instructions";

/// Clients and connections: few, since each costs a slow first time.
const CLIENTS: u32 = 4;

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    if !std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join("valgrind").is_file())
    }) {
        bail!("instructions are counted by valgrind: install it, or name the other parts");
    }
    let world = bench.world(CLIENTS)?;
    // The first start makes keys, which takes more instructions than all the grants.
    bench.serve(&world)?.stop()?;
    let (few, many) = bench.choose((500, 3_500), (100, 400));
    let of_grants = |grants| server_instructions(bench, &world, grants);
    let grant = per_one(of_grants(few)?, of_grants(many)?, many - few);
    let signature = per_one(signatures(few)?, signatures(many)?, many - few);
    let name = "EdDSA grant, sign-in log included, signature taken out";
    bench.add(Figure::new(PART, name, grant - signature, ""));
    bench.add(Figure::new(PART, "Ed25519 signature", signature, ""));
    Ok(())
}

fn per_one(few: u64, many: u64, difference: u64) -> f64 {
    many.saturating_sub(few) as f64 / difference as f64
}

fn server_instructions(bench: &Bench, world: &World, grants: u64) -> Result<u64> {
    let folder = tempfile::tempdir()?;
    let mut command = callgrind(&folder)?;
    command
        .arg(&bench.program)
        .arg("serve")
        .arg("--config")
        .arg(world.config());
    let server = Server::start(command, &world.path().join("callgrind.log"))?;
    let mut plan = world.plan(Algorithm::EdDsa, 0..CLIENTS, Limit::Grants(grants));
    plan.connections = 4;
    drive(&plan)?;
    server.stop()?;
    counted(folder.path())
}

fn signatures(times: u64) -> Result<u64> {
    let folder = tempfile::tempdir()?;
    let mut command = callgrind(&folder)?;
    command.arg(std::env::current_exe()?);
    command.args(["sign-times", Algorithm::EdDsa.name(), &times.to_string()]);
    let output = command.output()?;
    if !output.status.success() {
        bail!("valgrind: {}", String::from_utf8_lossy(&output.stderr));
    }
    counted(folder.path())
}

fn callgrind(folder: &TempDir) -> Result<std::process::Command> {
    let mut command = pinned(SERVER_CORE, "valgrind")?;
    command.arg("--tool=callgrind");
    command.arg(format!(
        "--callgrind-out-file={}/out",
        folder.path().display()
    ));
    Ok(command)
}

fn counted(folder: &Path) -> Result<u64> {
    let out = fs::read_to_string(folder.join("out"))?;
    let total = out.lines().find_map(|line| line.strip_prefix("totals: "));
    total
        .and_then(|total| total.trim().parse().ok())
        .context("callgrind wrote no total")
}
