//! Tokens that their issuer withdraws, and lists that are not believed.

use std::time::Duration;

use countersign_token::revocation::{Mark, RevocationList};
use countersign_token::{Algorithm, base64url};
use countersign_validate::{BuildError, Rejection, Validator};
use http::StatusCode;
use serde_json::{Value, json};

use crate::issuer::{
    API, Answer, CLIENT, Issuer, NOW, OTHER_TENANT, SERVICE_PRINCIPAL, TENANT, TestKey, signed,
};

const PATH: &str = "/11111111-2222-3333-4444-555555555555/discovery/revocations";
const INTERVAL: Duration = Duration::from_millis(20);

struct World {
    issuer: Issuer,
    key: TestKey,
}

impl World {
    async fn new() -> Self {
        let key = TestKey::new(Algorithm::Rs256);
        let issuer = Issuer::start(&[&key]).await;
        let world = Self { issuer, key };
        world.publish(&world.list(0, &[]));
        world
    }

    fn validator(&self) -> Validator {
        let builder = self.issuer.builder().audience(API);
        builder
            .follow_revocations(INTERVAL)
            .build()
            .expect("complete")
    }

    fn token(&self) -> String {
        let mut claims = self.issuer.claims_v2();
        let mut aio = Mark::of_credential("key-1").bytes().to_vec();
        aio.extend([1; 8]);
        claims["aio"] = base64url::encode(&aio).into();
        self.key.token(&claims)
    }

    fn list(&self, number: i64, revoked: &[(Mark, i64)]) -> RevocationList {
        let revoked = revoked.iter();
        RevocationList {
            iss: self.issuer.issuer_v2(),
            tid: TENANT.to_owned(),
            iat: NOW,
            after: 0,
            number,
            floor: 0,
            revoked: revoked
                .map(|(mark, from)| (mark.to_string(), *from))
                .collect(),
        }
    }

    fn header(&self) -> Value {
        let mut header = self.key.header();
        header["typ"] = "revocations+jwt".into();
        header
    }

    fn publish(&self, list: &RevocationList) {
        let list = serde_json::to_value(list).expect("JSON");
        self.answer(signed(&self.header(), &list, &self.key.signing));
    }

    fn answer(&self, text: String) {
        self.issuer.set(PATH, Answer::Text(text));
    }

    fn asked(&self) -> usize {
        let requests = self.issuer.requests();
        requests.iter().filter(|path| *path == PATH).count()
    }

