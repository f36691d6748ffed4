//! Verified tokens that are remembered, and when they are not.

use std::time::Duration;

use countersign_token::{Algorithm, base64url};
use countersign_validate::{InvalidToken, Policy, Rejection, TimeError, VerifyError};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde_json::json;

use crate::issuer::{API, API_URI, NOW, TestKey, World};

impl World {
    fn token(&self) -> String {
        self.key.token(&self.issuer.claims_v2())
    }
}

async fn advance(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn a_withdrawn_key_ends_the_tokens_that_were_remembered() {
    let world = World::new(Algorithm::EdDsa).await;
    let validator = world.issuer.validator();
    let token = world.token();
    assert!(validator.validate_at(&token, NOW).await.is_ok());
    assert!(validator.validate_at(&token, NOW).await.is_ok());
    let next = TestKey::new(Algorithm::EdDsa);
    world.issuer.publish_keys(&[&next]);
    // Noticed by a token of the new key at once, and by age after ten minutes at the latest.
    let next_token = next.token(&world.issuer.claims_v2());
    assert!(validator.validate_at(&next_token, NOW).await.is_ok());
    let outcome = validator.validate_at(&token, NOW).await;
    assert_eq!(outcome, Err(InvalidToken::UnknownKey.into()));

    world.issuer.publish_keys(&[&world.key]);
    advance(600).await;
    let outcome = validator.validate_at(&next_token, NOW).await;
    assert_eq!(outcome, Err(InvalidToken::UnknownKey.into()));
    assert!(validator.validate_at(&token, NOW).await.is_ok());
}

#[tokio::test]
async fn a_key_with_the_same_id_and_other_numbers_ends_them_too() {
    let world = World::new(Algorithm::EdDsa).await;
    let validator = world.issuer.validator();
    let token = world.token();
    assert!(validator.validate_at(&token, NOW).await.is_ok());
    let mut swapped = TestKey::new(Algorithm::EdDsa);
    swapped.jwk.kid = world.key.jwk.kid.clone();
    world.issuer.publish_keys(&[&swapped]);
    advance(600).await;
    let outcome = validator.validate_at(&token, NOW).await;
    assert_eq!(
        outcome,
        Err(InvalidToken::Verify(VerifyError::Signature).into())
    );
}

#[tokio::test]
async fn res_11_a_remembered_token_ends_when_any_other_does() {
    let world = World::new(Algorithm::EdDsa).await;
    let token = world.token();
    let end = NOW + 3600;
    for builder in [
        world.issuer.builder(),
        world.issuer.builder().token_cache(0),
    ] {
        let validator = builder.audience(API).build().expect("complete");
        for (now, error) in [
            (NOW, None),
            (end - 1, None),
            (end + 299, None),
            (end + 300, Some(TimeError::Expired)),
            (NOW - 600, None),
            (NOW - 601, Some(TimeError::NotYetValid)),
            (NOW, None),
        ] {
            let outcome = validator.validate_at(&token, now).await.map(|_| ());
            let expected = error.map_or(Ok(()), |error| {
                Err(Rejection::InvalidToken(InvalidToken::Time(error)))
            });
            assert_eq!(outcome, expected, "{now}");
        }
    }
}

#[tokio::test]
async fn another_spelling_of_a_remembered_token_is_another_token() {
    let world = World::new(Algorithm::EdDsa).await;
    let validator = world.issuer.validator();
    let token = world.token();
    assert!(validator.validate_at(&token, NOW).await.is_ok());
    let (input, signature) = token.rsplit_once('.').expect("segments");
    let mut bytes = base64url::decode(signature).expect("ours");
    bytes[0] ^= 1;
    for other in [
        format!("{input}.{}", base64url::encode(&bytes)),
        format!("{token}="),
        format!("{token} "),
        token[..token.len() - 1].to_owned(),
    ] {
        assert!(validator.validate_at(&other, NOW).await.is_err(), "{other}");
    }
    let elsewhere = world
        .issuer
        .builder()
        .audience("api://other")
        .build()
        .expect("complete");
    let outcome = elsewhere.validate_at(&token, NOW).await;
    assert_eq!(
        outcome,
        Err(InvalidToken::Audience.into()),
        "each validator has its own"
    );
}

#[tokio::test]
async fn res_13_the_policy_is_asked_each_time() {
    let world = World::new(Algorithm::EdDsa).await;
    let validator = world.issuer.validator();
    let mut claims = world.issuer.claims_v2();
    claims["exp"] = json!(i64::MAX);
    claims["nbf"] = json!(0);
    claims["iat"] = json!(0);
    let mut headers = HeaderMap::new();
    let value = format!("Bearer {}", world.key.token(&claims));
    headers.insert(AUTHORIZATION, value.parse().expect("a header value"));
    for _ in 0..2 {
        let readers = Policy::roles_any(["Orders.Read.All"]);
        assert!(validator.authorize(&headers, &readers).await.is_ok());
        let writers = Policy::roles_any(["Orders.Write.All"]);
        let outcome = validator.authorize(&headers, &writers).await;
        assert_eq!(outcome, Err(Rejection::InsufficientScope));
    }
}

#[tokio::test]
async fn nothing_of_a_token_shows_in_what_is_remembered() {
    let world = World::new(Algorithm::EdDsa).await;
    let builder = world.issuer.builder().audience(API).audience(API_URI);
    let validator = builder.build().expect("complete");
    let token = world.token();
    assert!(validator.validate_at(&token, NOW).await.is_ok());
    let shown = format!("{validator:?}");
    assert!(
        token.split('.').all(|segment| !shown.contains(segment)),
        "{shown}"
    );
}
