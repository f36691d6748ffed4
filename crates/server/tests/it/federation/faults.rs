//! Issuers that redirect, stall or cannot be trusted (FED-09, 12).

use std::net::TcpListener;
use std::time::Instant;

use countersign_testkit::issuer::{Answer, Issuer, IssuerKey, KEYS, METADATA};
use countersign_token::Algorithm;
use futures_util::future::join_all;

use super::*;

#[tokio::test]
async fn redirects_are_not_followed() {
    let (issuer, elsewhere) = (Issuer::start(), Issuer::start());
    let key = IssuerKey::new("k", Algorithm::Es256);
    elsewhere.publish(&[&key]);
    for path in [METADATA, KEYS] {
        for status in [301, 302, 303, 307, 308] {
            for to in [
                format!("{}{path}", issuer.url()),
                format!("{}{path}", elsewhere.url()),
                format!("https://127.0.0.1:{}{path}", elsewhere.address().port()),
                format!("http://localhost:{}{path}", elsewhere.address().port()),
            ] {
                issuer.publish(&[&key]);
                issuer.set(path, Answer::Redirect(status, to));
                let party = Party::knowing(&[&issuer, &elsewhere]);
                let before = issuer.requests_for(path);
                let reason = unreachable(party.key(&issuer.url(), "k").await);
                assert_eq!(reason, FetchError::Status(status));
                assert_eq!(issuer.requests_for(path), before + 1);
            }
        }
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn slow_issuers_run_into_the_time_limit() {
    let body = vec![b' '; 10_000];
    for path in [METADATA, KEYS] {
        for answer in [
            Answer::Silence,
            Answer::Drip(Duration::from_millis(50), body.clone()),
            Answer::Late(Duration::from_secs(60), Box::new(Answer::Status(200))),
        ] {
            let issuer = Issuer::start();
            issuer.set(path, answer.clone());
            check_time_limit(&issuer).await;
            assert_eq!(issuer.requests_for(path), 1);
        }
    }
    let issuer = Issuer::start();
    issuer.stall_handshakes(true);
    check_time_limit(&issuer).await;
    assert_eq!((issuer.connections(), issuer.requests().len()), (1, 0));
}

async fn check_time_limit(issuer: &Issuer) {
    let limits = hasty();
    let party = Party::new(trusting(&[issuer]), limits);
    let start = Instant::now();
    let reason = unreachable(party.key(&issuer.url(), "k").await);
    assert_eq!(reason, FetchError::Timeout);
    let took = start.elapsed();
    let limit = limits.keys.fetch_timeout;
    assert!(took >= limit && took < limit * 2, "{took:?}");
}

#[tokio::test]
async fn metadata_and_keys_share_one_time_limit() {
    let issuer = Issuer::start();
    let most = hasty().keys.fetch_timeout * 7 / 10;
    let late = Answer::Late(most, Box::new(Answer::Json(issuer.metadata())));
    issuer.set(METADATA, late);
    issuer.set(KEYS, Answer::Late(most, Box::new(Answer::Status(500))));
    check_time_limit(&issuer).await;
}

#[tokio::test]
async fn many_stalled_issuers_do_not_keep_others_waiting() {
    let (stalled, good) = (Issuer::start(), Issuer::start());
    let key = IssuerKey::new("k", Algorithm::Es256);
    good.publish(&[&key]);
    stalled.stall_handshakes(true);
    let limits = hasty();
    let party = Party::new(trusting(&[&stalled, &good]), limits);
    assert!(party.key(&good.url(), "k").await.is_ok());
    party.advance(600);

    let start = Instant::now();
    let stalling = tokio::spawn({
        let (party, url) = (Arc::clone(&party), stalled.url());
        async move {
            let urls: Vec<_> = (0..200).map(|n| format!("{url}/{n}")).collect();
            join_all(urls.iter().map(|url| party.key(url, "k"))).await
        }
    });
    while stalled.connections() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // Keys that are due to be fetched wait for a place a moment, and then serve on.
    let asked = Instant::now();
    assert!(party.key(&good.url(), "k").await.is_ok());
    assert!(asked.elapsed() < limits.keys.fetch_timeout / 5 + AT_ONCE);
    for _ in 0..20 {
        let asked = Instant::now();
        assert!(party.key(&good.url(), "k").await.is_ok());
        assert!(asked.elapsed() < AT_ONCE);
    }
    assert_eq!(good.requests_for(KEYS), 1);

    let answers = stalling.await.expect("no panic");
    let took = start.elapsed();
    assert!(took < limits.keys.fetch_timeout * 3, "{took:?}");
    let reasons: Vec<_> = answers.into_iter().map(unreachable).collect();
    let count = |reason: FetchError| reasons.iter().filter(|other| **other == reason).count();
    assert_eq!(count(FetchError::Timeout), limits.fetches_max);
    assert_eq!(count(FetchError::Busy), 200 - limits.fetches_max);
    assert_eq!(stalled.connections(), limits.fetches_max);
}

#[tokio::test]
async fn an_issuer_whose_certificate_is_not_trusted_is_not_asked() {
    let (issuer, other) = (Issuer::start(), Issuer::start());
    let party = Party::knowing(&[&other]);
    let reason = unreachable(party.key(&issuer.url(), "k").await);
    let FetchError::Request(text) = reason else {
        panic!("expected a failed request, not {reason}");
    };
    assert!(text.contains("UnknownIssuer"), "{text}");
    assert_eq!(issuer.requests().len(), 0);
}

#[tokio::test]
async fn a_closed_port_and_a_name_without_address_are_failed_requests() {
    let socket = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let closed = socket.local_addr().expect("bound").port();
    drop(socket);
    for url in [
        format!("https://127.0.0.1:{closed}"),
        "https://nothing.invalid".to_owned(),
    ] {
        let party = Party::new(
            OutboundPolicy::default().allow_loopback(),
            Limits::default(),
        );
        let reason = unreachable(party.key(&url, "k").await);
        assert!(matches!(reason, FetchError::Request(_)), "{url}: {reason}");
        assert!(!reason.to_string().contains("well-known"), "{reason}");
    }
}
