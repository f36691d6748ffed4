//! Wycheproof's JSON Web Signature vectors, in the format of its files. What is checked in is the
//! part that the file names in `_source`; a longer one takes its place without a change here.

use countersign_token::{
    Algorithm, Assertion, Jwk, Unverified, VerifyError, VerifyingKey, verify, verify_assertion,
};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    test_groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    comment: String,
    public: Option<Value>,
    private: Option<Value>,
    tests: Vec<Test>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    tc_id: u32,
    comment: String,
    jws: String,
    result: String,
}

#[test]
fn valid_signatures_of_our_algorithms_are_accepted_and_nothing_else() {
    let file: File =
        serde_json::from_str(include_str!("vectors/wycheproof_jws.json")).expect("the file parses");
    let (mut accepted, mut refused) = (0, 0);
    for group in &file.test_groups {
        let key = group
            .public
            .as_ref()
            .or(group.private.as_ref())
            .expect("every group has a key");
        let key = verifying_key(key);
        for test in &group.tests {
            // No key, no algorithm of ours (HMAC): nothing is valid.
            let expected = test.result == "valid" && key.is_some();
            let actual = key.as_ref().is_some_and(|key| holds(&test.jws, key));
            let about = format!("{} {} {}", group.comment, test.tc_id, test.comment);
            assert_eq!(actual, expected, "{about}");
            if let Some(key) = &key {
                assert_eq!(holds_as_assertion(&test.jws, key), expected, "{about}");
            }
            if actual { accepted += 1 } else { refused += 1 }
        }
    }
    assert_eq!((accepted, refused), (2, 37));
}

fn verifying_key(jwk: &Value) -> Option<VerifyingKey> {
    let jwk: Jwk = serde_json::from_value(jwk.clone()).ok()?;
    VerifyingKey::from_jwk(&jwk, &Algorithm::ALL).ok()
}

fn holds(jws: &str, key: &VerifyingKey) -> bool {
    let Ok(token) = Unverified::parse(jws) else {
        return false;
    };
    has_held(verify::<Value>(&token, key).err().as_ref())
}

fn holds_as_assertion(jws: &str, key: &VerifyingKey) -> bool {
    let Ok(assertion) = Assertion::parse(jws) else {
        return false;
    };
    has_held(verify_assertion(&assertion, key).err().as_ref())
}

/// The payloads are no claims, so a signature that held is seen by what is refused after it.
fn has_held(refusal: Option<&VerifyError>) -> bool {
    !matches!(
        refusal,
        Some(VerifyError::AlgorithmNotAllowed | VerifyError::Signature)
    )
}
