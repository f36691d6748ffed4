//! Which scenarios passed: for the test itself, and for the table of working clients.

use std::{env, error::Error, fs::OpenOptions, io::Write};

const LOCK_FILE: &str = include_str!("../../Cargo.lock");

/// Runs every scenario to its end, so that one failure does not hide the others.
pub struct Suite {
    failures: Vec<String>,
}

impl Suite {
    pub fn new() -> Self {
        Self {
            failures: Vec::new(),
        }
    }

    pub fn record(&mut self, scenario: &str, outcome: Result<(), Box<dyn Error>>) {
        append(scenario, if outcome.is_ok() { "pass" } else { "fail" });
        if let Err(error) = outcome {
            self.failures.push(format!("{scenario}: {error}"));
        }
    }

    pub fn finish(self) {
        assert!(self.failures.is_empty(), "{}", self.failures.join("\n"));
    }
}

fn append(scenario: &str, result: &str) {
    let Some(path) = env::var_os("COUNTERSIGN_INTEROP_RESULTS") else {
        return;
    };
    let line = serde_json::json!({
        "client": "azure_identity",
        "version": locked_version("azure_identity"),
        "language": "Rust",
        "scenario": scenario,
        "result": result,
    });
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .expect("the results file can be opened");
    // One write per line: the tests of this file run in parallel.
    file.write_all(format!("{line}\n").as_bytes())
        .expect("the results file can be written");
}

fn locked_version(package: &str) -> &'static str {
    let name = format!("name = \"{package}\"");
    LOCK_FILE
        .lines()
        .skip_while(|line| *line != name)
        .find_map(|line| line.strip_prefix("version = "))
        .expect("the lock file names the package")
        .trim_matches('"')
}
