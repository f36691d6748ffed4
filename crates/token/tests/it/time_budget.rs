//! Hostile tokens must cost little: AST-33 allows 50 ms, which a debug build has to keep too.

use std::time::{Duration, Instant};

use countersign_token::{
    Algorithm, Assertion, Unverified, VerifyError, VerifyingKey, verify, verify_assertion,
};
use serde_json::Value;

use crate::forge::{new_key, signed, verifying_key};

#[test]
fn ast_33_large_and_deep_tokens_end_quickly() {
    let key = new_key(Algorithm::EdDsa);
    let verifier = verifying_key(&key, &[Algorithm::EdDsa]);
    let header = r#"{"alg":"EdDSA"}"#;
    let nested = format!(r#"{{"a":{}{}}}"#, "[".repeat(20_000), "]".repeat(20_000));
    let claims: String = (0..4_000).map(|n| format!(r#","c{n}":0"#)).collect();
    let long_alg = format!(r#"{{"alg":"{}"}}"#, "A".repeat(40_000));
    let deep_chain = format!(
        r#"{{"alg":"none","x5c":{}{}}}"#,
        "[".repeat(20_000),
        "]".repeat(20_000)
    );
    let long_chain = format!(r#"{{"alg":"none","x5c":["{}"]}}"#, "MIIB".repeat(10_000));
    let pem_start = "-----BEGIN CERTIFICATE-----";
    let pem_chain = format!(r#"{{"alg":"none","x5c":"{}"}}"#, pem_start.repeat(1_400));
    let cases = [
        signed(&deep_chain, "{}", &key),
        signed(&long_chain, "{}", &key),
        signed(&pem_chain, "{}", &key),
        signed(header, &nested, &key),
        signed(header, &format!(r#"{{"a":0{claims}}}"#), &key),
        signed(&long_alg, "{}", &key),
        "A".repeat(65_537),
        ".".repeat(1024 * 1024),
    ];
    for token in cases {
        // The best of a few: a busy machine must not look like a slow parser.
        let both =
            || time_to_refuse(&token, &verifier).max(time_to_refuse_assertion(&token, &verifier));
        let best = (0..5).map(|_| both()).min();
        assert!(
            best < Some(Duration::from_millis(50)),
            "{} bytes: {best:?}",
            token.len()
        );
    }
}

fn time_to_refuse(token: &str, verifier: &VerifyingKey) -> Duration {
    let start = Instant::now();
    let outcome = Unverified::parse(token)
        .and_then(|unverified| verify::<Value>(&unverified, verifier).map(|_| ()));
    assert!(outcome.is_err());
    start.elapsed()
}

fn time_to_refuse_assertion(text: &str, verifier: &VerifyingKey) -> Duration {
    let start = Instant::now();
    let outcome = Assertion::parse(text)
        .map_err(VerifyError::from)
        .and_then(|assertion| verify_assertion(&assertion, verifier).map(drop));
    assert!(outcome.is_err());
    start.elapsed()
}
