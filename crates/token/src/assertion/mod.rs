//! Assertions that clients sign and other issuers' tokens: compact JWS as real clients send it.
//!
//! Lenient exactly where a client needs it, and only in spelling: segments may carry their `=`,
//! thumbprints come in several encodings, times as numbers, fractions and numeric strings. What
//! decides is as strict as elsewhere: the signature covers the raw text, the key and its algorithms
//! come from the registration, and a claim of an unexpected type is an error.
//!
//! ```
//! use countersign_token::{Algorithm, Assertion, SigningKey, VerifyingKey, base64url, verify_assertion};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let pkcs8 = SigningKey::generate_pkcs8(Algorithm::Es256)?;
//! let key = SigningKey::from_pkcs8(Algorithm::Es256, &pkcs8)?;
//! let header = base64url::encode(br#"{"alg":"ES256","kid":"k1"}"#);
//! let payload = base64url::encode(br#"{"iss":"c","sub":"c","exp":1795249171.6874}"#);
//! let input = format!("{header}.{payload}");
//! let text = format!("{input}.{}", base64url::encode(&key.sign(input.as_bytes())?));
//!
//! let assertion = Assertion::parse(&text)?;
//! assert_eq!(assertion.unverified_kid(), Some("k1"));
//! let registered = VerifyingKey::from_spki(&key.public_key_spki()?, &[Algorithm::Es256])?;
//! let verified = verify_assertion(&assertion, &registered)?;
//! assert_eq!(verified.claims().exp, Some(1_795_249_171_687_400));
//! # Ok(())
//! # }
//! ```

mod claims;
mod hints;
mod json;
mod time;
mod x5c;

use std::fmt;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::value::RawValue;

pub use self::claims::{AssertionClaims, Audience};
pub use self::hints::{KeyHints, Thumbprint};

use crate::claims::present;
use crate::compact::segments;
use crate::header::{read_members, refuse_nested};
use crate::{Algorithm, VerifyError, VerifyingKey, base64url};

/// An assertion that cannot be read: the peer's fault. Carries nothing of what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// The text says which rule was broken.
    #[error("malformed assertion: {0}")]
    Malformed(&'static str),
}

impl From<AssertionError> for VerifyError {
    fn from(error: AssertionError) -> Self {
        let AssertionError::Malformed(because) = error;
        Self::Malformed(because)
    }
}

/// A well-formed assertion whose signature nobody has checked.
///
/// What can be read from it is called `unverified_*` and serves to choose a key, nothing else.
pub struct Assertion<'a> {
    alg: String,
    typ: Option<String>,
    hints: KeyHints,
    signing_input: &'a str,
    payload: Vec<u8>,
    /// Read when they are first asked for, and once: before and after the signature they are the
    /// same bytes.
    claims: OnceLock<Result<AssertionClaims, AssertionError>>,
    signature: Vec<u8>,
}

impl<'a> Assertion<'a> {
    /// Takes apart `text`: three base64url segments, each with its padding or without, at most
    /// 65,536 characters together.
    ///
    /// # Errors
    /// [`AssertionError::Malformed`] with the rule that was broken. A thumbprint that is none is no
    /// error here: [`KeyHints`] says so.
    pub fn parse(text: &'a str) -> Result<Self, AssertionError> {
        let [header, payload, signature] = segments(text).map_err(AssertionError::Malformed)?;
        let signing_input = &text[..header.len() + 1 + payload.len()];
        let header = decode(header, "the header is not base64url")?;
        let members: Members<'_> = read_members(&header).map_err(AssertionError::Malformed)?;
        refuse_nested(members.cty.as_deref()).map_err(AssertionError::Malformed)?;
        Ok(Self {
            signing_input,
            payload: decode(payload, "the payload is not base64url")?,
            claims: OnceLock::new(),
            signature: decode(signature, "the signature is not base64url")?,
            hints: KeyHints::new(
                members.x5t.as_deref(),
                members.x5t_s256.as_deref(),
                members.kid,
                members.x5c.map_or_else(Vec::new, x5c::certificates),
            ),
            alg: members.alg,
            typ: members.typ,
        })
    }

