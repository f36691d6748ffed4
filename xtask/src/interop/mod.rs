//! Real SDKs against the release binary.
//!
//! Each suite is an ordinary project of its language. It finds the server in `COUNTERSIGN_DEV_JSON`
//! and appends a line to `COUNTERSIGN_INTEROP_RESULTS` for each scenario of each client.

mod issuers;
mod server;
mod suites;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use self::issuers::Issuers;
use self::server::Server;
use self::suites::{SUITES, Suite, TOOLS};
use crate::clients;
use crate::report::Report;
use crate::shell::{self, command, root, run, run_with_one_retry};

/// Variables that point a client elsewhere than to the development CA or past the server.
const AMBIENT: [&str; 10] = [
    "SSL_CERT_DIR",
    "CURL_CA_BUNDLE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_FEDERATED_TOKEN_FILE",
];

/// Names of the suites, as in `interop/NAME`.
pub(crate) fn suite_names() -> impl Iterator<Item = &'static str> {
    client_suite_names().chain(TOOLS.iter().map(|suite| suite.name))
}

/// Names of the suites that report clients.
pub(crate) fn client_suite_names() -> impl Iterator<Item = &'static str> {
    SUITES.iter().map(|suite| suite.name)
}

/// Where each suite's results are kept after a run, as `NAME.jsonl`.
pub(crate) fn results_folder() -> PathBuf {
    work_folder().join("results")
}

/// Runs every suite, then compares the README's table of clients with what they reported.
pub(crate) fn run_all(report: &mut Report) {
    let all: Vec<&str> = suite_names().collect();
    run_named(report, &all);
    report.step("interop/readme", clients::check);
}

/// Runs the named suites against one server; does nothing without a name.
pub(crate) fn run_named(report: &mut Report, names: &[&str]) {
    if names.is_empty() {
        return;
    }
    let mut server = None;
    report.step("interop/server", || {
        let started = start()?;
        let note = format!("ready at {}", started.base_url());
        server = Some(started);
        Ok(note)
    });
    let mut issuers = None;
    report.step("interop/issuers", || {
        server.as_ref().context("the server did not start")?;
        issuers = Some(start_issuers()?);
        Ok("the server trusts them".to_owned())
    });
    for suite in SUITES.iter().filter(|suite| names.contains(&suite.name)) {
        report.step(&format!("interop/{}", suite.name), || {
            let server = server.as_ref().context("the server did not start")?;
            let issuers = issuers.as_ref().context("the issuers did not start")?;
            run_clients(suite, server, issuers)
        });
    }
    for suite in TOOLS.iter().filter(|suite| names.contains(&suite.name)) {
        report.step(&format!("interop/{}", suite.name), || {
            let server = server.as_ref().context("the server did not start")?;
            run(&mut prepare(suite, server)?)?;
            count_results(suite)
        });
    }
    if let Some(issuers) = issuers {
        report.step("interop/keys", || issuers.stop());
    }
    if let Some(server) = server {
        report.step("interop/stop", || server.stop());
    }
}

fn work_folder() -> PathBuf {
    root().join("target/interop")
}

/// Builds the binary as it is shipped and starts it on a fresh folder.
fn start() -> Result<Server> {
    let build = ["build", "--release", "--quiet", "--package=countersign"];
    run(command("cargo", &build).env("CARGO_TARGET_DIR", root().join("target")))?;
    let data = data_folder();
    if data.exists() {
        std::fs::remove_dir_all(&data)?;
    }
    std::fs::create_dir_all(&data)?;
    Server::start(&binary(), &data, &root().join("interop/directory.yaml"))
}

/// Builds the issuers, which are of the tests and so need not be a release, and starts them.
fn start_issuers() -> Result<Issuers> {
    let build = [
        "build",
        "--quiet",
        "--package=countersign-testkit",
        "--bins",
    ];
    run(command("cargo", &build).env("CARGO_TARGET_DIR", root().join("target")))?;
    let program = root().join("target/debug/interop-issuers");
    Issuers::start(&program, &data_folder(), &binary())
}

fn binary() -> PathBuf {
    root().join("target/release/countersign")
}

fn data_folder() -> PathBuf {
    work_folder().join("data")
}

/// Runs a suite whose clients sign in with tokens of the issuers too.
fn run_clients(suite: &Suite, server: &Server, issuers: &Issuers) -> Result<String> {
    let mut test = prepare(suite, server)?;
    let fetches = issuers.wait_for_new_keys()?;
    run(&mut test)?;
    issuers.check_asked_since(&fetches)?;
    count_results(suite)
}

/// Downloads what a suite needs, and makes the command that runs it.
fn prepare(suite: &Suite, server: &Server) -> Result<Command> {
    let folder = root().join("interop").join(suite.name);
    if !folder.is_dir() {
        bail!("there is no folder interop/{}", suite.name);
    }
    for line in suite.prepare {
        // With the machine's own certificates: these download packages.
        run_with_one_retry(&mut in_folder(&folder, line)?)?;
    }
    std::fs::create_dir_all(results_folder())?;
    std::fs::write(results_file(suite), "")?;

    let mut test = in_folder(&folder, suite.test)?;
    for name in AMBIENT {
        test.env_remove(name);
    }
    for name in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"] {
        test.env(name, server.ca_file());
    }
    test.env("COUNTERSIGN_DEV_JSON", server.dev_json());
    test.env("COUNTERSIGN_INTEROP_RESULTS", results_file(suite));
    Ok(test)
}

fn results_file(suite: &Suite) -> PathBuf {
    results_folder().join(format!("{}.jsonl", suite.name))
}

fn count_results(suite: &Suite) -> Result<String> {
    let lines = std::fs::read_to_string(results_file(suite))?
        .lines()
        .count();
    if lines == 0 {
        bail!("the suite passed and reported nothing: did it run any test?");
    }
    Ok(format!("{lines} results"))
}

/// A command of a suite in its folder. A program with a `/` lies in the folder itself.
fn in_folder(folder: &Path, line: &[&str]) -> Result<Command> {
    let (program, arguments) = line.split_first().context("a command has a program")?;
    let program = match program.contains('/') {
        true => folder.join(program),
        false => PathBuf::from(program),
    };
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder);
    // The Rust suite builds with the workspace's profile, and so uses what was built there.
    command.env("CARGO_TARGET_DIR", root().join("target"));
    // Each tool does what its lock file says and asks nobody. (An older Go fetches the one that
    // go.mod asks for, in the step that downloads.)
    command.env("GOFLAGS", "-mod=readonly");
    command
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .env("PIP_ROOT_USER_ACTION", "ignore")
        .env("npm_config_update_notifier", "false");
    Ok(command)
}

/// The last lines of a log, for an error.
fn tail(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

/// Sends SIGTERM to one process, by its id.
fn terminate(id: u32) -> Result<()> {
    run(&mut shell::command("kill", &["-TERM", &id.to_string()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_of_the_suite_is_found_in_its_folder() {
        let folder = Path::new("/somewhere");
        let own = in_folder(folder, &[".venv/bin/pytest", "-q"]).expect("a program");
        assert_eq!(own.get_program(), "/somewhere/.venv/bin/pytest");
        let installed = in_folder(folder, &["npm", "test"]).expect("a program");
        assert_eq!(installed.get_program(), "npm");
        assert!(in_folder(folder, &[]).is_err());
    }
}
