//! Keys that move, vanish or cannot be fetched: RES-08 to RES-10 and the rules of discovery.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign_token::{Algorithm, JwkSet};
use countersign_validate::{BuildError, InvalidToken, Rejection, Validator};
use serde_json::json;

use crate::issuer::{
    API, API_URI, Answer, Issuer, KEYS_V2, METADATA_V1, METADATA_V2, NOW, TestKey, signed,
};

/// Moves the runtime's clock. Time must run again before anything is awaited that does I/O, or the
/// idle runtime would jump to the next time-out.
async fn advance(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

async fn outcome(validator: &Validator, token: &str) -> Result<(), Rejection> {
    validator.validate_at(token, NOW).await.map(|_| ())
}

/// Waits for a fetch in the background, by watching the issuer.
async fn requests_reach(issuer: &Issuer, count: usize) {
    while issuer.requests().len() < count {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

const UNKNOWN_KEY: Rejection = Rejection::InvalidToken(InvalidToken::UnknownKey);

#[tokio::test]
async fn keys_are_fetched_once_for_many() {
    let key = TestKey::new(Algorithm::EdDsa);
    let issuer = Issuer::start(&[&key]).await;
    let validator = issuer.validator();
    let token = key.token(&issuer.claims_v2());
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let (validator, token) = (validator.clone(), token.clone());
            tokio::spawn(async move { outcome(&validator, &token).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.expect("no panic"), Ok(()));
    }
    assert_eq!(issuer.requests(), [METADATA_V2, KEYS_V2]);
}

#[tokio::test]
async fn a_caller_who_goes_away_does_not_take_the_keys_from_others() {
    let key = TestKey::new(Algorithm::EdDsa);
    let issuer = Issuer::start(&[&key]).await;
    let validator = issuer.validator();
    let token = key.token(&issuer.claims_v2());
    let impatient = {
        let (validator, token) = (validator.clone(), token.clone());
        tokio::spawn(async move { outcome(&validator, &token).await })
    };
    tokio::task::yield_now().await;
    impatient.abort();
    assert_eq!(outcome(&validator, &token).await, Ok(()));
}

#[tokio::test]
async fn res_08_an_issuer_that_is_down_at_the_start_is_nobodys_fault_but_ours() {
    let key = TestKey::new(Algorithm::EdDsa);
    let issuer = Issuer::start(&[&key]).await;
    issuer.set_all(&Answer::Status(503));
    let validator = issuer.validator();
    let token = key.token(&issuer.claims_v2());
    assert_eq!(
        outcome(&validator, &token).await,
        Err(Rejection::KeysUnavailable)
    );
    assert_eq!(
        outcome(&validator, &token).await,
        Err(Rejection::KeysUnavailable)
    );
    assert_eq!(
        issuer.requests().len(),
        1,
        "the second caller came too early to ask again"
    );

    issuer.publish_metadata();
    issuer.publish_keys(&[&key]);
    advance(5).await;
    assert_eq!(outcome(&validator, &token).await, Ok(()));
}

#[tokio::test]
async fn res_08_known_keys_serve_on_while_the_issuer_is_down() {
    let key = TestKey::new(Algorithm::EdDsa);
    let issuer = Issuer::start(&[&key]).await;
    let validator = issuer.validator();
    let token = key.token(&issuer.claims_v2());
    assert_eq!(outcome(&validator, &token).await, Ok(()));

    issuer.set_all(&Answer::Status(500));
    for hours in 1..24 {
        advance(3600).await;
        assert_eq!(
            outcome(&validator, &token).await,
            Ok(()),
            "after {hours} hours"
        );
        requests_reach(&issuer, 2 + hours).await;
    }
    advance(3600).await;
    assert_eq!(
        outcome(&validator, &token).await,
        Err(Rejection::KeysUnavailable)
    );

    issuer.publish_metadata();
    issuer.publish_keys(&[&key]);
    advance(5).await;
    assert_eq!(outcome(&validator, &token).await, Ok(()));
}

#[tokio::test]
async fn res_09_a_rollover_with_overlap_is_not_noticed() {
    let (old, new) = (
        TestKey::new(Algorithm::EdDsa),
        TestKey::new(Algorithm::EdDsa),
    );
    let issuer = Issuer::start(&[&old, &new]).await;
    let validator = issuer.validator();
    for key in [&old, &new, &old] {
        assert_eq!(
            outcome(&validator, &key.token(&issuer.claims_v2())).await,
            Ok(())
        );
    }
    assert_eq!(issuer.requests().len(), 2);
}

#[tokio::test]
async fn res_09_a_rollover_without_overlap_fails_no_request() {
    let (old, new) = (
        TestKey::new(Algorithm::EdDsa),
        TestKey::new(Algorithm::EdDsa),
    );
    let issuer = Issuer::start(&[&old]).await;
    let validator = issuer.validator();
    let (old_token, new_token) = (
        old.token(&issuer.claims_v2()),
        new.token(&issuer.claims_v2()),
    );
    assert_eq!(outcome(&validator, &old_token).await, Ok(()));

    issuer.publish_keys(&[&new]);
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let (validator, token) = (validator.clone(), new_token.clone());
            tokio::spawn(async move { outcome(&validator, &token).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.expect("no panic"), Ok(()));
    }
    assert_eq!(issuer.requests().len(), 4, "all waited for one fetch");
    assert_eq!(
        outcome(&validator, &old_token).await,
        Err(UNKNOWN_KEY),
        "withdrawn"
    );
}

#[tokio::test]
async fn res_09_a_second_rollover_in_a_row_is_over_after_five_minutes() {
    let keys: Vec<_> = (0..3).map(|_| TestKey::new(Algorithm::EdDsa)).collect();
    let issuer = Issuer::start(&[&keys[0]]).await;
    let validator = issuer.validator();
    let token = |n: usize| keys[n].token(&issuer.claims_v2());
    assert_eq!(outcome(&validator, &token(0)).await, Ok(()));
    issuer.publish_keys(&[&keys[1]]);
    assert_eq!(outcome(&validator, &token(1)).await, Ok(()));
    issuer.publish_keys(&[&keys[2]]);
    advance(299).await;
    assert_eq!(outcome(&validator, &token(2)).await, Err(UNKNOWN_KEY));
    advance(1).await;
    assert_eq!(outcome(&validator, &token(2)).await, Ok(()));
}

#[tokio::test]
async fn res_10_invented_key_ids_cost_one_request_in_five_minutes() {
    let key = TestKey::new(Algorithm::EdDsa);
    let issuer = Issuer::start(&[&key]).await;
    let validator = issuer.validator();
    let good = key.token(&issuer.claims_v2());
    assert_eq!(outcome(&validator, &good).await, Ok(()));
    let claims = issuer.claims_v2();
    let invented = |n: u32| {
        let header = json!({"typ": "JWT", "alg": "EdDSA", "kid": format!("invented-{n}")});
        signed(&header, &claims, &key.signing)
    };
    for n in 0..2_000 {
        assert_eq!(outcome(&validator, &invented(n)).await, Err(UNKNOWN_KEY));
    }
    assert_eq!(issuer.requests().len(), 4, "one fetch beyond the first");

    // An hour: one fetch each ten minutes for age, one each five for the invented.
    for n in 0..360 {
        advance(10).await;
        assert_eq!(outcome(&validator, &invented(n)).await, Err(UNKNOWN_KEY));
        assert_eq!(outcome(&validator, &good).await, Ok(()));
    }
    let fetches = issuer.requests().len() / 2;
    assert!(fetches <= 2 + 6 + 12, "{fetches}");
}

#[tokio::test]
async fn res_08_an_issuer_that_hangs_costs_a_known_key_no_request() {
    let key = TestKey::new(Algorithm::EdDsa);
    let issuer = Issuer::start(&[&key]).await;
    let validator = issuer.validator();
    let token = key.token(&issuer.claims_v2());
    assert_eq!(outcome(&validator, &token).await, Ok(()));
    issuer.set_all(&Answer::Silence);
    advance(600).await;
    let waiting = {
        let (validator, token) = (validator.clone(), token.clone());
        tokio::spawn(async move { outcome(&validator, &token).await })
    };
    requests_reach(&issuer, 3).await;
    advance(5).await;
    assert_eq!(waiting.await.expect("no panic"), Ok(()));
}

#[tokio::test]
async fn res_08_stale_keys_serve_for_the_time_that_is_set_and_raise_an_alarm() {
    let log = Log::default();
    // For all threads: a subscriber of one thread loses lines while others run without.
    tracing::subscriber::set_global_default(log.subscriber()).expect("nobody else sets one");
    let key = TestKey::new(Algorithm::EdDsa);
    let issuer = Issuer::start(&[&key]).await;
    let hour = Duration::from_secs(3600);
    let builder = issuer.builder().audience(API).stale_keys_age_max(hour);
    let validator = builder.build().expect("complete");
    let token = key.token(&issuer.claims_v2());
    assert_eq!(outcome(&validator, &token).await, Ok(()));
    assert_eq!(log.lines_about(&issuer.base), "");

    issuer.set_all(&Answer::Status(500));
    advance(3000).await;
    assert_eq!(outcome(&validator, &token).await, Ok(()));
    let text = log.lines_about(&issuer.base);
    assert!(
        text.contains("WARN") && text.contains("known keys stay in use"),
        "{text}"
    );
    assert!(text.contains("usable_for_seconds="), "{text}");
    advance(600).await;
    let refused = outcome(&validator, &token).await;
    assert_eq!(refused, Err(Rejection::KeysUnavailable));
    let text = log.lines_about(&issuer.base);
    assert!(
        text.contains("ERROR") && text.contains("every token is refused"),
        "{text}"
    );
    assert!(!text.contains(token.rsplit('.').next().expect("a signature")));
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn subscriber(&self) -> impl tracing::Subscriber + use<> {
        let log = self.clone();
        tracing_subscriber::fmt()
            .with_ansi(false)
            .with_max_level(tracing::Level::WARN)
            .with_writer(move || log.clone())
            .finish()
    }

    fn lines_about(&self, issuer: &str) -> String {
        let text = String::from_utf8(self.0.lock().expect("no panic").clone()).expect("text");
        text.lines().filter(|line| line.contains(issuer)).collect()
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn metadata_of_another_issuer_is_discarded() {
    let key = TestKey::new(Algorithm::EdDsa);
    let issuer = Issuer::start(&[&key]).await;
    let token = key.token(&issuer.claims_v2());
    let keys_url = format!("{}{KEYS_V2}", issuer.base);
    let exact = issuer.issuer_v2();
    for named in [
        format!("{exact}/"),
        exact.to_uppercase(),
        exact.replace("11111111", "{tenantid}"),
        issuer.issuer_v1(),
        String::new(),
    ] {
        let metadata = json!({"issuer": named, "jwks_uri": keys_url});
        issuer.set(METADATA_V2, Answer::Json(metadata));
        let outcome = outcome(&issuer.validator(), &token).await;
        assert_eq!(outcome, Err(Rejection::KeysUnavailable), "{named}");
    }
    assert!(
        !issuer.requests().iter().any(|path| path == KEYS_V2),
        "nothing was believed"
    );
}

#[tokio::test]
async fn redirects_plain_http_long_and_broken_answers_bring_no_keys() {
    let key = TestKey::new(Algorithm::EdDsa);
    let issuer = Issuer::start(&[&key]).await;
    let token = key.token(&issuer.claims_v2());
    let metadata =
        |jwks_uri: &str| Answer::Json(json!({"issuer": issuer.issuer_v2(), "jwks_uri": jwks_uri}));
    let plain = issuer.base.replace("https", "http");
    for answer in [
        Answer::Redirect(format!("{}{METADATA_V1}", issuer.base)),
        metadata(&format!("{plain}{KEYS_V2}")),
        metadata("file:///etc/passwd"),
        metadata(KEYS_V2),
        Answer::Json(json!({"issuer": issuer.issuer_v2()})),
        Answer::Json(json!([])),
        Answer::Status(404),
        Answer::Long(512 * 1024 + 1),
    ] {
        issuer.set(METADATA_V2, answer);
        let outcome = outcome(&issuer.validator(), &token).await;
        assert_eq!(outcome, Err(Rejection::KeysUnavailable));
    }
    let followed = |path: &String| path == METADATA_V1 || path == KEYS_V2;
    assert!(
        !issuer.requests().iter().any(followed),
        "{:?}",
        issuer.requests()
    );
}

#[tokio::test]
async fn an_issuer_without_an_answer_holds_a_caller_for_five_seconds_at_most() {
    let key = TestKey::new(Algorithm::EdDsa);
    let issuer = Issuer::start(&[&key]).await;
    issuer.set(METADATA_V2, Answer::Silence);
    let validator = issuer.validator();
    let token = key.token(&issuer.claims_v2());
    let waiting = tokio::spawn(async move { outcome(&validator, &token).await });
    requests_reach(&issuer, 1).await;
    advance(5).await;
    assert_eq!(
        waiting.await.expect("no panic"),
        Err(Rejection::KeysUnavailable)
    );
}

#[tokio::test]
async fn an_issuer_with_an_unknown_certificate_is_not_asked() {
    let key = TestKey::new(Algorithm::EdDsa);
    let (issuer, other) = (Issuer::start(&[&key]).await, Issuer::start(&[]).await);
    let trusting_another = other
        .builder()
        .authority(&issuer.base)
        .audience(crate::issuer::API)
        .build()
        .expect("complete");
    let outcome = outcome(&trusting_another, &key.token(&issuer.claims_v2())).await;
    assert_eq!(outcome, Err(Rejection::KeysUnavailable));
    assert_eq!(issuer.requests(), [""; 0]);
}

#[tokio::test]
async fn given_keys_are_the_only_ones_and_nothing_is_fetched() {
    let (given, other) = (
        TestKey::new(Algorithm::Es256),
        TestKey::new(Algorithm::Es256),
    );
    let issuer = Issuer::start(&[&other]).await;
    let keys = JwkSet {
        keys: vec![given.jwk.clone()],
    };
    let given_keys = issuer.builder().audience(API).audience(API_URI).keys(keys);
    let validator = given_keys.build().expect("complete");
    for claims in [issuer.claims_v1(), issuer.claims_v2()] {
        let token = given.token(&claims);
        assert!(validator.validate_at(&token, NOW).await.is_ok());
    }
    let published = validator
        .validate_at(&other.token(&issuer.claims_v2()), NOW)
        .await;
    assert_eq!(published, Err(InvalidToken::UnknownKey.into()));
    assert_eq!(issuer.requests(), Vec::<String>::new());

    let none = issuer
        .builder()
        .audience(API)
        .keys(JwkSet::default())
        .build();
    assert!(matches!(none, Err(BuildError::NoKeys)));
}
