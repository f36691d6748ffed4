//! Errors, sorted by whose fault they are.
//!
//! None of them carries bytes of a token, a key or a claim, so they may be logged as they are.

use crate::Algorithm;

/// Key material that cannot be used: a matter of configuration or of what an issuer published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The private key is not PKCS#8 for this algorithm.
    #[error("the private key is not a PKCS#8 {0} key")]
    PrivateKey(Algorithm),
    /// The public key bytes cannot be read, or are not valid for their type.
    #[error("the public key is malformed: {0}")]
    PublicKey(&'static str),
    /// RSA outside 2048 to 8192 bits; the text names the size.
    #[error("an RSA key of {0} bits is refused; 2048 to 8192 bits are taken")]
    RsaSize(usize),
    /// The publisher's `use` or `key_ops` is not for checking signatures.
    #[error("the key is not published for checking signatures")]
    OtherUse,
    /// None of the allowed algorithms fits the key.
    #[error("none of the allowed algorithms fits this key")]
    NoAlgorithm,
    /// Not an X.509 certificate in DER, or bytes follow it.
    #[error("not one X.509 certificate in DER")]
    Certificate,
    /// The certificate holds another public key than the one it was put beside.
    #[error("the certificate is for another key")]
    CertificateMismatch,
    /// Keys are generated only for RS256, ES256 and EdDSA.
    #[error("keys are generated for RS256, ES256 and EdDSA, not for {0}")]
    Generate(Algorithm),
    /// Not a private RSA key to open encrypted tokens with.
    #[error("the decryption key is not a private RSA key of 2048 to 8192 bits, PKCS#8 or PKCS#1")]
    DecryptionKey,
    /// The cryptographic library failed.
    #[error("the cryptographic library failed to make or encode a key")]
    Library,
}

/// A token that could not be made: our own fault.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The claims do not serialise to JSON.
    #[error("the claims do not serialise: {0}")]
    Claims(#[from] serde_json::Error),
    /// The cryptographic library failed.
    #[error("the cryptographic library failed to sign or to encrypt")]
    Library,
}

/// A token that is not accepted: the peer's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Not a compact JWS this crate takes; the text says which rule was broken.
    #[error("malformed token: {0}")]
    Malformed(&'static str),
    /// The header's algorithm is unknown, or not one of those allowed for the key.
    #[error("the token's algorithm is not allowed for the key")]
    AlgorithmNotAllowed,
    /// The signature does not hold.
    #[error("the signature does not hold")]
    Signature,
    /// The signature holds, but the claims are not of the expected shape.
    #[error("the claims are not of the expected shape ({category} error, column {column})")]
    Claims {
        /// `syntax`, `data` or `eof`; the offending text itself is left out.
        category: &'static str,
        /// Column of the payload at which reading stopped.
        column: usize,
    },
    /// A claim name occurs twice (RFC 7519 §4).
    #[error("a claim name occurs twice")]
    DuplicateClaim,
}
