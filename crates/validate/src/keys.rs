//! Keys of the issuers: given, or fetched when the key set's rules say so. The rules themselves are
//! in `countersign_token::keyset`; here is only the doing.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use countersign_token::TokenVersion;
use countersign_token::keyset::{Fetch, KeySet, Keys, Limits, Lookup, PublishedKey};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::discovery::{Discovery, FetchError};
use crate::{InvalidToken, Rejection};

/// The key sets of all accepted issuers. Those of different tenants never mix, except where
/// any tenant is accepted: then the platform's common document says beside each key whose it is.
#[derive(Debug)]
pub(crate) enum KeySources {
    /// All there are, for as long as the validator lives.
    Given(Arc<Keys>),
    /// By tenant, those of v1.0 and v2.0.
    ByTenant(HashMap<String, [Arc<FetchedKeys>; 2]>),
    /// One for every tenant and both versions.
    Common(Arc<FetchedKeys>),
}

impl KeySources {
    /// The published key with this id for this issuer.
    pub(crate) async fn key(
        &self,
        tenant: &str,
        version: TokenVersion,
        kid: &str,
    ) -> Result<Arc<PublishedKey>, Rejection> {
        let unknown = || Rejection::from(InvalidToken::UnknownKey);
        let fetched = match self {
            Self::Given(keys) => return keys.key(Some(kid)).cloned().ok_or_else(unknown),
            Self::Common(keys) => keys,
            Self::ByTenant(tenants) => {
                let [v1, v2] = tenants.get(tenant).ok_or_else(unknown)?;
                match version {
                    TokenVersion::V1 => v1,
                    TokenVersion::V2 => v2,
                }
            }
        };
        fetched.key(kid).await
    }
}

#[derive(Debug)]
pub(crate) struct FetchedKeys {
    discovery: Discovery,
    set: RwLock<KeySet>,
    /// Changes whenever a fetch has ended, well or not.
    ended: watch::Sender<()>,
    clock: Clock,
    fetch_timeout: Duration,
}

impl FetchedKeys {
    pub(crate) fn new(discovery: Discovery, set: KeySet, limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            discovery,
            set: RwLock::new(set),
            ended: watch::Sender::new(()),
            clock: Clock::start(),
            fetch_timeout: limits.fetch_timeout,
        })
    }

    /// The published key with this id, fetching if that can help.
    async fn key(self: &Arc<Self>, kid: &str) -> Result<Arc<PublishedKey>, Rejection> {
        match self.lookup(kid) {
            Lookup::Found(key) => return Ok(key),
            Lookup::FoundStale(key) => {
                self.start_fetch();
                return Ok(key);
            }
            Lookup::Unknown => return Err(self.not_found()),
            Lookup::FetchFirst => {}
        }
        match tokio::time::timeout(self.fetch_timeout, self.fetch_and_lookup(kid)).await {
            Ok(Lookup::Found(key) | Lookup::FoundStale(key)) => Ok(key),
            // Waited long enough: a key that is known may still serve.
            _ => self.known(kid).ok_or_else(|| self.not_found()),
        }
    }

    /// Fetches, or waits for the fetch in flight, until there is an answer. It subscribes before it
    /// looks, so that a fetch which ends in between is not missed; it looks again each time, since
    /// the fetch that ended may have been one that had been given up.
    async fn fetch_and_lookup(self: &Arc<Self>, kid: &str) -> Lookup {
        let mut ended = self.ended.subscribe();
        loop {
            let lookup = self.lookup(kid);
            if !matches!(lookup, Lookup::FetchFirst) {
                return lookup;
            }
            self.start_fetch();
            if ended.changed().await.is_err() {
                return Lookup::Unknown;
            }
        }
    }

    /// Fetches in a task of its own: a caller who goes away must not take the answer from the
    /// others who wait for it.
    fn start_fetch(self: &Arc<Self>) {
        let now = self.clock.elapsed();
        let fetch = self
            .set
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .begin_fetch(now);
        if let Some(fetch) = fetch {
            tokio::spawn(Arc::clone(self).fetch(fetch));
        }
    }

    async fn fetch(self: Arc<Self>, fetch: Fetch) {
        let answer = tokio::time::timeout(self.fetch_timeout, self.discovery.fetch_keys()).await;
        let outcome = self.apply(&fetch, answer.unwrap_or(Err(FetchError::Timeout)));
        if let Err(error) = outcome {
            self.alarm(&error);
        }
        self.ended.send_replace(());
    }

    /// For whoever watches the resource: it serves on, but for how long, or not at all.
    fn alarm(&self, error: &FetchError) {
        let issuer = &self.discovery.issuer;
        let cause = error.source().map(ToString::to_string);
        let set = self.set.read().unwrap_or_else(PoisonError::into_inner);
        match set.usable_for(self.clock.elapsed()) {
            Some(left) => tracing::warn!(
                issuer, %error, cause, usable_for_seconds = left.as_secs(),
                "signing keys could not be fetched; known keys stay in use"
            ),
            None => tracing::error!(
                issuer, %error, cause,
                "signing keys could not be fetched and there are none to use: every token is refused"
            ),
        }
    }

    fn apply(
        &self,
        fetch: &Fetch,
        answer: Result<countersign_token::JwkSet, FetchError>,
    ) -> Result<(), FetchError> {
        let now = self.clock.elapsed();
        let mut set = self.set.write().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Ok(document) if set.finish(fetch, &document, now) > 0 => Ok(()),
            Ok(_) => Err(FetchError::NoKeys),
            Err(error) => {
                set.fail(fetch);
                Err(error)
            }
        }
    }

    fn lookup(&self, kid: &str) -> Lookup {
        let now = self.clock.elapsed();
        self.set
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .lookup(kid, now)
    }

    fn known(&self, kid: &str) -> Option<Arc<PublishedKey>> {
        let now = self.clock.elapsed();
        self.set
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .known(Some(kid), now)
            .cloned()
    }

    /// Without any keys the token may well be good: that is our trouble and not the caller's.
    fn not_found(&self) -> Rejection {
        let now = self.clock.elapsed();
        if self
            .set
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .is_usable(now)
        {
            InvalidToken::UnknownKey.into()
        } else {
            Rejection::KeysUnavailable
        }
    }
}
