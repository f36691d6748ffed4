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

/// P-256, `CN=authority`, which says that it is one and signs certificates.
pub(in crate::directory_file) const AUTHORITY: &str = include_str!("fixtures/authority.pem");
/// P-256, an authority whose key usages leave signing certificates out.
pub(in crate::directory_file) const NO_CERT_SIGN: &str = include_str!("fixtures/no_cert_sign.pem");
/// RSA, `CN=old`, self-signed with SHA-1.
pub(in crate::directory_file) const SHA1: &str = include_str!("fixtures/sha1.pem");
/// P-256, self-signed with SHA-1.
pub(in crate::directory_file) const SHA1_ECDSA: &str = include_str!("fixtures/sha1_ecdsa.pem");
/// RSA, self-signed with RSASSA-PSS and no hash named, which means SHA-1.
pub(in crate::directory_file) const SHA1_PSS: &str = include_str!("fixtures/sha1_pss.pem");
/// P-256, signed by `AUTHORITY` with SHA-1.
pub(in crate::directory_file) const SHA1_BELOW: &str = include_str!("fixtures/sha1_below.pem");
/// RSA, self-signed with MD5.
pub(in crate::directory_file) const MD5: &str = include_str!("fixtures/md5.pem");
/// RSA, `CN=pss`, self-signed with RSASSA-PSS and SHA-256.
pub(in crate::directory_file) const SHA256_PSS: &str = include_str!("fixtures/sha256_pss.pem");

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

/// A public key of RSA with 2048 bits.
pub(in crate::directory_file) fn rsa_jwk(kid: &str) -> Value {
    let der = der(RSA_2048);
    // An integer of 257 bytes, the first of them zero; the signature is a bit string.
    let start = der
        .windows(5)
        .position(|bytes| bytes == [0x02, 0x82, 0x01, 0x01, 0x00])
        .expect("a certificate holds its key's modulus")
        + 5;
    json!({
        "kty": "RSA",
        "kid": kid,
        "n": URL_SAFE_NO_PAD.encode(&der[start..start + 256]),
        "e": "AQAB",
    })
}
