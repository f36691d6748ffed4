//! Slows down guessing: failures are counted per address *and* client, so neither a stranger nor a
//! colleague behind the same address can lock a client out.

use std::net::IpAddr;

use countersign_domain::clock::Timestamp;
use countersign_domain::ids::AppId;
use quick_cache::sync::Cache;

/// Failed authentications of one client from one address before it has to wait.
const FAILURES_MAX: u32 = 100;

/// The length of a counting window, and of the wait.
const WINDOW_SECONDS: i64 = 60;

/// Pairs that are remembered; the least used are forgotten first.
const PAIRS_MAX: usize = 10_000;

/// Counts failed authentications.
pub(crate) struct Throttle {
    failures: Cache<(IpAddr, AppId), Window>,
}

#[derive(Clone, Copy)]
struct Window {
    started_at: Timestamp,
    failures: u32,
}

impl Throttle {
    pub(crate) fn new() -> Self {
        Self {
            failures: Cache::new(PAIRS_MAX),
        }
    }

    /// How many seconds this client has to wait at this address, if it has to.
    pub(crate) fn wait_seconds(
        &self,
        source: IpAddr,
        client: AppId,
        now: Timestamp,
    ) -> Option<i64> {
        if self.failures.is_empty() {
            return None;
        }
        let window = self.failures.get(&(source, client))?;
        let left = window
            .started_at
            .plus_seconds(WINDOW_SECONDS)
            .unix_seconds()
            - now.unix_seconds();
        (window.failures >= FAILURES_MAX && left > 0).then_some(left)
    }

    /// Remembers a failure.
    pub(crate) fn failed(&self, source: IpAddr, client: AppId, now: Timestamp) {
        let window = self
            .failures
            .get(&(source, client))
            .filter(|window| now < window.started_at.plus_seconds(WINDOW_SECONDS));
        let window = match window {
            Some(window) => Window {
                failures: window.failures + 1,
                ..window
            },
            None => Window {
                started_at: now,
                failures: 1,
            },
        };
        self.failures.insert((source, client), window);
    }
}

#[cfg(test)]
mod tests {
    use countersign_domain::ids::AppId;

    use super::*;

    #[test]
    fn only_the_failing_pair_waits_and_not_for_ever() {
        let throttle = Throttle::new();
        let at = Timestamp::from_unix_seconds;
        let (here, there) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        let client = AppId::new(uuid::Uuid::from_u128(1));
        let other = AppId::new(uuid::Uuid::from_u128(2));
        for _ in 0..FAILURES_MAX {
            assert_eq!(throttle.wait_seconds(here, client, at(1_000)), None);
            throttle.failed(here, client, at(1_000));
        }
        assert_eq!(throttle.wait_seconds(here, client, at(1_010)), Some(50));
        assert_eq!(throttle.wait_seconds(there, client, at(1_010)), None);
        assert_eq!(throttle.wait_seconds(here, other, at(1_010)), None);
        assert_eq!(throttle.wait_seconds(here, client, at(1_060)), None);
        throttle.failed(here, client, at(1_061));
        assert_eq!(throttle.wait_seconds(here, client, at(1_061)), None);
    }
}
