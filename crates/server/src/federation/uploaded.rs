//! Keys of issuers that were uploaded with the credential, for closed networks. Nothing is fetched.

use std::sync::Arc;

use countersign_token::JwkSet;
use countersign_token::keyset::{Keys, PublishedKey};
use quick_cache::sync::Cache;

use super::ALGORITHMS;

/// Sets that are kept parsed; the least used are parsed again when they come back.
const SETS_MAX: usize = 1_024;

/// Uploaded sets, each parsed once and kept apart from every other.
pub(super) struct UploadedKeys {
    sets: Cache<usize, Arc<Parsed>>,
}

struct Parsed {
    keys: Keys,
    /// Held so that no other set can come to live at this address.
    _document: Arc<JwkSet>,
}

impl UploadedKeys {
    pub(super) fn new() -> Self {
        Self {
            sets: Cache::new(SETS_MAX),
        }
    }

    /// The key with this id, or the only one. A directory snapshot keeps its sets in place, so the
    /// address is their identity and spares comparing or hashing them on every request.
    pub(super) fn key(
        &self,
        document: &Arc<JwkSet>,
        kid: Option<&str>,
    ) -> Option<Arc<PublishedKey>> {
        let address = Arc::as_ptr(document).addr();
        let parsed = self.sets.get(&address).unwrap_or_else(|| {
            let parsed = Arc::new(Parsed {
                keys: Keys::usable_of(document, &ALGORITHMS),
                _document: Arc::clone(document),
            });
            self.sets.insert(address, Arc::clone(&parsed));
            parsed
        });
        parsed.keys.key(kid).cloned()
    }
}
