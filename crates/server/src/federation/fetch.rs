//! Fetching an external issuer's metadata and keys.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, OnceLock};

use countersign_token::keyset::KEYS_MAX;
use countersign_token::{Jwk, JwkSet};
use reqwest::redirect::Policy as Redirects;
use reqwest::{Certificate, Client, Url};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::Limits;
use super::guard::{Guard, Refusal};
use super::policy::OutboundPolicy;

/// Why an issuer's keys could not be fetched. For the log: the caller learns the AADSTS number only.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// The issuer cannot be one (RFC 8414 §2).
    #[error("the issuer has a query or a fragment")]
    Issuer,
    /// The outbound guard said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// No connection, no TLS, or it broke.
    #[error("the request failed: {0}")]
    Request(String),
    /// Not 200; redirects are among these and not followed.
    #[error("the answer has status {0}, expected 200")]
    Status(u16),
    /// Over the size limit.
    #[error("the answer is longer than {0} bytes")]
    TooLong(usize),
    /// Not a metadata document.
    #[error("the metadata is not JSON with `issuer` and `jwks_uri`")]
    Metadata,
    /// The metadata is another issuer's.
    #[error("the metadata names another issuer")]
    OtherIssuer,
    /// Not a key set, or none of its keys can be used.
    #[error("the keys document is not a key set, or none of its keys can be used")]
    Keys,
    /// Metadata and keys took too long together.
    #[error("no answer in time")]
    Timeout,
    /// Too many fetches at once, of all issuers together.
    #[error("too many issuers are being asked at once")]
    Busy,
}

/// Asks issuers, a bounded number of them at once.
#[derive(Debug)]
pub(super) struct Fetcher {
    guard: Guard,
    policy: Arc<OutboundPolicy>,
    limits: Limits,
    /// Made when it is first needed: reading the system's certificates takes a while, and a system
    /// may have none.
    client: OnceLock<Result<Client, FetchError>>,
    slots: Semaphore,
}

#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct KeysDocument {
    #[serde(deserialize_with = "first_keys")]
    keys: Vec<Jwk>,
}

impl Fetcher {
    pub(super) fn new(policy: OutboundPolicy, limits: Limits) -> Self {
        let policy = Arc::new(policy);
        Self {
            guard: Guard::new(Arc::clone(&policy), limits.fetches_max),
            policy,
            limits,
            client: OnceLock::new(),
            slots: Semaphore::new(limits.fetches_max),
        }
    }

    /// Fetches the keys that an issuer's metadata points to.
    pub(super) async fn keys(&self, issuer: &str) -> Result<JwkSet, FetchError> {
        let time = self.limits.keys.fetch_timeout;
        timeout(time, self.keys_in_turn(issuer))
            .await
            .unwrap_or(Err(FetchError::Timeout))
    }

    async fn keys_in_turn(&self, issuer: &str) -> Result<JwkSet, FetchError> {
        // Refused at once, without a place in the queue.
        let url = self.metadata_url(issuer)?;
        // A short wait only: where stalled issuers hold every slot, the keys that are known shall
        // serve on without delay.
        let wait = self.limits.keys.fetch_timeout / 5;
        let _slot = timeout(wait, self.slots.acquire())
            .await
            .map_err(|_| FetchError::Busy)?
            .map_err(|_| FetchError::Busy)?;
        self.metadata_then_keys(issuer, url).await
    }

    /// The metadata is discarded unless it names exactly this issuer (OpenID Connect Discovery §4.3).
    async fn metadata_then_keys(&self, issuer: &str, url: Url) -> Result<JwkSet, FetchError> {
        let metadata: Metadata =
            serde_json::from_slice(&self.get(url).await?).map_err(|_| FetchError::Metadata)?;
        if metadata.issuer != issuer {
            return Err(FetchError::OtherIssuer);
        }
        let url = self.guard.check_url(&metadata.jwks_uri)?;
        key_set(&self.get(url).await?)
    }

    fn metadata_url(&self, issuer: &str) -> Result<Url, FetchError> {
        if issuer.contains(['?', '#']) {
            return Err(FetchError::Issuer);
        }
        let base = issuer.strip_suffix('/').unwrap_or(issuer);
        let url = format!("{base}/.well-known/openid-configuration");
        Ok(self.guard.check_url(&url)?)
    }

