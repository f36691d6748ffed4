//! Encrypted tokens at a resource that can open them, and at one that cannot.

use countersign_token::encrypted::{ContentEncryption, DecryptionKey, OpenError, seal};
use countersign_token::{Algorithm, SigningKey, base64url};
use countersign_validate::{InvalidToken, VerifyError};
use rcgen::KeyPair;
use serde_json::json;

use crate::issuer::{API, API_URI, CLIENT, Issuer, NOW, TestKey, signed};

/// A private key in PEM, and what encrypts to it.
fn recipient() -> (String, DecryptionKey) {
    let pkcs8 = SigningKey::generate_pkcs8(Algorithm::Rs256).expect("generates");
    let pair = KeyPair::try_from(pkcs8.as_slice()).expect("a key rcgen reads");
    let key = DecryptionKey::from_pkcs8(&pkcs8).expect("an RSA key");
    (pair.serialize_pem(), key)
}

fn sealed(token: &str, key: &DecryptionKey, encryption: ContentEncryption) -> String {
    let key = key.public_key().expect("encodes");
    seal(token, &key, "k", encryption).expect("seals")
}

#[tokio::test]
async fn res_01_encrypted_tokens_are_opened_and_then_judged_like_others() {
    let key = TestKey::new(Algorithm::EdDsa);
    let issuer = Issuer::start(&[&key]).await;
    let (pem, recipient) = recipient();
    let builder = issuer.builder().audience(API).audience(API_URI);
    let validator = builder.decryption_key(pem).build().expect("complete");
    let check = async |token: String, expected: Result<&str, InvalidToken>| {
        for encryption in [ContentEncryption::A256CbcHs512, ContentEncryption::A256Gcm] {
            let token = sealed(&token, &recipient, encryption);
            for _ in 0..2 {
                let outcome = validator.validate_at(&token, NOW).await;
                let application = outcome.map(|caller| caller.application_id);
                let expected = expected.clone().map(str::to_owned);
                assert_eq!(application, expected.map_err(Into::into));
            }
        }
    };
    check(key.token(&issuer.claims_v1()), Ok(CLIENT)).await;
    check(key.token(&issuer.claims_v2()), Ok(CLIENT)).await;
    let plain = validator
        .validate_at(&key.token(&issuer.claims_v2()), NOW)
        .await;
    assert!(plain.is_ok(), "tokens that are only signed are still taken");

    let mut other = issuer.claims_v2();
    other["aud"] = json!("api://other");
    check(key.token(&other), Err(InvalidToken::Audience)).await;
    let stranger = TestKey::new(Algorithm::EdDsa);
    let forged = signed(&key.header(), &issuer.claims_v2(), &stranger.signing);
    let signature = InvalidToken::Verify(VerifyError::Signature);
    check(forged, Err(signature)).await;
}

#[tokio::test]
async fn ast_31_encryption_is_no_signature() {
    let key = TestKey::new(Algorithm::EdDsa);
    let issuer = Issuer::start(&[&key]).await;
    let (pem, recipient) = recipient();
    let builder = issuer.builder().audience(API).decryption_key(pem);
    let validator = builder.build().expect("complete");
    let claims = issuer.claims_v2().to_string();
    let part = |json: &str| base64url::encode(json.as_bytes());
    let header = r#"{"typ":"JWT","alg":"none"}"#;
    let unsigned = format!("{}.{}.", part(header), part(&claims));
    let once = sealed(
        &key.token(&issuer.claims_v2()),
        &recipient,
        ContentEncryption::A256Gcm,
    );
    for inside in [claims.clone(), part(&claims), unsigned, once] {
        let token = sealed(&inside, &recipient, ContentEncryption::A256CbcHs512);
        let outcome = validator.validate_at(&token, NOW).await;
        assert_eq!(
            outcome,
            Err(InvalidToken::Encrypted(OpenError::NotSigned).into())
        );
    }
    let kid = key.kid();
    let header = format!(r#"{{"typ":"JWT","alg":"none","kid":"{kid}"}}"#);
    let none = format!("{}.{}.AAAA", part(&header), part(&claims));
    let token = sealed(&none, &recipient, ContentEncryption::A256Gcm);
    let outcome = validator.validate_at(&token, NOW).await;
    let refused = InvalidToken::Verify(VerifyError::AlgorithmNotAllowed);
    assert_eq!(outcome, Err(refused.into()));
}

#[tokio::test]
async fn res_14_without_a_key_for_it_an_encrypted_token_is_refused() {
    let key = TestKey::new(Algorithm::EdDsa);
    let issuer = Issuer::start(&[&key]).await;
    let ((pem, _), (_, stranger)) = (recipient(), recipient());
    let token = key.token(&issuer.claims_v2());
    let token = sealed(&token, &stranger, ContentEncryption::A256Gcm);
    let outcome = issuer.validator().validate_at(&token, NOW).await;
    let segments = VerifyError::Malformed("not three non-empty segments");
    assert_eq!(outcome, Err(InvalidToken::Verify(segments).into()));
    let builder = issuer.builder().audience(API).decryption_key(pem);
    let validator = builder.build().expect("complete");
    let outcome = validator.validate_at(&token, NOW).await;
    assert_eq!(
        outcome,
        Err(InvalidToken::Encrypted(OpenError::Decrypt).into())
    );
    assert_eq!(issuer.requests(), [""; 0]);
}
