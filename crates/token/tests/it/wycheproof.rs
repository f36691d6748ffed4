//! Wycheproof's vectors for JSON Web Signatures and Keys. Every way into the crate must give the
//! expected answer, and every vector must have been read.

use countersign_token::keyset::Keys;
use countersign_token::{
    Algorithm, Assertion, Jwk, JwkSet, Unverified, VerifyError, VerifyingKey, verify,
    verify_assertion,
};
use serde::Deserialize;
use serde_json::Value;

const SIGNATURES: &str = include_str!("vectors/wycheproof/json_web_signature_test.json");
const KEYS: &str = include_str!("vectors/wycheproof/json_web_key_test.json");
const CRYPTO: &str = include_str!("vectors/wycheproof/json_web_crypto_test.json");

/// The valid signatures of our algorithms that are refused, each with the reason.
const REFUSED_VALID: [(u32, &str); 8] = [
    (259, EMPTY_PAYLOAD),
    (264, EMPTY_PAYLOAD),
    (268, EMPTY_PAYLOAD),
    (272, EMPTY_PAYLOAD),
    (320, EMPTY_PAYLOAD),
    (325, EMPTY_PAYLOAD),
    (346, OTHER_ALGORITHM),
    (350, OTHER_ALGORITHM),
];
const EMPTY_PAYLOAD: &str = "a token has claims, and no bytes are not even the empty object";
const OTHER_ALGORITHM: &str = "the key says PS256 and the signature is PS384 (RFC 8725 §3.1)";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    number_of_tests: usize,
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
    jws: Option<Value>,
    jwe: Option<Value>,
    result: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Valid,
    Invalid,
    Acceptable,
}

/// What became of a file's vectors.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    accepted: usize,
    /// Invalid, and refused.
    refused: usize,
    /// Valid, and refused for the reasons in [`REFUSED_VALID`].
    refused_valid: usize,
    /// Valid, and refused for an algorithm that we do not take: HMAC and P-521.
    other_algorithm: usize,
    /// Encrypted, and refused whether valid or not.
    encrypted: usize,
    /// Left to us by Wycheproof: none, or this must be thought about.
    acceptable: usize,
}

#[test]
fn signatures() {
    let expected = Tally {
        accepted: 26,
        refused: 355,
        refused_valid: 8,
        other_algorithm: 12,
        ..Tally::default()
    };
    assert_eq!(check(SIGNATURES, &REFUSED_VALID), expected);
}

#[test]
fn keys() {
    let expected = Tally {
        accepted: 1,
        refused: 21,
        other_algorithm: 4,
        ..Tally::default()
    };
    assert_eq!(check(KEYS, &[]), expected);
}

#[test]
fn older_file_of_both() {
    let expected = Tally {
        accepted: 2,
        refused: 45,
        other_algorithm: 2,
        encrypted: 34,
        ..Tally::default()
    };
    assert_eq!(check(CRYPTO, &[]), expected);
}

/// The vectors for spelling are MACs, which would be refused in any spelling: what counts is that
/// they are refused before a key is looked for.
#[test]
fn misspelt_segments_are_refused_before_any_key() {
    let groups = read(SIGNATURES);
    let group = groups
        .iter()
        .find(|group| group.comment == "base64")
        .expect("the group is there");
    assert_eq!(group.tests.len(), 21);
    for test in &group.tests {
        let expected = match test.tc_id {
            // The very text of 357, which is valid: the bad padding is not in the file.
            367 | 370 => true,
            // A `?` amid the base64url, yet valid in the file: the MAC is over the text as it is.
            372 | 373 => false,
            _ => test.result == Verdict::Valid,
        };
        let jws = text(test.jws.as_ref().expect("all are signatures"));
        let about = format!("{} {}", test.tc_id, test.comment);
        assert_eq!(Unverified::parse(&jws).is_ok(), expected, "{about}");
        assert_eq!(Assertion::parse(&jws).is_ok(), expected, "{about}");
    }
}

/// Reads a file to the last group.
fn read(file: &str) -> Vec<Group> {
    let file: File = serde_json::from_str(file).expect("the file parses");
    let tests: usize = file.test_groups.iter().map(|group| group.tests.len()).sum();
    assert_eq!(tests, file.number_of_tests);
    file.test_groups
}

#[track_caller]
fn check(file: &str, refused_valid: &[(u32, &str)]) -> Tally {
    let mut tally = Tally::default();
    for group in read(file) {
        let keys = key_set(&group);
        check_keys(&group, &keys);
        for test in &group.tests {
            let about = format!("{} {} {}", group.comment, test.tc_id, test.comment);
            match (&test.jws, &test.jwe) {
                (Some(jws), None) => {
                    let (expected, count) = judge(test, &keys, refused_valid, &mut tally);
                    *count += 1;
                    let accepted = accepted_by_each_way(&text(jws), &keys);
                    assert_eq!(accepted, [expected; 4], "{about}");
                }
                (None, Some(jwe)) => {
                    tally.encrypted += 1;
                    assert!(Unverified::parse(&text(jwe)).is_err(), "{about}");
                    assert!(Assertion::parse(&text(jwe)).is_err(), "{about}");
                }
                _ => panic!("{about}: neither signed nor encrypted"),
            }
        }
    }
    tally
}