    async fn get(&self, url: Url) -> Result<Vec<u8>, FetchError> {
        let length_max = self.limits.document_bytes_max;
        let client = self.client.get_or_init(|| self.build_client());
        let client = client.as_ref().map_err(Clone::clone)?;
        let mut response = client.get(url).send().await.map_err(failure)?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(FetchError::Status(response.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failure)? {
            if body.len() + chunk.len() > length_max {
                return Err(FetchError::TooLong(length_max));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn build_client(&self) -> Result<Client, FetchError> {
        let roots = self.policy.roots().iter();
        let roots = roots
            .map(|root| Certificate::from_der(root))
            .collect::<Result<Vec<_>, _>>()
            .map_err(failure)?;
        // A proxy of the environment would resolve names past the guard, and a redirect leads past
        // the check of the URL. Compression is off: a small answer must not become a large one.
        Client::builder()
            .https_only(true)
            .redirect(Redirects::none())
            .no_proxy()
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .referer(false)
            .retry(reqwest::retry::never())
            .dns_resolver(Arc::new(self.guard.clone()))
            .tls_certs_merge(roots)
            .pool_idle_timeout(self.limits.keys.fetch_timeout)
            .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(failure)
    }
}

fn key_set(json: &[u8]) -> Result<JwkSet, FetchError> {
    let document: KeysDocument = serde_json::from_slice(json).map_err(|_| FetchError::Keys)?;
    Ok(JwkSet {
        keys: document.keys,
    })
}

/// The first keys of a list. They are read one by one, so that one of a kind we do not know does not
/// cost the others (RFC 7517 §5). What is not read is not built either: a document of the allowed
/// size has room for half a million small values, and whoever publishes it chooses them.
fn first_keys<'de, D: Deserializer<'de>>(list: D) -> Result<Vec<Jwk>, D::Error> {
    list.deserialize_seq(FirstKeys)
}

struct FirstKeys;

impl<'de> Visitor<'de> for FirstKeys {
    type Value = Vec<Jwk>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of keys")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Jwk>, A::Error> {
        let mut keys = Vec::new();
        while keys.len() < KEYS_MAX {
            let Some(key) = list.next_element::<&'de RawValue>()? else {
                return Ok(keys);
            };
            // One that cannot be read keeps its place, so that the limit counts what was published.
            keys.push(serde_json::from_str(key.get()).unwrap_or_default());
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(keys)
    }
}

/// The guard's own refusal where it is the cause, the chain of causes as text otherwise. The URL is
/// left out: it may be long, and the host is logged beside it.
fn failure(error: reqwest::Error) -> FetchError {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(refusal) = inner.downcast_ref::<Refusal>() {
            return refusal.clone().into();
        }
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    FetchError::Request(text)
}

/// The host of an issuer, for logs.
pub(super) fn host_of(issuer: &str) -> String {
    let url = Url::parse(issuer).ok();
    let host = url.as_ref().and_then(Url::host_str);
    host.unwrap_or("(no host)").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_so_many_keys_are_read_of_a_long_list() {
        let list = |count: usize, last: &str| {
            let filler = "{\"kid\":\"k\"},".repeat(count - 1);
            key_set(format!("{{\"keys\":[{filler}{last}]}}").as_bytes())
        };
        let last = |set: &JwkSet| set.keys.last().and_then(|key| key.kid.clone());
        let set = list(KEYS_MAX, "{\"kid\":\"last\"}").expect("a key set");
        assert_eq!(set.keys.len(), KEYS_MAX);
        assert_eq!(last(&set).as_deref(), Some("last"));
        let set = list(80_000, "{\"kid\":\"last\"}").expect("a key set");
        assert_eq!(set.keys.len(), KEYS_MAX);
        assert_eq!(last(&set).as_deref(), Some("k"));
        // Room was made for what is kept, not for what was sent.
        assert!(set.keys.capacity() < 2 * KEYS_MAX);
        // All of it must be JSON all the same: half a document may be another one's.
        assert_eq!(list(KEYS_MAX + 2, "{"), Err(FetchError::Keys));
    }

    #[test]
    fn what_is_no_key_keeps_its_place_and_costs_nothing() {
        let set = key_set(br#"{"keys":[1,null,"x",[[[]]],{"kid":1},{"kid":"k"},{}],"more":[1]}"#)
            .expect("a key set");
        let kids: Vec<_> = set.keys.iter().map(|key| key.kid.as_deref()).collect();
        assert_eq!(kids, [None, None, None, None, None, Some("k"), None]);
        for text in [
            "",
            "{}",
            "[]",
            r#"{"keys":{}}"#,
            r#"{"keys":null}"#,
            r#"{"keys":[}"#,
        ] {
            assert_eq!(key_set(text.as_bytes()), Err(FetchError::Keys), "{text}");
        }
    }
}
