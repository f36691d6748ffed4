//! Tokens, and what their signatures are checked with.

use std::sync::LazyLock;

use countersign_token::{
    Algorithm, Certificate, CertificateNames, JwkSet, Unverified, VerifyingKey, base64url, verify,
    verify_chain,
};
use serde_json::Value;

/// The one token that was signed with the key below; nobody can make another.
pub(crate) const GENUINE: &str = include_str!("../corpus/compact_token/good-signed");

/// The public half of a key that was thrown away when [`GENUINE`] was signed.
pub(crate) const KEY: &str = include_str!("genuine_key.json");

/// A compact token, read and checked with a key that signed exactly one.
pub fn compact_token(token: &[u8]) -> bool {
    static VERIFIER: LazyLock<VerifyingKey> = LazyLock::new(|| {
        let jwk = serde_json::from_str(KEY).expect("a JWK");
        VerifyingKey::from_jwk(&jwk, &Algorithm::ALL).expect("a usable key")
    });
    let Ok(token) = std::str::from_utf8(token) else {
        return false;
    };
    let Ok(unverified) = Unverified::parse(token) else {
        return false;
    };
    for segment in token.split('.') {
        let bytes = base64url::decode(segment).expect("the segment was read");
        assert_eq!(base64url::encode(&bytes), segment, "a second spelling");
    }
    let _ = (unverified.unverified_iss(), unverified.unverified_tid());
    let is_verified = verify::<Value>(&unverified, &VERIFIER).is_ok();
    assert_eq!(is_verified, token == GENUINE, "{token}");
    true
}

/// A published key set; accepted means that it has a key to check signatures with.
pub fn jwk_set(document: &[u8]) -> bool {
    let Ok(set) = serde_json::from_slice::<JwkSet>(document) else {
        return false;
    };
    let printed = serde_json::to_vec(&set).expect("strings in JSON");
    let again: JwkSet = serde_json::from_slice(&printed).expect("what was read can be published");
    assert_eq!(set, again);
    let usable = |jwk| VerifyingKey::from_jwk(jwk, &Algorithm::ALL).is_ok();
    set.keys.iter().filter(|&jwk| usable(jwk)).count() > 0
}

/// A certificate in DER.
pub fn certificate(der: &[u8]) -> bool {
    let Ok(certificate) = Certificate::from_der(der) else {
        return false;
    };
    assert_eq!(certificate.der(), der, "kept as it was sent");
    assert_eq!(certificate.key_id().len(), 27);
    let from_certificate = VerifyingKey::from_certificate(&certificate, &Algorithm::ALL);
    let from_key = VerifyingKey::from_spki(certificate.spki(), &Algorithm::ALL);
    assert_eq!(from_certificate.is_ok(), from_key.is_ok());
    let _ = CertificateNames::of(der);
    let under_itself = verify_chain(der, &[der.to_vec()], der, certificate.not_before());
    assert!(under_itself.is_err(), "an authority signs no assertion");
    true
}
