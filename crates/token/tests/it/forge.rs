//! Makes tokens with any header, payload and signature, so that cases are data.

use std::sync::Arc;

use countersign_token::{Algorithm, SigningKey, VerifyingKey, base64url};

/// A generated private key; RSA keys serve all six RSA algorithms.
pub(crate) fn pkcs8(algorithm: Algorithm) -> Vec<u8> {
    SigningKey::generate_pkcs8(algorithm)
        .expect("generates")
        .to_vec()
}

pub(crate) fn signing_key(algorithm: Algorithm, pkcs8: &[u8]) -> Arc<SigningKey> {
    Arc::new(SigningKey::from_pkcs8(algorithm, pkcs8).expect("parses"))
}

pub(crate) fn new_key(algorithm: Algorithm) -> Arc<SigningKey> {
    signing_key(algorithm, &pkcs8(algorithm))
}

pub(crate) fn verifying_key(key: &SigningKey, allowed: &[Algorithm]) -> VerifyingKey {
    VerifyingKey::from_spki(&key.public_key_spki().expect("encodes"), allowed).expect("usable")
}

pub(crate) fn signed(header: &str, payload: &str, key: &SigningKey) -> String {
    let input = signing_input(header, payload);
    let signature = key.sign(input.as_bytes()).expect("signs");
    format!("{input}.{}", base64url::encode(&signature))
}

pub(crate) fn signing_input(header: &str, payload: &str) -> String {
    format!(
        "{}.{}",
        base64url::encode(header.as_bytes()),
        base64url::encode(payload.as_bytes())
    )
}