    /// The header's `alg`, as sent.
    pub fn unverified_alg(&self) -> &str {
        &self.alg
    }

    /// The header's `typ`, as sent.
    pub fn unverified_typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// The header's `kid`, as sent: attacker's input until a key is found with it.
    pub fn unverified_kid(&self) -> Option<&str> {
        self.hints.kid.as_deref()
    }

    /// What the header says about the key.
    pub fn unverified_key_hints(&self) -> &KeyHints {
        &self.hints
    }

    /// The claims, to choose whose keys to verify with.
    ///
    /// # Errors
    /// When the payload is not one JSON object with unique names, or a claim that counts here is
    /// present with another type.
    pub fn unverified_claims(&self) -> Result<&AssertionClaims, AssertionError> {
        let read = || AssertionClaims::parse(&self.payload);
        self.claims
            .get_or_init(read)
            .as_ref()
            .map_err(|error| *error)
    }
}

// The payload may name people and the signature is half a credential: neither is for logs.
impl fmt::Debug for Assertion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assertion")
            .field("alg", &self.alg)
            .field("typ", &self.typ)
            .field("hints", &self.hints)
            .finish_non_exhaustive()
    }
}

/// Claims whose signature held; only [`verify_assertion`] makes them.
///
/// Whether they are current and meant for the reader is for the caller to say.
#[derive(Clone, Copy, Debug)]
pub struct VerifiedClaims<'a> {
    claims: &'a AssertionClaims,
    typ: Option<&'a str>,
    alg: Algorithm,
}

impl<'a> VerifiedClaims<'a> {
    /// The claims.
    pub fn claims(&self) -> &'a AssertionClaims {
        self.claims
    }

    /// The header's `typ`, which the signature covers.
    pub fn typ(&self) -> Option<&'a str> {
        self.typ
    }

    /// The algorithm of the signature.
    pub fn alg(&self) -> Algorithm {
        self.alg
    }
}

/// Checks the signature over the text as it was sent and, only if it holds, reads the claims.
///
/// # Errors
/// See [`VerifyError`]; the cheap checks come before the signature.
pub fn verify_assertion<'a>(
    assertion: &'a Assertion<'_>,
    key: &VerifyingKey,
) -> Result<VerifiedClaims<'a>, VerifyError> {
    let (alg, parsed) = key
        .parsed_for(&assertion.alg)
        .ok_or(VerifyError::AlgorithmNotAllowed)?;
    parsed
        .verify_sig(assertion.signing_input.as_bytes(), &assertion.signature)
        .map_err(|_| VerifyError::Signature)?;
    Ok(VerifiedClaims {
        claims: assertion.unverified_claims()?,
        typ: assertion.unverified_typ(),
        alg,
    })
}

/// Keys and addresses in a header (`jwk`, `jku`, `x5u`) are not even read.
#[derive(Deserialize)]
struct Members<'a> {
    alg: String,
    #[serde(default, deserialize_with = "present")]
    typ: Option<String>,
    #[serde(default, deserialize_with = "present")]
    cty: Option<String>,
    #[serde(default, deserialize_with = "present")]
    kid: Option<String>,
    #[serde(default, deserialize_with = "present")]
    x5t: Option<String>,
    #[serde(default, deserialize_with = "present", rename = "x5t#S256")]
    x5t_s256: Option<String>,
    #[serde(borrow, default, deserialize_with = "present")]
    x5c: Option<&'a RawValue>,
}

fn decode(segment: &str, because: &'static str) -> Result<Vec<u8>, AssertionError> {
    base64url::decode_padding_optional(segment).map_err(|_| AssertionError::Malformed(because))
}
