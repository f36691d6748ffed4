//! Client assertions and tokens of other issuers.

use std::sync::LazyLock;

use countersign_token::{
    Algorithm, Assertion, AssertionClaims, KeyHints, Thumbprint, VerifyingKey, base64url,
    verify_assertion,
};
use serde_json::Value;

use crate::token::{GENUINE, KEY};

/// The last microsecond of the year 9999.
const TIME_MAX: i64 = 253_402_300_799_999_999;

/// An assertion as text or, where there is a line feed, its header before and its claims behind
/// it: base64 would hide both from a fuzzer.
pub fn assertion(input: &[u8]) -> bool {
    let Some(line_feed) = input.iter().position(|byte| *byte == b'\n') else {
        return std::str::from_utf8(input).is_ok_and(read);
    };
    let (header, claims) = (&input[..line_feed], &input[line_feed + 1..]);
    let segments = [header, claims, b"no signature"].map(base64url::encode);
    read(&segments.join("."))
}

fn read(text: &str) -> bool {
    static VERIFIER: LazyLock<VerifyingKey> = LazyLock::new(|| {
        let jwk = serde_json::from_str(KEY).expect("a JWK");
        VerifyingKey::from_jwk(&jwk, &Algorithm::ALL).expect("a usable key")
    });
    let Ok(assertion) = Assertion::parse(text) else {
        return false;
    };
    check_hints(assertion.unverified_key_hints());
    let claims = assertion.unverified_claims();
    if let Ok(claims) = &claims {
        check_claims(claims);
    }
    // Only the signature's own padding is not under the signature.
    let is_genuine = text.trim_end_matches('=') == GENUINE;
    assert_eq!(
        verify_assertion(&assertion, &VERIFIER).is_ok(),
        is_genuine,
        "{text}"
    );
    claims.is_ok()
}

fn check_hints(hints: &KeyHints) {
    let thumbprints = [
        hints.x5t.map(Thumbprint::Sha1),
        hints.x5t_s256.map(Thumbprint::Sha256),
        hints.kid_thumbprint,
    ];
    for thumbprint in thumbprints.into_iter().flatten() {
        let printed = match thumbprint {
            Thumbprint::Sha1(hash) => base64url::encode(&hash),
            Thumbprint::Sha256(hash) => base64url::encode(&hash),
        };
        assert_eq!(Thumbprint::parse(&printed), Some(thumbprint));
    }
    let has_both = hints.x5t.is_some() && hints.x5t_s256.is_some();
    assert!(!(has_both && hints.has_unreadable_thumbprint));
    assert!(hints.kid.is_some() || hints.kid_thumbprint.is_none());
    assert!(hints.x5c.len() <= 10);
}

fn check_claims(claims: &AssertionClaims) {
    let member = |name: &str| claims.all.get(name);
    for (name, text) in [
        ("iss", &claims.iss),
        ("sub", &claims.sub),
        ("jti", &claims.jti),
    ] {
        assert_eq!(
            text.as_deref(),
            member(name).and_then(Value::as_str),
            "{name}"
        );
        assert_eq!(text.is_some(), member(name).is_some(), "{name}");
    }
    for (name, time) in [
        ("exp", claims.exp),
        ("nbf", claims.nbf),
        ("iat", claims.iat),
    ] {
        assert_eq!(time.is_some(), member(name).is_some(), "{name}");
        assert!(
            time.is_none_or(|time| (0..=TIME_MAX).contains(&time)),
            "{name}"
        );
    }
    assert_eq!(claims.aud.is_some(), member("aud").is_some());
    if let Some(audience) = &claims.aud {
        assert!(audience.values.iter().all(|value| !value.is_empty()));
        assert!(audience.is_list || audience.values.len() == 1);
    }
}
