//! Child processes on a core of their own.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use rustix::process::{Signal, set_parent_process_death_signal, setpriority_process, setsid};
use rustix::thread::{CpuSet, sched_setaffinity};

/// The core of the server, and of the raw signatures that it is compared with.
pub(crate) const SERVER_CORE: usize = 0;

/// The core of the load driver.
pub(crate) const DRIVER_CORE: usize = 1;

const PRIORITY: i32 = -20;

/// What a measured process may use of the processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Processor {
    AsItIs,
    /// Without AVX-512 IFMA, by which a signature with RSA-2048 takes 40 % of the time. Server
    /// processors before Ice Lake and Zen 4 do not have it, and the goals were set on one of them.
    WithoutIfma,
}

impl Processor {
    /// The ways that differ on this machine.
    pub(crate) fn all() -> &'static [Self] {
        let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        if cpu.contains("avx512ifma") {
            &[Self::AsItIs, Self::WithoutIfma]
        } else {
            &[Self::AsItIs]
        }
    }

    /// For the names of figures.
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::AsItIs => "",
            Self::WithoutIfma => ", without AVX-512 IFMA",
        }
    }

    pub(crate) fn apply(self, command: &mut Command) {
        if self == Self::WithoutIfma {
            // Bit 21 of the extended features, as aws-lc reads this variable.
            command.env("OPENSSL_ia32cap", ":~0x200000");
        }
    }
}

/// A command that will run on one core.
pub(crate) fn pinned(core: usize, program: impl AsRef<OsStr>) -> Result<Command> {
    let own = std::env::current_exe().context("cannot find the bench's own binary")?;
    let mut command = Command::new(own);
    command
        .args(["pinned", &core.to_string(), "--"])
        .arg(program);
    Ok(command)
}

/// The load driver or the raw signatures: this binary in another role.
pub(crate) fn pinned_role(core: usize, role: &str) -> Result<Command> {
    let mut command = pinned(core, std::env::current_exe()?)?;
    command.arg(role);
    Ok(command)
}

/// Turns this process into another program that runs on one core only and ends with its parent.
pub(crate) fn become_pinned(core: usize, command: &[PathBuf]) -> Result<()> {
    let [program, arguments @ ..] = command else {
        bail!("name the program");
    };
    set_parent_process_death_signal(Some(Signal::TERM))?;
    let mut cores = CpuSet::new();
    cores.set(core);
    sched_setaffinity(None, &cores)
        .with_context(|| format!("this machine has no core {core} to give"))?;
    // The priority is for machines where we may: without it others disturb more, that is all. The
    // scheduler weighs sessions first, so the process needs one of its own.
    let _ = setsid();
    let _ = setpriority_process(None, PRIORITY);
    let _ = fs::write("/proc/self/autogroup", PRIORITY.to_string());
    let error = Command::new(program).args(arguments).exec();
    Err(error).with_context(|| format!("cannot start {}", program.display()))
}
