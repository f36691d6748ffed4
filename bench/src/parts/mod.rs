//! The parts of a run, in the order in which they are taken.

mod connections;
mod directory;
mod grants;
mod growth;
mod instructions;
mod log;
mod memory;
mod portal;
mod proofs;
mod ready;
mod size;
mod statements;
mod validate;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;
use tokio::runtime::Runtime;

use crate::RunArguments;
use crate::launch::{DRIVER_CORE, Processor, pinned_role};
use crate::machine::Machine;
use crate::plan::{LoadPlan, LoadReport};
use crate::report::{Figure, table};
use crate::server::Server;
use crate::world::World;

/// Clients of the usual directory.
const CLIENTS: u32 = 1_000;

type Part = fn(&mut Bench) -> Result<()>;

const PARTS: [(&str, Part); 13] = [
    ("size", size::measure),
    ("ready", ready::measure),
    ("grants", grants::measure),
    ("proofs", proofs::measure),
    ("connections", connections::measure),
    ("memory", memory::measure),
    ("log", log::measure),
    ("statements", statements::measure),
    ("instructions", instructions::measure),
    ("growth", growth::measure),
    ("directory", directory::measure),
    ("portal", portal::measure),
    ("validate", validate::measure),
];

/// What the parts share.
struct Bench {
    program: PathBuf,
    is_quick: bool,
    runtime: Runtime,
    figures: Vec<Figure>,
}

/// Measures, prints, and writes a complete run down.
pub(crate) fn run(arguments: &RunArguments) -> Result<()> {
    let known = |name: &&String| PARTS.iter().any(|(known, _)| known == name);
    if let Some(unknown) = arguments.parts.iter().find(|name| !known(name)) {
        let names = PARTS.map(|(name, _)| name).join(", ");
        bail!("there is no part {unknown:?}; there are {names}");
    }
    ensure!(
        arguments.server.exists(),
        "{} is not there: build it with `cargo build --release`",
        arguments.server.display()
    );
    let machine = Machine::look();
    let date = jiff::Zoned::now().date().to_string();
    println!("{}", machine.lines());
    let mut bench = Bench {
        program: fs::canonicalize(&arguments.server)?,
        is_quick: arguments.quick,
        runtime: Runtime::new()?,
        figures: Vec::new(),
    };
    for (name, measure) in PARTS {
        if arguments.parts.is_empty() || arguments.parts.iter().any(|part| part == name) {
            let before = bench.figures.len();
            measure(&mut bench).with_context(|| format!("part {name}"))?;
            println!("{}", table(&bench.figures[before..]));
        }
    }
    if arguments.parts.is_empty() {
        let is_complete = !arguments.quick;
        println!("{}", table(&bench.figures));
        if is_complete {
            write_down(&arguments.results, &date, &machine, &bench.figures)?;
        }
    }
    Ok(())
}

impl Bench {
    fn world(&self, applications: u32) -> Result<World> {
        self.runtime.block_on(World::new(applications))
    }

    fn serve(&self, world: &World) -> Result<Server> {
        self.serve_on(Processor::AsItIs, world)
    }

    fn serve_on(&self, processor: Processor, world: &World) -> Result<Server> {
        Server::serve(&self.program, world, processor)
    }

    fn add(&mut self, figure: Figure) {
        self.figures.push(figure);
    }

    /// `thorough`, or `quick` where figures need not be good.
    fn choose<T>(&self, thorough: T, quick: T) -> T {
        if self.is_quick { quick } else { thorough }
    }

    fn repetitions(&self) -> usize {
        self.choose(5, 1)
    }

    fn seconds(&self) -> f64 {
        self.choose(4.0, 0.5)
    }

    /// The slice of raw signatures before and after a repetition.
    fn slice_seconds(&self) -> f64 {
        self.choose(0.4, 0.1)
    }
}

/// Lets the load driver carry out a plan on its core.
fn drive(plan: &LoadPlan) -> Result<LoadReport> {
    let mut driver = pinned_role(DRIVER_CORE, "load")?
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = driver.stdin.take().context("no input")?;
    input.write_all(&serde_json::to_vec(plan)?)?;
    drop(input);
    let output = driver.wait_with_output()?;
    serde_json::from_slice(&output.stdout).with_context(|| {
        format!(
            "the load driver: {}",
            String::from_utf8_lossy(&output.stdout)
        )
    })
}

#[derive(Serialize)]
struct WrittenDown<'a> {
    date: &'a str,
    machine: &'a Machine,
    figures: &'a [Figure],
}

fn write_down(folder: &Path, date: &str, machine: &Machine, figures: &[Figure]) -> Result<()> {
    fs::create_dir_all(folder)?;
    let written = WrittenDown {
        date,
        machine,
        figures,
    };
    let json = serde_json::to_string_pretty(&written)? + "\n";
    fs::write(folder.join(format!("{date}.json")), json)?;
    let text = format!(
        "# Speed, {date}\n\nTaken in one run by `cargo xtask bench`; how is told in \
         [bench/README.md](../README.md). Each figure with repetitions is their median.\n\n\
         {}\n{}",
        machine.lines(),
        table(figures)
    );
    fs::write(folder.join(format!("{date}.md")), text)?;
    println!("written to {}/{date}.md and .json", folder.display());
    Ok(())
}
