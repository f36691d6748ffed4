//! What attackers send as a client assertion: AST-10 to AST-34 of the catalogue, as far as they
//! concern this crate. Beside `attacks`, since leniency lives here.

use aws_lc_rs::hmac;
use countersign_token::{
    Algorithm, Assertion, AssertionClaims, VerifyError, base64url, verify_assertion,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::assertion_clients::{RSA, pem};
use crate::forge::{new_key, signed, signing_input, verifying_key};

fn check(text: &str) -> Result<AssertionClaims, VerifyError> {
    let assertion = Assertion::parse(text)?;
    let verified = verify_assertion(&assertion, &RSA.key)?;
    Ok(verified.claims().clone())
}

/// Claims that a good signature covers.
fn claims(payload: &str) -> Result<AssertionClaims, VerifyError> {
    check(&signed(
        r#"{"alg":"RS256"}"#,
        payload,
        &RSA.signs_with(Algorithm::Rs256),
    ))
}

#[track_caller]
fn check_malformed(text: &str) {
    let shown: String = text.chars().take(100).collect();
    assert!(
        matches!(check(text), Err(VerifyError::Malformed(_))),
        "{shown:?}"
    );
}

#[test]
fn ast_10_the_header_cannot_switch_the_signature_off() {
    let key = RSA.signs_with(Algorithm::Rs256);
    for alg in [
        "none", "None", "nOnE", "", "rs256", "RS256 ", "RS1", "HS256", "EdDSA", "ES256",
    ] {
        let header = json!({"alg": alg}).to_string();
        let text = signed(&header, "{}", &key);
        assert_eq!(
            check(&text),
            Err(VerifyError::AlgorithmNotAllowed),
            "{alg:?}"
        );
        check_malformed(&format!("{}.", signing_input(&header, "{}")));
    }
    for header in [
        "{}",
        r#"{"alg":null}"#,
        r#"{"alg":256}"#,
        r#"{"alg":["RS256"]}"#,
    ] {
        check_malformed(&signed(header, "{}", &key));
    }
}

#[test]
fn ast_11_nothing_public_is_a_shared_secret() {
    let der = RSA.certificate.der().to_vec();
    let pem = pem(&der);
    let secrets = [
        der,
        pem.trim_end().into(),
        pem.into(),
        RSA.certificate.spki().to_vec(),
        Vec::new(),
        b"the client's secret".to_vec(),
    ];
    let hashes = [
        ("HS256", hmac::HMAC_SHA256),
        ("HS384", hmac::HMAC_SHA384),
        ("HS512", hmac::HMAC_SHA512),
    ];
    for (alg, hash) in hashes {
        for secret in &secrets {
            let input = signing_input(&json!({"alg": alg}).to_string(), "{}");
            let tag = hmac::sign(&hmac::Key::new(hash, secret), input.as_bytes());
            let text = format!("{input}.{}", base64url::encode(tag.as_ref()));
            assert_eq!(check(&text), Err(VerifyError::AlgorithmNotAllowed), "{alg}");
        }
    }
}

#[test]
fn ast_12_every_flipped_bit_and_every_cut_is_seen() {
    let key = new_key(Algorithm::Es256);
    let registered = verifying_key(&key, &Algorithm::ALL);
    let check = |text: &str| verify_assertion(&Assertion::parse(text)?, &registered).map(|_| ());
    let good = signed(r#"{"alg":"ES256"}"#, r#"{"sub":"a"}"#, &key);
    assert_eq!(check(&good), Ok(()));
    for position in 0..good.len() {
        for bit in 0..7 {
            let mut bytes = good.clone().into_bytes();
            bytes[position] ^= 1 << bit;
            let flipped = String::from_utf8(bytes).expect("still ASCII");
            assert!(check(&flipped).is_err(), "{position} {bit}");
        }
        assert!(check(&good[..position]).is_err(), "cut {position}");
    }
}

#[test]
fn ast_13_and_14_the_algorithm_named_is_the_one_checked() {
    let sign = |alg: &str, with| {
        signed(
            &json!({"alg": alg}).to_string(),
            "{}",
            &RSA.signs_with(with),
        )
    };
    for (alg, with) in [
        ("PS256", Algorithm::Rs256),
        ("RS256", Algorithm::Ps256),
        ("RS384", Algorithm::Rs256),
        ("PS512", Algorithm::Ps256),
    ] {
        assert_eq!(
            check(&sign(alg, with)),
            Err(VerifyError::Signature),
            "{alg}"
        );
    }
    // The same key under its six names, each prepared on first use.
    for algorithm in RSA.key.algorithms() {
        assert!(
            check(&sign(algorithm.name(), algorithm)).is_ok(),
            "{algorithm}"
        );
    }
    assert_eq!(RSA.key.algorithms().count(), 6);
}

#[test]
fn ast_19_a_missing_claim_is_absent_and_nothing_else() {
    let all = json!({"iss": "i", "sub": "s", "aud": "a", "exp": 1, "nbf": 2, "iat": 3, "jti": "j"});
    let full = claims(&all.to_string()).expect("good");
    let read = |claims: &AssertionClaims| {
        [
            claims.iss.is_some(),
            claims.sub.is_some(),
            claims.aud.is_some(),
            claims.exp.is_some(),
            claims.nbf.is_some(),
            claims.iat.is_some(),
            claims.jti.is_some(),
        ]
    };
    assert_eq!(read(&full), [true; 7]);
    for (index, name) in ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"]
        .iter()
        .enumerate()
    {
        let mut without = all.clone();
        without.as_object_mut().expect("an object").remove(*name);
        let claims = claims(&without.to_string()).expect("good");
        let mut expected = [true; 7];
        expected[index] = false;
        assert_eq!(read(&claims), expected, "{name}");
    }
}

#[test]
fn ast_17_and_23_a_claim_of_another_type_is_an_error() {
    for wrong in ["null", "true", "1", "[]", "{}", r#"["a"]"#] {
        for name in ["iss", "sub", "jti"] {
            let outcome = claims(&format!(r#"{{"{name}":{wrong}}}"#));
            assert!(
                matches!(outcome, Err(VerifyError::Malformed(_))),
                "{name}: {wrong}"
            );
        }
    }
    for wrong in [
        "null",
        "true",
        "1",
        "{}",
        "[]",
        r#""""#,
        r#"[""]"#,
        r#"["a",""]"#,
        r#"["a",1]"#,
        r#"["a",null]"#,
        r#"[["a"]]"#,
    ] {
        let outcome = claims(&format!(r#"{{"aud":{wrong}}}"#));
        assert!(
            matches!(outcome, Err(VerifyError::Malformed(_))),
            "aud: {wrong}"
        );
    }
    for wrong in [
        "null",
        "true",
        "[]",
        "{}",
        r#""""#,
        r#""soon""#,
        r#""1e9""#,
        "1e9",
        "1E9",
        "1.7e9",
        r#""0x10""#,
        "-1",
        r#""-1""#,
        "-0",
        r#""+1""#,
        r#"" 1700000600""#,
        r#""1700000600 ""#,
        r#""01700000600""#,
        r#""1700000600.""#,
        r#"".5""#,
        r#"[1700000600]"#,
        r#""1,5""#,
        "253402300800",
        "1e400",
        "99999999999999999999",
        r#""\u0661""#,
    ] {
        for name in ["exp", "nbf", "iat"] {
            let outcome = claims(&format!(r#"{{"{name}":{wrong}}}"#));
            assert!(
                matches!(outcome, Err(VerifyError::Malformed(_))),
                "{name}: {wrong}"
            );
        }
    }
}

#[test]
fn ast_28_keys_and_addresses_in_the_header_change_nothing() {
    let theirs = new_key(Algorithm::Es256);
    let registered = verifying_key(&new_key(Algorithm::Es256), &[Algorithm::Es256]);
    let header = json!({
        "alg": "ES256", "jku": "https://127.0.0.1/keys", "x5u": "https://127.0.0.1/cert",
        "jwk": {"kty": "EC", "crv": "P-256"}, "x5c": [base64url::encode(RSA.certificate.der())],
    });
    let text = signed(&header.to_string(), "{}", &theirs);
    let assertion = Assertion::parse(&text).expect("well-formed");
    let outcome = verify_assertion(&assertion, &registered).map(|_| ());
    assert_eq!(outcome, Err(VerifyError::Signature));
}

#[test]
fn ast_30_to_32_extensions_encryption_nesting_and_json_forms_are_refused() {
    let key = RSA.signs_with(Algorithm::Rs256);
    for member in [
        r#""crit":["exp"]"#,
        r#""crit":["x"],"x":1"#,
        r#""crit":[]"#,
        r#""b64":false"#,
        r#""b64":true"#,
        r#""zip":"DEF""#,
        r#""enc":"A256GCM""#,
        r#""cty":"JWT""#,
        r#""alg":"RS256""#,
        r#""\u0061lg":"none""#,
        r#""x5t":1"#,
        r#""x5t":null"#,
        r#""x5t#S256":[]"#,
        r#""kid":null"#,
        r#""kid":7"#,
        r#""typ":["JWT"]"#,
    ] {
        check_malformed(&signed(
            &format!(r#"{{"alg":"RS256",{member}}}"#),
            "{}",
            &key,
        ));
    }
    let good = signed(r#"{"alg":"RS256"}"#, "{}", &key);
    let [head, body, signature]: [&str; 3] = good
        .split('.')
        .collect::<Vec<_>>()
        .try_into()
        .expect("three segments");
    check_malformed(&format!("{head}.AAAA.{body}.AAAA.{signature}"));
    let flattened = json!({"protected": head, "payload": body, "signature": signature});
    check_malformed(&flattened.to_string());
    let general =
        json!({"payload": body, "signatures": [{"protected": head, "signature": signature}]});
    check_malformed(&general.to_string());
}

#[test]
fn ast_34_only_padding_in_the_right_place_and_amount_is_lenient() {
    let key = RSA.signs_with(Algorithm::Rs256);
    // 26, 16 and 256 bytes: segments that want one and two characters of padding.
    let good = signed(r#"{"alg":"RS256","typ":"at"}"#, r#"{"iss":"abcdef"}"#, &key);
    assert!(check(&good).is_ok());
    let parts: Vec<&str> = good.split('.').collect();
    for index in 0..3 {
        let part = parts[index];
        let right = "=".repeat((4 - part.len() % 4) % 4);
        let mut bad = vec![
            format!("{part}{right}="),
            format!("{part}===="),
            format!("={part}"),
            format!("{}={}", &part[..4], &part[4..]),
            format!("{part}\n"),
            format!(" {part}"),
            format!("{part}\t"),
            format!("{}+{}", &part[..4], &part[5..]),
            format!("{}/{}", &part[..4], &part[5..]),
            format!("{part}\0"),
            format!("{part}%3D"),
            String::new(),
            right.clone(),
        ];
        if right.len() == 2 {
            bad.push(format!("{part}="));
        }
        if !right.is_empty() {
            bad.push(format!(
                "{}{}",
                &part[..part.len() - 1],
                non_zero_tail(part)
            ));
        }
        for bad in bad.iter().filter(|bad| !bad.is_empty() || !part.is_empty()) {
            let mut changed = parts.clone();
            changed[index] = bad;
            check_malformed(&changed.join("."));
        }
    }
    check_malformed(&format!("{good}\n"));
    check_malformed(&format!("{good}."));
}

#[test]
fn ast_33_the_longest_assertion_has_65_536_characters() {
    let of_length = |length: usize| {
        let payload = format!(r#"{{"iss":"{}"}}"#, "a".repeat(length));
        signed(
            r#"{"alg":"RS256"}"#,
            &payload,
            &RSA.signs_with(Algorithm::Rs256),
        )
    };
    let longest = of_length(48_869);
    assert_eq!(longest.len(), 65_536);
    assert!(check(&longest).is_ok());
    assert_eq!(
        check(&of_length(48_870)),
        Err(VerifyError::Malformed("longer than 64 KiB"))
    );
}

/// The last character of a segment with its lowest, unused bit set.
fn non_zero_tail(part: &str) -> char {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = part.chars().last().expect("not empty");
    let index = ALPHABET.find(last).expect("base64url");
    char::from(ALPHABET.as_bytes()[index | 1])
}

#[test]
fn a_payload_is_one_object_with_unique_names() {
    for payload in [
        r#"{"aud":"a","aud":"b"}"#,
        r#"{"aud":"a","\u0061ud":"b"}"#,
        r#"{"c":{"x":1,"x":2}}"#,
        "[]",
        "\"a\"",
        "{} {}",
        "{",
        "\u{feff}{}",
        "null",
        r#"{"c":"\ud800"}"#,
    ] {
        let outcome = claims(payload);
        assert!(
            matches!(outcome, Err(VerifyError::Malformed(_))),
            "{payload:?}"
        );
    }
    assert!(claims(r#"{"a":{"x":1},"b":{"x":2}}"#).is_ok());
}

#[test]
fn debug_output_shows_no_claim_and_no_signature() {
    let text = signed(
        r#"{"alg":"RS256","kid":"k1"}"#,
        r#"{"sub":"who"}"#,
        &RSA.signs_with(Algorithm::Rs256),
    );
    let shown = format!("{:?}", Assertion::parse(&text).expect("well-formed"));
    assert!(shown.contains("k1") && !shown.contains("who"));
    for segment in text.split('.').skip(1) {
        assert!(!shown.contains(segment));
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_without_a_panic(
        text in "[-_A-Za-z0-9+/=. ]{0,80}",
        header in any::<String>(),
        payload in any::<String>(),
    ) {
        for text in [text, header.clone(), format!("{}.AAAA", signing_input(&header, &payload))] {
            if let Ok(assertion) = Assertion::parse(&text) {
                let _ = (assertion.unverified_claims(), format!("{assertion:?}"));
            }
        }
    }

    #[test]
    fn what_is_read_is_what_was_sent(
        iss in any::<String>(),
        aud in prop::collection::vec("\\PC{1,20}", 1..5),
        exp in 0..253_402_300_799_i64,
        millis in 0..1000_i64,
        name in "[a-z]{4,8}",
        extra in any::<i64>(),
    ) {
        let text = format!("{exp}.{millis:03}");
        let mut sent = json!({"iss": iss, "aud": aud, "exp": text});
        sent[&name] = extra.into();
        let claims = claims(&sent.to_string()).expect("good claims");
        prop_assert_eq!(claims.iss.as_deref(), Some(iss.as_str()));
        let audience = claims.aud.expect("an audience");
        prop_assert_eq!((&audience.values, audience.is_list), (&aud, true));
        prop_assert_eq!(claims.exp, Some(exp * 1_000_000 + millis * 1_000));
        prop_assert_eq!((claims.sub, claims.nbf, claims.iat, claims.jti), (None, None, None, None));
        prop_assert_eq!(Value::Object(claims.all), sent);
    }
}
