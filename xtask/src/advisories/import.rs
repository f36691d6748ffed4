//! Reading a checkout of the RustSec advisory database: Markdown with a TOML block in front.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use jiff::civil::Date;
use semver::VersionReq;
use serde::Deserialize;

use super::snapshot::{Advisory, Snapshot};
use crate::shell;

#[derive(Deserialize)]
struct FrontMatter {
    advisory: Head,
    versions: Versions,
}

#[derive(Deserialize)]
struct Head {
    id: String,
    package: String,
    date: Date,
    informational: Option<String>,
    /// A date: the advisory turned out to be wrong.
    withdrawn: Option<Date>,
}

#[derive(Deserialize)]
struct Versions {
    #[serde(default)]
    patched: Vec<VersionReq>,
    #[serde(default)]
    unaffected: Vec<VersionReq>,
}

/// What the database in `folder` says about the crates of these names.
pub(super) fn snapshot(folder: &Path, names: &BTreeSet<&str>) -> Result<Snapshot> {
    let crates = folder.join("crates");
    if !crates.is_dir() {
        bail!(
            "{} is no checkout of the RustSec database: it has no `crates`",
            folder.display()
        );
    }
    let mut advisories = Vec::new();
    for folder in names
        .iter()
        .map(|name| crates.join(name))
        .filter(|folder| folder.is_dir())
    {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let text = fs::read_to_string(&path)?;
            advisories.extend(parse(&text).with_context(|| format!("reading {}", path.display()))?);
        }
    }
    advisories.sort_by(|a, b| (&a.package, &a.id).cmp(&(&b.package, &b.id)));
    Ok(Snapshot {
        comment:
            "Facts about the public RustSec advisories that concern crates in our lock files. \
                  Refresh with `cargo xtask advisories --from DIR`."
                .to_owned(),
        source: "https://github.com/rustsec/advisory-db".to_owned(),
        as_of: last_change(folder)?,
        crates: names.iter().map(|&name| name.to_owned()).collect(),
        advisories,
    })
}

/// The day of the checkout's newest commit.
fn last_change(folder: &Path) -> Result<Date> {
    let folder = folder.to_str().context("the folder's name is not text")?;
    let date = shell::output(&mut shell::command(
        "git",
        &["-C", folder, "log", "-1", "--format=%cs"],
    ))?;
    date.trim()
        .parse()
        .context("reading the date of the newest commit")
}

/// None for an advisory that was withdrawn.
fn parse(text: &str) -> Result<Option<Advisory>> {
    let (front, body) = text
        .strip_prefix("```toml\n")
        .and_then(|rest| rest.split_once("\n```"))
        .context("the file does not begin with a block of TOML")?;
    let FrontMatter { advisory, versions } = toml::from_str(front)?;
    if advisory.withdrawn.is_some() {
        return Ok(None);
    }
    let title = body
        .lines()
        .find_map(|line| line.strip_prefix("# "))
        .unwrap_or("(no title)");
    Ok(Some(Advisory {
        url: format!("https://rustsec.org/advisories/{}.html", advisory.id),
        id: advisory.id,
        package: advisory.package,
        date: advisory.date,
        title: title.trim().to_owned(),
        patched: versions.patched,
        unaffected: versions.unaffected,
        informational: advisory.informational,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "```toml
[advisory]
id = \"RUSTSEC-2026-0001\"
package = \"example\"
date = \"2026-01-02\"
informational = \"unsound\"
categories = []

[versions]
patched = [\">= 0.1.3, < 0.2.0\", \"^0.2.1\"]
```

# A title with `code`

Words.
";

    #[test]
    fn an_advisory_becomes_facts() {
        let advisory = parse(TEXT).expect("well-formed").expect("not withdrawn");
        assert_eq!(advisory.title, "A title with `code`");
        assert_eq!(advisory.fixed_in(), ">=0.1.3, <0.2.0 or ^0.2.1");
        assert_eq!(advisory.informational.as_deref(), Some("unsound"));
    }

    #[test]
    fn a_withdrawn_advisory_is_left_out() {
        let text = TEXT.replace("categories = []", "withdrawn = \"2026-02-03\"");
        assert!(parse(&text).expect("well-formed").is_none());
        assert!(parse("# no facts").is_err());
    }
}
