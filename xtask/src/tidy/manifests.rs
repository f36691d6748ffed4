//! What every member's manifest must say.

use anyhow::{Context, Result};
use toml::{Table, Value};

use crate::cargo::Metadata;

/// Fields of `[package]` that are written once, in the workspace.
const INHERITED: [&str; 4] = ["version", "edition", "rust-version", "license"];

/// What services of others depend on. Everything else stays here.
const PUBLISHED: [&str; 3] = [
    "countersign-client",
    "countersign-token",
    "countersign-validate",
];

pub(super) fn check(metadata: &Metadata) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for member in metadata.members() {
        let text = std::fs::read_to_string(&member.manifest_path)
            .with_context(|| format!("reading {}", member.manifest_path.display()))?;
        let manifest: Table = text.parse()?;
        findings.extend(check_manifest(&member.name, &manifest));
    }
    Ok(findings)
}

fn check_manifest(name: &str, manifest: &Table) -> Vec<String> {
    let inherits = |value: Option<&Value>| {
        value
            .and_then(|v| v.get("workspace"))
            .and_then(Value::as_bool)
            == Some(true)
    };
    let package = manifest.get("package");
    let mut findings = Vec::new();
    if !inherits(manifest.get("lints")) {
        findings.push(format!(
            "{name}: Cargo.toml lacks `[lints] workspace = true`"
        ));
    }
    for field in INHERITED
        .iter()
        .filter(|&&f| !inherits(package.and_then(|p| p.get(f))))
    {
        findings.push(format!(
            "{name}: Cargo.toml lacks `{field}.workspace = true`"
        ));
    }
    let publish = package.and_then(|p| p.get("publish"));
    let is_published = publish.and_then(Value::as_bool) == Some(true);
    let is_right = match PUBLISHED.contains(&name) {
        true => is_published,
        false => inherits(publish),
    };
    if !is_right {
        findings.push(format!(
            "{name}: `publish` is true in the manifests of {}, and inherited in all others",
            PUBLISHED.join(", ")
        ));
    }
    if package.and_then(|p| p.get("description")).is_none() {
        findings.push(format!("{name}: Cargo.toml lacks a description"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complete_manifest_passes_and_each_gap_is_named() {
        let complete = "
            [package]
            name = 'x'
            description = 'An example.'
            version.workspace = true
            edition.workspace = true
            rust-version.workspace = true
            license.workspace = true
            publish.workspace = true
            [lints]
            workspace = true";
        let check = |text: &str| check_manifest("x", &text.parse().expect("TOML"));
        assert!(check(complete).is_empty(), "{:?}", check(complete));
        assert_eq!(check("[package]\nname = 'x'\nlicense = 'MIT'").len(), 7);
        assert_eq!(check(&complete.replace("[lints]", "[lint]")).len(), 1);
        let published = complete.replace("publish.workspace = true", "publish = true");
        assert_eq!(check(&published).len(), 1);
        let client =
            |text: &str| check_manifest("countersign-client", &text.parse().expect("TOML"));
        assert_eq!(client(complete).len(), 1);
        assert_eq!(client(&published).len(), 0);
    }
}
