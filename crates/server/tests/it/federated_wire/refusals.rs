//! Tokens without a key to verify them with, and forged ones: each with the number that says so.

use aws_lc_rs::hmac;
use base64::prelude::{BASE64_STANDARD, Engine};
use countersign_token::{Certificate, base64url};

use super::*;

/// A daemon that trusts many issuers of one server, each below a path of its own, so that what one
/// of them answers is not remembered for the next.
async fn trusting_paths(policy: OutboundPolicy, issuer: &Issuer, count: usize) -> Wire {
    let credentials = (0..count).map(|number| {
        let url = format!("{}/{number}", issuer.url());
        credential(&format!("issuer-{number}"), &url, SUBJECT)
    });
    let directory = directory(&credentials.collect());
    Wire::start(policy, Limits::default(), &directory).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_cannot_be_asked_is_90061() {
    let (issuer, key) = issuer_with(Algorithm::Es256);
    let elsewhere = Issuer::start();
    let policy = reaching(&issuer).trust(elsewhere.ca_pem().as_bytes());
    let policy = policy.expect("an authority");
    let port = issuer.address().port();
    let url = issuer.url();
    let metadata =
        |issuer: &str, jwks_uri: &str| Said::Json(json!({"issuer": issuer, "jwks_uri": jwks_uri}));
    let honest = |number: usize| {
        let url = format!("{url}/{number}");
        metadata(&url, &format!("{url}{KEYS}"))
    };
    let keys = Said::Json(json!({"keys": [key.jwk()]}));
    let to = |path: &str| format!("{}{path}", elsewhere.url());
    elsewhere.set(METADATA, metadata(&format!("{url}/3"), &to(KEYS)));
    elsewhere.set(KEYS, keys.clone());
    let answers = [
        (honest(0), keys.clone()),
        (Said::Status(503), keys.clone()),
        (Said::Status(404), keys.clone()),
        (Said::Redirect(302, to(METADATA)), keys.clone()),
        (Said::Redirect(308, to(METADATA)), keys.clone()),
        (
            metadata(&format!("{url}/5/"), &format!("{url}/5{KEYS}")),
            keys.clone(),
        ),
        (metadata(&url, &format!("{url}/6{KEYS}")), keys.clone()),
        (
            metadata(
                &format!("{url}/7"),
                &format!("http://localhost:{port}/7{KEYS}"),
            ),
            keys.clone(),
        ),
        (
            metadata(&format!("{url}/8"), "https://169.254.169.254/keys"),
            keys.clone(),
        ),
        (
            Said::Json(json!({"issuer": format!("{url}/9")})),
            keys.clone(),
        ),
        (Said::Bytes(b"no JSON".to_vec()), keys.clone()),
        (Said::Endless, keys),
        (honest(12), Said::Status(500)),
        (honest(13), Said::Redirect(302, to(KEYS))),
        (honest(14), Said::Endless),
    ];
    let wire = trusting_paths(policy, &issuer, answers.len()).await;
    for (number, (metadata, keys)) in answers.into_iter().enumerate() {
        let said = format!("{metadata:?}, {keys:?}");
        issuer.set(&format!("/{number}{METADATA}"), metadata);
        issuer.set(&format!("/{number}{KEYS}"), keys);
        let token = github(&issuer).with("iss", json!(format!("{url}/{number}")));
        let answer = wire.prove_as(CLIENT, &token.signed_by(&key)).await;
        if number == 0 {
            assert_eq!(answer.number(), 0, "honest answers are believed");
            continue;
        }
        let (status, number) = (answer.status, answer.number());
        assert_eq!((status, number), (400, ISSUER_UNREACHABLE), "{said}");
        assert_eq!(answer.json()["error"], "invalid_request");
        // Why is for the log: who asks must not learn what is reached from here.
        assert!(!answer.body.contains("localhost"), "{}", answer.body);
    }
    assert_eq!(elsewhere.connections(), 0);
    wire.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_is_gone_is_90061() {
    let (issuer, key) = issuer_with(Algorithm::Es256);
    let wire = Wire::trusting(&issuer, Limits::default()).await;
    let token = github(&issuer).signed_by(&key);
    drop(issuer);
    assert_eq!(wire.number(&token).await, ISSUER_UNREACHABLE);
    wire.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_denied_is_90061_and_not_asked() {
    let (issuer, key) = issuer_with(Algorithm::Es256);
    let port = issuer.address().port();
    let by_address = format!("https://127.0.0.1:{port}");
    let credentials = json!([
        credential("by-name", &issuer.url(), SUBJECT),
        credential("by-address", &by_address, SUBJECT),
    ]);
    let policy = OutboundPolicy::default().trust(issuer.ca_pem().as_bytes());
    let policy = policy.expect("an authority");
    let wire = Wire::start(policy, Limits::default(), &directory(&credentials)).await;
    for url in [issuer.url(), by_address] {
        let token = github(&issuer).with("iss", json!(url)).signed_by(&key);
        assert_eq!(wire.number(&token).await, ISSUER_UNREACHABLE, "{url}");
    }
    assert_eq!(issuer.connections(), 0);
    wire.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_cannot_be_read_are_900612() {
    let (issuer, key) = issuer_with(Algorithm::Es256);
    let url = issuer.url();
    let mut encrypting = serde_json::to_value(key.jwk()).expect("serialises");
    encrypting["use"] = "enc".into();
    let oct = json!({"kty": "oct", "kid": "k", "alg": "HS256", "k": "c2VjcmV0"});
    let documents = [
        json!({"keys": [1, key.jwk()]}),
        json!({"keys": []}),
        json!({"keys": {}}),
        json!({}),
        json!([key.jwk()]),
        json!({"keys": [1, "k", null]}),
        json!({"keys": [oct]}),
        json!({"keys": [encrypting]}),
    ];
    let wire = trusting_paths(reaching(&issuer), &issuer, documents.len()).await;
    for (number, keys) in documents.into_iter().enumerate() {
        let url = format!("{url}/{number}");
        let jwks_uri = format!("{url}{KEYS}");
        let metadata = json!({"issuer": url, "jwks_uri": jwks_uri});
        issuer.set(&format!("/{number}{METADATA}"), Said::Json(metadata));
        issuer.set(&format!("/{number}{KEYS}"), Said::Json(keys.clone()));
        let token = github(&issuer).with("iss", json!(url)).signed_by(&key);
        let answer = wire.prove_as(CLIENT, &token).await;
        if number == 0 {
            assert_eq!(answer.number(), 0, "one key is enough");
            continue;
        }
        let (status, number) = (answer.status, answer.number());
        assert_eq!((status, number), (400, KEYS_UNREADABLE), "{keys}");
    }
    wire.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_not_published_is_7000272() {
    let (issuer, key) = issuer_with(Algorithm::Es256);
    let wire = Wire::trusting(&issuer, Limits::default()).await;
    assert_eq!(wire.number(&github(&issuer).signed_by(&key)).await, 0);
    for kid in ["x", "K", "k ", ""] {
        let token = github(&issuer).signed_by(&IssuerKey::new(kid, Algorithm::Es256));
        let answer = wire.prove_as(CLIENT, &token).await;
        assert_eq!((answer.status, answer.number()), (401, KEY_UNKNOWN));
        assert_eq!(answer.json()["error"], "invalid_client");
    }
    // The same name over another key.
    let forged = github(&issuer).signed_by(&IssuerKey::new("k", Algorithm::Es256));
    assert_eq!(wire.number(&forged).await, SIGNATURE_INVALID);
    wire.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_signs_for_an_issuer() {
    let issuer = Issuer::start();
    let rsa = IssuerKey::new("rsa", Algorithm::Rs256);
    let shared = [7; 32];
    let oct = json!({
        "kty": "oct", "kid": "oct", "alg": "HS256", "use": "sig",
        "k": base64url::encode(&shared),
    });
    issuer.publish(&[]);
    issuer.set(KEYS, Said::Json(json!({"keys": [oct, rsa.jwk()]})));
    let wire = Wire::trusting(&issuer, Limits::default()).await;
    let good = github(&issuer).signed_by(&rsa);
    assert_eq!(wire.number(&good).await, 0, "the issuer is believed");

    let spki = spki(&rsa);
    let pem = pem(&spki);
    let without_end = pem.trim_end().as_bytes();
    for (kid, secret) in [
        ("oct", &shared[..]),
        ("rsa", spki.as_slice()),
        ("rsa", pem.as_bytes()),
        ("rsa", without_end),
        ("rsa", b""),
    ] {
        for (name, algorithm) in [
            ("HS256", hmac::HMAC_SHA256),
            ("HS384", hmac::HMAC_SHA384),
            ("HS512", hmac::HMAC_SHA512),
        ] {
            let tag = |input: &[u8]| {
                hmac::sign(&hmac::Key::new(algorithm, secret), input)
                    .as_ref()
                    .to_vec()
            };
            let header = json!({"alg": name, "kid": kid, "typ": "JWT"});
            let forged = sealed(&github(&issuer), &header, tag);
            assert_eq!(wire.number(&forged).await, SIGNATURE_INVALID, "{name}");
            // With a name for the algorithm that would be looked up.
            let header = json!({"alg": "RS256", "kid": kid});
            let expected = if kid == "oct" {
                KEY_UNKNOWN
            } else {
                SIGNATURE_INVALID
            };
            let forged = sealed(&github(&issuer), &header, tag);
            assert_eq!(wire.number(&forged).await, expected, "{kid}");
        }
    }
    wire.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_issuer_is_asked_for_what_could_never_be_accepted() {
    let (issuer, key) = issuer_with(Algorithm::Es256);
    let wire = Wire::trusting(&issuer, Limits::default()).await;
    let good = github(&issuer);
    for alg in [
        "none", "None", "HS256", "EdDSA", "ES256K", "es256", "RS1", "",
    ] {
        let token = sealed(&good, &json!({"alg": alg, "kid": "k"}), |_| vec![1; 64]);
        assert_eq!(wire.number(&token).await, SIGNATURE_INVALID, "{alg}");
    }
    let mut typed = good.clone();
    typed.header["typ"] = "at+jwt".into();
    for (claims, expected) in [
        (good.clone().with("exp", json!(now() - 301)), 700_024),
        (good.clone().with("nbf", json!(now() + 301)), 700_024),
        (good.clone().with("iat", json!(now() + 301)), 700_024),
        (good.clone().with("exp", Value::Null), 90_014),
        (typed, 5_002_727),
    ] {
        let token = claims.signed_by(&key);
        assert_eq!(wire.number(&token).await, expected, "{claims:?}");
    }
    assert_eq!(issuer.connections(), 0);
    assert_eq!(wire.number(&good.signed_by(&key)).await, 0);
    wire.node.stop().await;
}

/// A token with any header, and anything for its signature.
fn sealed(shape: &Assertion, header: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let part = |json: &Value| base64url::encode(json.to_string().as_bytes());
    let input = format!("{}.{}", part(header), part(&shape.claims));
    let signature = sign(input.as_bytes());
    format!("{input}.{}", base64url::encode(&signature))
}

/// The public key as libraries keep it: DER of SubjectPublicKeyInfo, from the published certificate.
fn spki(key: &IssuerKey) -> Vec<u8> {
    let chain = key.jwk().x5c.as_ref().expect("a certificate is published");
    let der = BASE64_STANDARD.decode(&chain[0]).expect("base64");
    let certificate = Certificate::from_der(&der).expect("one certificate");
    certificate.spki().to_vec()
}

fn pem(spki: &[u8]) -> String {
    let base64 = BASE64_STANDARD.encode(spki);
    let lines: Vec<_> = base64
        .as_bytes()
        .chunks(64)
        .map(String::from_utf8_lossy)
        .collect();
    let body = lines.join("\n");
    format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n")
}
