//! The project's chores, written once in Rust: what CI runs is what a person runs.
//!
//! Start with `cargo xtask --help`.

#![expect(
    clippy::print_stdout,
    reason = "a command-line program: its output is for the person or the CI log that reads it"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "the chores look at the machine they run on; no token is made here"
)]

mod advisories;
mod bench;
mod browser;
mod cargo;
mod clients;
mod docs;
mod files;
mod fuzz;
mod interop;
mod licences;
mod lockfile;
mod parts;
mod report;
mod setup;
mod shell;
mod tidy;

use std::process::ExitCode;

use anyhow::{Result, bail};

const HELP: &str = "\
The chores of Countersign.

  cargo xtask test [NAME ...]         run all parts, or the named ones
  cargo xtask test --list             name the parts
  cargo xtask docs [--check]          write the reference pages that are made from the program
  cargo xtask docs --clients          write the README's table of clients from the last interop run
  cargo xtask advisories --from DIR   refresh deny/advisories.json from a checkout of the RustSec database
  cargo xtask fuzz [TARGET] [--seconds N]
                                      look for inputs that break a parser; see fuzz/README.md
  cargo xtask bench [ARGS ...]        measure; see bench/README.md

Examples:
  cargo xtask test                    what CI runs; installs what is missing first
  cargo xtask test fmt clippy tidy    the quick ones, before a commit
  cargo xtask test interop/python     one SDK suite against the release binary
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// `Ok(false)` is a failure that has been reported already.
fn run(arguments: &[String]) -> Result<bool> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if arguments.iter().any(|&a| a == "--help" || a == "-h") && arguments.first() != Some(&"bench")
    {
        print!("{HELP}");
        return Ok(true);
    }
    match arguments.as_slice() {
        [] | ["help"] => {
            print!("{HELP}");
            Ok(true)
        }
        ["test", "--list"] => {
            print!("{}", parts::list());
            Ok(true)
        }
        ["test", names @ ..] => parts::test(names),
        ["docs"] => docs::write().map(|()| true),
        ["docs", "--check"] => docs::check().map(|note| {
            println!("{note}");
            true
        }),
        ["docs", "--clients"] => clients::write().map(|()| true),
        ["advisories", "--from", dir] => advisories::refresh(dir.as_ref()).map(|()| true),
        ["fuzz", rest @ ..] => fuzz::fuzz(rest),
        ["bench", rest @ ..] => bench::run(rest).map(|()| true),
        other => bail!(
            "`{}` is no chore; see `cargo xtask --help`",
            other.join(" ")
        ),
    }
}
