//! Known vulnerabilities of what we build from.
//!
//! The public RustSec database cannot be fetched where CI runs, so the facts that concern our lock
//! files are kept in `deny/advisories.json`, with the day they were true. See
//! docs/decisions/0003-own-supply-chain-check.md.

mod import;
mod snapshot;

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, bail};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::de::DeserializeOwned;

use self::snapshot::{Ignored, Snapshot};
use crate::lockfile::{self, Locked};
use crate::shell;

const SNAPSHOT: &str = "deny/advisories.json";
const IGNORED: &str = "deny/ignored.json";
/// An older snapshot says too little to be called a check.
const AGE_MAX_DAYS: i32 = 180;

/// Compares every lock file with the snapshot.
pub(crate) fn run() -> Result<String> {
    let snapshot: Snapshot = read(SNAPSHOT)?;
    let ignored: Vec<Ignored> = read(IGNORED)?;
    let locked = lockfile::third_party()?;
    let today = Timestamp::now().to_zoned(TimeZone::UTC).date();

    let findings = findings(&snapshot, &ignored, &locked, today)?;
    if !findings.is_empty() {
        bail!("{} findings\n{}", findings.len(), findings.join("\n"));
    }

    let unknown = not_looked_up(&snapshot, &locked);
    if !unknown.is_empty() {
        let names: Vec<&str> = unknown.iter().copied().collect();
        println!(
            "the snapshot does not know these crates, refresh it: {}",
            names.join(", ")
        );
    }
    let age = age_days(snapshot.as_of, today)?;
    let (known, total) = (snapshot.advisories.len(), locked.len());
    Ok(format!(
        "{total} packages against {known} advisories of {} ({age} days old); {} crates not in the snapshot",
        snapshot.as_of,
        unknown.len(),
    ))
}

/// Writes the snapshot anew from a checkout of the database.
pub(crate) fn refresh(database: &Path) -> Result<()> {
    let locked = lockfile::third_party()?;
    let names: BTreeSet<&str> = locked.iter().map(|package| package.name.as_str()).collect();
    let snapshot = import::snapshot(database, &names)?;
    let text = serde_json::to_string_pretty(&snapshot)? + "\n";
    std::fs::write(shell::root().join(SNAPSHOT), text)?;
    println!(
        "{SNAPSHOT}: {} advisories on {} crates, as of {}",
        snapshot.advisories.len(),
        names.len(),
        snapshot.as_of
    );
    Ok(())
}

fn read<T: DeserializeOwned>(path: &str) -> Result<T> {
    let text = std::fs::read_to_string(shell::root().join(path));
    serde_json::from_str(&text.with_context(|| format!("reading {path}"))?)
        .with_context(|| format!("reading {path}"))
}

fn findings(
    snapshot: &Snapshot,
    ignored: &[Ignored],
    locked: &[Locked],
    today: Date,
) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    let age = age_days(snapshot.as_of, today)?;
    if age > AGE_MAX_DAYS {
        findings.push(format!(
            "{SNAPSHOT} is {age} days old, {AGE_MAX_DAYS} are allowed; refresh it with \
             `cargo xtask advisories --from DIR`"
        ));
    }
    let mut unused: BTreeSet<&str> = ignored.iter().map(|entry| entry.id.as_str()).collect();
    for (advisory, package) in snapshot.matches(locked) {
        let is_ignored = unused.remove(advisory.id.as_str())
            || ignored.iter().any(|entry| entry.id == advisory.id);
        if !is_ignored {
            let kind = advisory.informational.as_deref().unwrap_or("vulnerability");
            findings.push(format!(
                "{} {}: {} ({kind}): {}\n    fixed in {}; {}",
                package.name,
                package.version,
                advisory.id,
                advisory.title,
                advisory.fixed_in(),
                advisory.url,
            ));
        }
    }
    findings.extend(
        unused
            .iter()
            .map(|id| format!("{IGNORED}: {id} matches nothing; remove it")),
    );
    let unfounded = ignored
        .iter()
        .filter(|entry| entry.reason.trim().is_empty());
    findings.extend(unfounded.map(|entry| format!("{IGNORED}: {} needs a reason", entry.id)));
    Ok(findings)
}

fn not_looked_up<'a>(snapshot: &Snapshot, locked: &'a [Locked]) -> BTreeSet<&'a str> {
    locked
        .iter()
        .map(|p| p.name.as_str())
        .filter(|&n| !snapshot.crates.contains(n))
        .collect()
}

fn age_days(then: Date, today: Date) -> Result<i32> {
    Ok(today.since(then).context("the snapshot's date")?.get_days())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn snapshot() -> Snapshot {
        serde_json::from_str(
            r#"{
            "comment": "", "source": "", "asOf": "2026-09-14", "crates": ["h2", "rsa"],
            "advisories": [
                {"id": "RUSTSEC-2024-0332", "package": "h2", "date": "2024-04-03", "title": "Flood",
                 "patched": ["^0.3.26", ">= 0.4.4"], "unaffected": [], "url": "u"},
                {"id": "RUSTSEC-2023-0071", "package": "rsa", "date": "2023-11-22", "title": "Marvin",
                 "patched": [], "unaffected": ["< 0.1.0"], "informational": "notice", "url": "u"}
            ]}"#,
        )
        .expect("a snapshot")
    }

    fn locked(name: &str, version: &str) -> Locked {
        Locked {
            name: name.to_owned(),
            version: version.parse().expect("a version"),
            source: Some("registry".to_owned()),
        }
    }

    fn check(ignored: &[Ignored], packages: &[Locked]) -> Vec<String> {
        findings(&snapshot(), ignored, packages, date(2026, 11, 21)).expect("dates in order")
    }

    #[test]
    fn versions_decide() {
        for (name, version, count) in [
            ("h2", "0.3.25", 1),
            ("h2", "0.3.26", 0),
            ("h2", "0.4.3", 1),
            ("h2", "0.4.16", 0),
            ("hyper", "0.1.0", 0),
            ("rsa", "0.9.10", 1),
            ("rsa", "0.0.9", 0),
        ] {
            assert_eq!(
                check(&[], &[locked(name, version)]).len(),
                count,
                "{name} {version}"
            );
        }
    }

    #[test]
    fn an_ignored_advisory_needs_a_reason_and_a_match() {
        let ignore = |reason: &str| [Ignored::new("RUSTSEC-2023-0071", reason)];
        let rsa = [locked("rsa", "0.9.10"), locked("rsa", "0.9.9")];
        assert!(check(&ignore("only verifies"), &rsa).is_empty());
        assert_eq!(check(&ignore(" "), &rsa).len(), 1);
        assert_eq!(check(&ignore("gone"), &[locked("h2", "0.4.16")]).len(), 1);
    }

    #[test]
    fn an_old_snapshot_is_a_finding() {
        let on = |day| {
            findings(&snapshot(), &[], &[], day)
                .expect("dates in order")
                .len()
        };
        assert_eq!((on(date(2027, 3, 13)), on(date(2027, 3, 14))), (0, 1));
    }

    #[test]
    fn crates_outside_the_snapshot_are_named() {
        let packages = [locked("h2", "0.4.16"), locked("new", "1.0.0")];
        assert_eq!(
            not_looked_up(&snapshot(), &packages),
            BTreeSet::from(["new"])
        );
    }
}
