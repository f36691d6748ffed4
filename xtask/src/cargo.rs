//! What Cargo says about the workspace.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::shell;

/// `cargo metadata`, as far as we read it.
#[derive(Deserialize)]
pub(crate) struct Metadata {
    pub(crate) packages: Vec<Package>,
    pub(crate) workspace_members: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: String,
    /// An SPDX expression.
    pub(crate) license: Option<String>,
    /// None for a package of our own.
    pub(crate) source: Option<String>,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) manifest_path: PathBuf,
}

#[derive(Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// None for a normal dependency, else `dev` or `build`.
    pub(crate) kind: Option<String>,
}

/// Rust projects beside the workspace, each with a lock file of its own.
pub(crate) const OWN_WORKSPACES: [&str; 2] = ["fuzz/Cargo.toml", "interop/rust/Cargo.toml"];

impl Metadata {
    /// The workspace.
    pub(crate) fn read() -> Result<Self> {
        Self::read_from("Cargo.toml")
    }

    /// The workspace of this manifest, by its path from the root.
    pub(crate) fn read_from(manifest: &str) -> Result<Self> {
        let arguments = [
            "metadata",
            "--format-version=1",
            "--manifest-path",
            manifest,
        ];
        let json = shell::output(&mut shell::command("cargo", &arguments))?;
        serde_json::from_str(&json).with_context(|| format!("reading the metadata of {manifest}"))
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages
            .iter()
            .filter(|p| self.workspace_members.contains(&p.id))
    }

    pub(crate) fn into_third_party(self) -> impl Iterator<Item = Package> {
        self.packages.into_iter().filter(|p| p.source.is_some())
    }
}

/// Names of the crates that are really built, for any target, from `arguments` on. Cargo's lock file
/// and metadata also list optional crates that no feature turns on; the tree does not.
pub(crate) fn tree(arguments: &[&str]) -> Result<BTreeSet<String>> {
    let mut command = shell::command("cargo", &["tree", "--target=all", "--prefix=none"]);
    let lines = shell::output(command.args(["--format={p}"]).args(arguments))?;
    Ok(lines
        .lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect())
}
