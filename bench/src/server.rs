//! A server process: started, watched and ended.

use std::fs;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::launch::{Processor, SERVER_CORE, pinned};
use crate::world::World;

/// A server that is ready.
pub(crate) struct Server {
    child: Child,
    /// From before the process was started to its line `ready`.
    pub(crate) start_time: Duration,
}

impl Server {
    /// Starts `countersign serve` for a world, on the server's core.
    pub(crate) fn serve(program: &Path, world: &World, processor: Processor) -> Result<Self> {
        let mut command = pinned(SERVER_CORE, program)?;
        processor.apply(&mut command);
        command.arg("serve").arg("--config").arg(world.config());
        Self::start(command, &world.path().join("server.log"))
    }

    /// Starts a command that prints `ready` and serves until it is told to stop.
    pub(crate) fn start(mut command: Command, log: &Path) -> Result<Self> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(log)?);
        let begin = Instant::now();
        let mut child = command.spawn()?;
        let output = child.stdout.take().context("no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let start_time = begin.elapsed();
        let server = Self { child, start_time };
        ensure!(
            line.starts_with("ready "),
            "the server did not start: {line}{}",
            fs::read_to_string(log).unwrap_or_default()
        );
        Ok(server)
    }

    /// Resident memory in MiB.
    pub(crate) fn resident_mib(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kib = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|text| text.trim().strip_suffix(" kB")?.parse::<f64>().ok())
            .context("/proc does not tell the resident memory")?;
        Ok(kib / 1_024.0)
    }

    pub(crate) fn cpu_time(&self) -> Result<Duration> {
        cpu_time(self.child.id())
    }

    /// How the scheduler was really told to treat it.
    pub(crate) fn priority(&self) -> String {
        let read = |name: &str| fs::read_to_string(format!("/proc/{}/{name}", self.child.id()));
        let nice = read("stat").ok().and_then(|stat| {
            let (_, fields) = stat.rsplit_once(") ")?;
            fields.split(' ').nth(16).map(str::to_owned)
        });
        let group = read("autogroup").ok();
        format!(
            "nice {}, autogroup {}",
            nice.as_deref().unwrap_or("unknown"),
            group.as_deref().map_or("none", str::trim),
        )
    }

    /// Tells it to stop, and waits until it has.
    pub(crate) fn stop(mut self) -> Result<()> {
        self.terminate();
        let status = self.child.wait()?;
        ensure!(status.success(), "the server ended with {status}");
        Ok(())
    }

    fn terminate(&self) {
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.terminate();
            let _ = self.child.wait();
        }
    }
}

/// The processor time of a process and all its threads; the kernel counts in hundredths of a second.
pub(crate) fn cpu_time(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = stat.rsplit_once(") ").context("/proc/PID/stat")?;
    let fields: Vec<&str> = fields.split(' ').collect();
    let (user, system): (u64, u64) = (fields[11].parse()?, fields[12].parse()?);
    Ok(Duration::from_millis((user + system) * 10))
}
