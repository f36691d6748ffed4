//! Key sets of other issuers, handed in because they cannot be fetched.

use countersign_token::JwkSet;
use countersign_token::keyset::{KEYS_MAX, Keys};
use serde_json::Value;

use crate::directory::ASSERTION_ALGORITHMS;

/// The largest key set that is read, in bytes of its file.
const BYTES_MAX: usize = 1024 * 1024;

/// The members of a JWK that hold its private half, or are the secret (RFC 7518 6.2.2, 6.3.2, 6.4).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Reads a JWK set (RFC 7517) with at least one key that can verify a token.
///
/// The error is a sentence for the person who wrote it; it never holds what was written, because
/// that may be a private key.
pub fn read_key_set(bytes: &[u8]) -> Result<JwkSet, String> {
    if bytes.len() > BYTES_MAX {
        return Err("is larger than 1 MiB; a key set has a few kilobytes".into());
    }
    match serde_json::from_slice(bytes) {
        Ok(value) => from_value(&value),
        Err(error) => Err(format!(
            "is not JSON (line {}, column {}); save what the issuer's `jwks_uri` answers",
            error.line(),
            error.column()
        )),
    }
}

/// As [`read_key_set`], from JSON that was read before.
pub(crate) fn from_value(value: &Value) -> Result<JwkSet, String> {
    let Some(keys) = value.get("keys").and_then(Value::as_array) else {
        return Err("is not a JWK set, an object with the list `keys`".into());
    };
    if keys.len() > KEYS_MAX {
        let count = keys.len();
        return Err(format!("has {count} keys; use at most {KEYS_MAX}"));
    }
    for (index, key) in keys.iter().enumerate() {
        if PRIVATE_MEMBERS.iter().any(|name| key.get(name).is_some()) {
            return Err(format!(
                "has a private key or a secret at `keys[{index}]`: never put it here; give the \
                 public keys that the issuer publishes"
            ));
        }
    }
    let set: JwkSet = serde_json::from_value(value.clone())
        .map_err(|_| "has a key whose members are not texts, as a JWK's are")?;
    if Keys::usable_of(&set, &ASSERTION_ALGORITHMS).count() == 0 {
        return Err(
            "has no key that can verify a token; it needs an RSA key of at least 2048 bits or a \
             key on P-256 or P-384, with a `kid` where there are several"
                .into(),
        );
    }
    Ok(set)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::directory_file::tests::fixtures;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        match read_key_set(text.as_bytes()) {
            Ok(_) => assert_eq!(expected, "", "{text} is accepted"),
            Err(reason) => assert!(
                !expected.is_empty() && reason.contains(expected),
                "{text}: {reason}"
            ),
        }
    }

    #[test]
    fn key_sets() {
        let good = fixtures::jwk("a");
        let set = |keys: Value| json!({ "keys": keys }).to_string();
        check(&set(json!([good])), "");
        let mut rich = good.clone();
        rich["key_ops"] = json!(["verify"]);
        check(
            &json!({"keys": [rich, {"kty": "oct"}], "more": 1}).to_string(),
            "",
        );
        check("", "is not JSON (line 1");
        check("[]", "is not a JWK set");
        check("{\"keys\": {}}", "is not a JWK set");
        check(&set(json!([])), "has no key that can verify");
        check(&set(json!([{"kty": "RSA"}])), "has no key that can verify");
        check(&set(json!([{"kty": 1}])), "members are not texts");
        check(&set(json!([good, "x"])), "members are not texts");
        let mut other_use = good.clone();
        other_use["use"] = json!("enc");
        check(&set(json!([other_use])), "has no key that can verify");
        for member in PRIVATE_MEMBERS {
            let mut private = good.clone();
            private[member] = json!("AQAB");
            check(
                &set(json!([good, private])),
                "at `keys[1]`: never put it here",
            );
        }
        for algorithm in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] {
            let mut key = fixtures::rsa_jwk("a");
            key["alg"] = json!(algorithm);
            check(&set(json!([key])), "");
        }
        let mut symmetric = fixtures::rsa_jwk("a");
        symmetric["alg"] = json!("HS256");
        check(&set(json!([symmetric])), "has no key that can verify");
        check(&set(json!(vec![good.clone(); 100])), "");
        check(
            &set(json!(vec![good; 101])),
            "has 101 keys; use at most 100",
        );
        check(&" ".repeat(BYTES_MAX + 1), "larger than 1 MiB");
    }
}
