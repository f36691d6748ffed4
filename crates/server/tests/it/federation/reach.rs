//! Listeners on loopback see no connection unless the operator listed them (FED-08).

use std::net::IpAddr;

use countersign_server::federation::Refusal;
use countersign_testkit::issuer::{Answer, Issuer, IssuerKey, KEYS, METADATA};
use countersign_token::Algorithm;

use super::*;

fn on(address: &str) -> Issuer {
    Issuer::start_on(address.parse().expect("an address"))
}

#[track_caller]
fn refused_address(answer: Result<Arc<PublishedKey>, KeyProblem>) -> IpAddr {
    match unreachable(answer) {
        FetchError::Refused(Refusal::Address { address, .. }) => address,
        other => panic!("expected a refused address, not {other}"),
    }
}

#[tokio::test]
async fn loopback_is_not_reached_by_any_name() {
    let listeners = [
        on("127.0.0.1"),
        on("127.0.0.2"),
        on("127.8.9.10"),
        on("::1"),
    ];
    for listener in &listeners {
        let port = listener.address().port();
        for host in [
            "localhost",
            "LocalHost",
            "127.0.0.1",
            "127.0.0.2",
            "127.8.9.10",
            "127.1",
            "0x7f.0.0.2",
            "2130706433",
            "0177.8.9.10",
            "0",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:2]",
            "[::127.0.0.1]",
            "[::]",
        ] {
            let policy = OutboundPolicy::default()
                .trust(listener.ca_pem().as_bytes())
                .expect("an authority");
            let party = Party::new(policy, Limits::default());
            refused_address(party.key(&format!("https://{host}:{port}"), "k").await);
        }
        assert_eq!(listener.connections(), 0);
    }
}

#[tokio::test]
async fn a_listed_network_is_reached_and_its_neighbour_is_not() {
    let (listed, neighbour) = (on("127.0.0.1"), on("127.0.0.2"));
    let key = IssuerKey::new("k", Algorithm::Es256);
    listed.publish(&[&key]);
    neighbour.publish(&[&key]);
    let party = || {
        let only = "127.0.0.1/32".parse().expect("a network");
        let policy = [&listed, &neighbour].iter().fold(
            OutboundPolicy::default().allow([only]),
            |policy, issuer| {
                policy
                    .trust(issuer.ca_pem().as_bytes())
                    .expect("an authority")
            },
        );
        Party::new(policy, Limits::default())
    };
    // `localhost` may have both addresses; only the listed one is connected to.
    assert!(party().key(&listed.url(), "k").await.is_ok());

    let there = format!("https://127.0.0.2:{}", neighbour.address().port());
    let expected = neighbour.address().ip();
    assert_eq!(refused_address(party().key(&there, "k").await), expected);

    // Nor is it reached by what a reachable issuer answers.
    let mut metadata = listed.metadata();
    metadata["jwks_uri"] = format!("{there}{KEYS}").into();
    listed.set(METADATA, Answer::Json(metadata));
    assert_eq!(
        refused_address(party().key(&listed.url(), "k").await),
        expected
    );
    listed.set(
        METADATA,
        Answer::Redirect(307, format!("{there}{METADATA}")),
    );
    let reason = unreachable(party().key(&listed.url(), "k").await);
    assert_eq!(reason, FetchError::Status(307));
    assert_eq!(neighbour.connections(), 0);
}
