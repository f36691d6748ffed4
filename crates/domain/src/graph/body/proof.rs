//! Proof of possession: who rolls a key shows that they hold one that is registered.

use countersign_token::{Assertion, verify_assertion};
use uuid::Uuid;

use crate::clock::{SKEW_SECONDS, Timestamp};
use crate::directory::{KeyCredential, KeyTrust};
use crate::graph::error::GraphError;
use crate::oauth::assertion::{TimeLimits, check_times};

/// The audience of proofs: the directory itself, so that an assertion made for a token endpoint is
/// no proof, and the other way round.
const AUDIENCE: &str = "00000002-0000-0000-c000-000000000000";

/// The longest life of a proof, in seconds.
const LIFETIME_SECONDS_MAX: u32 = 600;

/// Keys that a proof is held against; each costs a verification.
const KEYS_TRIED_MAX: usize = 20;

/// Checks that whoever sent a `proof` holds a key of the application or service principal with
/// this object id.
pub fn check_proof(
    proof: &str,
    object_id: Uuid,
    keys: &[KeyCredential],
    now: Timestamp,
) -> Result<(), GraphError> {
    let assertion = Assertion::parse(proof).map_err(|_| refused("it is no signed JWT"))?;
    if assertion
        .unverified_typ()
        .is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT"))
    {
        return Err(refused("its typ is not JWT"));
    }
    let hints = assertion.unverified_key_hints();
    let is_named = |key: &&KeyCredential| {
        let certificate = key.certificate.certificate();
        let sha1 = certificate.thumbprint_sha1();
        let sha256 = certificate.thumbprint_sha256();
        hints.x5t.is_none_or(|hint| hint == sha1)
            && hints.x5t_s256.is_none_or(|hint| hint == sha256)
    };
    let verified = keys
        .iter()
        .filter(|key| key.trust == KeyTrust::Certificate && key.is_valid_at(now))
        .filter(is_named)
        .take(KEYS_TRIED_MAX)
        .find_map(|key| verify_assertion(&assertion, key.certificate.key()).ok());
    let Some(verified) = verified else {
        return Err(refused("no valid key of the object signed it"));
    };
    let claims = verified.claims();
    let audience = claims.aud.as_ref().map(|aud| aud.values.as_slice());
    if !matches!(audience, Some([single]) if single == AUDIENCE) {
        return Err(refused(&format!("its aud is not {AUDIENCE}")));
    }
    let issuer = claims
        .iss
        .as_deref()
        .and_then(|iss| Uuid::try_parse(iss).ok());
    if issuer != Some(object_id) {
        return Err(refused("its iss is not the id of the object"));
    }
    if claims.nbf.is_none() {
        return Err(refused("it has no nbf"));
    }
    let limits = TimeLimits {
        now,
        skew_seconds: SKEW_SECONDS,
        lifetime_seconds_max: Some(LIFETIME_SECONDS_MAX),
    };
    check_times(claims, limits)
        .map_err(|_| refused("it is not current, or lives longer than ten minutes"))
}

/// `401` would make clients fetch another access token, which is not what was refused.
fn refused(reason: &str) -> GraphError {
    GraphError::new(
        400,
        "Authentication_MissingOrMalformed",
        format!("The proof of possession is not accepted: {reason}."),
    )
}
