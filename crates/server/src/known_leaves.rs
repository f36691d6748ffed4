//! Certificates under registered authorities that this node has verified, so that neither their
//! chains nor their keys are read for each request.

use std::fmt;
use std::sync::Arc;

use countersign_domain::oauth::leaf::{KnownLeaves, Leaf, LeafName};
use quick_cache::sync::Cache;

/// Certificates that are kept; the least used are forgotten first, and verified again.
const LEAVES_MAX: usize = 1_024;

pub(crate) struct LeafCache {
    leaves: Cache<LeafName, Arc<Leaf>>,
}

impl LeafCache {
    pub(crate) fn new() -> Self {
        Self {
            leaves: Cache::new(LEAVES_MAX),
        }
    }
}

impl KnownLeaves for LeafCache {
    fn find(&self, name: &LeafName) -> Option<Arc<Leaf>> {
        self.leaves.get(name)
    }

    fn keep(&self, name: LeafName, leaf: Arc<Leaf>) {
        self.leaves.insert(name, leaf);
    }
}

impl fmt::Debug for LeafCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LeafCache")
            .field(&self.leaves.len())
            .finish()
    }
}
