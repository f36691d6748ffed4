//! Locked versions that their authors have withdrawn from the registry.
//!
//! Cargo tells only when it makes a lock file, so we read what it keeps of the registry's index: a
//! file for each crate, with `version NUL json NUL` for each version.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::cargo::Package;

/// One version of a crate, as the index describes it.
#[derive(Deserialize)]
struct IndexEntry {
    vers: String,
    #[serde(default)]
    yanked: bool,
}

pub(super) fn check(packages: &[Package]) -> Result<Vec<String>> {
    let indexes = indexes()?;
    let mut findings = Vec::new();
    for package in packages {
        let path = index_path(&package.name);
        let file = indexes
            .iter()
            .map(|dir| dir.join(&path))
            .find(|file| file.is_file());
        let bytes = std::fs::read(file.with_context(|| {
            format!(
                "Cargo keeps no index of {}; run `cargo fetch`",
                package.name
            )
        })?)?;
        let Some(entry) = entries(&bytes)
            .into_iter()
            .find(|e| e.vers == package.version)
        else {
            bail!(
                "Cargo's index of {} lacks {}; run `cargo fetch`",
                package.name,
                package.version
            );
        };
        if entry.yanked {
            findings.push(format!("{} {}: yanked", package.name, package.version));
        }
    }
    Ok(findings)
}

/// Cargo's copies of registry indexes.
fn indexes() -> Result<Vec<PathBuf>> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo")));
    let folder = home
        .context("neither CARGO_HOME nor HOME is set")?
        .join("registry/index");
    let folders = std::fs::read_dir(&folder)
        .with_context(|| format!("no index in {}; run `cargo fetch`", folder.display()))?;
    folders
        .map(|entry| Ok(entry?.path().join(".cache")))
        .collect()
}

/// Where the index keeps a crate: `1/a`, `2/ab`, `3/a/abc`, `ab/cd/abcd`.
fn index_path(name: &str) -> PathBuf {
    let name = name.to_lowercase();
    match name.len() {
        1 | 2 => Path::new(&name.len().to_string()).join(&name),
        3 => Path::new("3").join(&name[..1]).join(&name),
        _ => Path::new(&name[..2]).join(&name[2..4]).join(&name),
    }
}

fn entries(bytes: &[u8]) -> Vec<IndexEntry> {
    let pieces = bytes
        .split(|&byte| byte == 0)
        .filter(|piece| piece.starts_with(b"{"));
    pieces
        .filter_map(|piece| serde_json::from_slice(piece).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_keeps_short_names_apart() {
        for (name, path) in [
            ("a", "1/a"),
            ("h2", "2/h2"),
            ("syn", "3/s/syn"),
            ("Tokio", "to/ki/tokio"),
        ] {
            assert_eq!(index_path(name), Path::new(path));
        }
    }

    #[test]
    fn a_yanked_version_is_seen() {
        let file = b"\x03\x02\0Unknown\x000.1.0\0{\"vers\":\"0.1.0\",\"yanked\":true}\x000.2.0\0{\"vers\":\"0.2.0\"}\0";
        let seen: Vec<_> = entries(file)
            .into_iter()
            .map(|e| (e.vers, e.yanked))
            .collect();
        assert_eq!(
            seen,
            [("0.1.0".to_owned(), true), ("0.2.0".to_owned(), false)]
        );
    }
}
