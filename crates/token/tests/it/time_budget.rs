//! Hostile tokens must cost little: AST-33 allows 50 ms, which a debug build has to keep too.

use std::time::{Duration, Instant};

use countersign_token::{Algorithm, Unverified, VerifyingKey, verify};
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
    let cases = [
        signed(header, &nested, &key),
        signed(header, &format!(r#"{{"a":0{claims}}}"#), &key),
        signed(&long_alg, "{}", &key),
        "A".repeat(65_537),
        ".".repeat(1024 * 1024),
    ];
    for token in cases {
        // The best of a few: a busy machine must not look like a slow parser.
        let best = (0..5).map(|_| time_to_refuse(&token, &verifier)).min();
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