/// Whether `test` is to be accepted, and where it counts.
fn judge<'a>(
    test: &Test,
    keys: &JwkSet,
    refused_valid: &[(u32, &str)],
    tally: &'a mut Tally,
) -> (bool, &'a mut usize) {
    match test.result {
        Verdict::Valid if !of_our_algorithms(keys) => (false, &mut tally.other_algorithm),
        Verdict::Valid if refused_valid.iter().any(|(tc_id, _)| *tc_id == test.tc_id) => {
            (false, &mut tally.refused_valid)
        }
        Verdict::Valid => (true, &mut tally.accepted),
        Verdict::Invalid => (false, &mut tally.refused),
        Verdict::Acceptable => (false, &mut tally.acceptable),
    }
}

/// A key is usable if something valid was signed with it, and not otherwise: a token that is refused
/// for another reason must not hide that its key would have been taken.
fn check_keys(group: &Group, keys: &JwkSet) {
    let has_valid = group.tests.iter().any(|test| test.result == Verdict::Valid);
    let expected = match group.comment.as_str() {
        // An EC key beside a secret: the secret is skipped (RFC 7517 §5) and the EC key stays.
        "jws_mixedSymmetryKeyset" => 1,
        _ => usize::from(has_valid && of_our_algorithms(keys)),
    };
    let usable = keys.keys.iter().filter(|jwk| key(jwk).is_some()).count();
    let about = format!("{} {}", group.comment, group.tests[0].tc_id);
    assert_eq!(usable, expected, "{about}");
    let found = Keys::usable_of(keys, &Algorithm::ALL).count();
    assert_eq!(found, expected, "{about}");
}

fn key_set(group: &Group) -> JwkSet {
    let keys = group.public.as_ref().or(group.private.as_ref());
    let keys = keys.expect("every group has keys").clone();
    let is_set = keys.get("keys").is_some();
    let set = if is_set {
        serde_json::from_value(keys)
    } else {
        serde_json::from_value(keys).map(|jwk| JwkSet { keys: vec![jwk] })
    };
    set.expect("a set is read whatever its keys are good for")
}

fn of_our_algorithms(set: &JwkSet) -> bool {
    let ours = |jwk: &Jwk| jwk.alg.as_deref().and_then(Algorithm::from_name).is_some();
    set.keys.iter().any(ours)
}

/// Whether the signature holds: for any of the keys, whichever the token names, and for the key that
/// the set has for the token; each as a token and as an assertion.
fn accepted_by_each_way(jws: &str, set: &JwkSet) -> [bool; 4] {
    let each: Vec<_> = set.keys.iter().filter_map(key).collect();
    let keys = Keys::usable_of(set, &Algorithm::ALL);
    let token = Unverified::parse(jws).ok();
    let assertion = Assertion::parse(jws).ok();
    let token_holds = |key: &VerifyingKey| {
        let token = token.as_ref();
        token.is_some_and(|token| has_held(verify::<Value>(token, key).err().as_ref()))
    };
    let assertion_holds = |key: &VerifyingKey| {
        let assertion = assertion.as_ref();
        assertion.is_some_and(|assertion| has_held(verify_assertion(assertion, key).err().as_ref()))
    };
    let for_token = token.as_ref().map(Unverified::unverified_kid);
    let for_assertion = assertion.as_ref().map(Assertion::unverified_kid);
    [
        each.iter().any(token_holds),
        each.iter().any(assertion_holds),
        for_token
            .and_then(|kid| keys.key(kid))
            .is_some_and(|published| token_holds(&published.key)),
        for_assertion
            .and_then(|kid| keys.key(kid))
            .is_some_and(|published| assertion_holds(&published.key)),
    ]
}

fn key(jwk: &Jwk) -> Option<VerifyingKey> {
    VerifyingKey::from_jwk(jwk, &Algorithm::ALL).ok()
}

/// The payloads are no claims, so a signature that held is seen by what is refused after it.
fn has_held(refusal: Option<&VerifyError>) -> bool {
    !matches!(
        refusal,
        Some(VerifyError::AlgorithmNotAllowed | VerifyError::Signature)
    )
}

/// The serialisation: compact, or JSON where the vector is one.
fn text(serialised: &Value) -> String {
    serialised
        .as_str()
        .map_or_else(|| serialised.to_string(), str::to_owned)
}
