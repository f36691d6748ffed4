//! Every third-party crate comes from the one registry, under a licence that fits ours.

mod yanked;

use anyhow::{Context, Result, bail};
use spdx::{Expression, LicenseReq, ParseMode};

use crate::cargo::{Metadata, OWN_WORKSPACES, Package};

/// Licences that Apache-2.0 software may be built from without further duties than naming them.
const ALLOWED: [&str; 9] = [
    "MIT",
    "Apache-2.0",
    "BSD-3-Clause",
    "BlueOak-1.0.0",
    "ISC",
    "Unicode-3.0",
    "Zlib",
    // Data, not code: the certificate roots of the web.
    "CDLA-Permissive-2.0",
    // libFuzzer, in the fuzzers only.
    "NCSA",
];

const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Checks licence, source and yanking of every third-party crate in every lock file.
pub(crate) fn run() -> Result<String> {
    let packages = third_party()?;
    let mut findings = Vec::new();
    for package in &packages {
        findings.extend(check_source(package));
        findings.extend(check_licence(package)?);
    }
    findings.extend(yanked::check(&packages)?);
    if !findings.is_empty() {
        bail!("{} findings\n{}", findings.len(), findings.join("\n"));
    }
    Ok(format!("{} third-party crates", packages.len()))
}

/// Each version of each crate once, however many lock files have it.
fn third_party() -> Result<Vec<Package>> {
    let mut packages = Vec::new();
    for manifest in ["Cargo.toml"].into_iter().chain(OWN_WORKSPACES) {
        packages.extend(Metadata::read_from(manifest)?.into_third_party());
    }
    packages.sort_by(|a, b| a.id.cmp(&b.id));
    packages.dedup_by(|a, b| a.id == b.id);
    Ok(packages)
}

fn check_source(package: &Package) -> Option<String> {
    let source = package.source.as_deref()?;
    (source != REGISTRY)
        .then(|| format!("{} {}: comes from {source}", package.name, package.version))
}

fn check_licence(package: &Package) -> Result<Option<String>> {
    let Package {
        name,
        version,
        license,
        ..
    } = package;
    let Some(license) = license else {
        return Ok(Some(format!("{name} {version}: states no licence")));
    };
    let satisfied =
        is_satisfied(license).with_context(|| format!("the licence of {name} {version}"))?;
    Ok((!satisfied).then(|| format!("{name} {version}: `{license}` is not satisfied by our list")))
}

fn is_satisfied(expression: &str) -> Result<bool> {
    // Old manifests write `MIT/Apache-2.0`.
    let expression = Expression::parse_mode(expression, ParseMode::LAX)?;
    Ok(expression.evaluate(is_allowed))
}

/// An exception only adds permissions, so the licence decides.
fn is_allowed(requirement: &LicenseReq) -> bool {
    requirement
        .license
        .id()
        .is_some_and(|id| ALLOWED.contains(&id.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_evaluated() {
        for (expression, satisfied) in [
            ("MIT OR Apache-2.0", true),
            ("MIT/Apache-2.0", true),
            ("Apache-2.0 WITH LLVM-exception OR GPL-3.0-only", true),
            ("GPL-3.0-only", false),
            ("MIT AND GPL-3.0-only", false),
            ("MIT OR GPL-3.0-only", true),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
        ] {
            assert_eq!(
                is_satisfied(expression).expect(expression),
                satisfied,
                "{expression}"
            );
        }
        assert!(is_satisfied("see LICENSE").is_err());
    }

    #[test]
    fn only_the_registry_is_a_source() {
        let package = |source: &str| Package {
            id: String::new(),
            name: "x".to_owned(),
            version: "1.0.0".to_owned(),
            license: None,
            source: Some(source.to_owned()),
            dependencies: Vec::new(),
            manifest_path: "Cargo.toml".into(),
        };
        assert_eq!(check_source(&package(REGISTRY)), None);
        assert!(check_source(&package("git+https://example.test/x")).is_some());
        assert!(
            check_licence(&package(REGISTRY))
                .expect("no expression")
                .is_some()
        );
    }
}
