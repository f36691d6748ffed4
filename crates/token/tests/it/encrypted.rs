//! Nested tokens: what was sealed can be opened, and nothing else (R-19, R-26, AST-31).

use std::sync::LazyLock;

use countersign_token::encrypted::{
    ContentEncryption, DecryptionKey, EncryptionKey, OpenError, is_encrypted, open, seal,
};
use countersign_token::{Algorithm, KeyError, SigningKey, base64url};
use proptest::prelude::*;
use serde_json::json;

use crate::forge::new_key;

const BOTH: [ContentEncryption; 2] = [ContentEncryption::A256CbcHs512, ContentEncryption::A256Gcm];
const SIGNED: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJkYWVtb24ifQ.c2lnbmF0dXJl";

static PKCS8: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let der = SigningKey::generate_pkcs8(Algorithm::Rs256).expect("generates");
    der.to_vec()
});

fn key() -> DecryptionKey {
    DecryptionKey::from_pkcs8(&PKCS8).expect("an RSA key")
}

fn public_key() -> EncryptionKey {
    key().public_key().expect("encodes")
}

fn sealed(plain: &str, encryption: ContentEncryption) -> String {
    seal(plain, &public_key(), "k", encryption).expect("seals")
}

#[track_caller]
fn check_refused(token: &str, expected: &OpenError) {
    assert_eq!(&open(token, &[key()]).expect_err("refused"), expected);
}

/// The token with another header, which the tag then does not cover.
fn with_header(token: &str, header: &serde_json::Value) -> String {
    let rest = token.split_once('.').expect("segments").1;
    format!(
        "{}.{rest}",
        base64url::encode(header.to_string().as_bytes())
    )
}

#[test]
fn what_was_sealed_is_opened_with_any_of_the_keys() {
    let other = SigningKey::generate_pkcs8(Algorithm::Rs256).expect("generates");
    let other = DecryptionKey::from_pkcs8(&other).expect("an RSA key");
    for encryption in BOTH {
        let token = sealed(SIGNED, encryption);
        assert!(is_encrypted(&token) && !is_encrypted(SIGNED));
        let header = token.split('.').next().expect("a header");
        let header = base64url::decode(header).expect("base64url");
        let header: serde_json::Value = serde_json::from_slice(&header).expect("JSON");
        let name = encryption.name();
        let expected =
            json!({"alg": "RSA-OAEP-256", "enc": name, "kid": "k", "typ": "JWT", "cty": "JWT"});
        assert_eq!(header, expected);
        assert_eq!(open(&token, &[key()]).expect("ours").token(), SIGNED);
        assert_ne!(token, sealed(SIGNED, encryption), "keys and IVs are fresh");
        assert_eq!(open(&token, &[]).expect_err("no key"), OpenError::Decrypt);
    }
    let token = sealed(SIGNED, ContentEncryption::A256Gcm);
    let keys = [other, key()];
    assert_eq!(open(&token, &keys).expect("the second").token(), SIGNED);
    let error = open(&token, &keys[..1]).expect_err("not for the first");
    assert_eq!(error, OpenError::Decrypt);
}

