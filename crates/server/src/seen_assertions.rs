//! Which certificate assertions this node has seen. Real clients show one until it expires, so a
//! second use is counted and not refused; where it must be refused, the database decides.

use std::collections::hash_map::RandomState;
use std::convert::Infallible;
use std::hash::BuildHasher;

use countersign_domain::ids::AppId;
use quick_cache::sync::Cache;

/// Assertions that are remembered; the least used are forgotten first.
const ASSERTIONS_MAX: usize = 65_536;

/// Remembers assertions by a keyed hash of their signatures.
pub(crate) struct SeenAssertions {
    hasher: RandomState,
    seen: Cache<u64, ()>,
}

impl SeenAssertions {
    pub(crate) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            seen: Cache::new(ASSERTIONS_MAX),
        }
    }

    /// Remembers an assertion in the compact form, and says whether it was seen before.
    pub(crate) fn was_seen(&self, client: AppId, assertion: &str) -> bool {
        let signature = assertion.rsplit('.').next();
        let key = self.hasher.hash_one((client, signature));
        let mut is_first = false;
        // One step, so that of two that come at once only one is the first.
        let remembered = self.seen.get_or_insert_with(&key, || {
            is_first = true;
            Ok::<_, Infallible>(())
        });
        match remembered {
            Ok(()) => !is_first,
            Err(never) => match never {},
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assertion_is_new_once_for_each_client() {
        let seen = SeenAssertions::new();
        let client: AppId = "11111111-1111-1111-1111-111111111111"
            .parse()
            .expect("an id");
        let other: AppId = "22222222-2222-2222-2222-222222222222"
            .parse()
            .expect("an id");
        assert!(!seen.was_seen(client, "h.p.s"));
        assert!(seen.was_seen(client, "h.p.s"));
        assert!(!seen.was_seen(client, "h.p.t"));
        assert!(!seen.was_seen(other, "h.p.s"));
    }

    #[test]
    fn of_many_at_once_one_is_the_first() {
        let seen = SeenAssertions::new();
        let client: AppId = "11111111-1111-1111-1111-111111111111"
            .parse()
            .expect("an id");
        let first = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| !seen.was_seen(client, "h.p.s")))
                .collect();
            tries
                .into_iter()
                .filter_map(|one| one.join().ok())
                .filter(|is_first| *is_first)
                .count()
        });
        assert_eq!(first, 1);
    }
}
