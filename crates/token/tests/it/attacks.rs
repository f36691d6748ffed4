//! What attackers send: AST-10 to AST-34 of the catalogue, as far as they concern this crate.

use countersign_token::{
    Algorithm, HeaderFields, Signer, Unverified, VerifyError, VerifyingKey, base64url, verify,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::forge::{new_key, pkcs8, signed, signing_input, signing_key, verifying_key};

fn check(token: &str, key: &VerifyingKey) -> Result<Value, VerifyError> {
    verify(&Unverified::parse(token)?, key).map(countersign_token::Verified::into_claims)
}

#[test]
fn every_algorithm_signs_what_it_verifies() {
    let rsa = pkcs8(Algorithm::Rs256);
    let p256 = pkcs8(Algorithm::Es256);
    let ed25519 = pkcs8(Algorithm::EdDsa);
    let p384 = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).expect("generates");
    for algorithm in Algorithm::ALL {
        let key = match algorithm {
            Algorithm::Es256 => signing_key(algorithm, &p256),
            Algorithm::Es384 => signing_key(algorithm, p384.serialized_der()),
            Algorithm::EdDsa => signing_key(algorithm, &ed25519),
            _ => signing_key(algorithm, &rsa),
        };
        let signer = Signer::new(
            key.clone(),
            HeaderFields {
                kid: "k",
                x5t: None,
            },
        );
        let token = signer.sign_claims(&json!({"sub": "a"})).expect("signs");
        let claims = check(&token, &verifying_key(&key, &Algorithm::ALL)).expect("verifies");
        assert_eq!(claims, json!({"sub": "a"}), "{algorithm}");
    }
}

#[test]
fn ast_10_the_header_cannot_switch_the_signature_off() {
    let key = new_key(Algorithm::Rs256);
    let verifier = verifying_key(&key, &Algorithm::ALL);
    for alg in ["none", "None", "nOnE", "NONE", "", "rs256", "RS256 ", "RS1"] {
        let token = signed(&json!({"alg": alg}).to_string(), "{}", &key);
        assert_eq!(
            check(&token, &verifier),
            Err(VerifyError::AlgorithmNotAllowed),
            "{alg:?}"
        );
    }
    for header in [
        "{}",
        r#"{"alg":null}"#,
        r#"{"alg":256}"#,
        r#"{"alg":["RS256"]}"#,
    ] {
        let token = signed(header, "{}", &key);
        assert!(
            matches!(check(&token, &verifier), Err(VerifyError::Malformed(_))),
            "{header}"
        );
    }
}

#[test]
fn ast_11_a_public_key_is_never_a_shared_secret() {
    use aws_lc_rs::hmac;
    let key = new_key(Algorithm::Rs256);
    let spki = key.public_key_spki().expect("encodes");
    let verifier = verifying_key(&key, &Algorithm::ALL);
    for (alg, hash) in [
        ("HS256", hmac::HMAC_SHA256),
        ("HS384", hmac::HMAC_SHA384),
        ("HS512", hmac::HMAC_SHA512),
    ] {
        for secret in [spki.as_slice(), b"", b"secret"] {
            let input = signing_input(&json!({"alg": alg}).to_string(), "{}");
            let tag = hmac::sign(&hmac::Key::new(hash, secret), input.as_bytes());
            let token = format!("{input}.{}", base64url::encode(tag.as_ref()));
            assert_eq!(
                check(&token, &verifier),
                Err(VerifyError::AlgorithmNotAllowed),
                "{alg}"
            );
        }
    }
}

#[test]
fn ast_12_every_flipped_bit_and_every_cut_is_seen() {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa] {
        let key = new_key(algorithm);
        let verifier = verifying_key(&key, &[algorithm]);
        let token = signed(
            &json!({"alg": algorithm}).to_string(),
            r#"{"sub":"a"}"#,
            &key,
        );
        assert!(check(&token, &verifier).is_ok());
        for position in 0..token.len() {
            for bit in 0..7 {
                let mut bytes = token.clone().into_bytes();
                bytes[position] ^= 1 << bit;
                let flipped = String::from_utf8(bytes).expect("still ASCII");
                assert!(
                    check(&flipped, &verifier).is_err(),
                    "{algorithm} {position} {bit}"
                );
            }
            assert!(
                check(&token[..position], &verifier).is_err(),
                "{algorithm} cut {position}"
            );
        }
        assert!(check(&format!("{token}A"), &verifier).is_err());
    }
}

