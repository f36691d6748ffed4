//! The examples of the RFCs, kept as data with their source.

use countersign_token::{Algorithm, Jwk, Unverified, VerifyError, VerifyingKey, verify};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Vector {
    source: String,
    jwk: Jwk,
    token: String,
    expect: String,
}

#[test]
fn the_examples_of_the_rfcs_come_out_as_written() {
    let vectors: Vec<Vector> =
        serde_json::from_str(include_str!("vectors/rfc7515.json")).expect("the file parses");
    assert_eq!(vectors.len(), 10);
    for vector in vectors {
        assert_eq!(outcome(&vector), vector.expect, "{}", vector.source);
    }
}

fn outcome(vector: &Vector) -> &'static str {
    let key = VerifyingKey::from_jwk(&vector.jwk, &Algorithm::ALL).expect("a good key");
    let Ok(unverified) = Unverified::parse(&vector.token) else {
        return "malformed";
    };
    match verify::<Value>(&unverified, &key) {
        Ok(verified) => {
            assert_eq!(verified.claims()["iss"], "joe");
            "verified"
        }
        Err(VerifyError::AlgorithmNotAllowed) => "algorithm refused",
        Err(VerifyError::Signature) => "signature refused",
        Err(VerifyError::Malformed(_)) => "payload refused",
        Err(error) => panic!("unexpected: {error}"),
    }
}
