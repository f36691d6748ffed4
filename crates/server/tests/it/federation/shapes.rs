//! Tokens of well-known issuers verify with the key that is found for them (FED-01, 02, 16).

use std::sync::Arc;

use countersign_testkit::issuer::{Answer, Assertion, Issuer, IssuerKey, KEYS};
use countersign_token::keyset::PublishedKey;
use countersign_token::{Algorithm, JwkSet, Unverified, Verified, VerifyError, verify};
use serde_json::{Value, json};

use super::*;

const NOW: i64 = 1_800_000_000;

fn verified(token: &str, key: &PublishedKey) -> Result<Verified<Value>, VerifyError> {
    let unverified = Unverified::parse(token).expect("well-formed");
    verify(&unverified, &key.key)
}

#[tokio::test]
async fn tokens_of_real_shapes_verify() {
    let issuer = Issuer::start();
    let rsa = IssuerKey::new("rsa", Algorithm::Rs256);
    let pss = IssuerKey::new("pss", Algorithm::Rs256).signing_as(Algorithm::Ps256);
    let ec = IssuerKey::new("ec", Algorithm::Es256);
    issuer.publish(&[&rsa, &pss, &ec]);
    let party = Party::knowing(&[&issuer]);
    let url = issuer.url();
    let shapes = [
        Assertion::kubernetes(&url, "shop", "orders", NOW),
        Assertion::github(&url, "contoso/shop", "main", NOW),
        Assertion::spiffe(&url, "contoso.example", "shop/orders", NOW),
    ];
    for key in [&rsa, &pss, &ec] {
        let published = party.key(&url, key.kid()).await.expect("published");
        for shape in &shapes {
            let verified = verified(&shape.signed_by(key), &published).expect("it holds");
            assert_eq!(*verified.claims(), shape.claims);
        }
    }
    assert_eq!(issuer.requests_for(KEYS), 1);
}

#[tokio::test]
async fn the_key_says_which_algorithm_and_not_the_token() {
    let issuer = Issuer::start();
    let rsa = IssuerKey::new("rsa", Algorithm::Rs256);
    let ec = IssuerKey::new("ec", Algorithm::Es256);
    issuer.publish(&[&rsa, &ec]);
    let party = Party::knowing(&[&issuer]);
    let claims = Assertion::kubernetes(&issuer.url(), "shop", "orders", NOW).claims;
    let pss = rsa.signing_as(Algorithm::Ps256);
    for (kid, token) in [
        ("rsa", rsa.sign(&json!({"alg": "none"}), &claims)),
        ("rsa", rsa.sign(&json!({"alg": "HS256"}), &claims)),
        ("rsa", rsa.sign(&json!({"alg": "RS512"}), &claims)),
        ("rsa", pss.sign(&json!({"alg": "PS256"}), &claims)),
        ("ec", ec.sign(&json!({"alg": "RS256"}), &claims)),
        ("ec", rsa.sign(&json!({"alg": "RS256"}), &claims)),
    ] {
        let key = party.key(&issuer.url(), kid).await.expect("published");
        let error = verified(&token, &key).expect_err("another algorithm");
        assert_eq!(error, VerifyError::AlgorithmNotAllowed);
    }
    let key = party.key(&issuer.url(), "rsa").await.expect("published");
    let forged = IssuerKey::new("rsa", Algorithm::Rs256).sign(&json!({"alg": "RS256"}), &claims);
    let error = verified(&forged, &key).expect_err("another key");
    assert_eq!(error, VerifyError::Signature);
}

#[tokio::test]
async fn symmetric_and_foreign_keys_do_not_exist() {
    let issuer = Issuer::start();
    let good = IssuerKey::new("good", Algorithm::Rs256);
    let odd = [
        json!({"kty": "oct", "kid": "oct", "alg": "HS256", "k": "c2VjcmV0"}),
        json!({"kty": "OKP", "crv": "Ed25519", "kid": "okp", "x": "A".repeat(43)}),
        json!({"kty": "EC", "crv": "secp256k1", "kid": "koblitz", "x": "AA", "y": "AA"}),
        json!({"kty": "RSA", "kid": "weak", "n": "x".repeat(171), "e": "AQAB"}),
        json!({"kty": "RSA", "kid": 7, "n": [], "e": {}}),
        json!("not even an object"),
        json!(null),
    ];
    let mut keys = odd.to_vec();
    let mut encrypting = serde_json::to_value(good.jwk()).expect("serialises");
    encrypting["use"] = "enc".into();
    encrypting["kid"] = "enc".into();
    keys.push(encrypting);
    keys.push(serde_json::to_value(good.jwk()).expect("serialises"));
    issuer.set(KEYS, Answer::Json(json!({ "keys": keys })));
    let party = Party::knowing(&[&issuer]);
    for kid in ["oct", "okp", "koblitz", "weak", "7", "enc", ""] {
        let answer = party.key(&issuer.url(), kid).await;
        assert_eq!(answer.err(), Some(KeyProblem::UnknownKey), "{kid}");
    }
    assert!(party.key(&issuer.url(), "good").await.is_ok());
    assert!(
        party.only_key(&issuer.url()).await.is_ok(),
        "it is the only usable one"
    );
}

#[tokio::test]
async fn a_token_without_a_key_id_needs_an_issuer_with_one_key() {
    let issuer = Issuer::start();
    let one = IssuerKey::new("one", Algorithm::Es256);
    let two = IssuerKey::new("two", Algorithm::Es256);
    issuer.publish(&[&one]);
    let party = Party::knowing(&[&issuer]);
    assert!(party.only_key(&issuer.url()).await.is_ok());

    issuer.publish(&[&one, &two]);
    party.advance(600);
    let answer = party.only_key(&issuer.url()).await;
    assert_eq!(answer.err(), Some(KeyProblem::UnknownKey));
}

#[tokio::test]
async fn uploaded_keys_need_no_network() {
    let issuer = Issuer::start();
    let key = IssuerKey::new("up", Algorithm::Rs256);
    let other = IssuerKey::new("other", Algorithm::Es256);
    issuer.publish(&[&other]);
    let party = Party::knowing(&[&issuer]);
    let url = issuer.url();
    let set = |keys: &[&IssuerKey]| {
        let keys = keys.iter().map(|key| key.jwk().clone()).collect();
        Arc::new(JwkSet { keys })
    };
    let one = set(&[&key]);
    let both = set(&[&key, &other]);
    let ask = async |kid: Option<&str>, uploaded: &Arc<JwkSet>| {
        party
            .federation
            .key(tenant(TENANT), &url, kid, Some(uploaded))
            .await
    };
    let first = ask(Some("up"), &one).await.expect("uploaded");
    let again = ask(Some("up"), &one).await.expect("uploaded");
    assert!(Arc::ptr_eq(&first, &again), "parsed once");
    let token = Assertion::spiffe(&url, "contoso.example", "a", NOW).signed_by(&key);
    assert!(verified(&token, &first).is_ok());

    assert!(ask(None, &one).await.is_ok());
    assert_eq!(ask(None, &both).await.err(), Some(KeyProblem::UnknownKey));
    assert_eq!(
        ask(Some("other"), &one).await.err(),
        Some(KeyProblem::UnknownKey)
    );
    assert!(ask(Some("other"), &both).await.is_ok());
    assert_eq!(issuer.connections(), 0);
}
