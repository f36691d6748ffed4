//! The keys of one issuer for one tenant, fetched when the key set's rules say so. The rules
//! themselves are in `countersign_token::keyset`; here is only the doing.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use countersign_domain::ids::TenantId;
use countersign_token::JwkSet;
use countersign_token::keyset::{Fetch, KeySet, Lookup, PublishedKey};
use tokio::sync::watch;
use tokio::time::timeout;

use super::fetch::{FetchError, Fetcher, host_of};
use super::{ALGORITHMS, Elapsed, KeyProblem, Limits};

/// Beyond the fetch's own limit, so that its outcome is there before its waiters give up.
const GRACE: Duration = Duration::from_millis(250);

pub(super) struct IssuerKeys {
    tenant: TenantId,
    issuer: String,
    limits: Limits,
    elapsed: Elapsed,
    state: RwLock<State>,
    /// Changes whenever a fetch has ended, well or not.
    ended: watch::Sender<()>,
}

struct State {
    set: KeySet,
    /// What became of the latest fetch, if it failed.
    failure: Option<FetchError>,
}

impl IssuerKeys {
    pub(super) fn new(tenant: TenantId, issuer: &str, limits: Limits, elapsed: Elapsed) -> Self {
        Self {
            tenant,
            issuer: issuer.to_owned(),
            limits,
            elapsed,
            state: RwLock::new(State {
                set: KeySet::new(limits.keys, &ALGORITHMS),
                failure: None,
            }),
            ended: watch::Sender::new(()),
        }
    }

    /// The key with this id, or the only one, fetching if that can help.
    pub(super) async fn key(
        self: &Arc<Self>,
        kid: Option<&str>,
        fetcher: &Arc<Fetcher>,
    ) -> Result<Arc<PublishedKey>, KeyProblem> {
        match self.lookup(kid) {
            Lookup::Found(key) => return Ok(key),
            Lookup::FoundStale(key) => {
                self.start_fetch(fetcher);
                return Ok(key);
            }
            Lookup::Unknown => return Err(self.problem()),
            Lookup::FetchFirst => {}
        }
        let patience = self.limits.keys.fetch_timeout + GRACE;
        match timeout(patience, self.fetch_and_lookup(kid, fetcher)).await {
            Ok(Lookup::Found(key) | Lookup::FoundStale(key)) => Ok(key),
            // Not even a failure came in time. A key that is known serves on all the same.
            Err(_) => self.known(kid).ok_or_else(|| self.problem()),
            Ok(_) => Err(self.problem()),
        }
    }

    /// Fetches, or waits for the fetch in flight, until there is an answer. It subscribes before it
    /// looks, so that a fetch which ends in between is not missed; it looks again each time, since
    /// the fetch that ended may have been one that had been given up.
    async fn fetch_and_lookup(
        self: &Arc<Self>,
        kid: Option<&str>,
        fetcher: &Arc<Fetcher>,
    ) -> Lookup {
        let mut ended = self.ended.subscribe();
        loop {
            let lookup = self.lookup(kid);
            if !matches!(lookup, Lookup::FetchFirst) {
                return lookup;
            }
            self.start_fetch(fetcher);
            if ended.changed().await.is_err() {
                return Lookup::Unknown;
            }
        }
    }

    /// Fetches in a task of its own: a caller who goes away must not take the answer from the
    /// others who wait for it.
    fn start_fetch(self: &Arc<Self>, fetcher: &Arc<Fetcher>) {
        let now = (self.elapsed)();
        let fetch = self.write().set.begin_fetch(now);
        if let Some(fetch) = fetch {
            tokio::spawn(Arc::clone(self).fetch(fetch, Arc::clone(fetcher)));
        }
    }

    async fn fetch(self: Arc<Self>, fetch: Fetch, fetcher: Arc<Fetcher>) {
        let answer = fetcher.keys(&self.issuer).await;
        self.settle(&fetch, answer);
        self.ended.send_replace(());
    }

