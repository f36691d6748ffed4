//! Withdrawing issued tokens: what the list says that resources poll.

use std::collections::BTreeMap;

pub use countersign_token::revocation::Mark;
use countersign_token::revocation::RevocationList;

use crate::clock::{SKEW_SECONDS, Timestamp};

/// Marks that a list names at most: 400 KiB. Everything older is withdrawn as a whole.
pub const LISTED_MAX: usize = 10_000;

/// Of the newest revocations, so many can be followed one by one; who is further behind is given the
/// whole list. There are then no more different lists than that, however many are asked for.
const FOLLOWED_MAX: usize = 256;

/// A node issues tokens by what it knew up to a second before.
const NODES_BEHIND_SECONDS: i64 = 1;

/// No token lives longer than a day; another hour for clocks that differ.
const KEPT_SECONDS: i64 = 25 * 3_600;

/// Tokens with this mark were withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// What they have in common.
    pub mark: Mark,
    /// The number of the change that withdrew them.
    pub number: i64,
    /// When.
    pub at: Timestamp,
}

/// Revocations before this instant concern no token that is still good.
pub fn forgotten_before(now: Timestamp) -> Timestamp {
    now.plus_seconds(-KEPT_SECONDS)
}

/// The list of a tenant.
///
/// `revocations` are the newest of the tenant, the newest first; where there are more than
/// [`LISTED_MAX`], one more than that. The list is whole where [`followed`] says so.
pub fn list(
    issuer: String,
    tenant_id: String,
    now: Timestamp,
    after: i64,
    revocations: &[Revocation],
) -> RevocationList {
    let listed = &revocations[..revocations.len().min(LISTED_MAX)];
    let after = followed(after, revocations);
    let news = listed.iter().filter(|known| known.number > after);
    let revoked: BTreeMap<String, i64> = news
        .map(|known| (known.mark.to_string(), good_from(known.at)))
        .collect();
    RevocationList {
        iss: issuer,
        tid: tenant_id,
        iat: now.unix_seconds(),
        after,
        number: latest(revocations),
        floor: revocations
            .get(LISTED_MAX)
            .map_or(0, |unlisted| good_from(unlisted.at)),
        revoked,
    }
}

/// The number that a list asked for after this one goes on from; 0 for a whole list.
pub fn followed(after: i64, revocations: &[Revocation]) -> i64 {
    let mut newest = revocations.iter().take(FOLLOWED_MAX);
    match newest.any(|known| known.number == after) {
        true => after,
        false => 0,
    }
}

/// The number of the last revocation that a list names; 0 where there is none.
pub fn latest(revocations: &[Revocation]) -> i64 {
    let listed = revocations.iter().take(LISTED_MAX);
    listed.map(|known| known.number).max().unwrap_or(0)
}

/// The `iat` from which on tokens are good. That claim says five minutes before the token was made,
/// and whole seconds.
fn good_from(at: Timestamp) -> i64 {
    at.unix_seconds() + 1 + NODES_BEHIND_SECONDS - SKEW_SECONDS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::TokenLifetime;
    use crate::oauth::claims::Validity;

    const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

    fn revocation(number: i64) -> Revocation {
        Revocation {
            mark: Mark::of_credential(&number.to_string()),
            number,
            at: NOW.plus_seconds(number),
        }
    }

    fn listed(after: i64, revocations: &[Revocation]) -> RevocationList {
        let (issuer, tenant) = ("https://id.example/t/v2.0", "t");
        list(
            issuer.to_owned(),
            tenant.to_owned(),
            NOW,
            after,
            revocations,
        )
    }

    #[test]
    fn a_list_goes_on_from_a_number_that_is_known() {
        let known = [revocation(9), revocation(7), revocation(7), revocation(4)];
        let names = |after| {
            let list = listed(after, &known);
            assert_eq!((list.number, list.floor), (9, 0));
            (list.after, list.revoked.len())
        };
        // Two of the four have the same mark.
        assert_eq!(names(0), (0, 3));
        assert_eq!(names(4), (4, 2));
        assert_eq!(names(7), (7, 1));
        assert_eq!(names(9), (9, 0));
        for unknown in [-1, 5, 10, i64::MAX, i64::MIN] {
            assert_eq!(names(unknown), (0, 3), "after {unknown}");
        }
        assert_eq!(listed(3, &[]).number, 0);
    }

    #[test]
    fn who_is_far_behind_begins_anew() {
        let known: Vec<_> = (1..=257).rev().map(revocation).collect();
        assert_eq!(listed(2, &known).after, 2);
        assert_eq!(listed(1, &known).after, 0);
    }

    #[test]
    fn too_many_are_withdrawn_as_a_whole() {
        let many: Vec<_> = (1..=10_001).rev().map(revocation).collect();
        assert_eq!(listed(0, &many[..LISTED_MAX]).floor, 0);
        let list = listed(0, &many);
        assert_eq!(list.revoked.len(), LISTED_MAX);
        assert_eq!(list.floor, good_from(revocation(1).at));
        assert!(list.revoked.values().all(|good| *good > list.floor));
    }

    #[test]
    fn tokens_made_up_to_a_second_after_are_withdrawn() {
        let iat = |at| Validity::starting(at, TokenLifetime::DEFAULT).not_before;
        let at = Timestamp::from_micros(NOW.micros() + 999_999);
        let good = good_from(at);
        assert!(iat(at) < good);
        assert!(iat(at.plus_seconds(1)) < good);
        assert!(iat(at.plus_seconds(2)) >= good);
    }
}
