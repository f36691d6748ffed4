//! Grants that each come on a new TLS connection, as from programs that start, ask and end.

use anyhow::Result;

use super::grants::{Repetition, repeat};
use super::{Bench, CLIENTS};
use crate::launch::Processor;
use crate::plan::{Algorithm, Limit};
use crate::report::Figure;
use crate::sign::RawSigner;
use crate::world::World;

const PART: &str = "connections";

/// New connections at a time.
const CONNECTIONS: usize = 16;

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let world = bench.world(CLIENTS)?;
    for processor in Processor::all() {
        measure_on(bench, &world, *processor)?;
    }
    Ok(())
}

fn measure_on(bench: &mut Bench, world: &World, processor: Processor) -> Result<()> {
    let server = bench.serve_on(processor, world)?;
    let mut signer = RawSigner::start(processor)?;
    let limit = Limit::Seconds(bench.seconds());
    let mut plan = world.plan(Algorithm::Rs256, 0..CLIENTS, limit);
    plan.warm_up_seconds = 0.5;
    plan.connections = CONNECTIONS;
    plan.is_fresh = true;
    let repetitions = repeat(bench, &mut signer, &server, &plan)?;
    let all = |value: fn(&Repetition) -> f64| repetitions.iter().map(value).collect::<Vec<_>>();
    let figure = |name: &str, value, unit| {
        let name = format!("{name}{}", processor.suffix());
        Figure::median(PART, name, all(value), unit)
    };
    for figure in [
        figure(
            "RS256 grants, each on a new connection",
            |r| r.report.rate(),
            "/s",
        ),
        figure("the same / raw signatures", Repetition::ratio, "").at_least(0.70),
        figure("the same, by processor time", Repetition::cpu_ratio, ""),
        figure(
            "p50, 16 connections",
            |r| f64::from(r.report.p50_micros) / 1e3,
            "ms",
        ),
        figure(
            "p99, 16 connections",
            |r| f64::from(r.report.p99_micros) / 1e3,
            "ms",
        ),
        figure("server's share of its core", |r| r.server_load, ""),
    ] {
        bench.add(figure);
    }
    server.stop()
}