#[test]
fn ast_13_the_padding_named_is_the_padding_checked() {
    let rsa = pkcs8(Algorithm::Rs256);
    let pkcs1 = signing_key(Algorithm::Rs256, &rsa);
    let pss = signing_key(Algorithm::Ps256, &rsa);
    let verifier = verifying_key(&pkcs1, &Algorithm::ALL);
    let mixed = [
        signed(r#"{"alg":"PS256"}"#, "{}", &pkcs1),
        signed(r#"{"alg":"RS256"}"#, "{}", &pss),
        signed(r#"{"alg":"RS384"}"#, "{}", &pkcs1),
    ];
    for token in mixed {
        assert_eq!(check(&token, &verifier), Err(VerifyError::Signature));
    }
}

#[test]
fn ast_14_a_key_takes_only_what_it_is_bound_to() {
    let rsa = pkcs8(Algorithm::Rs256);
    let pss = signing_key(Algorithm::Ps256, &rsa);
    let bound = verifying_key(&pss, &[Algorithm::Rs256, Algorithm::Es256]);
    assert_eq!(bound.algorithms().collect::<Vec<_>>(), [Algorithm::Rs256]);
    let token = signed(r#"{"alg":"PS256"}"#, "{}", &pss);
    assert_eq!(check(&token, &bound), Err(VerifyError::AlgorithmNotAllowed));
    let spki = pss.public_key_spki().expect("encodes");
    assert!(VerifyingKey::from_spki(&spki, &[Algorithm::Es256, Algorithm::EdDsa]).is_err());
}

#[test]
fn an_ecdsa_signature_of_zeros_or_in_der_is_no_signature() {
    let key = new_key(Algorithm::Es256);
    let verifier = verifying_key(&key, &[Algorithm::Es256]);
    let input = signing_input(r#"{"alg":"ES256"}"#, "{}");
    let order = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
        0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    let signatures = [
        vec![0; 64],
        [order, order].concat(),
        vec![0; 63],
        vec![0x30, 6, 2, 1, 0, 2, 1, 0],
    ];
    for signature in signatures {
        let token = format!("{input}.{}", base64url::encode(&signature));
        assert_eq!(check(&token, &verifier), Err(VerifyError::Signature));
    }
}

#[test]
fn ast_28_keys_and_addresses_in_the_header_change_nothing() {
    let ours = new_key(Algorithm::Es256);
    let theirs = new_key(Algorithm::Es256);
    let verifier = verifying_key(&ours, &[Algorithm::Es256]);
    let header = json!({
        "alg": "ES256", "jku": "https://127.0.0.1/keys", "x5u": "https://127.0.0.1/cert",
        "jwk": {"kty": "EC", "crv": "P-256"}, "x5c": ["AAAA"],
    });
    let token = signed(&header.to_string(), "{}", &theirs);
    assert_eq!(check(&token, &verifier), Err(VerifyError::Signature));
}

#[test]
fn ast_31_encrypted_and_nested_tokens_are_not_opened() {
    let key = new_key(Algorithm::EdDsa);
    let verifier = verifying_key(&key, &[Algorithm::EdDsa]);
    let jwe = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0.AAAA.AAAA.AAAA.AAAA";
    assert!(matches!(
        check(jwe, &verifier),
        Err(VerifyError::Malformed(_))
    ));
    let nested = signed(r#"{"alg":"EdDSA","cty":"JWT"}"#, "{}", &key);
    assert!(matches!(
        check(&nested, &verifier),
        Err(VerifyError::Malformed(_))
    ));
}

#[test]
fn signed_payloads_must_be_one_object_with_unique_names() {
    let key = new_key(Algorithm::EdDsa);
    let verifier = verifying_key(&key, &[Algorithm::EdDsa]);
    let outcome = |payload: &str| check(&signed(r#"{"alg":"EdDSA"}"#, payload, &key), &verifier);
    assert_eq!(
        outcome(r#"{"aud":"a","aud":"b"}"#),
        Err(VerifyError::DuplicateClaim)
    );
    assert_eq!(
        outcome(r#"{"aud":"a","\u0061ud":"b"}"#),
        Err(VerifyError::DuplicateClaim)
    );
    for payload in ["[]", "\"a\"", "{} {}", "{", "\u{feff}{}", "null"] {
        assert!(
            matches!(outcome(payload), Err(VerifyError::Malformed(_))),
            "{payload:?}"
        );
    }
    // The same name in different objects is no repetition.
    assert!(outcome(r#"{"a":{"x":1},"b":{"x":2}}"#).is_ok());
}

proptest! {
    #[test]
    fn no_token_verifies_without_a_signature_over_exactly_its_bytes(
        header in r#"\{"alg":"(EdDSA|ES256|RS256|none|HS256)"\}"#,
        payload in r#"\{("[a-z]{1,3}":[1-9][0-9]{0,2})?\}"#,
        signature in prop::collection::vec(any::<u8>(), 1..80),
        swap_key: bool,
    ) {
        let ours = new_key(Algorithm::EdDsa);
        let verifier = verifying_key(&ours, &Algorithm::ALL);
        let token = if swap_key {
            signed(&header, &payload, &new_key(Algorithm::EdDsa))
        } else {
            format!("{}.{}", signing_input(&header, &payload), base64url::encode(&signature))
        };
        prop_assert!(check(&token, &verifier).is_err());

        let honest = signed(r#"{"alg":"EdDSA"}"#, &payload, &ours);
        prop_assert!(check(&honest, &verifier).is_ok());
        let other_payload = base64url::encode(format!("{payload} ").as_bytes());
        let parts: Vec<_> = honest.split('.').collect();
        let replaced = format!("{}.{other_payload}.{}", parts[0], parts[2]);
        prop_assert_eq!(check(&replaced, &verifier), Err(VerifyError::Signature));
    }

    #[test]
    fn any_text_parses_or_fails_without_a_panic(token in any::<String>()) {
        let _ = Unverified::parse(&token).map(|token| (token.unverified_iss(), token.unverified_tid()));
    }
}
