//! On what, and of what, the measurements were taken.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Serialize;

use crate::launch::{DRIVER_CORE, SERVER_CORE};

/// The circumstances of a run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    /// Vector extensions that the signatures' speed depends on.
    pub(crate) extensions: String,
    pub(crate) memory_gib: f64,
    pub(crate) kernel: String,
    pub(crate) system: String,
    pub(crate) compiler: String,
    pub(crate) commit: String,
    pub(crate) server_core: usize,
    pub(crate) driver_core: usize,
    /// Processes that wanted a core in the minute before, on average.
    pub(crate) load_before: String,
}

const EXTENSIONS: [&str; 6] = ["adx", "bmi2", "avx2", "avx512f", "avx512ifma", "sha_ni"];

impl Machine {
    pub(crate) fn look() -> Self {
        let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let field = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name));
            let value = line.and_then(|line| line.split_once([':', '=']));
            value
                .map_or("unknown", |(_, value)| value)
                .trim()
                .trim_matches('"')
                .to_owned()
        };
        let flags = field(&cpu, "flags");
        let has = |name: &&&str| flags.split(' ').any(|flag| flag == **name);
        let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let kib = field(&memory, "MemTotal")
            .trim_end_matches(" kB")
            .parse()
            .unwrap_or(0.0);
        let system = fs::read_to_string("/etc/os-release").unwrap_or_default();
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Self {
            processor: field(&cpu, "model name"),
            cores: std::thread::available_parallelism().map_or(1, Into::into),
            extensions: EXTENSIONS
                .iter()
                .filter(has)
                .copied()
                .collect::<Vec<_>>()
                .join(" "),
            memory_gib: (kib / 1_048_576.0_f64).round(),
            kernel: read("/proc/sys/kernel/osrelease"),
            system: field(&system, "PRETTY_NAME"),
            compiler: said("rustc", &["--version"]),
            commit: said("git", &["describe", "--always", "--dirty", "--abbrev=10"]),
            server_core: SERVER_CORE,
            driver_core: DRIVER_CORE,
            load_before: load.split(' ').next().unwrap_or_default().to_owned(),
        }
    }

    pub(crate) fn lines(&self) -> String {
        format!(
            "- Machine: {}, {} cores, {}; {} GiB; {}, Linux {}\n\
             - Built with {} from {}\n\
             - Server on core {}, driver on core {}; load before: {}\n",
            self.processor,
            self.cores,
            self.extensions,
            self.memory_gib,
            self.system,
            self.kernel,
            self.compiler,
            self.commit,
            self.server_core,
            self.driver_core,
            self.load_before,
        )
    }
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path)
        .unwrap_or_default()
        .trim()
        .to_owned()
}

fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map_or_else(
        |_| "unknown".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}
