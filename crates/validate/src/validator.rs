//! The story of one token, from text to [`Caller`].

use std::collections::HashSet;
use std::sync::Arc;

use countersign_token::keyset::PublishedKey;
use countersign_token::{AccessTokenClaims, Unverified, Verified, verify};
use http::HeaderMap;

use crate::clock::unix_now;
use crate::header::bearer_token;
use crate::keys::Issuer;
use crate::{Caller, InvalidToken, Policy, Rejection, ValidatorBuilder};

/// Checks access tokens of one tenant for one API. Cheap to clone; clones share the keys.
#[derive(Clone, Debug)]
pub struct Validator {
    settings: Arc<Settings>,
}

#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) v1: Issuer,
    pub(crate) v2: Issuer,
    /// A GUID in lower case.
    pub(crate) tenant: String,
    pub(crate) audiences: HashSet<String>,
    pub(crate) skew_seconds: i64,
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
        let caller = self.validate(bearer_token(headers)?).await?;
        if policy.allows(&caller) {
            Ok(caller)
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
        let settings = &self.settings;
        let unverified = Unverified::parse(token).map_err(InvalidToken::from)?;
        require_access_token_type(unverified.unverified_typ())?;
        let issuer = settings.issuer_of(&unverified)?;
        let kid = unverified
            .unverified_kid()
            .ok_or(InvalidToken::UnknownKey)?;
        let published = issuer.keys.key(kid).await?;
        settings.require_key_issuer(&published)?;
        let verified = verify(&unverified, &published.key).map_err(InvalidToken::from)?;
        Ok(settings.check(verified, issuer, now)?)
    }
}

impl Settings {
    /// The issuer is chosen by exact comparison and before any key is asked for, so tokens of
    /// strangers cost no request.
    fn issuer_of(&self, unverified: &Unverified<'_>) -> Result<&Issuer, InvalidToken> {
        let iss = unverified.unverified_iss()?.ok_or(InvalidToken::Issuer)?;
        [&self.v1, &self.v2]
            .into_iter()
            .find(|issuer| issuer.name == iss)
            .ok_or(InvalidToken::Issuer)
    }

    /// A key published for one issuer is not good for another. Published keys name
    /// the v2.0 issuer, whichever version of token they sign.
    fn require_key_issuer(&self, published: &PublishedKey) -> Result<(), InvalidToken> {
        let expected = &self.v2.name;
        match &published.issuer {
            Some(issuer) if issuer.replace("{tenantid}", &self.tenant) != *expected => {
                Err(InvalidToken::KeyIssuer)
            }
            _ => Ok(()),
        }
    }

    fn check(
        &self,
        verified: Verified<AccessTokenClaims>,
        issuer: &Issuer,
        now: i64,
    ) -> Result<Caller, InvalidToken> {
        let claims = verified.into_claims();
        // The issuer was chosen by this very claim. Said again after the signature, so that no
        // later way of choosing one can widen what is accepted.
        if claims.iss != issuer.name {
            return Err(InvalidToken::Issuer);
        }
        if claims.tid != self.tenant || claims.ver != issuer.version {
            return Err(InvalidToken::Tenant);
        }
        if !self.audiences.contains(&claims.aud) {
            return Err(InvalidToken::Audience);
        }
        claims.check(now, self.skew_seconds)?;
        if claims.idtyp.as_deref().is_some_and(|idtyp| idtyp != "app") {
            return Err(InvalidToken::NoApplication);
        }
        Caller::from_claims(claims).ok_or(InvalidToken::NoApplication)
    }
}

/// `JWT` is what the platform writes, `at+jwt` what RFC 9068 does. Any other kind of token must not
/// pass as an access token (RFC 8725 §3.11).
fn require_access_token_type(typ: Option<&str>) -> Result<(), InvalidToken> {
    match typ {
        Some("JWT" | "at+jwt") => Ok(()),
        _ => Err(InvalidToken::Type),
    }
}