#[test]
fn ast_31_what_is_inside_must_be_a_signed_token_once() {
    for encryption in BOTH {
        let claims = base64url::encode(br#"{"sub":"daemon"}"#);
        let none = base64url::encode(br#"{"alg":"none"}"#);
        for plain in [
            r#"{"sub":"daemon"}"#.to_owned(),
            format!("{none}.{claims}."),
            format!("{none}.{claims}"),
            claims,
            sealed(SIGNED, encryption),
            "x".to_owned(),
        ] {
            check_refused(&sealed(&plain, encryption), &OpenError::NotSigned);
        }
    }
}

#[test]
fn r_26_headers_that_steer_the_decryption_are_refused() {
    let token = sealed(SIGNED, ContentEncryption::A256Gcm);
    let malformed = |rule| OpenError::Malformed(rule);
    let header = |member: &str, value: serde_json::Value| {
        let mut header = json!({"alg": "RSA-OAEP-256", "enc": "A256GCM", "cty": "JWT"});
        header[member] = value;
        with_header(&token, &header)
    };
    for alg in [
        "RSA-OAEP",
        "RSA1_5",
        "dir",
        "PBES2-HS512+A256KW",
        "ECDH-ES",
        "none",
        "rsa-oaep-256",
    ] {
        check_refused(&header("alg", json!(alg)), &OpenError::AlgorithmNotAllowed);
    }
    for enc in ["A128GCM", "A128CBC-HS256", "A256CBC", "none", ""] {
        check_refused(&header("enc", json!(enc)), &OpenError::AlgorithmNotAllowed);
    }
    let zip = malformed("compressed tokens are not taken");
    check_refused(&header("zip", json!("DEF")), &zip);
    let password = malformed("passwords are no keys here");
    check_refused(&header("p2c", json!(1_000_000)), &password);
    let critical = malformed("critical extensions are not taken");
    check_refused(&header("crit", json!(["exp"])), &critical);
    let content = malformed("the content is not a token");
    check_refused(&header("cty", json!("application/json")), &content);
    check_refused(&header("kid", json!("other")), &OpenError::Decrypt);
    let wrong_type = malformed("a header member is missing or has the wrong type");
    check_refused(&header("enc", json!(null)), &wrong_type);
    let length = malformed("a segment does not have the length of its `enc`");
    check_refused(&header("enc", json!("A256CBC-HS512")), &length);
}

#[test]
fn a_change_anywhere_is_noticed() {
    for encryption in BOTH {
        let token = sealed(SIGNED, encryption);
        let mut segments: Vec<_> = token
            .split('.')
            .map(|segment| base64url::decode(segment).expect("ours"))
            .collect();
        for segment in 1..5 {
            for at in [0, segments[segment].len() - 1] {
                segments[segment][at] ^= 1;
                let changed: Vec<_> = segments
                    .iter()
                    .map(|part| base64url::encode(part))
                    .collect();
                check_refused(&changed.join("."), &OpenError::Decrypt);
                segments[segment][at] ^= 1;
            }
        }
    }
}

#[test]
fn other_forms_are_refused() {
    let token = sealed(SIGNED, ContentEncryption::A256Gcm);
    for other in [
        String::new(),
        ".....".into(),
        "....".into(),
        SIGNED.into(),
        format!("{token}."),
        format!("{token}.AAAA"),
        format!("{token}="),
        format!(" {token}"),
        json!({"protected": "e30", "ciphertext": "AAAA"}).to_string(),
        "A".repeat(64 * 1024 + 1),
        ".".repeat(1024 * 1024),
    ] {
        let error = open(&other, &[key()]).expect_err("refused");
        assert!(matches!(error, OpenError::Malformed(_)), "{error}");
    }
}

#[test]
fn keys_are_rsa_and_are_not_shown() {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa] {
        let pkcs8 = SigningKey::generate_pkcs8(algorithm).expect("generates");
        let error = DecryptionKey::from_pkcs8(&pkcs8).expect_err("not RSA");
        assert_eq!(error, KeyError::DecryptionKey);
        let spki = new_key(algorithm).public_key_spki().expect("encodes");
        assert!(EncryptionKey::from_spki(&spki).is_err());
    }
    for pem in [
        "",
        "no PEM",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    ] {
        let error = DecryptionKey::from_pem(pem.as_bytes()).expect_err("no key");
        assert_eq!(error, KeyError::DecryptionKey);
    }
    assert_eq!(format!("{:?}", key()), "DecryptionKey(2048 bits, redacted)");
    let token = sealed(SIGNED, ContentEncryption::A256Gcm);
    let opened = open(&token, &[key()]).expect("ours");
    assert_eq!(format!("{opened:?}"), "Opened(redacted)");
}

#[test]
fn keys_are_read_from_both_kinds_of_pem() {
    let pair = rcgen::KeyPair::try_from(PKCS8.as_slice()).expect("a key rcgen reads");
    let key = DecryptionKey::from_pem(pair.serialize_pem().as_bytes()).expect("PKCS#8");
    let token = sealed(SIGNED, ContentEncryption::A256CbcHs512);
    assert_eq!(open(&token, &[key]).expect("ours").token(), SIGNED);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_is_opened_or_refused(text: String, parts in prop::collection::vec(".{0,40}", 5)) {
        prop_assert!(open(&text, &[key()]).is_err());
        prop_assert!(open(&parts.join("."), &[key()]).is_err());
    }

    #[test]
    fn any_bytes_under_a_good_header_are_refused(
        parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 4),
        gcm: bool,
    ) {
        let enc = BOTH[usize::from(gcm)];
        let good = sealed(SIGNED, enc);
        let header = good.split('.').next().expect("a header").to_owned();
        let iv = if gcm { 12 } else { 16 };
        let tag = if gcm { 16 } else { 32 };
        let padded = |part: &[u8], length: usize| -> String {
            let mut part = part.to_vec();
            part.resize(length, 7);
            base64url::encode(&part)
        };
        let key_part = padded(&parts[0], 256);
        let middle = base64url::encode(&parts[2]);
        let token =
            format!("{header}.{key_part}.{}.{middle}.{}", padded(&parts[1], iv), padded(&parts[3], tag));
        prop_assert!(open(&token, &[key()]).is_err());
    }

    #[test]
    fn every_signed_token_comes_back(payload in "[A-Za-z0-9_-]{4,2000}", gcm: bool) {
        let plain = format!("AAAA.{payload}.AAAA");
        let token = sealed(&plain, BOTH[usize::from(gcm)]);
        let opened = open(&token, &[key()]).expect("ours");
        prop_assert_eq!(opened.token(), plain.as_str());
    }
}
