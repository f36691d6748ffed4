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

/// Applications that are remembered; the least used are forgotten first, and told of once more.
const APPLICATIONS_MAX: usize = 1_024;

/// Remembers the applications whose assertions live for long, so that each is told of once: a line
/// for each request would bury all others.
pub(crate) struct LongLived {
    told: Cache<AppId, ()>,
}

impl LongLived {
    pub(crate) fn new() -> Self {
        Self {
            told: Cache::new(APPLICATIONS_MAX),
        }
    }

    /// Remembers an application, and says whether it was not known before.
    pub(crate) fn is_new(&self, client: AppId) -> bool {
        let mut is_new = false;
        let remembered = self.told.get_or_insert_with(&client, || {
            is_new = true;
            Ok::<_, Infallible>(())
        });
        match remembered {
            Ok(()) => is_new,
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

    #[test]
    fn an_application_is_told_of_once_and_so_many_are_remembered() {
        let long_lived = LongLived::new();
        let client = |number: u32| -> AppId {
            let id = format!("11111111-1111-1111-1111-{number:012}");
            id.parse().expect("an id")
        };
        assert!(long_lived.is_new(client(1)));
        assert!(!long_lived.is_new(client(1)));
        assert!((2..5_000).all(|number| long_lived.is_new(client(number))));
        assert!(long_lived.told.len() <= APPLICATIONS_MAX);
    }
}
