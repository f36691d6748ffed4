//! Grants that each come on a new TLS connection, as from programs that start, ask and end.

use anyhow::Result;

use super::grants::{Repetition, repeat};
use super::{Bench, CLIENTS};
use crate::plan::{Algorithm, Limit};
use crate::report::Figure;

const PART: &str = "connections";

/// New connections at a time.
const CONNECTIONS: usize = 16;

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let world = bench.world(CLIENTS)?;
    let server = bench.serve(&world)?;
    let limit = Limit::Seconds(bench.seconds());
    let mut plan = world.plan(Algorithm::Rs256, 0..CLIENTS, limit);
    plan.warm_up_seconds = 0.5;
    plan.connections = CONNECTIONS;
    plan.is_fresh = true;
    let repetitions = repeat(bench, &server, &plan)?;
    let all = |value: fn(&Repetition) -> f64| repetitions.iter().map(value).collect::<Vec<_>>();
    let figure = |name, value, unit| Figure::median(PART, name, all(value), unit);
    for figure in [
        figure(
            "RS256 grants, each on a new connection",
            |r| r.report.rate(),
            "/s",
        ),
        figure("the same / raw signatures", Repetition::ratio, "").at_least(0.70),
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
        figure("driver's share of its core", |r| r.report.driver_load, ""),
    ] {
        bench.add(figure);
    }
    server.stop()
}
