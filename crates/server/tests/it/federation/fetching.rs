//! How often an issuer is asked, and what happens meanwhile (FED-15, 17, 18; R-21).

use std::time::Instant;

use countersign_testkit::issuer::{Answer, Issuer, IssuerKey, KEYS, METADATA};
use countersign_token::Algorithm;
use futures_util::future::join_all;
use serde_json::json;

use super::*;

#[tokio::test]
async fn keys_are_fetched_once_in_ten_minutes() {
    let issuer = Issuer::start();
    let key = IssuerKey::new("k", Algorithm::Es256);
    issuer.publish(&[&key]);
    let party = Party::knowing(&[&issuer]);
    for _ in 0..100 {
        party.key(&issuer.url(), "k").await.expect("published");
        party.advance(5);
    }
    assert_eq!(issuer.requests(), [METADATA, KEYS]);
    party.advance(100);
    party.key(&issuer.url(), "k").await.expect("published");
    assert_eq!(issuer.requests(), [METADATA, KEYS, METADATA, KEYS]);
}

#[tokio::test]
async fn many_at_once_share_one_fetch_and_survive_the_first() {
    let issuer = Issuer::start();
    let key = IssuerKey::new("k", Algorithm::Es256);
    issuer.publish(&[&key]);
    let keys = json!({ "keys": [key.jwk()] });
    let late = Answer::Late(Duration::from_millis(400), Box::new(Answer::Json(keys)));
    issuer.set(KEYS, late);
    let party = Party::knowing(&[&issuer]);
    let url = issuer.url();

    // The one who started the fetch goes away; the others get its answer all the same.
    let first = tokio::time::timeout(Duration::from_millis(100), party.key(&url, "k")).await;
    assert!(first.is_err(), "it is not there yet");
    let answers = join_all((0..100).map(|_| party.key(&url, "k"))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(
        (issuer.requests_for(METADATA), issuer.requests_for(KEYS)),
        (1, 1)
    );
}

#[tokio::test]
async fn keys_of_tenants_and_issuers_are_kept_apart() {
    let (one, other) = (Issuer::start(), Issuer::start());
    let (a, b) = (
        IssuerKey::new("same", Algorithm::Es256),
        IssuerKey::new("same", Algorithm::Es256),
    );
    one.publish(&[&a]);
    other.publish(&[&b]);
    let party = Party::knowing(&[&one, &other]);
    let of_one = party.key(&one.url(), "same").await.expect("published");
    let of_other = party.key(&other.url(), "same").await.expect("published");
    assert!(!Arc::ptr_eq(&of_one, &of_other));

    other.publish(&[]);
    let elsewhere = party
        .federation
        .key(tenant(OTHER_TENANT), &one.url(), Some("same"), None)
        .await
        .expect("published");
    assert!(!Arc::ptr_eq(&of_one, &elsewhere));
    assert_eq!(one.requests_for(KEYS), 2, "once for each tenant");
}

#[tokio::test]
async fn a_new_key_is_found_within_half_a_minute() {
    let issuer = Issuer::start();
    let old = IssuerKey::new("old", Algorithm::Es256);
    let new = IssuerKey::new("new", Algorithm::Es256);
    issuer.publish(&[&old]);
    let party = Party::knowing(&[&issuer]);
    let url = issuer.url();
    assert!(party.key(&url, "old").await.is_ok());

    issuer.publish(&[&old, &new]);
    assert_eq!(
        party.key(&url, "new").await.err(),
        Some(KeyProblem::UnknownKey)
    );
    party.advance(30);
    assert!(party.key(&url, "new").await.is_ok());
    assert!(
        party.key(&url, "old").await.is_ok(),
        "while it is published"
    );

    issuer.publish(&[&new]);
    party.advance(600);
    assert_eq!(
        party.key(&url, "old").await.err(),
        Some(KeyProblem::UnknownKey)
    );
}

#[tokio::test]
async fn unknown_key_ids_cost_one_fetch_in_half_a_minute() {
    let issuer = Issuer::start();
    let key = IssuerKey::new("k", Algorithm::Es256);
    issuer.publish(&[&key]);
    let party = Party::knowing(&[&issuer]);
    let url = issuer.url();
    assert!(party.key(&url, "k").await.is_ok());
    for second in 0..90 {
        party.advance(1);
        for n in 0..100 {
            let kid = format!("random-{second}-{n}");
            assert_eq!(
                party.key(&url, &kid).await.err(),
                Some(KeyProblem::UnknownKey)
            );
        }
        assert!(
            party.key(&url, "k").await.is_ok(),
            "the others notice nothing"
        );
    }
    assert_eq!(issuer.requests_for(KEYS), 1 + 3);
}

#[tokio::test]
async fn known_keys_serve_on_while_the_issuer_is_down() {
    let issuer = Issuer::start();
    let key = IssuerKey::new("k", Algorithm::Es256);
    issuer.publish(&[&key]);
    let party = Party::knowing(&[&issuer]);
    let url = issuer.url();
    assert!(party.key(&url, "k").await.is_ok());

    issuer.set(METADATA, Answer::Status(503));
    for _ in 0..23 {
        party.advance(3_600);
        assert!(party.key(&url, "k").await.is_ok());
        assert_eq!(
            party.key(&url, "x").await.err(),
            Some(KeyProblem::UnknownKey)
        );
    }
    assert!(
        issuer.requests_for(METADATA) > 20,
        "it was asked again and again"
    );
    party.advance(3_600);
    assert_eq!(
        unreachable(party.key(&url, "k").await),
        FetchError::Status(503)
    );

    issuer.set(METADATA, Answer::Json(issuer.metadata()));
    assert_eq!(
        unreachable(party.key(&url, "k").await),
        FetchError::Status(503)
    );
    party.advance(15);
    assert!(party.key(&url, "k").await.is_ok(), "it recovers soon");
}

#[tokio::test]
async fn an_issuer_that_stalls_delays_its_own_tokens_once_only() {
    let issuer = Issuer::start();
    let key = IssuerKey::new("k", Algorithm::Es256);
    issuer.publish(&[&key]);
    let party = Party::new(trusting(&[&issuer]), hasty());
    let url = issuer.url();
    assert!(party.key(&url, "k").await.is_ok());
    issuer.set(METADATA, Answer::Silence);
    party.advance(600);
    assert!(party.key(&url, "k").await.is_ok(), "after the time limit");
    for _ in 0..10 {
        party.advance(15);
        let start = Instant::now();
        assert!(party.key(&url, "k").await.is_ok());
        assert!(start.elapsed() < AT_ONCE);
    }
}

#[tokio::test]
async fn a_late_answer_never_replaces_a_newer_one() {
    let issuer = Issuer::start();
    let old = IssuerKey::new("old", Algorithm::Es256);
    let new = IssuerKey::new("new", Algorithm::Es256);
    issuer.publish(&[&old]);
    let keys = json!({ "keys": [old.jwk()] });
    let late = Answer::Late(Duration::from_secs(2), Box::new(Answer::Json(keys)));
    issuer.set(KEYS, late);
    let party = Party::knowing(&[&issuer]);
    let url = issuer.url();
    let waiting = tokio::spawn({
        let (party, url) = (Arc::clone(&party), url.clone());
        async move { party.key(&url, "old").await }
    });
    while issuer.requests_for(KEYS) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // By the keys' clock the first fetch is given up; by the network's it goes on.
    issuer.publish(&[&new]);
    party.advance(60);
    assert!(party.key(&url, "new").await.is_ok());
    let sent = issuer.sent_bytes();
    while issuer.sent_bytes() == sent {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(party.key(&url, "new").await.is_ok());
    assert_eq!(
        party.key(&url, "old").await.err(),
        Some(KeyProblem::UnknownKey)
    );
    assert_eq!(issuer.requests_for(KEYS), 2);
    waiting
        .await
        .expect("no panic")
        .expect_err("its key is gone");
}
