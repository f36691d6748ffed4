//! FED-16 and FED-19: tokens that no trusted issuer signed.

use aws_lc_rs::hmac;
use base64::prelude::{BASE64_STANDARD, Engine};
use countersign_token::{Algorithm, Certificate, base64url};
use serde_json::{Value, json};

use super::{EC, RSA, STRANGE, check, credential, github, stage, trusting};
use crate::answer::{Expected, e400, e401};
use crate::assertions::forge::{part, pem};
use crate::assertions::{daemon, own_tokens};
use crate::sample::CONTOSO;

const SIGNATURE: Expected = e401(700_027);
const MALFORMED: Expected = e400("invalid_request", 50_027);

/// A token with any header, and any signature over it.
fn sealed(header: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let input = format!(
        "{}.{}",
        part(header.to_string()),
        part(github().claims.to_string())
    );
    let signature = sign(input.as_bytes());
    format!("{input}.{}", base64url::encode(&signature))
}

#[test]
fn fed_16_the_algorithm_is_the_issuers_keys() {
    let stage = stage();
    let claims = github().claims;
    let headed = |alg: &str, kid: &str| json!({"typ": "JWT", "alg": alg, "kid": kid});
    let unknown_key = e401(7_000_272);
    let n = RSA.jwk().n.as_deref().expect("an RSA key");
    let modulus = base64url::decode(n).expect("ours");
    let certificate = &RSA.jwk().x5c.as_ref().expect("published")[0];
    let certificate = BASE64_STANDARD.decode(certificate).expect("ours");
    let certificate = Certificate::from_der(&certificate).expect("one certificate");
    let spki = certificate.spki();
    assert!(
        spki.windows(modulus.len()).any(|window| window == modulus),
        "the key is in its certificate"
    );
    let public = pem("PUBLIC KEY", spki);
    let certificate_pem = pem("CERTIFICATE", certificate.der());
    let jwk = serde_json::to_string(RSA.jwk()).expect("JSON");
    for secret in [
        spki,
        public.as_bytes(),
        public.trim_end().as_bytes(),
        certificate.der(),
        certificate_pem.as_bytes(),
        jwk.as_bytes(),
        &modulus,
        n.as_bytes(),
        b"",
    ] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let token = sealed(&headed("HS256", "rsa-1"), |i| {
            hmac::sign(&key, i).as_ref().to_vec()
        });
        check(&stage, "FED-16 HS256", &token, SIGNATURE);
    }
    for (case, token, expected) in [
        ("none", sealed(&headed("none", "rsa-1"), |_| vec![1; 64]), SIGNATURE),
        ("none, unsigned", sealed(&headed("none", "rsa-1"), |_| Vec::new()), MALFORMED),
        ("ES256 with RSA header", EC.sign(&headed("RS256", "ec-1"), &claims), SIGNATURE),
        ("ES256 with RSA key id", EC.sign(&headed("ES256", "rsa-1"), &claims), SIGNATURE),
        ("RS256 with EC key id", RSA.sign(&headed("RS256", "ec-1"), &claims), SIGNATURE),
        ("PS256 as RS256", RSA.signing_as(Algorithm::Ps256).sign(&headed("RS256", "rsa-1"), &claims), SIGNATURE),
        ("another's key", STRANGE.sign(&headed("RS256", "rsa-1"), &claims), SIGNATURE),
        ("unknown key id", RSA.sign(&headed("RS256", "rsa-2"), &claims), unknown_key),
        ("key id in other case", RSA.sign(&headed("RS256", "RSA-1"), &claims), unknown_key),
        (
            "key in the header",
            STRANGE.sign(
                &json!({"alg": "RS256", "kid": "rsa-1", "jwk": STRANGE.jwk(), "jku": "https://localhost:1/"}),
                &claims,
            ),
            SIGNATURE,
        ),
        ("access token type", RSA.sign(&json!({"alg": "RS256", "kid": "rsa-1", "typ": "at+jwt"}), &claims), e400("invalid_request", 5_002_727)),
        ("crit", RSA.sign(&json!({"alg": "RS256", "kid": "rsa-1", "crit": ["exp"]}), &claims), MALFORMED),
    ] {
        check(&stage, &format!("FED-16 {case}"), &token, expected);
    }
    stage.finish();
}

#[test]
fn fed_16_only_the_key_id_finds_an_issuers_key() {
    let stage = stage();
    let headed = |more: Value| {
        let mut header = json!({"alg": "RS256", "kid": "rsa-1"});
        let more = more.as_object().expect("an object").clone();
        header.as_object_mut().expect("an object").extend(more);
        RSA.sign(&header, &github().claims)
    };
    let x5c = &STRANGE.jwk().x5c;
    for (case, more, expected) in [
        // As issuers write there what they like, it neither finds a key nor spoils one.
        ("x5t", json!({"x5t": "key-2026"}), Expected::Token),
        ("x5t#S256", json!({"x5t#S256": ""}), Expected::Token),
        (
            "x5t of another",
            json!({"x5t": "A".repeat(27)}),
            Expected::Token,
        ),
        ("x5c of another", json!({"x5c": x5c}), Expected::Token),
        ("x5t is a number", json!({"x5t": 7}), MALFORMED),
    ] {
        check(&stage, &format!("FED-16 {case}"), &headed(more), expected);
    }
    let unnamed = json!({"alg": "RS256", "x5t": "key-2026", "x5c": x5c});
    let forged = STRANGE.sign(&unnamed, &github().claims);
    check(&stage, "FED-16 only x5c", &forged, e401(7_000_272));
    stage.finish();
}

#[test]
fn fed_16_a_shared_key_in_a_key_set_is_refused() {
    let mut with_secret = credential("github", super::GITHUB, super::SUBJECT);
    let secret = [7; 32];
    let shared = json!({"kty": "oct", "kid": "shared", "alg": "HS256", "k": part(secret)});
    with_secret["keys"]["keys"]
        .as_array_mut()
        .expect("a list")
        .push(shared);
    let said = stage().refused_to_apply(&trusting(&json!([with_secret])));
    assert!(said.contains("has a private key or a secret"), "{said}");
    assert!(!said.contains(&part(secret)), "the secret is shown");
}

#[test]
fn fed_19_our_own_tokens_are_no_proof() {
    let stage = stage();
    let refused = e400("invalid_request", 700_222);
    for (case, token) in own_tokens(&stage) {
        stage.check(&format!("FED-19 {case}"), &daemon(&token), refused);
    }
    // Also with a key that a credential has, and for the issuers of other tenants.
    let base = stage.base_url();
    for issuer in [
        format!("{base}/{CONTOSO}/v2.0"),
        format!("{base}/{CONTOSO}/"),
        format!("{base}/{}/v2.0", crate::sample::FABRIKAM),
    ] {
        let token = github().with("iss", json!(issuer)).signed_by(&RSA);
        check(&stage, &format!("FED-19 {issuer}"), &token, refused);
    }
    stage.finish();
}
