//! The measurements of `cargo xtask bench`: builds the release binary and the bench, and lets the
//! bench measure.

use anyhow::Result;

use crate::shell;

/// Takes the arguments after `bench`.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    let packages = ["-p", "countersign", "-p", "countersign-bench"];
    shell::run(shell::command("cargo", &["build", "--release", "--locked"]).args(packages))?;
    let own = ["run", "--server", "target/release/countersign"];
    shell::run(shell::command("target/release/countersign-bench", &own).args(arguments))
}
