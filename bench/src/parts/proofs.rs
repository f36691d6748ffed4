//! Grants to clients that prove themselves by an assertion, against a raw verification and a raw
//! signature on the same core.

use anyhow::Result;

use super::grants::{Repetition, repeat};
use super::{Bench, CLIENTS};
use crate::launch::Processor;
use crate::plan::{Algorithm, Limit};
use crate::proof::Proof;
use crate::report::Figure;
use crate::sign::RawSigner;
use crate::world::World;

const PART: &str = "proofs";

pub(super) fn measure(bench: &mut Bench) -> Result<()> {
    let world = bench.runtime.block_on(World::proving(CLIENTS))?;
    for processor in Processor::all() {
        measure_on(bench, &world, *processor)?;
    }
    Ok(())
}

fn measure_on(bench: &mut Bench, world: &World, processor: Processor) -> Result<()> {
    let server = bench.serve_on(processor, world)?;
    let mut signer = RawSigner::start(processor)?;
    for proof in Proof::ALL {
        let limit = Limit::Seconds(bench.seconds());
        let plan = world.plan(Algorithm::Rs256, 0..CLIENTS, limit);
        let mut plan = world.with_assertions(plan, proof)?;
        plan.warm_up_seconds = 0.5;
        let repetitions = repeat(bench, &mut signer, &server, &plan)?;
        let all = |value: fn(&Repetition) -> f64| repetitions.iter().map(value).collect::<Vec<_>>();
        let figure = |name: &str, value, unit| {
            let name = format!("{proof}: {name}{}", processor.suffix());
            Figure::median(PART, name, all(value), unit)
        };
        let raw = "raw verification and signature";
        for figure in [
            figure(raw, |r| r.raw.per_second, "/s"),
            figure("RS256 grants", |r| r.report.rate(), "/s"),
            figure("RS256 grants / raw", Repetition::ratio, ""),
            figure("the same, by processor time", Repetition::cpu_ratio, "").at_least(0.88),
            figure("processor time of a grant", |r| r.cpu_micros, "µs"),
            figure("server's share of its core", |r| r.server_load, ""),
        ] {
            bench.add(figure);
        }
    }
    server.stop()
}
