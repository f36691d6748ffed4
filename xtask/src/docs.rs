//! Reference pages that the program writes of itself.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::shell::{self, command, output};

/// A page, and the arguments that make the program print it.
const GENERATED: [(&str, &[&str]); 7] = [
    ("docs/reference/errors.md", &["reference", "errors"]),
    ("docs/reference/cli.md", &["reference", "cli"]),
    (
        "docs/reference/configuration.md",
        &["reference", "configuration"],
    ),
    ("docs/reference/metrics.md", &["reference", "metrics"]),
    (
        "docs/reference/directory-file.md",
        &["reference", "directory-file"],
    ),
    (
        "docs/reference/permissions.md",
        &["reference", "permissions"],
    ),
    ("docs/reference/openapi.json", &["reference", "openapi"]),
];

/// Writes every page.
pub(crate) fn write() -> Result<()> {
    for (path, arguments) in GENERATED {
        let file = shell::root().join(path);
        let folder = file.parent().context("a page lies in a folder")?;
        std::fs::create_dir_all(folder)?;
        let text = page(arguments)?;
        let changed = std::fs::read_to_string(&file).ok().as_ref() != Some(&text);
        if changed {
            std::fs::write(&file, text)?;
        }
        println!("{path}: {}", if changed { "written" } else { "as it was" });
    }
    Ok(())
}

/// Compares every page with what the program prints.
pub(crate) fn check() -> Result<String> {
    let mut stale = Vec::new();
    for (path, arguments) in GENERATED {
        let text = std::fs::read_to_string(shell::root().join(path)).ok();
        if text != Some(page(arguments)?) {
            stale.push(path);
        }
    }
    if !stale.is_empty() {
        bail!("run `cargo xtask docs` and commit: {}", stale.join(", "));
    }
    Ok(format!(
        "{} pages are as the program writes them",
        GENERATED.len()
    ))
}

/// The part of the test run: the pages are right, and in CI no step has left anything in the tree.
pub(crate) fn generated() -> Result<String> {
    let note = check()?;
    if is_ci() {
        let dirty = output(&mut command("git", &["status", "--porcelain"]))?;
        if !dirty.is_empty() {
            bail!("the run left changes in the tree:\n{dirty}");
        }
    }
    Ok(note)
}

fn is_ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| value == "true")
}

fn page(arguments: &[&str]) -> Result<String> {
    let mut command = command("cargo", &["run", "--quiet", "--package=countersign", "--"]);
    let text = output(command.args(arguments))?;
    if text.trim().is_empty() {
        bail!("`countersign {}` printed nothing", arguments.join(" "));
    }
    Ok(text)
}

/// Replaces what stands between two marker lines; None if the text lacks them.
pub(crate) fn replace_between(text: &str, begin: &str, end: &str, body: &str) -> Option<String> {
    let (head, rest) = text.split_once(begin)?;
    let (_, tail) = rest.split_once(end)?;
    Some(format!("{head}{begin}\n{body}{end}{tail}"))
}

/// Reads a file of the repository.
pub(crate) fn read(path: impl AsRef<Path>) -> Result<String> {
    let path = path.as_ref();
    std::fs::read_to_string(shell::root().join(path))
        .with_context(|| format!("reading {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_lies_between_the_markers_changes() {
        let text = "a\n<!-- b -->\nold\n<!-- e -->\nz\n";
        let new = replace_between(text, "<!-- b -->", "<!-- e -->", "new\n");
        assert_eq!(new.as_deref(), Some("a\n<!-- b -->\nnew\n<!-- e -->\nz\n"));
        assert_eq!(replace_between(text, "<!-- c -->", "<!-- e -->", ""), None);
    }
}
