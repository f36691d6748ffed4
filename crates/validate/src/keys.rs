//! Keys of one issuer: given, or fetched when the key set's rules say so. The rules themselves are
//! in `countersign_token::keyset`; here is only the doing.

use std::error::Error;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use countersign_token::TokenVersion;
use countersign_token::keyset::{Fetch, KeySet, Keys, Limits, Lookup, PublishedKey};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::discovery::{Discovery, FetchError};
use crate::{InvalidToken, Rejection};

/// One issuer of one tenant, and where its keys come from.
#[derive(Debug)]
pub(crate) struct Issuer {
    pub(crate) name: String,
    pub(crate) version: TokenVersion,
    pub(crate) keys: KeySource,
}

#[derive(Debug)]
pub(crate) enum KeySource {
    /// All there are, for as long as the validator lives.
    Given(Arc<Keys>),
    Fetched(Arc<FetchedKeys>),
}

impl KeySource {
    /// The published key with this id.
    pub(crate) async fn key(&self, kid: &str) -> Result<Arc<PublishedKey>, Rejection> {
        match self {
            Self::Given(keys) => keys
                .key(Some(kid))
                .cloned()
                .ok_or_else(|| InvalidToken::UnknownKey.into()),
            Self::Fetched(keys) => keys.key(kid).await,
        }
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
            _ => Err(self.not_found()),
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
            tracing::warn!(
                issuer = self.discovery.issuer,
                error = %error,
                cause = error.source().map(ToString::to_string),
                "signing keys could not be fetched; known keys stay in use"
            );
        }
        self.ended.send_replace(());
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
