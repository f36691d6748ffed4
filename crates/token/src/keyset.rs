//! A remote issuer's keys, as a state machine without I/O.
//!
//! The owner asks [`KeySet::lookup`] and, when told to, fetches the key set document and hands it
//! in. The rules live here: how long keys are believed, when an unknown key id is worth a request,
//! that one fetch is in flight at a time and that a late answer never replaces a newer one. Time is
//! an argument: a [`Duration`] since any fixed, monotonic origin of the owner's choosing.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::{Algorithm, JwkSet, VerifyingKey};

/// At most this many keys of a document are looked at.
pub const KEYS_MAX: usize = 100;

/// How long things are believed and how often an issuer is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Keys older than this are fetched anew before use.
    pub age_max: Duration,
    /// While the issuer does not answer, known keys serve on up to this age.
    pub stale_age_max: Duration,
    /// Least time between two fetches; key ids are attacker's input, so an unknown one must not
    /// cost a request each time.
    pub cool_down: Duration,
    /// `Some`: an unknown key id may cause a fetch of its own this often, counted apart from the
    /// fetches of keys that have grown old, so that a rotation is noticed by the first token of the
    /// new key. `None`: `cool_down` counts for both.
    pub cool_down_unknown: Option<Duration>,
    /// The same as `cool_down` after a fetch that failed: shorter, so that a resource which starts before its
    /// issuer recovers soon.
    pub cool_down_failed: Duration,
    /// A fetch without an answer after this long is given up, so that another may start. The owner
    /// ends the request itself by the same limit.
    pub fetch_timeout: Duration,
}

impl Default for Limits {
    /// 10 minutes, 24 hours, 30 seconds for both kinds of fetch, 5 seconds, 5 seconds.
    fn default() -> Self {
        Self {
            age_max: Duration::from_secs(10 * 60),
            stale_age_max: Duration::from_secs(24 * 60 * 60),
            cool_down: Duration::from_secs(30),
            cool_down_unknown: None,
            cool_down_failed: Duration::from_secs(5),
            fetch_timeout: Duration::from_secs(5),
        }
    }
}

/// A published key with what was published beside it.
#[derive(Debug)]
pub struct PublishedKey {
    /// The key, bound to its algorithms.
    pub key: VerifyingKey,
    /// The JWK's `issuer` member: the only issuer, exact or with `{tenantid}`, it is good for.
    pub issuer: Option<String>,
}

/// The answer to "which key has this id?".
#[derive(Clone, Debug)]
pub enum Lookup {
    /// This one.
    Found(Arc<PublishedKey>),
    /// This one, which is old because the issuer did not answer; use it, and fetch without waiting.
    FoundStale(Arc<PublishedKey>),
    /// Fetch (or wait for the fetch in flight), then ask again.
    FetchFirst,
    /// None, and it is too early to ask the issuer again.
    Unknown,
}

/// Leave to fetch, from [`KeySet::begin_fetch`]; to be handed back with the outcome.
#[derive(Debug)]
#[must_use = "a fetch that is never handed back blocks others until it times out"]
pub struct Fetch {
    number: u64,
}

/// The keys of one issuer and tenant. Keys of different issuers never share one of these.
#[derive(Debug)]
pub struct KeySet {
    limits: Limits,
    allowed: Vec<Algorithm>,
    keys: Keys,
    fetched_at: Option<Duration>,
    /// Start of the latest fetch, whatever became of it.
    attempted_at: Option<Duration>,
    /// Start of the latest fetch that only an unknown key id asked for.
    asked_for_unknown_at: Option<Duration>,
    last_attempt_failed: bool,
    in_flight: Option<u64>,
    attempts: u64,
    applied: u64,
}

impl KeySet {
    /// An empty set. `allowed` are the algorithms this issuer may sign with.
    pub fn new(limits: Limits, allowed: &[Algorithm]) -> Self {
        Self {
            limits,
            allowed: allowed.to_vec(),
            keys: Keys::default(),
            fetched_at: None,
            attempted_at: None,
            asked_for_unknown_at: None,
            last_attempt_failed: false,
            in_flight: None,
            attempts: 0,
            applied: 0,
        }
    }

    /// Looks for `kid` at `now`.
    pub fn lookup(&self, kid: &str, now: Duration) -> Lookup {
        self.judge(self.keys.key(Some(kid)), now)
    }

    /// Looks at `now` for the key of a token that names none: there is one only where the issuer
    /// publishes no other, so that nobody has to guess.
    pub fn lookup_only(&self, now: Duration) -> Lookup {
        self.judge(self.keys.key(None), now)
    }

    /// The key with this id, or the only one, if it may serve while the issuer does not answer. For
    /// an owner who can wait for a fetch no longer.
    pub fn known(&self, kid: Option<&str>, now: Duration) -> Option<&Arc<PublishedKey>> {
        self.keys.key(kid).filter(|_| self.is_usable(now))
    }

