//! Cargo's lock files: which version of what.

use std::path::Path;

use anyhow::{Context, Result};
use semver::Version;
use serde::Deserialize;

use crate::shell;

/// The lock files of the repository; the second and third are beside the workspace.
const LOCK_FILES: [&str; 3] = ["Cargo.lock", "fuzz/Cargo.lock", "interop/rust/Cargo.lock"];

/// One locked package.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Locked {
    pub(crate) name: String,
    pub(crate) version: Version,
    /// None for a package of our own.
    pub(crate) source: Option<String>,
}

/// Every third-party package of every lock file in the repository, once each.
pub(crate) fn third_party() -> Result<Vec<Locked>> {
    let mut packages = Vec::new();
    for path in LOCK_FILES.map(|path| shell::root().join(path)) {
        packages.extend(read(&path)?.into_iter().filter(|p| p.source.is_some()));
    }
    packages.sort();
    packages.dedup();
    Ok(packages)
}

/// The packages of one lock file.
pub(crate) fn read(path: &Path) -> Result<Vec<Locked>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    parse(&text).with_context(|| format!("reading {}", path.display()))
}

fn parse(text: &str) -> Result<Vec<Locked>> {
    #[derive(Deserialize)]
    struct LockFile {
        package: Vec<Locked>,
    }
    Ok(toml::from_str::<LockFile>(text)?.package)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_packages_have_no_source() {
        let text = r#"
            version = 4
            [[package]]
            name = "h2"
            version = "0.4.16"
            source = "registry+https://example.test/index"
            [[package]]
            name = "xtask"
            version = "0.1.0"
            dependencies = ["h2"]
        "#;
        let packages = parse(text).expect("a lock file");
        assert_eq!(packages[0].version, Version::new(0, 4, 16));
        assert_eq!(packages[1].source, None);
    }
}
