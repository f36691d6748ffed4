//! Issuers that take connections and never answer (FED-12).

use std::sync::Arc;
use std::time::Instant;

use futures_util::future::join_all;

use super::*;

/// The longest that any token request may take for its issuer's sake.
const ANSWERED_WITHIN: Duration = Duration::from_secs(5);

/// What a machine that is busy with other tests may add.
const GRACE: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread")]
async fn stalled_issuers_do_not_hold_up_clients_with_secrets() {
    const STALLED: usize = 200;
    let issuer = Issuer::start();
    issuer.stall_handshakes(true);
    let key = IssuerKey::new("k", Algorithm::Es256);
    let urls: Vec<_> = (0..STALLED)
        .map(|number| format!("{}/{number}", issuer.url()))
        .collect();
    let credentials = urls.iter().enumerate().map(|(number, url)| {
        let name = format!("stalled-{number}");
        credential(&name, url, SUBJECT)
    });
    let directory = directory(&credentials.collect());
    // A place for each, so that all of them wait for as long as they may.
    let limits = Limits {
        fetches_max: STALLED,
        ..Limits::default()
    };
    let wire = Arc::new(Wire::start(reaching(&issuer), limits, &directory).await);
    let stalling = tokio::spawn({
        let wire = Arc::clone(&wire);
        let shape = github(&issuer);
        async move {
            join_all(urls.iter().map(async |url| {
                let token = shape.clone().with("iss", json!(url)).signed_by(&key);
                let asked = Instant::now();
                let number = wire.number(&token).await;
                (number, asked.elapsed())
            }))
            .await
        }
    });
    while issuer.connections() < STALLED && !stalling.is_finished() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for turn in 0..100 {
        let answer = wire.node.token(CLIENT, SECRET).await;
        assert_eq!(answer.number(), 0, "{turn}");
    }
    assert!(!stalling.is_finished(), "they were still waiting");

    let answers = stalling.await.expect("no panic");
    for (number, took) in answers {
        assert_eq!(number, ISSUER_UNREACHABLE);
        assert!(took < ANSWERED_WITHIN + GRACE, "{took:?}");
    }
    assert_eq!(issuer.connections(), STALLED);
    // And nobody waits for them again while they are known to stall.
    assert_eq!(wire.node.token(CLIENT, SECRET).await.number(), 0);
    Arc::into_inner(wire)
        .expect("all are done")
        .node
        .stop()
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_to_stall_is_answered_in_time() {
    let key = IssuerKey::new("k", Algorithm::Es256);
    let drip = Said::Drip(Duration::from_secs(1), vec![b' '; 100]);
    let ways = [
        (METADATA, Said::Silence),
        (METADATA, drip.clone()),
        (KEYS, drip),
    ];
    let issuers: Vec<_> = ways.iter().map(|_| Issuer::start()).collect();
    let policy = issuers[1..]
        .iter()
        .fold(reaching(&issuers[0]), |policy, issuer| {
            let policy = policy.trust(issuer.ca_pem().as_bytes());
            policy.expect("an authority")
        });
    let credentials = issuers.iter().enumerate().map(|(number, issuer)| {
        let name = format!("stalled-{number}");
        credential(&name, &issuer.url(), SUBJECT)
    });
    let directory = directory(&credentials.collect());
    for (issuer, (path, said)) in issuers.iter().zip(ways) {
        issuer.publish(&[&key]);
        issuer.set(path, said);
    }
    let wire = Wire::start(policy, Limits::default(), &directory).await;
    let answers = issuers.iter().map(async |issuer| {
        let token = github(issuer).signed_by(&key);
        let asked = Instant::now();
        (wire.number(&token).await, asked.elapsed())
    });
    for (number, took) in join_all(answers).await {
        assert_eq!(number, ISSUER_UNREACHABLE);
        assert!(took < ANSWERED_WITHIN + GRACE, "{took:?}");
    }
    wire.node.stop().await;
}
