//! X.509 certificates, as far as workload identity needs them: a public key with a name, a
//! thumbprint and a period. No chain is built here; see [`crate::chain`].

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use crate::{KeyError, base64url};

/// A certificate, parsed.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    spki: Vec<u8>,
    subject: String,
    not_before: i64,
    not_after: i64,
    thumbprint_sha1: [u8; 20],
    thumbprint_sha256: [u8; 32],
}

impl Certificate {
    /// Parses exactly one certificate in DER.
    ///
    /// # Errors
    /// [`KeyError::Certificate`] when it is malformed or followed by anything.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let (rest, parsed) = X509Certificate::from_der(der).map_err(|_| KeyError::Certificate)?;
        if !rest.is_empty() {
            return Err(KeyError::Certificate);
        }
        Ok(Self {
            der: der.to_vec(),
            spki: parsed.public_key().raw.to_vec(),
            subject: parsed.subject().to_string(),
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
            thumbprint_sha1: fixed(digest(&SHA1_FOR_LEGACY_USE_ONLY, der).as_ref()),
            thumbprint_sha256: fixed(digest(&SHA256, der).as_ref()),
        })
    }

    /// The whole certificate in DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The SubjectPublicKeyInfo in DER.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// The subject as text, for people to read; nothing is decided by it.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Start of validity, Unix seconds.
    pub fn not_before(&self) -> i64 {
        self.not_before
    }

    /// End of validity, Unix seconds.
    pub fn not_after(&self) -> i64 {
        self.not_after
    }

    /// SHA-1 of the DER. A look-up hint only; trust never rests on it.
    pub fn thumbprint_sha1(&self) -> [u8; 20] {
        self.thumbprint_sha1
    }

    /// SHA-256 of the DER.
    pub fn thumbprint_sha256(&self) -> [u8; 32] {
        self.thumbprint_sha256
    }

    /// The `x5t` form of the SHA-1 thumbprint, 27 characters: the `kid` of the key in our tokens.
    pub fn key_id(&self) -> String {
        base64url::encode(&self.thumbprint_sha1)
    }

    /// The `x5t#S256` form of the SHA-256 thumbprint, 43 characters.
    pub fn thumbprint_sha256_base64url(&self) -> String {
        base64url::encode(&self.thumbprint_sha256)
    }
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificate")
            .field("subject", &self.subject)
            .field("key_id", &self.key_id())
            .finish_non_exhaustive()
    }
}

fn fixed<const N: usize>(digest: &[u8]) -> [u8; N] {
    digest
        .try_into()
        .expect("the digest has its algorithm's length")
}
