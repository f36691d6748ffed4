//! Which uses of credentials were written down lately: a secret that is used a thousand times a
//! second need not be marked as used a thousand times.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use countersign_domain::clock::Timestamp;
use countersign_domain::ids::{AppId, KeyId};

use crate::credentials::Kind;

/// A credential of an application.
pub(crate) type Credential = (Kind, AppId, KeyId);

/// How much later a use must be to be written down again. People ask which secrets are unused; no
/// one asks at which second.
const PRECISION_SECONDS: i64 = 600;

/// Credentials that are remembered; beyond, all are forgotten, and written once more.
const REMEMBERED_MAX: usize = 50_000;

/// What this node has written lately.
#[derive(Default)]
pub(crate) struct RecentUses(Mutex<HashMap<Credential, Timestamp>>);

impl RecentUses {
    /// Leaves only the uses that are worth writing.
    pub(crate) fn retain_due(&self, uses: &mut BTreeMap<Credential, Timestamp>) {
        let written = self.lock();
        uses.retain(|credential, at| {
            let written = written.get(credential);
            written.is_none_or(|written| *at >= written.plus_seconds(PRECISION_SECONDS))
        });
    }

    /// Remembers that these were written.
    pub(crate) fn remember(&self, uses: BTreeMap<Credential, Timestamp>) {
        let mut written = self.lock();
        if written.len() + uses.len() > REMEMBERED_MAX {
            written.clear();
        }
        written.extend(uses);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Credential, Timestamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_unix_seconds(1_795_000_000);

    fn due(recent: &RecentUses, at: Timestamp) -> bool {
        let id = uuid::Uuid::from_u128;
        let credential = (Kind::Secret, AppId::new(id(1)), KeyId::new(id(2)));
        let mut uses = BTreeMap::from([(credential, at)]);
        recent.retain_due(&mut uses);
        let is_due = !uses.is_empty();
        recent.remember(uses);
        is_due
    }

    #[test]
    fn a_use_is_written_again_only_after_a_while() {
        let recent = RecentUses::default();
        assert!(due(&recent, NOON));
        assert!(!due(&recent, NOON));
        assert!(
            !due(&recent, NOON.plus_seconds(-5)),
            "a batch that comes late"
        );
        assert!(!due(&recent, NOON.plus_seconds(PRECISION_SECONDS - 1)));
        assert!(due(&recent, NOON.plus_seconds(PRECISION_SECONDS)));
        assert!(!due(&recent, NOON.plus_seconds(PRECISION_SECONDS + 1)));
    }

    #[test]
    fn what_is_remembered_has_an_end() {
        let recent = RecentUses::default();
        for batch in 0..3 {
            let credential = |number: usize| {
                let id = uuid::Uuid::from_u128((batch * REMEMBERED_MAX + number) as u128);
                (Kind::Secret, AppId::new(id), KeyId::new(id))
            };
            recent.remember(
                (0..REMEMBERED_MAX / 2 + 1)
                    .map(|n| (credential(n), NOON))
                    .collect(),
            );
            assert!(recent.lock().len() <= REMEMBERED_MAX);
        }
    }
}
