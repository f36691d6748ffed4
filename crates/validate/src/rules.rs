//! What makes a token acceptable, without I/O: from text and key to [`Accepted`].

use std::collections::{BTreeSet, HashSet};

use countersign_token::encrypted::{DecryptionKey, Opened, is_encrypted, open};
use countersign_token::keyset::{Keys, PublishedKey};
use countersign_token::revocation::Marks;
use countersign_token::{AccessTokenClaims, TokenVersion, Unverified, verify};

use crate::claims::{Accepted, RawClaims};
use crate::issuer::{Template, is_guid};
use crate::{Caller, InvalidToken};

#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) v1: Template,
    pub(crate) v2: Template,
    pub(crate) tenants: Tenants,
    pub(crate) audiences: HashSet<String>,
    pub(crate) skew_seconds: i64,
    /// Tried in order on tokens that are encrypted; without any, those are refused.
    pub(crate) decryption_keys: Vec<DecryptionKey>,
    /// Whether withdrawn tokens will have to be told.
    pub(crate) marks: bool,
}

/// Whose tokens are accepted.
#[derive(Debug)]
pub(crate) enum Tenants {
    /// GUIDs in lower case.
    Listed(BTreeSet<String>),
    Any,
}

impl Tenants {
    fn include(&self, tenant: &str) -> bool {
        match self {
            Self::Listed(tenants) => tenants.contains(tenant),
            // Issuers write GUIDs in lower case; two spellings of one tenant would be two tenants
            // to whoever stores data by them.
            Self::Any => is_guid(tenant) && !tenant.bytes().any(|byte| byte.is_ascii_uppercase()),
        }
    }
}

/// A token taken apart, and which keys it says can prove it.
pub(crate) struct Claimed<'a> {
    unverified: Unverified<'a>,
    payload: &'a str,
    pub(crate) tenant: String,
    pub(crate) version: TokenVersion,
}

impl Claimed<'_> {
    pub(crate) fn kid(&self) -> Result<&str, InvalidToken> {
        self.unverified
            .unverified_kid()
            .ok_or(InvalidToken::UnknownKey)
    }
}

impl Rules {
    /// The signed token inside an encrypted one; `None` where `token` is not encrypted, or nothing
    /// is set up to open it.
    pub(crate) fn open(&self, token: &str) -> Result<Option<Opened>, InvalidToken> {
        if self.decryption_keys.is_empty() || !is_encrypted(token) {
            return Ok(None);
        }
        Ok(Some(open(token, &self.decryption_keys)?))
    }

    /// The tenant is chosen by exact comparison of the issuer and before any key is asked for, so
    /// tokens of strangers cost no request.
    pub(crate) fn read<'a>(&self, token: &'a str) -> Result<Claimed<'a>, InvalidToken> {
        let unverified = Unverified::parse(token)?;
        require_access_token_type(unverified.unverified_typ())?;
        let iss = match unverified.unverified_iss_first() {
            Some(iss) => iss,
            None => unverified.unverified_iss()?.ok_or(InvalidToken::Issuer)?,
        };
        let (tenant, version) = self.issuer(&iss).ok_or(InvalidToken::Issuer)?;
        Ok(Claimed {
            payload: token.split('.').nth(1).unwrap_or_default(),
            tenant: tenant.to_owned(),
            version,
            unverified,
        })
    }

    fn issuer<'a>(&self, iss: &'a str) -> Option<(&'a str, TokenVersion)> {
        let of = |template: &Template, version| Some((template.tenant(iss)?, version));
        of(&self.v2, TokenVersion::V2)
            .or_else(|| of(&self.v1, TokenVersion::V1))
            .filter(|(tenant, _)| self.tenants.include(tenant))
    }

    pub(crate) fn verify(
        &self,
        claimed: &Claimed<'_>,
        published: &PublishedKey,
        now: i64,
    ) -> Result<Accepted, InvalidToken> {
        self.require_key_issuer(published, &claimed.tenant)?;
        let claims = verify(&claimed.unverified, &published.key)?.into_claims();
        self.check(&claims, claimed, now)?;
        let (not_before, expires) = (claims.nbf.max(claims.iat), claims.exp);
        let marks = self.marks.then(|| Marks::of(&claims));
        Ok(Accepted {
            caller: Caller::from_claims(claims).ok_or(InvalidToken::NoApplication)?,
            claims: RawClaims::new(claimed.payload),
            not_before,
            expires,
            marks,
        })
    }

    /// The whole way with keys at hand.
    pub(crate) fn verify_with(
        &self,
        token: &str,
        keys: &Keys,
        now: i64,
    ) -> Result<Accepted, InvalidToken> {
        let opened = self.open(token)?;
        let claimed = self.read(opened.as_ref().map_or(token, Opened::token))?;
        let published = keys.key(Some(claimed.kid()?));
        self.verify(&claimed, published.ok_or(InvalidToken::UnknownKey)?, now)
    }

    /// A key published for one issuer is not good for another. Published keys name
    /// the v2.0 issuer, whichever version of token they sign. Keys that serve any tenant must say
    /// so themselves: a platform publishes keys of single tenants beside them.
    pub(crate) fn require_key_issuer(
        &self,
        published: &PublishedKey,
        tenant: &str,
    ) -> Result<(), InvalidToken> {
        let good = match &published.issuer {
            Some(issuer) => self.v2.covers(issuer, tenant),
            None => matches!(self.tenants, Tenants::Listed(_)),
        };
        good.then_some(()).ok_or(InvalidToken::KeyIssuer)
    }

    fn check(
        &self,
        claims: &AccessTokenClaims,
        claimed: &Claimed<'_>,
        now: i64,
    ) -> Result<(), InvalidToken> {
        // Tenant and version were chosen by this very claim. Said again after the signature, so
        // that no later way of choosing can widen what is accepted.
        if self.issuer(&claims.iss) != Some((&claimed.tenant, claimed.version)) {
            return Err(InvalidToken::Issuer);
        }
        if claims.tid != claimed.tenant || claims.ver != claimed.version {
            return Err(InvalidToken::Tenant);
        }
        if !self.audiences.contains(&claims.aud) {
            return Err(InvalidToken::Audience);
        }
        claims.check(now, self.skew_seconds)?;
        match claims.idtyp.as_deref() {
            None | Some("app") => Ok(()),
            Some(_) => Err(InvalidToken::NoApplication),
        }
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
