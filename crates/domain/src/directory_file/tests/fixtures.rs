//! Certificates for tests, self-signed, valid in 2026 to 2035 where nothing else is said. Their
//! private keys are gone.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// P-256, `CN=orders`.
pub(in crate::directory_file) const EC: &str = include_str!("fixtures/ec.pem");
/// P-384, `O=Contoso, CN=nightly job`.
pub(in crate::directory_file) const EC_384: &str = include_str!("fixtures/ec384.pem");
/// `CN=rsa`.
pub(in crate::directory_file) const RSA_2048: &str = include_str!("fixtures/rsa2048.pem");
/// `CN=weak`.
pub(in crate::directory_file) const RSA_1024: &str = include_str!("fixtures/rsa1024.pem");
/// `CN=edwards`.
pub(in crate::directory_file) const ED25519: &str = include_str!("fixtures/ed25519.pem");
/// P-256, without a subject.
pub(in crate::directory_file) const NAMELESS: &str = include_str!("fixtures/nameless.pem");
/// P-256, `CN=endless`, without a well-defined end (RFC 5280 4.1.2.5).
pub(in crate::directory_file) const ENDLESS: &str = include_str!("fixtures/endless.pem");

/// The bytes within a PEM text.
pub(in crate::directory_file) fn der(pem: &str) -> Vec<u8> {
    let lines: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    STANDARD.decode(lines).expect("a fixture is PEM")
}

/// A public key on P-256.
pub(in crate::directory_file) fn jwk(kid: &str) -> Value {
    let der = der(EC);
    // An uncompressed point: 04, then the coordinates; nothing before it in the DER looks so.
    let start = der
        .windows(3)
        .position(|bytes| bytes == [0x42, 0x00, 0x04])
        .expect("a certificate holds its key as a bit string")
        + 3;
    json!({
        "kty": "EC",
        "crv": "P-256",
        "kid": kid,
        "x": URL_SAFE_NO_PAD.encode(&der[start..start + 32]),
        "y": URL_SAFE_NO_PAD.encode(&der[start + 32..start + 64]),
    })
}