    fn judge(&self, key: Option<&Arc<PublishedKey>>, now: Duration) -> Lookup {
        let age = self.fetched_at.map(|at| now.saturating_sub(at));
        match (key, age) {
            (Some(key), Some(age)) if age < self.limits.age_max => Lookup::Found(Arc::clone(key)),
            (Some(key), Some(age)) if age < self.limits.stale_age_max => {
                if !self.last_attempt_failed && self.fetch_can_help(now) {
                    Lookup::FetchFirst
                } else {
                    Lookup::FoundStale(Arc::clone(key))
                }
            }
            _ if self.fetch_can_help(now) => Lookup::FetchFirst,
            _ => Lookup::Unknown,
        }
    }

    /// Leave to fetch at `now`, unless a fetch is in flight or the last one was just now.
    pub fn begin_fetch(&mut self, now: Duration) -> Option<Fetch> {
        if self.fetching(now) || !self.may_fetch(now) {
            return None;
        }
        if self.is_fresh(now) {
            self.asked_for_unknown_at = Some(now);
        }
        self.attempts += 1;
        self.attempted_at = Some(now);
        self.in_flight = Some(self.attempts);
        Some(Fetch {
            number: self.attempts,
        })
    }

    /// Takes the document that `fetch` brought at `now`, and says how many keys are usable. A
    /// document without any counts as a failed fetch: it must not wipe keys that work.
    pub fn finish(&mut self, fetch: &Fetch, document: &JwkSet, now: Duration) -> usize {
        let keys = Keys::usable_of(document, &self.allowed);
        let usable = keys.count();
        if usable == 0 {
            self.fail(fetch);
            return 0;
        }
        self.land(fetch);
        if fetch.number > self.applied {
            self.applied = fetch.number;
            self.keys = keys;
            self.fetched_at = Some(now);
            self.last_attempt_failed = false;
        }
        usable
    }

    /// Notes that `fetch` brought nothing.
    pub fn fail(&mut self, fetch: &Fetch) {
        self.land(fetch);
        if fetch.number > self.applied {
            self.last_attempt_failed = true;
        }
    }

    /// Whether there are keys young enough to serve at `now`. If not, an unknown key id says nothing
    /// about the token.
    pub fn is_usable(&self, now: Duration) -> bool {
        self.usable_for(now).is_some()
    }

    /// How long, from `now`, the keys may still serve if no fetch succeeds; `None` if they may not.
    pub fn usable_for(&self, now: Duration) -> Option<Duration> {
        let age = now.saturating_sub(self.fetched_at?);
        self.limits
            .stale_age_max
            .checked_sub(age)
            .filter(|left| !left.is_zero())
    }

    fn land(&mut self, fetch: &Fetch) {
        if self.in_flight == Some(fetch.number) {
            self.in_flight = None;
        }
    }

    fn fetch_can_help(&self, now: Duration) -> bool {
        self.fetching(now) || self.may_fetch(now)
    }

    fn fetching(&self, now: Duration) -> bool {
        self.in_flight.is_some() && self.since_attempt(now) < Some(self.limits.fetch_timeout)
    }

    fn may_fetch(&self, now: Duration) -> bool {
        // Keys that are not old are fetched for nothing but an unknown key id.
        if let Some(cool_down) = self.limits.cool_down_unknown.filter(|_| self.is_fresh(now)) {
            return self
                .asked_for_unknown_at
                .is_none_or(|at| now.saturating_sub(at) >= cool_down);
        }
        let cool_down = if self.last_attempt_failed {
            self.limits.cool_down_failed
        } else {
            self.limits.cool_down
        };
        self.since_attempt(now)
            .is_none_or(|elapsed| elapsed >= cool_down)
    }

    fn is_fresh(&self, now: Duration) -> bool {
        self.fetched_at
            .is_some_and(|at| now.saturating_sub(at) < self.limits.age_max)
    }

    fn since_attempt(&self, now: Duration) -> Option<Duration> {
        self.attempted_at.map(|at| now.saturating_sub(at))
    }
}

/// The keys of one document that we can use.
#[derive(Debug, Default)]
pub struct Keys {
    by_id: HashMap<String, Arc<PublishedKey>>,
    /// The key where there is exactly one, with an id or without.
    only: Option<Arc<PublishedKey>>,
}

impl Keys {
    /// Keys for signatures whose algorithm is allowed. The others are skipped, as RFC 7517 §5 asks;
    /// of two with one id the first counts.
    pub fn usable_of(document: &JwkSet, allowed: &[Algorithm]) -> Self {
        let mut by_id = HashMap::new();
        let mut all = Vec::new();
        for jwk in document.keys.iter().take(KEYS_MAX) {
            let Ok(key) = VerifyingKey::from_jwk(jwk, allowed) else {
                continue;
            };
            let key = Arc::new(PublishedKey {
                key,
                issuer: jwk.issuer.clone(),
            });
            if let Some(kid) = &jwk.kid {
                by_id.entry(kid.clone()).or_insert_with(|| Arc::clone(&key));
            }
            all.push(key);
        }
        let only = all.pop().filter(|_| all.is_empty());
        Self { by_id, only }
    }

    /// The key with this id or, where the token names none, the only key there is.
    pub fn key(&self, kid: Option<&str>) -> Option<&Arc<PublishedKey>> {
        match kid {
            Some(kid) => self.by_id.get(kid),
            None => self.only.as_ref(),
        }
    }

    /// How many can be found.
    pub fn count(&self) -> usize {
        self.by_id.len().max(usize::from(self.only.is_some()))
    }
}
