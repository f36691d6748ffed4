//! From the start of a process to its line `ready`. The launcher's own start is in the figures.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::{Bench, CLIENTS};
use crate::launch::{SERVER_CORE, pinned};
use crate::report::Figure;
use crate::server::Server;

const PART: &str = "ready";

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let starts = bench.choose(10, 3);

    // A first start makes RSA keys, which takes a different time each time.
    let first = (0..starts)
        .map(|_| {
            let folder = tempfile::tempdir()?;
            dev(bench, folder.path())
        })
        .collect::<Result<_>>()?;
    bench.add(Figure::median(PART, "`dev`, first start", first, "ms").at_most(1_000.0));

    let folder = tempfile::tempdir()?;
    dev(bench, folder.path())?;
    let again = (0..starts).map(|_| dev(bench, folder.path()));
    let again = again.collect::<Result<_>>()?;
    bench.add(Figure::median(PART, "`dev`, existing database", again, "ms").at_most(50.0));

    let world = bench.world(CLIENTS)?;
    bench.serve(&world)?.stop()?;
    let served = (0..starts).map(|_| {
        let server = bench.serve(&world)?;
        let time = millis(server.start_time);
        server.stop()?;
        Ok(time)
    });
    let served = served.collect::<Result<_>>()?;
    bench.add(Figure::median(PART, "`serve`, existing database", served, "ms").at_most(50.0));
    Ok(())
}

fn dev(bench: &Bench, folder: &Path) -> Result<f64> {
    let mut command = pinned(SERVER_CORE, &bench.program)?;
    command.args(["dev", "--listen", "127.0.0.1:0", "--data"]);
    command.arg(folder.join("data"));
    let server = Server::start(command, &folder.join("dev.log"))?;
    let time = millis(server.start_time);
    server.stop()?;
    Ok(time)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
