//! Keys of other issuers, for federated identity credentials: fetched over TLS under the outbound
//! guard, or uploaded with the credential. It verifies nothing; it only says which key to verify with.

mod address;
mod fetch;
mod guard;
mod issuer;
mod network;
mod policy;
mod uploaded;

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use countersign_domain::directory::ASSERTION_ALGORITHMS as ALGORITHMS;
use countersign_domain::ids::TenantId;
use countersign_token::JwkSet;
use countersign_token::keyset::{self, PublishedKey};
use quick_cache::Equivalent;
use quick_cache::sync::Cache;

pub use fetch::FetchError;
pub use guard::Refusal;
pub use network::{InvalidNetwork, Network};
pub use policy::{InvalidRoots, OutboundPolicy};

use fetch::Fetcher;
use issuer::IssuerKeys;
use uploaded::UploadedKeys;

/// Issuers whose keys are remembered; the least used are forgotten first and fetched anew.
const ISSUERS_MAX: usize = 4_096;

/// Time since a fixed instant, by a clock that never goes back. It ages keys.
pub type Elapsed = Arc<dyn Fn() -> Duration + Send + Sync>;

/// How much an external issuer may take, in time and in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long keys are believed and how often an issuer is asked. `fetch_timeout` is for metadata
    /// and keys together.
    pub keys: keyset::Limits,
    /// The longest metadata or keys document, in bytes.
    pub document_bytes_max: usize,
    /// Fetches in flight at once, of all issuers together.
    pub fetches_max: usize,
}

impl Default for Limits {
    /// As [`keyset::Limits`], but 15 seconds between failed fetches and 4.5 for one; 1 MiB; 64.
    fn default() -> Self {
        Self {
            keys: keyset::Limits {
                // Counted from the start of a fetch: one that runs into its time limit is followed
                // by a rest, so that an issuer which stalls does not hold a place all the time.
                cool_down_failed: Duration::from_secs(15),
                // So that a token request has its answer within five seconds, fetch and all.
                fetch_timeout: Duration::from_millis(4_500),
                ..keyset::Limits::default()
            },
            document_bytes_max: 1024 * 1024,
            fetches_max: 64,
        }
    }
}

/// Why there is no key to verify a token with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// The issuer's documents cannot be fetched or are not its own (AADSTS90061). The reason is for
    /// the log.
    #[error("the issuer's keys cannot be fetched: {0}")]
    IssuerUnreachable(FetchError),
    /// The keys document was fetched but holds no key that can be used (AADSTS900612).
    #[error("the issuer's keys cannot be read")]
    UnreadableKeys,
    /// The issuer has keys, but not this one (AADSTS7000272).
    #[error("the issuer has no key with this id")]
    UnknownKey,
}

/// The keys of external issuers, each tenant's and each issuer's apart from all others: a key is good
/// for the issuer that published it only (RFC 8725 §3.8).
pub struct Federation {
    fetcher: Arc<Fetcher>,
    issuers: Cache<(TenantId, Box<str>), Arc<IssuerKeys>>,
    uploaded: UploadedKeys,
    limits: Limits,
    elapsed: Elapsed,
}

impl Federation {
    /// Knows no keys yet, and fetches none before they are asked for.
    pub fn new(policy: OutboundPolicy, limits: Limits, elapsed: Elapsed) -> Self {
        Self {
            fetcher: Arc::new(Fetcher::new(policy, limits)),
            issuers: Cache::new(ISSUERS_MAX),
            uploaded: UploadedKeys::new(),
            limits,
            elapsed,
        }
    }

    /// The key with which a tenant's credential lets `issuer` sign: the one with the token's `kid`
    /// or, where the token names none, the only one there is. With `uploaded` keys nothing is
    /// fetched.
    ///
    /// `issuer` is the credential's, exactly as it is stored, and never the token's claim: who may
    /// be asked is for the directory to say.
    pub async fn key(
        &self,
        tenant: TenantId,
        issuer: &str,
        kid: Option<&str>,
        uploaded: Option<&Arc<JwkSet>>,
    ) -> Result<Arc<PublishedKey>, KeyProblem> {
        let key = match uploaded {
            Some(document) => self
                .uploaded
                .key(document, kid)
                .ok_or(KeyProblem::UnknownKey)?,
            None => self.issuer(tenant, issuer).key(kid, &self.fetcher).await?,
        };
        if is_published_for(&key, issuer) {
            Ok(key)
        } else {
            Err(KeyProblem::UnknownKey)
        }
    }

    fn issuer(&self, tenant: TenantId, issuer: &str) -> Arc<IssuerKeys> {
        let pair = Pair(tenant, issuer);
        if let Some(keys) = self.issuers.get(&pair) {
            return keys;
        }
        let made = self
            .issuers
            .get_or_insert_with(&(tenant, issuer.into()), || {
                let elapsed = Arc::clone(&self.elapsed);
                let keys = IssuerKeys::new(tenant, issuer, self.limits, elapsed);
                Ok::<_, std::convert::Infallible>(Arc::new(keys))
            });
        match made {
            Ok(keys) => keys,
            Err(never) => match never {},
        }
    }
}

impl std::fmt::Debug for Federation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Federation")
            .field("issuers", &self.issuers.len())
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// A monotonic clock that starts now.
pub fn elapsed_from_now() -> Elapsed {
    let origin = tokio::time::Instant::now();
    Arc::new(move || origin.elapsed())
}

/// A tenant and an issuer, to look up without copying the issuer.
#[derive(Hash)]
struct Pair<'a>(TenantId, &'a str);

impl Equivalent<(TenantId, Box<str>)> for Pair<'_> {
    fn equivalent(&self, key: &(TenantId, Box<str>)) -> bool {
        self.0 == key.0 && *self.1 == *key.1
    }
}

/// A document that serves several issuers says beside each key whose it is: exactly one, or with
/// the literal `{tenantid}` in the place of one path segment.
fn is_published_for(key: &PublishedKey, issuer: &str) -> bool {
    let Some(named) = key.issuer.as_deref() else {
        return true;
    };
    let Some((before, after)) = named.split_once("{tenantid}") else {
        return named == issuer;
    };
    let segment = issuer
        .strip_prefix(before)
        .and_then(|rest| rest.strip_suffix(after));
    segment.is_some_and(|segment| !segment.is_empty() && !segment.contains('/'))
}
