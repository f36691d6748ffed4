//! The README's table of clients that work, made from what the SDK suites reported.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::docs::{read, replace_between};
use crate::{interop, shell};

const README: &str = "README.md";
const BEGIN: &str = "<!-- clients:begin -->";
const END: &str = "<!-- clients:end -->";

/// One line that a suite wrote: a client did, or did not do, what a scenario asks.
#[derive(Deserialize)]
struct Line {
    client: String,
    version: String,
    language: String,
    scenario: String,
    result: String,
}

/// What one client showed.
#[derive(Default)]
struct Tally {
    version: String,
    /// Scenario, and whether every run of it passed.
    scenarios: BTreeMap<String, bool>,
}

/// By language and name, which is the order of the table.
type Tallies = BTreeMap<(String, String), Tally>;

/// Writes the table of the last run into the README.
pub(crate) fn write() -> Result<()> {
    std::fs::write(shell::root().join(README), wanted()?)?;
    println!("{README}: the table of clients is as the last run left it");
    Ok(())
}

/// Compares the README's table with the last run.
pub(crate) fn check() -> Result<String> {
    if read(README)? != wanted()? {
        bail!(
            "the README's table of clients is stale; run `cargo xtask docs --clients` and commit"
        );
    }
    Ok("the README's table of clients is that of this run".to_owned())
}

fn wanted() -> Result<String> {
    let table = table(&tally(&results(&interop::results_folder())?)?);
    replace_between(&read(README)?, BEGIN, END, &table)
        .with_context(|| format!("{README} lacks the lines {BEGIN} and {END}"))
}

/// The result files of all suites, one after the other.
fn results(folder: &Path) -> Result<String> {
    let mut text = String::new();
    for suite in interop::client_suite_names() {
        let file = folder.join(format!("{suite}.jsonl"));
        text += &std::fs::read_to_string(&file).with_context(|| {
            format!("no results of interop/{suite}; run `cargo xtask test interop` first")
        })?;
    }
    Ok(text)
}

fn tally(lines: &str) -> Result<Tallies> {
    let mut tallies = Tallies::new();
    for line in lines.lines() {
        let Line {
            client,
            version,
            language,
            scenario,
            result,
        } = serde_json::from_str(line).with_context(|| format!("reading the result `{line}`"))?;
        let tally = tallies.entry((language, client)).or_default();
        tally.version = version;
        *tally.scenarios.entry(scenario).or_insert(true) &= result == "pass";
    }
    if tallies.is_empty() {
        bail!("the suites reported no client at all");
    }
    Ok(tallies)
}

fn table(tallies: &Tallies) -> String {
    let mut text = String::from(
        "| client | version | language | scenarios passed |\n| --- | --- | --- | --- |\n",
    );
    for ((language, client), Tally { version, scenarios }) in tallies {
        let passed = scenarios.values().filter(|&&passed| passed).count();
        let total = scenarios.len();
        text += &format!("| {client} | {version} | {language} | {passed} of {total} |\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(language: &str, client: &str, scenario: &str, result: &str) -> String {
        serde_json::json!({
            "client": client, "version": "1.2.3", "language": language,
            "scenario": scenario, "result": result,
        })
        .to_string()
    }

    #[test]
    fn the_table_counts_scenarios_once_and_a_failure_for_good() {
        let lines = [
            line("Python", "MSAL Python", "secret", "pass"),
            line("Python", "MSAL Python", "secret", "pass"),
            line("Python", "MSAL Python", "wrong secret", "fail"),
            line("Python", "MSAL Python", "wrong secret", "pass"),
            line("Go", "azidentity", "secret", "pass"),
        ];
        let tallies = tally(&lines.join("\n")).expect("result lines");
        assert_eq!(
            table(&tallies),
            "| client | version | language | scenarios passed |\n\
             | --- | --- | --- | --- |\n\
             | azidentity | 1.2.3 | Go | 1 of 1 |\n\
             | MSAL Python | 1.2.3 | Python | 1 of 2 |\n"
        );
    }

    #[test]
    fn silence_and_nonsense_are_errors() {
        assert!(tally("").is_err());
        assert!(tally("not json").is_err());
    }
}