    /// Takes an answer, and logs it where it differs from the one before: an issuer that is down for
    /// a day is one line, not one every five seconds.
    fn settle(&self, fetch: &Fetch, answer: Result<JwkSet, FetchError>) {
        let now = (self.elapsed)();
        let mut state = self.write();
        let failure = match answer {
            Ok(document) if state.set.finish(fetch, &document, now) > 0 => None,
            Ok(_) => Some(FetchError::Keys),
            Err(error) => {
                state.set.fail(fetch);
                Some(error)
            }
        };
        let is_news = state.failure != failure;
        state.failure.clone_from(&failure);
        drop(state);
        if is_news {
            self.log(failure.as_ref());
        }
    }

    fn log(&self, failure: Option<&FetchError>) {
        let issuer_host = host_of(&self.issuer);
        match failure {
            Some(error) => tracing::warn!(
                tenant = %self.tenant,
                issuer_host,
                %error,
                "keys of an external issuer cannot be fetched; known keys stay in use"
            ),
            None => tracing::info!(
                tenant = %self.tenant,
                issuer_host,
                "keys of an external issuer can be fetched again"
            ),
        }
    }

    fn lookup(&self, kid: Option<&str>) -> Lookup {
        let now = (self.elapsed)();
        let state = self.read();
        match kid {
            Some(kid) => state.set.lookup(kid, now),
            None => state.set.lookup_only(now),
        }
    }

    fn known(&self, kid: Option<&str>) -> Option<Arc<PublishedKey>> {
        let now = (self.elapsed)();
        self.read().set.known(kid, now).cloned()
    }

    /// Without any keys the token may well be good: that is the issuer's trouble and not the token's.
    fn problem(&self) -> KeyProblem {
        let now = (self.elapsed)();
        let state = self.read();
        match &state.failure {
            _ if state.set.is_usable(now) => KeyProblem::UnknownKey,
            Some(FetchError::Keys) => KeyProblem::UnreadableKeys,
            Some(error) => KeyProblem::IssuerUnreachable(error.clone()),
            None => KeyProblem::IssuerUnreachable(FetchError::Timeout),
        }
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use countersign_testkit::issuer::IssuerKey;
    use countersign_token::Algorithm;

    use super::super::OutboundPolicy;
    use super::*;

    /// Keys, fetched just now, whose age in seconds is set by hand.
    fn known_keys(limits: Limits) -> (Arc<IssuerKeys>, Arc<AtomicU64>) {
        let age = Arc::new(AtomicU64::new(0));
        let elapsed = Arc::clone(&age);
        let elapsed: Elapsed =
            Arc::new(move || Duration::from_secs(elapsed.load(Ordering::SeqCst)));
        let tenant = "aaaaaaaa-0000-4000-8000-000000000001";
        let tenant = tenant.parse().expect("a GUID");
        let keys = IssuerKeys::new(tenant, "https://issuer.example", limits, elapsed);
        let fetch = keys.write().set.begin_fetch(Duration::ZERO);
        let key = IssuerKey::new("k", Algorithm::Es256);
        let document = JwkSet {
            keys: vec![key.jwk().clone()],
        };
        keys.settle(&fetch.expect("none is in flight"), Ok(document));
        (Arc::new(keys), age)
    }

    #[tokio::test]
    async fn a_fetch_that_is_stuck_does_not_take_a_known_key_away() {
        let mut limits = Limits::default();
        limits.keys.fetch_timeout = Duration::from_millis(50);
        let fetcher = Arc::new(Fetcher::new(OutboundPolicy::default(), limits));
        let (keys, age) = known_keys(limits);
        age.store(limits.keys.age_max.as_secs(), Ordering::SeqCst);
        let stuck = keys.write().set.begin_fetch((keys.elapsed)());
        assert!(stuck.is_some(), "it is time for one");
        assert!(keys.key(Some("k"), &fetcher).await.is_ok());
        assert!(keys.key(None, &fetcher).await.is_ok());
        assert_eq!(
            keys.key(Some("x"), &fetcher).await.err(),
            Some(KeyProblem::UnknownKey)
        );

        age.store(limits.keys.stale_age_max.as_secs(), Ordering::SeqCst);
        let stuck = keys.write().set.begin_fetch((keys.elapsed)());
        assert!(stuck.is_some(), "it is time for one");
        assert_eq!(
            keys.key(Some("k"), &fetcher).await.err(),
            Some(KeyProblem::IssuerUnreachable(FetchError::Timeout))
        );
    }
}
