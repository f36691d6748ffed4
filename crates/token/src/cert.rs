//! X.509 certificates, as far as workload identity needs them: a public key with a name, a
//! thumbprint and a period. No chain is built here; see [`crate::chain`].

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use x509_parser::certificate::X509Certificate;
use x509_parser::oid_registry::OID_PKCS1_RSASSAPSS;
use x509_parser::prelude::FromDer;
use x509_parser::signature_algorithm::SignatureAlgorithm;
use x509_parser::x509::AlgorithmIdentifier;

use crate::{KeyError, base64url};

/// Signature algorithms over a hash for which collisions are made (RFC 6151, RFC 6194), and the
/// hash: of PKCS #1, X9.62, X9.57 and the older ones of OIW.
const WEAK_SIGNATURES: [(&str, &str); 9] = [
    ("1.2.840.113549.1.1.2", "MD2"),
    ("1.2.840.113549.1.1.3", "MD4"),
    ("1.2.840.113549.1.1.4", "MD5"),
    ("1.2.840.113549.1.1.5", "SHA-1"),
    ("1.2.840.10045.4.1", "SHA-1"),
    ("1.2.840.10040.4.3", "SHA-1"),
    ("1.3.14.3.2.3", "MD5"),
    ("1.3.14.3.2.27", "SHA-1"),
    ("1.3.14.3.2.29", "SHA-1"),
];

/// The hashes themselves, as RSASSA-PSS names them.
const WEAK_HASHES: [(&str, &str); 3] = [
    ("1.2.840.113549.2.2", "MD2"),
    ("1.2.840.113549.2.5", "MD5"),
    ("1.3.14.3.2.26", "SHA-1"),
];

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
    weak_signature_hash: Option<&'static str>,
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
            weak_signature_hash: weak_hash(&parsed.signature_algorithm),
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

    /// The hash under the issuer's signature, if it is MD5, SHA-1 or older: somebody else may then
    /// have a certificate with the same signature. The signature itself is not checked here.
    pub fn weak_signature_hash(&self) -> Option<&'static str> {
        self.weak_signature_hash
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

fn weak_hash(algorithm: &AlgorithmIdentifier<'_>) -> Option<&'static str> {
    let named = |names: &[(&str, &'static str)], oid: &str| {
        let found = names.iter().find(|(known, _)| *known == oid);
        found.map(|(_, hash)| *hash)
    };
    if algorithm.algorithm != OID_PKCS1_RSASSAPSS {
        return named(&WEAK_SIGNATURES, &algorithm.algorithm.to_id_string());
    }
    match SignatureAlgorithm::try_from(algorithm) {
        Ok(SignatureAlgorithm::RSASSA_PSS(parameters)) => named(
            &WEAK_HASHES,
            &parameters.hash_algorithm_oid().to_id_string(),
        ),
        // What is left out means SHA-1 (RFC 4055 section 3.1), and so might what cannot be read.
        _ => Some("SHA-1"),
    }
}

fn fixed<const N: usize>(digest: &[u8]) -> [u8; N] {
    digest
        .try_into()
        .expect("the digest has its algorithm's length")
}
