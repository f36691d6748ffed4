//! The story of one token, from text to [`Caller`].

use std::sync::Arc;

use countersign_token::JwkSet;
use countersign_token::encrypted::Opened;
use countersign_token::keyset::Keys;
use http::HeaderMap;

use crate::build::ALGORITHMS;
use crate::cache::{Entry, TokenCache, TokenId};
use crate::claims::Accepted;
use crate::clock::unix_now;
use crate::header::bearer_token;
use crate::keys::KeySources;
use crate::revocations::RevocationLists;
use crate::rules::Rules;
use crate::{Caller, InvalidToken, Policy, Rejection, ValidatorBuilder};

/// Checks access tokens for one API. Cheap to clone; clones share keys and cache.
#[derive(Clone, Debug)]
pub struct Validator {
    settings: Arc<Settings>,
}

#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) rules: Arc<Rules>,
    pub(crate) keys: Arc<KeySources>,
    pub(crate) revocations: Option<RevocationLists>,
    pub(crate) cache: TokenCache,
    pub(crate) authorization_uri: String,
    pub(crate) issuers_shown: Vec<String>,
}

impl Validator {
    /// Starts a configuration.
    pub fn builder() -> ValidatorBuilder {
        ValidatorBuilder::default()
    }

    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            settings: Arc::new(settings),
        }
    }

    /// Finds the token of a request, checks it, and asks `policy`.
    ///
    /// # Errors
    /// [`Rejection`], which makes the answer to the peer.
    pub async fn authorize(
        &self,
        headers: &HeaderMap,
        policy: &Policy,
    ) -> Result<Caller, Rejection> {
        let accepted = self.admit(headers, policy).await?;
        Ok(accepted.caller.clone())
    }

    pub(crate) async fn admit(
        &self,
        headers: &HeaderMap,
        policy: &Policy,
    ) -> Result<Arc<Accepted>, Rejection> {
        let accepted = self.accept(bearer_token(headers)?, unix_now()).await?;
        if policy.allows(&accepted.caller) {
            Ok(accepted)
        } else {
            Err(Rejection::InsufficientScope)
        }
    }

    /// Checks `token` by the system clock. What its bearer may do is for a [`Policy`] to say.
    ///
    /// # Errors
    /// [`Rejection::InvalidToken`] or [`Rejection::KeysUnavailable`].
    pub async fn validate(&self, token: &str) -> Result<Caller, Rejection> {
        self.validate_at(token, unix_now()).await
    }

    /// The same at a given time, in Unix seconds.
    ///
    /// # Errors
    /// [`Rejection::InvalidToken`] or [`Rejection::KeysUnavailable`].
    pub async fn validate_at(&self, token: &str, now: i64) -> Result<Caller, Rejection> {
        Ok(self.accept(token, now).await?.caller.clone())
    }

    /// The keys of a published document that this validator would use, for [`Self::verify`].
    pub fn usable_keys(document: &JwkSet) -> Keys {
        Keys::usable_of(document, &ALGORITHMS)
    }

    /// Checks `token` with `keys` at `now`, in Unix seconds: no request, no cache, no waiting. The
    /// keys must be those of the token's issuer, which the caller has found out.
    ///
    /// # Errors
    /// [`InvalidToken`] with the rule that it breaks.
    pub fn verify(&self, token: &str, keys: &Keys, now: i64) -> Result<Caller, InvalidToken> {
        let accepted = self.settings.rules.verify_with(token, keys, now)?;
        Ok(accepted.caller)
    }

    /// Where clients of the platform look for authority and tenant, for
    /// [`Challenge::authorization_uri`](crate::Challenge::authorization_uri).
    pub fn authorization_uri(&self) -> &str {
        &self.settings.authorization_uri
    }

    pub(crate) fn issuers_shown(&self) -> &[String] {
        &self.settings.issuers_shown
    }

    async fn accept(&self, token: &str, now: i64) -> Result<Arc<Accepted>, Rejection> {
        let accepted = self.verified(token, now).await?;
        if let Some(lists) = &self.settings.revocations {
            lists.check(&accepted).await?;
        }
        Ok(accepted)
    }

    async fn verified(&self, token: &str, now: i64) -> Result<Arc<Accepted>, Rejection> {
        let Settings {
            rules, keys, cache, ..
        } = &*self.settings;
        require_length(token)?;
        let id = cache.id(token);
        if let Some(accepted) = self.remembered(id.as_ref(), now).await {
            return Ok(accepted);
        }
        let opened = rules.open(token)?;
        let claimed = rules.read(opened.as_ref().map_or(token, Opened::token))?;
        let kid = claimed.kid()?;
        let key = keys.key(&claimed.tenant, claimed.version, kid).await?;
        let accepted = Arc::new(rules.verify(&claimed, &key, now)?);
        if let Some(id) = id {
            let entry = Entry {
                accepted: Arc::clone(&accepted),
                tenant: claimed.tenant.clone(),
                version: claimed.version,
                kid: kid.to_owned(),
                key,
            };
            cache.insert(id, entry);
        }
        Ok(accepted)
    }

    /// What was accepted before, if the key that proved it is the one that would prove it now. The
    /// look-up also keeps the keys fresh.
    async fn remembered(&self, id: Option<&TokenId>, now: i64) -> Option<Arc<Accepted>> {
        let Settings { keys, cache, .. } = &*self.settings;
        let entry = cache.lookup(id?, now)?;
        let key = keys.key(&entry.tenant, entry.version, &entry.kid).await;
        key.is_ok_and(|key| Arc::ptr_eq(&key, &entry.key))
            .then(|| Arc::clone(&entry.accepted))
    }
}

/// Before anything else is done with it, hashing included.
fn require_length(token: &str) -> Result<(), InvalidToken> {
    if token.len() > countersign_token::TOKEN_LENGTH_MAX {
        return Err(countersign_token::VerifyError::Malformed("longer than 64 KiB").into());
    }
    Ok(())
}