    /// Waits until the list has been asked for twice more: the first answer has then been taken in.
    async fn asked_again(&self) {
        let asked = self.asked();
        while self.asked() < asked + 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn withdrawn(outcome: Result<countersign_validate::Caller, Rejection>) -> bool {
    match outcome {
        Ok(_) => false,
        Err(Rejection::Withdrawn(_)) => true,
        Err(other) => panic!("another refusal: {other}"),
    }
}

#[tokio::test]
async fn a_token_is_refused_from_the_answer_on_that_names_one_of_its_marks() {
    let world = World::new().await;
    let validator = world.validator();
    let token = world.token();
    assert!(!withdrawn(validator.validate_at(&token, NOW).await));
    for mark in [
        Mark::of_application(CLIENT),
        Mark::of_principal(SERVICE_PRINCIPAL),
        Mark::of_credential("key-1"),
        Mark::of_role(SERVICE_PRINCIPAL, API, "Orders.Read.All"),
    ] {
        world.publish(&world.list(1, &[(mark, NOW - 299)]));
        world.asked_again().await;
        assert!(
            withdrawn(validator.validate_at(&token, NOW).await),
            "{mark}"
        );
        // It was issued in the very second from which on tokens are good.
        world.publish(&world.list(2, &[(mark, NOW - 300)]));
        world.asked_again().await;
        assert!(
            !withdrawn(validator.validate_at(&token, NOW).await),
            "{mark}"
        );
    }
}

#[tokio::test]
async fn the_refusal_asks_for_a_newer_token() {
    let world = World::new().await;
    world.publish(&world.list(1, &[(Mark::of_application(CLIENT), NOW)]));
    let refused = world.validator().validate_at(&world.token(), NOW).await;
    let refused = refused.expect_err("the first token waits for the first list");
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    let challenge = refused.challenge().expect("a challenge");
    let challenge = challenge.to_str().expect("text");
    assert!(
        challenge.contains("error=\"insufficient_claims\""),
        "{challenge}"
    );
    let (_, claims) = challenge.split_once("claims=\"").expect("claims");
    let claims = claims
        .trim_end_matches(['"', '='])
        .replace('+', "-")
        .replace('/', "_");
    let claims = base64url::decode(&claims).expect("base64");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    let nbf = json!({"essential": true, "value": NOW.to_string()});
    assert_eq!(claims["access_token"]["nbf"], nbf);
}

#[tokio::test]
async fn lists_that_are_not_the_issuers_own_change_nothing() {
    let world = World::new().await;
    let (validator, token) = (world.validator(), world.token());
    assert!(!withdrawn(validator.validate_at(&token, NOW).await));
    let good = world.list(1, &[(Mark::of_application(CLIENT), NOW)]);
    let json = |list: &RevocationList| serde_json::to_value(list).expect("JSON");
    let own =
        |header: &Value, list: &RevocationList| signed(header, &json(list), &world.key.signing);
    let stranger = TestKey::new(Algorithm::Rs256);
    let other = |change: fn(&mut RevocationList)| {
        let mut list = good.clone();
        change(&mut list);
        own(&world.header(), &list)
    };
    for (what, text) in [
        ("of another type", own(&world.key.header(), &good)),
        (
            "of another key",
            signed(&world.header(), &json(&good), &stranger.signing),
        ),
        (
            "of an unknown key",
            signed(&stranger.header(), &json(&good), &stranger.signing),
        ),
        (
            "of another tenant",
            other(|list| list.tid = OTHER_TENANT.to_owned()),
        ),
        (
            "of another issuer",
            other(|list| list.iss = "https://other.example".to_owned()),
        ),
        ("that goes on from elsewhere", other(|list| list.after = 5)),
        ("that is none", "no list".to_owned()),
        ("without an end", "x".repeat(2 * 1024 * 1024)),
    ] {
        world.answer(text);
        world.asked_again().await;
        assert!(
            !withdrawn(validator.validate_at(&token, NOW).await),
            "{what}"
        );
    }
    world.issuer.set(PATH, Answer::Status(500));
    world.asked_again().await;
    assert!(!withdrawn(validator.validate_at(&token, NOW).await));
    world.publish(&good);
    world.asked_again().await;
    assert!(withdrawn(validator.validate_at(&token, NOW).await));
    // Nothing new, and then nothing at all: what is known goes on to count.
    for status in [204, 500] {
        world.issuer.set(PATH, Answer::Status(status));
        world.asked_again().await;
        assert!(withdrawn(validator.validate_at(&token, NOW).await));
    }
}

#[tokio::test]
async fn old_knowledge_is_none_where_that_is_asked_for() {
    let world = World::new().await;
    let builder = world
        .issuer
        .builder()
        .audience(API)
        .follow_revocations(INTERVAL);
    let strict = builder.revocations_age_max(Duration::from_secs(60));
    let validator = strict.clone().build().expect("complete");
    let token = world.token();
    assert!(validator.validate_at(&token, NOW).await.is_ok());
    world.issuer.set(PATH, Answer::Status(500));
    world.asked_again().await;
    assert!(validator.validate_at(&token, NOW).await.is_ok());
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(61)).await;
    let refused = validator.validate_at(&token, NOW).await;
    assert_eq!(refused, Err(Rejection::RevocationsUnavailable));
    tokio::time::resume();
    let never_answered = strict.build().expect("complete");
    let refused = never_answered.validate_at(&token, NOW).await;
    assert_eq!(refused, Err(Rejection::RevocationsUnavailable));
    assert_eq!(
        Rejection::RevocationsUnavailable.status(),
        StatusCode::SERVICE_UNAVAILABLE
    );
}

#[tokio::test]
async fn nobody_is_asked_unless_it_is_wanted_and_no_longer_than_it_is() {
    let world = World::new().await;
    let plain = world
        .issuer
        .builder()
        .audience(API)
        .build()
        .expect("complete");
    assert!(plain.validate_at(&world.token(), NOW).await.is_ok());
    assert_eq!(world.asked(), 0);

    let validator = world.validator();
    assert!(validator.validate_at(&world.token(), NOW).await.is_ok());
    world.asked_again().await;
    drop(validator);
    tokio::time::sleep(10 * INTERVAL).await;
    let asked = world.asked();
    tokio::time::sleep(10 * INTERVAL).await;
    assert_eq!(world.asked(), asked);
}

#[tokio::test]
async fn following_needs_listed_tenants_and_a_pause() {
    let world = World::new().await;
    let any = world
        .issuer
        .builder_without_tenant()
        .any_tenant()
        .audience(API);
    let any = any.follow_revocations(INTERVAL).build();
    assert!(matches!(any, Err(BuildError::Revocations)));
    let hasty = world.issuer.builder().audience(API);
    let hasty = hasty.follow_revocations(Duration::ZERO).build();
    assert!(matches!(hasty, Err(BuildError::Revocations)));
}
