//! Who may know whom (ARCHITECTURE.md states each row as an invariant).

use std::collections::BTreeSet;

use anyhow::Result;

use crate::cargo::{self, Dependency, Metadata, Package};

/// What a crate of the workspace may use of the workspace.
struct Row {
    name: &'static str,
    normal: &'static [&'static str],
    /// In its tests, besides itself, `normal` and [`TESTKIT`].
    tests: &'static [&'static str],
    /// Crates that it must not reach, however indirectly.
    never: &'static [&'static str],
}

const TESTKIT: &str = "countersign-testkit";
const PURE: &[&str] = &["tokio", "hyper", "axum", "sqlx", "sqlx-core", "reqwest"];
const NO_SQL: &[&str] = &["sqlx", "sqlx-core", "libsqlite3-sys"];

const TABLE: [Row; 11] = [
    Row {
        name: "countersign-token",
        normal: &[],
        tests: &[],
        never: PURE,
    },
    Row {
        name: "countersign-domain",
        normal: &["countersign-token"],
        tests: &[],
        never: PURE,
    },
    Row {
        name: "countersign-store",
        normal: &["countersign-domain"],
        tests: &[],
        never: &["hyper", "axum", "reqwest"],
    },
    Row {
        name: "countersign-validate",
        normal: &["countersign-token"],
        tests: &[],
        never: NO_SQL,
    },
    Row {
        name: "countersign-client",
        normal: &["countersign-token"],
        tests: &[],
        never: NO_SQL,
    },
    Row {
        name: "countersign-server",
        normal: &[
            "countersign-domain",
            "countersign-store",
            "countersign-token",
            "countersign-validate",
        ],
        tests: &[],
        never: &["clap"],
    },
    Row {
        name: "countersign",
        normal: &[
            "countersign-client",
            "countersign-domain",
            "countersign-server",
            "countersign-store",
            "countersign-token",
            "countersign-validate",
        ],
        tests: &[],
        never: &[TESTKIT],
    },
    Row {
        name: TESTKIT,
        normal: &[
            "countersign-client",
            "countersign-domain",
            "countersign-store",
            "countersign-token",
        ],
        tests: &[],
        never: &[],
    },
    Row {
        name: "countersign-examples",
        normal: &["countersign-client", "countersign-validate"],
        tests: &[
            "countersign-domain",
            "countersign-server",
            "countersign-store",
        ],
        never: NO_SQL,
    },
    Row {
        name: "countersign-bench",
        normal: &[
            "countersign-domain",
            "countersign-server",
            "countersign-store",
            "countersign-token",
            "countersign-validate",
            TESTKIT,
        ],
        tests: &[],
        never: &[],
    },
    Row {
        name: "xtask",
        normal: &[],
        tests: &[],
        never: &[TESTKIT],
    },
];

/// Not anywhere, for any target: TLS and RSA have one implementation here, and it is not these.
const BANNED: [&str; 6] = ["openssl", "openssl-sys", "native-tls", "ring", "rsa", "md5"];

/// Compares what the manifests say with the table.
pub(super) fn check(metadata: &Metadata) -> Vec<String> {
    let members: BTreeSet<&str> = metadata.members().map(|p| p.name.as_str()).collect();
    metadata
        .members()
        .flat_map(|package| check_member(package, &members))
        .collect()
}

fn check_member(package: &Package, members: &BTreeSet<&str>) -> Vec<String> {
    let Some(row) = TABLE.iter().find(|row| row.name == package.name) else {
        return vec![format!(
            "{}: not in the table of who may know whom; add a row to xtask/src/tidy/graph.rs",
            package.name
        )];
    };
    let uses = package
        .dependencies
        .iter()
        .filter(|d| members.contains(d.name.as_str()));
    uses.filter(|dependency| !may_use(row, dependency))
        .map(|Dependency { name, kind }| {
            let kind = kind.as_deref().unwrap_or("normal");
            format!("{}: may not use {name} ({kind} dependency)", package.name)
        })
        .collect()
}

fn may_use(row: &Row, Dependency { name, kind }: &Dependency) -> bool {
    let name = name.as_str();
    let in_tests = name == TESTKIT || name == row.name || row.tests.contains(&name);
    row.normal.contains(&name) || (kind.as_deref() == Some("dev") && in_tests)
}

/// Looks for crates that must not be reached, in the trees that are really built.
pub(super) fn check_trees(metadata: &Metadata) -> Result<Vec<String>> {
    let everything = cargo::tree(&["--workspace", "--edges=normal,build,dev", "--all-features"])?;
    let mut findings = unwanted("the workspace", &everything, &BANNED);
    for row in TABLE
        .iter()
        .filter(|row| metadata.members().any(|p| p.name == row.name))
    {
        let package = format!("--package={}", row.name);
        let tree = cargo::tree(&[&package, "--edges=normal,build", "--all-features"])?;
        findings.extend(unwanted(row.name, &tree, row.never));
    }
    Ok(findings)
}

fn unwanted(whose: &str, tree: &BTreeSet<String>, never: &[&str]) -> Vec<String> {
    never
        .iter()
        .filter(|&&name| tree.contains(name))
        .map(|name| format!("{whose}: reaches {name}; see `cargo tree --target=all -i {name}`"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(name: &str, uses: &[(&str, Option<&str>)]) -> Vec<String> {
        let package = Package {
            id: name.to_owned(),
            name: name.to_owned(),
            version: "0.1.0".to_owned(),
            license: None,
            source: None,
            dependencies: uses
                .iter()
                .map(|&(name, kind)| Dependency {
                    name: name.to_owned(),
                    kind: kind.map(str::to_owned),
                })
                .collect(),
            manifest_path: "Cargo.toml".into(),
        };
        let members = TABLE
            .iter()
            .map(|row| row.name)
            .chain(["countersign-stranger"])
            .collect();
        check_member(&package, &members)
    }

    #[test]
    fn the_table_decides() {
        let dev = Some("dev");
        for (name, uses, count) in [
            (
                "countersign-domain",
                vec![("countersign-token", None), ("serde", None)],
                0,
            ),
            ("countersign-domain", vec![("countersign-store", None)], 1),
            ("countersign-store", vec![("countersign-token", None)], 1),
            ("countersign-store", vec![(TESTKIT, dev)], 0),
            ("countersign-store", vec![(TESTKIT, None)], 1),
            ("countersign-store", vec![("countersign-server", dev)], 1),
            (
                "countersign-server",
                vec![("countersign-store", Some("build"))],
                0,
            ),
            ("countersign", vec![(TESTKIT, Some("build"))], 1),
            ("countersign-stranger", vec![], 1),
        ] {
            assert_eq!(findings(name, &uses).len(), count, "{name}: {uses:?}");
        }
    }

    #[test]
    fn a_banned_crate_is_found_however_deep() {
        let tree = BTreeSet::from(["axum".to_owned(), "ring".to_owned()]);
        assert_eq!(unwanted("x", &tree, &BANNED).len(), 1);
        assert!(unwanted("x", &tree, &["tokio"]).is_empty());
    }
}
