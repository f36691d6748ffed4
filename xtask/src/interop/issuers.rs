//! The issuers beside the server, whose keys rotate: a program of the testkit.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::server::first_line;
use super::tail;

/// Keys rotate half a minute after they were fetched.
const NEW_KEYS_SECONDS_MAX: u64 = 60;

/// The program looks several times a second at what it was asked.
const ASKED_SECONDS_MAX: u64 = 2;

/// Running issuers; killed when dropped.
pub(super) struct Issuers {
    child: Child,
    state: PathBuf,
    log: PathBuf,
}

/// What the program says of one issuer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    name: String,
    keys_made: usize,
    fetches: usize,
    is_current_key_unknown: bool,
}

impl Issuers {
    /// Starts the program for the server of a data folder, and waits until the server trusts them.
    pub(super) fn start(program: &Path, data: &Path, countersign: &Path) -> Result<Self> {
        let log = data.with_extension("issuers.log");
        let mut child = Command::new(program)
            .args([data, countersign])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        let stdout = child.stdout.take().context("stdout is piped")?;
        // From here on the process is stopped on every way out.
        let issuers = Self {
            child,
            state: data.join("issuers/state.json"),
            log,
        };
        let line = first_line(stdout, issuers.log.with_extension("out"));
        match line.with_context(|| tail(&issuers.log))?.as_str() {
            "ready" => Ok(issuers),
            line => bail!(
                "the issuers said `{line}`, not `ready`\n{}",
                tail(&issuers.log)
            ),
        }
    }

    /// Waits until every issuer signs with a key that the server has not seen. Says how often the
    /// server has asked each of them so far.
    pub(super) fn wait_for_new_keys(&self) -> Result<Vec<usize>> {
        let is_new = |issuer: &State| issuer.is_current_key_unknown;
        let state = self.wait_until("no new keys", NEW_KEYS_SECONDS_MAX, |state| {
            state.iter().all(is_new)
        })?;
        Ok(state.iter().map(|issuer| issuer.fetches).collect())
    }

    /// Checks that the server has asked every issuer again since then.
    pub(super) fn check_asked_since(&self, fetches: &[usize]) -> Result<()> {
        let failure = "an issuer was not asked for its new key";
        let is_more = |(issuer, before): (&State, &usize)| issuer.fetches > *before;
        self.wait_until(failure, ASKED_SECONDS_MAX, |state| {
            state.iter().zip(fetches).all(is_more)
        })?;
        Ok(())
    }

    /// Ends them, and says what they did.
    pub(super) fn stop(self) -> Result<String> {
        let state = self.read()?;
        let said: Vec<String> = state.iter().map(State::text).collect();
        Ok(said.join("; "))
    }

    fn wait_until(
        &self,
        failure: &str,
        seconds_max: u64,
        is_so: impl Fn(&[State]) -> bool,
    ) -> Result<Vec<State>> {
        let start = Instant::now();
        loop {
            let state = self.read()?;
            if is_so(&state) {
                return Ok(state);
            }
            if start.elapsed() >= Duration::from_secs(seconds_max) {
                let said: Vec<String> = state.iter().map(State::text).collect();
                bail!(
                    "{failure} within {seconds_max} s: {}\n{}",
                    said.join("; "),
                    tail(&self.log)
                );
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn read(&self) -> Result<Vec<State>> {
        let text = std::fs::read_to_string(&self.state)
            .with_context(|| format!("reading {}", self.state.display()))?;
        serde_json::from_str(&text).with_context(|| format!("reading {}", self.state.display()))
    }
}

impl State {
    fn text(&self) -> String {
        let Self {
            name,
            keys_made,
            fetches,
            ..
        } = self;
        format!("{name}: {keys_made} keys made, fetched {fetches} times")
    }
}

impl Drop for Issuers {
    fn drop(&mut self) {
        // Both fail for a process that has ended already, which is what was wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Issuers that say of themselves what the test wants.
    fn issuers(name: &str, state: &str) -> Issuers {
        let data = crate::shell::root().join("target/xtask-tests").join(name);
        std::fs::create_dir_all(data.join("issuers")).expect("a folder");
        std::fs::write(data.join("issuers/state.json"), state).expect("a file");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/interop/fake-issuers.sh");
        Issuers::start(&script, &data, Path::new("unused")).expect("they say `ready`")
    }

    #[test]
    fn a_suite_that_showed_no_new_key_is_found_out() {
        let state = r#"[{"name":"a","keysMade":3,"fetches":1,"isCurrentKeyUnknown":true}]"#;
        let issuers = issuers("idle", state);
        let fetches = issuers.wait_for_new_keys().expect("the key is new");
        assert_eq!(fetches, [1]);
        issuers.check_asked_since(&[0]).expect("asked once");
        let error = issuers.check_asked_since(&fetches).expect_err("not again");
        assert!(error.to_string().contains("a: 3 keys made"), "{error}");
        assert_eq!(
            issuers.stop().expect("a state"),
            "a: 3 keys made, fetched 1 times"
        );
    }
}
