//! Floors under versions that an advisory taught us, for every lock file of the repository.

use semver::Version;

use crate::lockfile::Locked;

/// Crate, lowest version allowed, why.
const FLOORS: [(&str, Version, &str); 3] = [
    (
        "h2",
        Version::new(0, 4, 16),
        "RUSTSEC-2026-0258: empty DATA frames queued without limit",
    ),
    (
        "rustls-webpki",
        Version::new(0, 103, 13),
        "RUSTSEC-2026-0104: panic in CRL parsing",
    ),
    (
        "tracing-subscriber",
        Version::new(0, 3, 20),
        "RUSTSEC-2025-0055: escapes in log lines",
    ),
];

pub(super) fn check(locked: &[Locked]) -> Vec<String> {
    FLOORS
        .iter()
        .flat_map(|(name, floor, why)| {
            locked
                .iter()
                .filter(move |package| package.name == *name && package.version < *floor)
                .map(move |p| {
                    format!(
                        "{name} {} is locked, at least {floor} is needed: {why}",
                        p.version
                    )
                })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_old_copy_among_new_ones_is_found() {
        let locked =
            [("h2", "0.3.26"), ("h2", "0.4.16"), ("hyper", "0.1.0")].map(|(name, version)| {
                Locked {
                    name: name.to_owned(),
                    version: version.parse().expect("a version"),
                    source: Some("registry".to_owned()),
                }
            });
        let findings = check(&locked);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].contains("h2 0.3.26"), "{findings:?}");
    }
}
