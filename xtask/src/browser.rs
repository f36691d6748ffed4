//! The pages in a real browser: Debian's Chromium, driven from `browser/`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell::{command, is_on_path, root, run, run_with_one_retry};

/// Where Debian's package puts it. Its name on `PATH` could be another distribution's shim that
/// starts a sandboxed package, which cannot be driven.
const CHROMIUM: &str = "/usr/bin/chromium";

/// Whether Debian's Chromium is installed.
pub(crate) fn has_chromium() -> bool {
    Path::new(CHROMIUM).is_file()
}

/// Runs every file of `browser/specs` and keeps a picture of each page.
pub(crate) fn test() -> Result<String> {
    if !has_chromium() {
        bail!("{CHROMIUM} is missing; `cargo xtask test setup` installs it");
    }
    if !is_on_path("node") || !is_on_path("npm") {
        bail!("Node.js or npm is missing; `cargo xtask test setup` installs them");
    }
    let binary = binary()?;
    let results = folder().join("results");
    if results.exists() {
        std::fs::remove_dir_all(&results)?;
    }
    run_with_one_retry(&mut npm(&["ci", "--no-audit", "--no-fund"]))?;
    run(npm(&["test"])
        .env("COUNTERSIGN_BINARY", binary)
        .env("COUNTERSIGN_CHROMIUM", CHROMIUM))?;
    count_screenshots(&results.join("screenshots"))
}

/// The binary as it is shipped, unless a person names one of their own: building a release takes
/// minutes, and a page is changed more often.
fn binary() -> Result<PathBuf> {
    if let Some(binary) = std::env::var_os("COUNTERSIGN_BINARY") {
        return std::path::absolute(binary).context("COUNTERSIGN_BINARY");
    }
    let build = ["build", "--release", "--quiet", "--package=countersign"];
    run(command("cargo", &build).env("CARGO_TARGET_DIR", root().join("target")))?;
    Ok(root().join("target/release/countersign"))
}

fn npm(arguments: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(folder());
    command.env("npm_config_update_notifier", "false");
    command
}

fn folder() -> PathBuf {
    root().join("browser")
}

fn count_screenshots(folder: &Path) -> Result<String> {
    let count = std::fs::read_dir(folder).map_or(0, Iterator::count);
    if count == 0 {
        bail!("the specs passed and kept no picture: did they look at any page?");
    }
    Ok(format!("{count} screenshots in browser/results"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_without_pictures_fails() {
        let error = count_screenshots(&root().join("no-such-folder")).expect_err("nothing there");
        assert!(error.to_string().contains("no picture"), "{error}");
        let some = root().join("xtask/src");
        assert!(count_screenshots(&some).is_ok_and(|note| note.contains("screenshots")));
    }
}
