//! Checking signatures. Only [`verify`] makes a [`Verified`].

use std::fmt;
use std::sync::OnceLock;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters,
    RsaPublicKeyComponents,
};
use serde::de::DeserializeOwned;

use crate::header::require_unique_claims;
use crate::public_key::{Curve, PublicKey};
use crate::{Algorithm, Certificate, Jwk, KeyError, Unverified, VerifyError};

/// A public key, parsed once and bound to the algorithms it may be used with.
///
/// The binding is the answer to algorithm confusion: the token's header only picks from what the
/// caller and the key allow (RFC 8725 §3.1).
pub struct VerifyingKey {
    key: PublicKey,
    // The library binds a parsed key to one algorithm. An RSA key allows six and mostly sees one,
    // so each form is made when a first token asks for it, and then kept.
    parsed: Vec<(Algorithm, OnceLock<ParsedPublicKey>)>,
}

impl VerifyingKey {
    /// Reads a published key. `allowed` is what the issuer may use at all; the JWK's own `alg`, if
    /// present, narrows it to one.
    ///
    /// # Errors
    /// When the key is malformed, too weak, published for another use, or no allowed algorithm fits
    /// it.
    pub fn from_jwk(jwk: &Jwk, allowed: &[Algorithm]) -> Result<Self, KeyError> {
        if !jwk.is_for_signatures() {
            return Err(KeyError::OtherUse);
        }
        let key = jwk.public_key()?;
        let marked_for = |algorithm: &Algorithm| {
            jwk.alg
                .as_deref()
                .is_none_or(|name| name == algorithm.name())
        };
        let allowed: Vec<_> = allowed.iter().copied().filter(marked_for).collect();
        Self::new(key, &allowed)
    }

    /// Takes the public key of a certificate. Nothing else in the certificate is looked at.
    ///
    /// # Errors
    /// When the key is of an unknown type, too weak, or no allowed algorithm fits it.
    pub fn from_certificate(
        certificate: &Certificate,
        allowed: &[Algorithm],
    ) -> Result<Self, KeyError> {
        Self::from_spki(certificate.spki(), allowed)
    }

    /// Reads an X.509 SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    /// When the key is malformed, too weak, or no allowed algorithm fits it.
    pub fn from_spki(der: &[u8], allowed: &[Algorithm]) -> Result<Self, KeyError> {
        Self::new(PublicKey::from_spki(der)?, allowed)
    }

    /// The algorithms a token may name to be checked with this key.
    pub fn algorithms(&self) -> impl Iterator<Item = Algorithm> + '_ {
        self.parsed.iter().map(|(algorithm, _)| *algorithm)
    }

    fn new(key: PublicKey, allowed: &[Algorithm]) -> Result<Self, KeyError> {
        let fitting = allowed
            .iter()
            .copied()
            .filter(|algorithm| key.fits(*algorithm));
        let parsed: Vec<_> = fitting
            .map(|algorithm| (algorithm, OnceLock::new()))
            .collect();
        // The first is parsed at once: numbers that are no key are refused here, not at a token.
        let (algorithm, slot) = parsed.first().ok_or(KeyError::NoAlgorithm)?;
        let first = parse(&key, *algorithm)?;
        slot.get_or_init(|| first);
        Ok(Self { key, parsed })
    }

    pub(crate) fn parsed_for(&self, alg: &str) -> Option<(Algorithm, &ParsedPublicKey)> {
        let (algorithm, slot) = self
            .parsed
            .iter()
            .find(|(algorithm, _)| algorithm.name() == alg)?;
        if let Some(parsed) = slot.get() {
            return Some((*algorithm, parsed));
        }
        let parsed = parse(&self.key, *algorithm).ok()?;
        Some((*algorithm, slot.get_or_init(|| parsed)))
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.algorithms()).finish()
    }
}

/// Claims whose signature held. Whether they are current and meant for the reader is for
/// [`crate::claims`] and the caller to say.
#[derive(Clone, Debug)]
pub struct Verified<C> {
    claims: C,
    typ: Option<String>,
}

impl<C> Verified<C> {
    /// The claims.
    pub fn claims(&self) -> &C {
        &self.claims
    }

    /// The header's `typ`, which the signature covers.
    pub fn typ(&self) -> Option<&str> {
        self.typ.as_deref()
    }

    /// Gives the claims away.
    pub fn into_claims(self) -> C {
        self.claims
    }
}

/// Checks the signature of `token` with `key` and, only if it holds, reads the claims.
///
/// # Errors
/// See [`VerifyError`]; the cheap checks come before the signature.
pub fn verify<C: DeserializeOwned>(
    token: &Unverified<'_>,
    key: &VerifyingKey,
) -> Result<Verified<C>, VerifyError> {
    let (_, parsed) = key
        .parsed_for(token.unverified_alg())
        .ok_or(VerifyError::AlgorithmNotAllowed)?;
    parsed
        .verify_sig(token.signing_input.as_bytes(), &token.signature)
        .map_err(|_| VerifyError::Signature)?;
    require_unique_claims(&token.payload)?;
    let claims = serde_json::from_slice(&token.payload).map_err(|error| claims_error(&error))?;
    Ok(Verified {
        claims,
        typ: token.unverified_typ().map(str::to_owned),
    })
}

fn claims_error(error: &serde_json::Error) -> VerifyError {
    let category = match error.classify() {
        serde_json::error::Category::Data => "data",
        serde_json::error::Category::Eof => "eof",
        _ => "syntax",
    };
    VerifyError::Claims {
        category,
        column: error.column(),
    }
}

fn parse(key: &PublicKey, algorithm: Algorithm) -> Result<ParsedPublicKey, KeyError> {
    match key {
        PublicKey::Rsa { n, e } => {
            RsaPublicKeyComponents { n, e }.to_parsed_public_key(rsa_parameters(algorithm))
        }
        PublicKey::Ec { curve, x, y } => {
            let point = [&[4], x.as_slice(), y.as_slice()].concat();
            match curve {
                Curve::P256 => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point),
                Curve::P384 => ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point),
            }
        }
        PublicKey::Ed25519 { x } => ParsedPublicKey::new(&ED25519, x),
    }
    .map_err(|_| KeyError::PublicKey("the numbers are no valid key of their type"))
}

fn rsa_parameters(algorithm: Algorithm) -> &'static RsaParameters {
    match algorithm {
        Algorithm::Rs384 => &RSA_PKCS1_2048_8192_SHA384,
        Algorithm::Rs512 => &RSA_PKCS1_2048_8192_SHA512,
        Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
        Algorithm::Ps384 => &RSA_PSS_2048_8192_SHA384,
        Algorithm::Ps512 => &RSA_PSS_2048_8192_SHA512,
        _ => &RSA_PKCS1_2048_8192_SHA256,
    }
}
