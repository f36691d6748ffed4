//! Following the authority's lists of withdrawn tokens: asked for in the background, never while a
//! request waits, but for the first time.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

use countersign_token::revocation::{LENGTH_MAX, RevocationList, Revocations, TYPE};
use countersign_token::{TokenVersion, Unverified, VerifyError, verify};
use reqwest::Client;
use tokio::sync::watch;

use crate::claims::Accepted;
use crate::clock::Clock;
use crate::discovery::{FetchError, body};
use crate::keys::KeySources;
use crate::rules::{Rules, Tenants};
use crate::{ClaimsRequest, InvalidToken, Rejection};

/// What proves a list: what tokens of the same tenant are accepted by.
type Proof = (Arc<Rules>, Arc<KeySources>);

/// How lists are followed.
#[derive(Debug, Clone)]
pub(crate) struct Following {
    pub(crate) interval: Duration,
    /// Older knowledge is none; without it, it is good for ever.
    pub(crate) age_max: Option<Duration>,
    /// Of one question.
    pub(crate) timeout: Duration,
    pub(crate) client: Client,
}

/// The lists of all accepted tenants.
#[derive(Debug)]
pub(crate) struct RevocationLists {
    by_tenant: BTreeMap<String, Arc<Followed>>,
}

/// The list of one tenant.
struct Followed {
    tenant: String,
    url: String,
    following: Following,
    proof: Proof,
    known: RwLock<Known>,
    clock: Clock,
    is_started: AtomicBool,
    /// Whether there was a first answer, good or not.
    answered: watch::Sender<bool>,
}

#[derive(Default)]
struct Known {
    revocations: Revocations,
    /// The clock's time of the last good answer.
    confirmed: Option<Duration>,
    is_failing: bool,
}

/// Why there is no list. For the log.
#[derive(Debug, thiserror::Error)]
enum ListError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("the list is not signed as the issuer's tokens are: {0}")]
    Signature(#[from] InvalidToken),
    #[error("the issuer's signing keys cannot be fetched")]
    Keys,
    #[error("it is no list of withdrawn tokens of this issuer")]
    Other,
}

impl RevocationLists {
    /// `None` where there are no listed tenants, or no pause between two questions.
    pub(crate) fn new(base: &str, following: &Following, proof: &Proof) -> Option<Self> {
        let Tenants::Listed(tenants) = &proof.0.tenants else {
            return None;
        };
        let followed = |tenant: &String| {
            let followed = Followed {
                url: format!("{base}/{tenant}/discovery/revocations"),
                tenant: tenant.clone(),
                following: following.clone(),
                proof: proof.clone(),
                known: RwLock::default(),
                clock: Clock::start(),
                is_started: AtomicBool::new(false),
                answered: watch::Sender::new(false),
            };
            (tenant.clone(), Arc::new(followed))
        };
        let lists = Self {
            by_tenant: tenants.iter().map(followed).collect(),
        };
        (!following.interval.is_zero()).then_some(lists)
    }

    /// Refuses a token that is on its tenant's list.
    pub(crate) async fn check(&self, token: &Accepted) -> Result<(), Rejection> {
        let (Some(followed), Some(marks)) =
            (self.by_tenant.get(&token.caller.tenant_id), &token.marks)
        else {
            return Err(Rejection::RevocationsUnavailable);
        };
        followed.start();
        followed.first_answer().await;
        let known = followed
            .known
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if followed.is_too_old(&known) {
            return Err(Rejection::RevocationsUnavailable);
        }
        match known.revocations.withdrawn(marks) {
            Some(good_from) => Err(Rejection::Withdrawn(ClaimsRequest::issued_from(good_from))),
            None => Ok(()),
        }
    }
}

impl Followed {
    /// Begins to ask, with the first token: nothing runs for an API that nobody calls.
    fn start(self: &Arc<Self>) {
        if !self.is_started.swap(true, Ordering::Relaxed) {
            tokio::spawn(follow(Arc::downgrade(self)));
        }
    }

    async fn first_answer(&self) {
        if !*self.answered.borrow() {
            let mut answered = self.answered.subscribe();
            let first = answered.wait_for(|answered| *answered);
            // Who asks may be gone, with the runtime that the first token came on.
            let _ = tokio::time::timeout(self.following.timeout, first).await;
        }
    }

    fn is_too_old(&self, known: &Known) -> bool {
        let Some(age_max) = self.following.age_max else {
            return false;
        };
        let now = self.clock.elapsed();
        known
            .confirmed
            .is_none_or(|confirmed| now.saturating_sub(confirmed) > age_max)
    }

    fn take(&self, answer: Result<Option<RevocationList>, ListError>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Ok(news) => {
                if let Some(list) = news {
                    known.revocations.apply(&list);
                }
                known.confirmed = Some(self.clock.elapsed());
                known.is_failing = false;
            }
            Err(error) => {
                // Once for an outage: it is asked every few seconds.
                if !known.is_failing {
                    tracing::warn!(
                        tenant = self.tenant, %error,
                        "cannot learn which tokens were withdrawn; asking again"
                    );
                }
                known.is_failing = true;
            }
        }
        drop(known);
        self.answered.send_replace(true);
    }

    /// What came since the last answer; `None` where nothing did.
    async fn ask(&self) -> Result<Option<RevocationList>, ListError> {
        let after = self
            .known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .revocations
            .number();
        let url = format!("{}?after={after}", self.url);
        let response = self.following.client.get(url).send().await;
        let response = response.map_err(FetchError::from)?;
        if response.status() == http::StatusCode::NO_CONTENT {
            return Ok(None);
        }
        let text = String::from_utf8(body(response, LENGTH_MAX).await?);
        let text = text.map_err(|_| ListError::Other)?;
        let list = self.read(&text).await?;
        let goes_on = list.after == 0 || list.after == after;
        goes_on.then_some(Some(list)).ok_or(ListError::Other)
    }

    /// Believes a list like a token of its tenant.
    async fn read(&self, text: &str) -> Result<RevocationList, ListError> {
        let refused = |error: VerifyError| ListError::Signature(error.into());
        let unverified = Unverified::parse_up_to(LENGTH_MAX, text).map_err(refused)?;
        if unverified.unverified_typ() != Some(TYPE) {
            return Err(ListError::Other);
        }
        let (rules, keys) = &self.proof;
        let kid = unverified.unverified_kid().ok_or(ListError::Other)?;
        let key = keys.key(&self.tenant, TokenVersion::V2, kid).await;
        let key = key.map_err(|rejection| match rejection {
            Rejection::InvalidToken(invalid) => ListError::Signature(invalid),
            _ => ListError::Keys,
        })?;
        rules.require_key_issuer(&key, &self.tenant)?;
        let list = verify::<RevocationList>(&unverified, &key.key).map_err(refused)?;
        let list = list.into_claims();
        let is_its = list.iss == rules.v2.issuer(&self.tenant) && list.tid == self.tenant;
        is_its.then_some(list).ok_or(ListError::Other)
    }
}

/// Asks until nobody needs the list any more.
async fn follow(followed: Weak<Followed>) {
    while let Some(list) = followed.upgrade() {
        let answer = tokio::time::timeout(list.following.timeout, list.ask()).await;
        list.take(answer.unwrap_or_else(|_| Err(FetchError::Timeout.into())));
        let interval = list.following.interval;
        drop(list);
        tokio::time::sleep(interval).await;
    }
}

impl fmt::Debug for Followed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Followed")
            .field("tenant", &self.tenant)
            .field("following", &self.following)
            .finish_non_exhaustive()
    }
}
