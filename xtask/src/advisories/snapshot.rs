//! The checked-in facts, and which of them apply.

use std::collections::BTreeSet;

use jiff::civil::Date;
use semver::VersionReq;
use serde::{Deserialize, Serialize};

use crate::lockfile::Locked;

/// `deny/advisories.json`.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Snapshot {
    pub(super) comment: String,
    pub(super) source: String,
    /// The day of the database that these facts were taken from.
    pub(super) as_of: Date,
    /// Every crate that was looked up, with advisories or without.
    pub(super) crates: BTreeSet<String>,
    pub(super) advisories: Vec<Advisory>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Advisory {
    pub(super) id: String,
    pub(super) package: String,
    pub(super) date: Date,
    pub(super) title: String,
    /// A version that one of these admits is mended.
    pub(super) patched: Vec<VersionReq>,
    /// A version that one of these admits never had the fault.
    pub(super) unaffected: Vec<VersionReq>,
    /// `unsound`, `unmaintained` or `notice`; absent for a vulnerability.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) informational: Option<String>,
    pub(super) url: String,
}

/// An advisory that applies and that we live with: an entry of `deny/ignored.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ignored {
    pub(super) id: String,
    pub(super) reason: String,
}

impl Snapshot {
    /// Each advisory with each locked package that it applies to.
    pub(super) fn matches<'a>(
        &'a self,
        locked: &'a [Locked],
    ) -> impl Iterator<Item = (&'a Advisory, &'a Locked)> {
        self.advisories.iter().flat_map(move |advisory| {
            locked
                .iter()
                .filter(|p| advisory.applies_to(p))
                .map(move |p| (advisory, p))
        })
    }
}

impl Advisory {
    fn applies_to(&self, package: &Locked) -> bool {
        let mut safe = self.patched.iter().chain(&self.unaffected);
        package.name == self.package && !safe.any(|range| range.matches(&package.version))
    }

    pub(super) fn fixed_in(&self) -> String {
        if self.patched.is_empty() {
            return "no version".to_owned();
        }
        let ranges: Vec<String> = self.patched.iter().map(ToString::to_string).collect();
        ranges.join(" or ")
    }
}

#[cfg(test)]
impl Ignored {
    pub(super) fn new(id: &str, reason: &str) -> Self {
        Self {
            id: id.to_owned(),
            reason: reason.to_owned(),
        }
    }
}
