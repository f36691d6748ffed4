//! Grants a second of one core, at saturation, against raw signatures on the same core.

use anyhow::Result;

use super::{Bench, CLIENTS, drive};
use crate::launch::Processor;
use crate::plan::{Algorithm, Limit, LoadPlan, LoadReport};
use crate::report::Figure;
use crate::server::Server;
use crate::sign::{RawRate, RawSigner};
use crate::world::World;

const PART: &str = "grants";

/// One repetition: the report, and the raw signatures around it.
pub(super) struct Repetition {
    pub(super) report: LoadReport,
    pub(super) raw: RawRate,
    /// Processor time of the server for each grant, in microseconds.
    pub(super) cpu_micros: f64,
    /// Its share of the core.
    pub(super) server_load: f64,
}

impl Repetition {
    pub(super) fn ratio(&self) -> f64 {
        self.report.rate() / self.raw.per_second
    }

    /// The same without the time that other programs took from either.
    pub(super) fn cpu_ratio(&self) -> f64 {
        1e6 / self.cpu_micros / self.raw.per_cpu_second
    }
}

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let world = bench.world(CLIENTS)?;
    for processor in Processor::all() {
        let algorithms: &[Algorithm] = match processor {
            Processor::AsItIs => &Algorithm::ALL,
            // The others do not use it.
            Processor::WithoutIfma => &[Algorithm::Rs256],
        };
        measure_on(bench, &world, *processor, algorithms)?;
    }
    Ok(())
}

fn measure_on(
    bench: &mut Bench,
    world: &World,
    processor: Processor,
    algorithms: &[Algorithm],
) -> Result<()> {
    let server = bench.serve_on(processor, world)?;
    let mut signer = RawSigner::start(processor)?;
    println!("server: {}", server.priority());
    for &algorithm in algorithms {
        let mut plan = world.plan(algorithm, 0..CLIENTS, Limit::Seconds(bench.seconds()));
        plan.warm_up_seconds = 0.5;
        let repetitions = repeat(bench, &mut signer, &server, &plan)?;
        add(bench, algorithm, processor, &repetitions);
    }
    server.stop()
}

/// Loads the server so many times; each time raw signatures are measured before and after, since
/// the machine's own speed changes.
pub(super) fn repeat(
    bench: &Bench,
    signer: &mut RawSigner,
    server: &Server,
    plan: &LoadPlan,
) -> Result<Vec<Repetition>> {
    let slice = bench.slice_seconds();
    (0..bench.repetitions())
        .map(|_| {
            let before = signer.measure(plan, slice)?;
            let cpu_before = server.cpu_time()?;
            let report = drive(plan)?;
            let cpu = (server.cpu_time()? - cpu_before).as_secs_f64();
            let after = signer.measure(plan, slice)?;
            // The warm-up's grants took processor time too.
            let seconds = report.seconds + plan.warm_up_seconds;
            Ok(Repetition {
                raw: RawRate {
                    per_second: f64::midpoint(before.per_second, after.per_second),
                    per_cpu_second: f64::midpoint(before.per_cpu_second, after.per_cpu_second),
                },
                cpu_micros: cpu * 1e6 / (report.rate() * seconds),
                server_load: cpu / seconds,
                report,
            })
        })
        .collect()
}

fn add(bench: &mut Bench, algorithm: Algorithm, processor: Processor, repetitions: &[Repetition]) {
    let all = |value: fn(&Repetition) -> f64| repetitions.iter().map(value).collect::<Vec<_>>();
    let median = |name: String, value, unit| {
        let name = name + processor.suffix();
        Figure::median(PART, name, all(value), unit)
    };
    let p50 = |r: &Repetition| f64::from(r.report.p50_micros) / 1e3;
    let p99 = |r: &Repetition| f64::from(r.report.p99_micros) / 1e3;
    let spread = |r: &Repetition| f64::from(r.report.p99_micros) / f64::from(r.report.p50_micros);
    let ratio = median(
        format!("{algorithm} grants / raw signatures"),
        Repetition::ratio,
        "",
    );
    let spread = median(format!("{algorithm} p99 / p50"), spread, "");
    let (ratio, spread) = match algorithm {
        Algorithm::Rs256 => (ratio.at_least(0.93), spread.at_most(1.5)),
        Algorithm::Es256 => (ratio.at_least(0.45), spread),
        Algorithm::EdDsa => (ratio, spread),
    };
    for figure in [
        median(
            format!("raw {algorithm} signatures"),
            |r| r.raw.per_second,
            "/s",
        ),
        median(format!("{algorithm} grants"), |r| r.report.rate(), "/s"),
        ratio,
        median(
            format!("{algorithm} grants / raw signatures, by processor time"),
            Repetition::cpu_ratio,
            "",
        ),
        median(format!("{algorithm} p50, 32 connections"), p50, "ms"),
        median(format!("{algorithm} p99, 32 connections"), p99, "ms"),
        spread,
        median(
            format!("{algorithm} processor time of a grant"),
            |r| r.cpu_micros,
            "µs",
        ),
        median(
            format!("{algorithm} server's share of its core"),
            |r| r.server_load,
            "",
        ),
    ] {
        bench.add(figure);
    }
}
