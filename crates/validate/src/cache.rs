//! Tokens that were verified a moment ago.

use std::fmt;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use countersign_token::TokenVersion;
use countersign_token::keyset::PublishedKey;
use quick_cache::sync::Cache;

use crate::claims::Accepted;

/// Remembers accepted tokens by the SHA-256 of their whole text, signature and encryption included:
/// whoever reads the memory finds no token, and no two texts share an entry.
///
/// An entry saves the decryption, the signature and the claims, nothing else. The key is looked up
/// each time, and the entry is good only while the key set still holds the very object it was
/// verified with; key sets are made anew by each fetch, so a withdrawn key takes its tokens along.
pub(crate) struct TokenCache {
    entries_max: usize,
    /// Made with the first token: a program may have many validators and use few.
    entries: OnceLock<Cache<TokenId, Arc<Entry>>>,
}

pub(crate) type TokenId = [u8; SHA256_OUTPUT_LEN];

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) accepted: Arc<Accepted>,
    pub(crate) tenant: String,
    pub(crate) version: TokenVersion,
    pub(crate) kid: String,
    pub(crate) key: Arc<PublishedKey>,
}

impl TokenCache {
    pub(crate) fn new(entries_max: usize) -> Self {
        Self {
            entries_max,
            entries: OnceLock::new(),
        }
    }

    /// The name to find `token` by; `None` where nothing is remembered.
    pub(crate) fn id(&self, token: &str) -> Option<TokenId> {
        let hash = || digest(&SHA256, token.as_bytes()).as_ref().try_into().ok();
        (self.entries_max > 0).then(hash).flatten()
    }

    /// The entry, unless the token's own times say that it must be looked at again. The skew is not
    /// granted here.
    pub(crate) fn lookup(&self, id: &TokenId, now: i64) -> Option<Arc<Entry>> {
        let entries = self.entries.get()?;
        let entry = entries.get(id)?;
        if entry.accepted.not_before <= now && now < entry.accepted.expires {
            return Some(entry);
        }
        entries.remove(id);
        None
    }

    pub(crate) fn insert(&self, id: TokenId, entry: Entry) {
        let entries = self.entries.get_or_init(|| Cache::new(self.entries_max));
        entries.insert(id, Arc::new(entry));
    }

    #[cfg(test)]
    fn count(&self) -> usize {
        self.entries.get().map_or(0, Cache::len)
    }
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache")
            .field("entries_max", &self.entries_max)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::RawClaims;
    use crate::{Caller, CredentialStrength};
    use countersign_token::{Algorithm, SigningKey, VerifyingKey};

    fn entry(key: &Arc<PublishedKey>) -> Entry {
        let accepted = Accepted {
            caller: Caller {
                tenant_id: "t".into(),
                object_id: "o".into(),
                application_id: "a".into(),
                roles: Vec::new(),
                issuer: "i".into(),
                credential: CredentialStrength::Secret,
                version: TokenVersion::V2,
                token_id: None,
            },
            claims: RawClaims::new(""),
            not_before: 1_000,
            expires: 2_000,
            marks: None,
        };
        Entry {
            accepted: Arc::new(accepted),
            tenant: "t".into(),
            version: TokenVersion::V2,
            kid: "k".into(),
            key: Arc::clone(key),
        }
    }

    fn key() -> Arc<PublishedKey> {
        let pkcs8 = SigningKey::generate_pkcs8(Algorithm::EdDsa).expect("generates");
        let key = SigningKey::from_pkcs8(Algorithm::EdDsa, &pkcs8).expect("parses");
        let spki = key.public_key_spki().expect("encodes");
        let key = VerifyingKey::from_spki(&spki, &[Algorithm::EdDsa]).expect("fits");
        Arc::new(PublishedKey { key, issuer: None })
    }

    #[test]
    fn an_entry_lives_exactly_as_long_as_its_token() {
        let cache = TokenCache::new(10);
        let key = key();
        let id = cache.id("token").expect("on");
        for (now, found) in [(999, false), (1_000, true), (1_999, true), (2_000, false)] {
            cache.insert(id, entry(&key));
            assert_eq!(cache.lookup(&id, now).is_some(), found, "{now}");
        }
        assert_eq!(cache.count(), 0, "what has ended is dropped");
    }

    #[test]
    fn the_number_of_entries_is_bounded() {
        let cache = TokenCache::new(64);
        let key = key();
        for n in 0..10_000 {
            let id = cache.id(&format!("token {n}")).expect("on");
            cache.insert(id, entry(&key));
        }
        assert!((1..=64).contains(&cache.count()), "{}", cache.count());
    }

    #[test]
    fn off_means_that_nothing_is_even_hashed() {
        assert_eq!(TokenCache::new(0).id("token"), None);
    }
}
