//! The binary under test: started as a person starts it, stopped as a service manager stops it.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::{tail, terminate};

const READY_SECONDS_MAX: u64 = 30;
const STOP_SECONDS_MAX: u64 = 30;

/// A running `countersign dev`; killed when dropped.
pub(super) struct Server {
    child: Child,
    base_url: String,
    dev_json: PathBuf,
    ca_file: PathBuf,
    log: PathBuf,
}

/// The part of `dev.json` that this harness reads.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DevJson {
    base_url: String,
    ca_file: PathBuf,
}

impl Server {
    /// Starts the binary on a free port and waits until it is ready.
    pub(super) fn start(binary: &Path, data: &Path, directory: &Path) -> Result<Self> {
        let log = data.with_extension("log");
        let mut child = Command::new(binary)
            .args(["dev", "--listen", "127.0.0.1:0"])
            .args(["--data".as_ref(), data.as_os_str()])
            .args(["--directory".as_ref(), directory.as_os_str()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()
            .with_context(|| format!("starting {}", binary.display()))?;
        let stdout = child.stdout.take().context("stdout is piped")?;
        // From here on the process is stopped on every way out.
        let mut server = Self {
            child,
            base_url: String::new(),
            dev_json: data.join("dev.json"),
            ca_file: PathBuf::new(),
            log,
        };
        server.wait_until_ready(stdout)?;
        Ok(server)
    }

    pub(super) fn base_url(&self) -> &str {
        &self.base_url
    }

    pub(super) fn dev_json(&self) -> &Path {
        &self.dev_json
    }

    pub(super) fn ca_file(&self) -> &Path {
        &self.ca_file
    }

    /// SIGTERM must end it with status 0.
    pub(super) fn stop(mut self) -> Result<String> {
        terminate(self.child.id())?;
        let status = self.wait()?;
        if !status.success() {
            bail!(
                "after SIGTERM the server ended with {status}\n{}",
                tail(&self.log)
            );
        }
        Ok("SIGTERM ended it with status 0".to_owned())
    }

    fn wait_until_ready(&mut self, stdout: ChildStdout) -> Result<()> {
        let first = first_line(stdout, self.log.with_extension("out"))
            .with_context(|| format!("the server did not say it was ready\n{}", tail(&self.log)))?;
        self.base_url = ready_url(&first)?.to_owned();
        let text = std::fs::read_to_string(&self.dev_json).context("reading dev.json")?;
        let dev: DevJson = serde_json::from_str(&text).context("reading dev.json")?;
        if dev.base_url != self.base_url {
            bail!(
                "dev.json says {}, the ready line says {}",
                dev.base_url,
                self.base_url
            );
        }
        if !dev.ca_file.is_file() {
            bail!(
                "dev.json names a CA file that is not there: {}",
                dev.ca_file.display()
            );
        }
        self.ca_file = dev.ca_file;
        Ok(())
    }

    fn wait(&mut self) -> Result<ExitStatus> {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(STOP_SECONDS_MAX) {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        bail!(
            "the server still ran {STOP_SECONDS_MAX} s after SIGTERM\n{}",
            tail(&self.log)
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail for a process that has ended already, which is what was wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first line of a running program. A thread reads on, so that the program never blocks on a
/// full pipe, and keeps the output in `log`.
pub(super) fn first_line(stdout: ChildStdout, log: PathBuf) -> Result<String> {
    let mut log = File::create(log)?;
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            // Neither a full disk nor a harness that has left may stop the reading.
            let _ = writeln!(log, "{line}");
            let _ = sender.send(line);
        }
    });
    receiver
        .recv_timeout(Duration::from_secs(READY_SECONDS_MAX))
        .with_context(|| format!("no line on stdout within {READY_SECONDS_MAX} s"))
}

/// `ready https://HOST:PORT`, exactly.
fn ready_url(line: &str) -> Result<&str> {
    let url = line
        .strip_prefix("ready ")
        .filter(|url| url.starts_with("https://"));
    url.with_context(|| format!("the first line is `{line}`, not `ready https://HOST:PORT`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(fault: &str) -> Result<Server> {
        let data = crate::shell::root().join("target/xtask-tests").join(fault);
        std::fs::create_dir_all(&data)?;
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/interop/fake-server.sh");
        Server::start(&script, &data, Path::new(fault))
    }

    #[test]
    fn a_server_is_ready_and_stops() {
        let server = start("no-fault").expect("it is ready");
        assert_eq!(server.base_url(), "https://localhost:1");
        assert!(server.ca_file().ends_with("ca.pem"));
        server.stop().expect("status 0");
    }

    #[test]
    fn a_server_that_ends_badly_fails_the_step() {
        let server = start("ends-badly").expect("it is ready");
        let error = server.stop().expect_err("status 3");
        assert!(error.to_string().contains("exit status: 3"), "{error}");
    }

    #[test]
    fn a_server_that_says_something_else_first_fails_the_step() {
        let error = start("chatty").err().expect("not the ready line");
        assert!(error.to_string().contains("`listening`"), "{error:#}");
    }

    #[test]
    fn the_ready_line_is_exact() {
        let url = ready_url("ready https://localhost:8443").expect("the contract");
        assert_eq!(url, "https://localhost:8443");
        for line in [
            "",
            "ready",
            "Ready https://x",
            "ready http://x",
            " ready https://x",
        ] {
            assert!(ready_url(line).is_err(), "{line}");
        }
    }
}
