//! Measures Countersign through real sockets: see `bench/README.md` for what and how.
//!
//! One binary plays every role. `run` conducts; the load driver, the raw signatures and the
//! launcher are children of it, so that each can be held on a core of its own.

#![expect(
    clippy::print_stdout,
    reason = "a command-line program: its output is for the person who measures"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "the bench looks at the machine it runs on and at today's date; no token is made here"
)]

mod crowd;
mod launch;
mod load;
mod machine;
mod parts;
mod plan;
mod proof;
mod report;
mod seed;
mod server;
mod sign;
mod statistics;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "countersign-bench", about)]
struct Arguments {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Measures all parts, or the named ones, and prints goals and measurements.
    Run(RunArguments),
    /// Asks for tokens as a plan on standard input says; prints what came of it.
    #[command(hide = true)]
    Load,
    /// Signs: a slice for each line `ALGORITHM VERIFIED SECONDS` on standard input.
    #[command(hide = true)]
    Sign,
    /// Signs so many times and ends, for counting instructions.
    #[command(hide = true)]
    SignTimes { algorithm: String, times: u64 },
    /// Becomes another program on one core, ahead of everything else that runs.
    #[command(hide = true, trailing_var_arg = true)]
    Pinned { core: usize, command: Vec<PathBuf> },
}

#[derive(clap::Args)]
struct RunArguments {
    /// Parts to measure; all of them if none is named.
    parts: Vec<String>,
    /// Shorter and fewer repetitions, a smaller directory: to try things out, not to publish.
    #[arg(long)]
    quick: bool,
    /// The release binary.
    #[arg(long, default_value = "target/release/countersign")]
    server: PathBuf,
    /// Where a run of all parts is written down.
    #[arg(long, default_value = "bench/results")]
    results: PathBuf,
}

fn main() -> ExitCode {
    match run(Arguments::parse().role) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(role: Role) -> Result<()> {
    match role {
        Role::Run(arguments) => parts::run(&arguments),
        Role::Load => load::child(),
        Role::Sign => sign::child(),
        Role::SignTimes { algorithm, times } => sign::times(algorithm.parse()?, times),
        Role::Pinned { core, command } => launch::become_pinned(core, &command),
    }
}
