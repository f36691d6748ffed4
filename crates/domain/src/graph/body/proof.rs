//! Proof of possession: who holds a registered key may roll it without any permission.

use countersign_token::{Assertion, AssertionClaims, verify_assertion};
use uuid::Uuid;

use crate::clock::{SKEW_SECONDS, Timestamp};
use crate::directory::{KeyCredential, KeyTrust};
use crate::graph::error::GraphError;

/// `aud` of a proof: the directory service, under the id it had before Microsoft Graph.
const AUDIENCE: &str = "00000002-0000-0000-c000-000000000000";

/// A proof lives ten minutes at the most, so that one found in a log is soon worth nothing.
const LIFETIME_SECONDS_MAX: i64 = 600;

/// Checks that `proof` was signed for this object with one of its current certificates' keys.
///
/// A certificate authority is no key of the object: nothing is signed with it directly.
pub fn check_proof(
    proof: &str,
    object_id: Uuid,
    keys: &[KeyCredential],
    now: Timestamp,
) -> Result<(), GraphError> {
    let assertion =
        Assertion::parse(proof).map_err(|_| refused("it is not a signed JSON Web Token"))?;
    let mut usable = keys
        .iter()
        .filter(|key| key.trust == KeyTrust::Certificate && key.is_valid_at(now));
    let verified = usable.find_map(|key| verify_assertion(&assertion, key.certificate.key()).ok());
    let verified = verified
        .ok_or_else(|| refused("no current certificate of the object verifies its signature"))?;
    check_claims(verified.claims(), object_id, now).map_err(refused)
}

fn check_claims(
    claims: &AssertionClaims,
    object: Uuid,
    now: Timestamp,
) -> Result<(), &'static str> {
    let audience = claims.aud.as_ref().map(|aud| aud.values.as_slice());
    if !matches!(audience, Some([one]) if one == AUDIENCE) {
        return Err("its aud is not 00000002-0000-0000-c000-000000000000");
    }
    let issuer = claims.iss.as_deref().and_then(|iss| iss.parse().ok());
    if issuer != Some(object) {
        return Err("its iss is not the object id of what it is for");
    }
    let (Some(from), Some(until)) = (claims.nbf, claims.exp) else {
        return Err("it has no nbf and exp");
    };
    let (from, until) = (Timestamp::from_micros(from), Timestamp::from_micros(until));
    if until > from.plus_seconds(LIFETIME_SECONDS_MAX) {
        return Err("it lives for more than ten minutes");
    }
    if now < from.plus_seconds(-SKEW_SECONDS) || until.plus_seconds(SKEW_SECONDS) < now {
        return Err("it is expired or not yet valid");
    }
    Ok(())
}

fn refused(why: &str) -> GraphError {
    GraphError::denied_because(format!(
        "The proof of possession is not accepted: {why}. Sign a JWT with the key of a certificate \
         that the object has, with aud, iss (the object id), nbf, and exp ten minutes later."
    ))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use countersign_token::{Algorithm, HeaderFields, Signer, SigningKey};
    use serde_json::{Value, json};

    use super::*;
    use crate::directory::RegisteredCertificate;
    use crate::ids::{ApplicationId, KeyId};

    const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

    fn object() -> Uuid {
        Uuid::from_u128(7)
    }

    fn registered() -> (KeyCredential, Signer) {
        let pair = rcgen::KeyPair::generate().expect("a key");
        let certificate = rcgen::CertificateParams::default()
            .self_signed(&pair)
            .expect("a certificate");
        let key = SigningKey::from_pkcs8(Algorithm::Es256, pair.serialized_der()).expect("a key");
        let fields = HeaderFields {
            kid: "k",
            x5t: None,
        };
        let credential = KeyCredential {
            key_id: KeyId::new(Uuid::from_u128(1)),
            application_id: ApplicationId::new(object()),
            service_principal_id: None,
            display_name: None,
            certificate: Arc::new(
                RegisteredCertificate::from_der(certificate.der()).expect("a certificate"),
            ),
            trust: KeyTrust::Certificate,
            start_at: NOW.plus_seconds(-60),
            end_at: NOW.plus_seconds(60),
        };
        (credential, Signer::new(Arc::new(key), fields))
    }

    fn claims() -> Value {
        let now = NOW.unix_seconds();
        json!({"aud": AUDIENCE, "iss": object(), "nbf": now, "exp": now + 600})
    }

    #[test]
    fn only_the_holder_of_a_current_key_proves() {
        let (key, signer) = registered();
        let (_, other) = registered();
        let sign = |signer: &Signer, claims: &Value| signer.sign_claims(claims).expect("signed");
        let proof = sign(&signer, &claims());
        let keys = [key.clone()];
        assert_eq!(check_proof(&proof, object(), &keys, NOW), Ok(()));
        let refusal = |proof: &str, keys: &[KeyCredential], at| {
            let error = check_proof(proof, object(), keys, at).expect_err("refused");
            assert_eq!(error.status, 403);
            error.message
        };
        assert!(refusal("", &keys, NOW).contains("not a signed"));
        let foreign = sign(&other, &claims());
        assert!(refusal(&foreign, &keys, NOW).contains("verifies its signature"));
        assert!(refusal(&proof, &[], NOW).contains("verifies its signature"));
        let ended = KeyCredential {
            end_at: NOW,
            ..key.clone()
        };
        assert!(refusal(&proof, &[ended], NOW).contains("verifies its signature"));
        let later = KeyCredential {
            end_at: NOW.plus_seconds(5_000),
            ..key
        };
        let after = NOW.plus_seconds(901);
        assert!(refusal(&proof, &[later], after).contains("expired"));
    }

    #[test]
    fn every_claim_counts() {
        let (key, signer) = registered();
        let now = NOW.unix_seconds();
        for (name, value, says) in [
            ("aud", json!("00000003-0000-0000-c000-000000000000"), "aud"),
            ("aud", json!([AUDIENCE, "other"]), "aud"),
            ("aud", Value::Null, "signature"),
            ("iss", json!(Uuid::from_u128(8)), "iss"),
            ("iss", json!("me"), "iss"),
            ("exp", json!(now + 601), "ten minutes"),
            ("nbf", json!(now + 301), "expired or not yet"),
        ] {
            let mut claims = claims();
            claims[name] = value;
            let proof = signer.sign_claims(&claims).expect("signed");
            let error = check_proof(&proof, object(), std::slice::from_ref(&key), NOW);
            let message = error.expect_err("refused").message;
            assert!(message.contains(says), "{name}: {message}");
        }
        let proof = signer
            .sign_claims(&json!({"aud": AUDIENCE, "iss": object()}))
            .expect("signed");
        let error = check_proof(&proof, object(), &[key], NOW).expect_err("refused");
        assert!(error.message.contains("no nbf"), "{}", error.message);
    }
}
