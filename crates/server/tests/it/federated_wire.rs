//! Tokens of other issuers at the token endpoint, with keys that are fetched from real servers over
//! TLS (FED-01, 02, 08 to 12, 15, 16, 18, 22).

mod refusals;
mod stalls;

use std::time::Duration;

use countersign_server::{Limits, OutboundPolicy};
use countersign_testkit::issuer::{Answer as Said, Assertion, Issuer, IssuerKey, KEYS, METADATA};
use countersign_token::Algorithm;
use serde_json::{Value, json};

use crate::node::{Answer, CLIENT, DIRECTORY, Node, SECRET, START, apply, within_the_bound};

const AUDIENCE: &str = "api://AzureADTokenExchange";
const SUBJECT: &str = "repo:contoso/orders:ref:refs/heads/main";

const ISSUER_UNREACHABLE: u64 = 90_061;
const KEYS_UNREADABLE: u64 = 900_612;
const KEY_UNKNOWN: u64 = 7_000_272;
const SIGNATURE_INVALID: u64 = 700_027;

/// A node whose daemon has these federated credentials.
struct Wire {
    node: Node,
    _folder: tempfile::TempDir,
}

impl Wire {
    async fn start(policy: OutboundPolicy, limits: Limits, directory: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let node = Node::start_asking(&url, policy, limits).await;
        apply(&node.db, directory).await;
        within_the_bound(async || node.token(CLIENT, SECRET).await.number() == 0).await;
        Self {
            node,
            _folder: folder,
        }
    }

    /// One whose daemon trusts the tests' repository at this issuer.
    async fn trusting(issuer: &Issuer, limits: Limits) -> Self {
        let credentials = json!([credential("github", &issuer.url(), SUBJECT)]);
        Self::start(reaching(issuer), limits, &directory(&credentials)).await
    }

    async fn prove_as(&self, client: &str, assertion: &str) -> Answer {
        let body = format!(
            "grant_type=client_credentials&client_id={client}&scope=api://orders/.default\
             &client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer\
             &client_assertion={assertion}"
        );
        let path = "/contoso.example/oauth2/v2.0/token";
        self.node.post(path, &body).await
    }

    /// The number that the daemon is answered with.
    async fn number(&self, assertion: &str) -> u64 {
        self.prove_as(CLIENT, assertion).await.number()
    }
}

/// Where one issuer may be reached, on loopback.
fn reaching(issuer: &Issuer) -> OutboundPolicy {
    OutboundPolicy::default()
        .allow_loopback()
        .trust(issuer.ca_pem().as_bytes())
        .expect("an authority")
}

fn directory(credentials: &Value) -> String {
    format!("{DIRECTORY}    federatedIdentityCredentials: {credentials}\n")
}

fn credential(name: &str, issuer: &str, subject: &str) -> Value {
    json!({"name": name, "issuer": issuer, "subject": subject, "audiences": [AUDIENCE]})
}

fn now() -> i64 {
    START.unix_seconds()
}

/// A good token of the tests' repository.
fn github(issuer: &Issuer) -> Assertion {
    Assertion::github(&issuer.url(), "contoso/orders", "main", now())
}

/// An issuer with one key.
fn issuer_with(algorithm: Algorithm) -> (Issuer, IssuerKey) {
    let issuer = Issuer::start();
    let key = IssuerKey::new("k", algorithm);
    issuer.publish(&[&key]);
    (issuer, key)
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_in_the_shapes_of_real_issuers_bring_tokens() {
    let issuer = Issuer::start();
    let rsa = IssuerKey::new("rsa", Algorithm::Rs256);
    let ec = IssuerKey::new("ec", Algorithm::Es256);
    issuer.publish(&[&rsa, &ec]);
    let url = issuer.url();
    let pod = "system:serviceaccount:shop:daemon";
    let svid = "spiffe://contoso.example/daemon";
    let credentials = json!([
        credential("github", &url, SUBJECT),
        credential("cluster", &url, pod),
        credential("spire", &url, svid),
    ]);
    let wire = Wire::start(
        reaching(&issuer),
        Limits::default(),
        &directory(&credentials),
    )
    .await;
    let spiffe = Assertion::spiffe(&url, "contoso.example", "daemon", now());
    let mut jose = spiffe.clone();
    jose.header["typ"] = "JOSE".into();
    let shapes = [
        github(&issuer),
        Assertion::kubernetes(&url, "shop", "daemon", now()),
        spiffe,
        jose,
    ];
    for shape in &shapes {
        for key in [&rsa, &ec, &rsa.signing_as(Algorithm::Ps256)] {
            let token = shape.signed_by(key);
            // What the published key is for, and not what its numbers could do.
            let expected = if key.alg() == "PS256" {
                SIGNATURE_INVALID
            } else {
                0
            };
            assert_eq!(wire.number(&token).await, expected, "{shape:?}");
        }
    }
    let answer = wire.prove_as(CLIENT, &shapes[0].signed_by(&rsa)).await;
    assert_eq!(answer.claims()["appidacr"], "2");
    assert_eq!(answer.claims()["appid"], CLIENT);
    assert_eq!(answer.claims()["roles"], json!(["Orders.Read"]));
    assert_eq!(issuer.requests(), [METADATA, KEYS], "asked once for all");
    wire.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_serves_again_until_it_ends() {
    let (issuer, key) = issuer_with(Algorithm::Es256);
    let wire = Wire::trusting(&issuer, Limits::default()).await;
    let token = github(&issuer).signed_by(&key);
    for turn in 0..100 {
        assert_eq!(wire.number(&token).await, 0, "{turn}");
    }
    assert_eq!(issuer.requests(), [METADATA, KEYS]);
    // Five minutes of its own and five of skew, to the second.
    wire.node.clock.advance_seconds(600);
    assert_eq!(wire.number(&token).await, 0);
    wire.node.clock.advance_seconds(1);
    assert_eq!(wire.number(&token).await, 700_024);
    wire.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_of_an_issuer_serves_at_once() {
    let issuer = Issuer::start();
    let old = IssuerKey::new("old", Algorithm::Rs256);
    let new = IssuerKey::new("new", Algorithm::Es256);
    issuer.publish(&[&old]);
    let mut limits = Limits::default();
    limits.keys.cool_down = Duration::from_millis(300);
    let wire = Wire::trusting(&issuer, limits).await;
    let rest = async || tokio::time::sleep(limits.keys.cool_down).await;
    let by = |key: &IssuerKey| github(&issuer).signed_by(key);
    assert_eq!(wire.number(&by(&old)).await, 0);
    assert_eq!(wire.number(&by(&new)).await, KEY_UNKNOWN);

    issuer.publish(&[&old, &new]);
    rest().await;
    assert_eq!(wire.number(&by(&new)).await, 0);
    assert_eq!(wire.number(&by(&old)).await, 0, "while it is published");

    issuer.publish(&[&new]);
    rest().await;
    // Whoever asks for a key that nobody knows makes the node look again.
    let stranger = IssuerKey::new("stranger", Algorithm::Es256);
    assert_eq!(wire.number(&by(&stranger)).await, KEY_UNKNOWN);
    assert_eq!(wire.number(&by(&old)).await, KEY_UNKNOWN);
    assert_eq!(wire.number(&by(&new)).await, 0);
    wire.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn known_keys_serve_while_their_issuer_is_down() {
    let (issuer, key) = issuer_with(Algorithm::Es256);
    let mut limits = Limits::default();
    limits.keys.age_max = Duration::from_millis(1);
    limits.keys.cool_down = Duration::from_millis(1);
    limits.keys.cool_down_failed = Duration::from_millis(1);
    let wire = Wire::trusting(&issuer, limits).await;
    let token = github(&issuer).signed_by(&key);
    assert_eq!(wire.number(&token).await, 0);
    issuer.set(METADATA, Said::Status(503));
    let before = issuer.requests_for(METADATA);
    for turn in 0..50 {
        assert_eq!(wire.number(&token).await, 0, "{turn}");
    }
    assert!(issuer.requests_for(METADATA) > before, "it was asked again");
    wire.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_too_old_serve_no_more() {
    let (issuer, key) = issuer_with(Algorithm::Es256);
    let mut limits = Limits::default();
    limits.keys.age_max = Duration::from_secs(2);
    limits.keys.stale_age_max = Duration::from_secs(2);
    limits.keys.cool_down = Duration::from_millis(300);
    limits.keys.cool_down_failed = Duration::from_millis(300);
    let wire = Wire::trusting(&issuer, limits).await;
    let token = github(&issuer).signed_by(&key);
    assert_eq!(wire.number(&token).await, 0);
    issuer.set(METADATA, Said::Status(503));
    tokio::time::sleep(limits.keys.stale_age_max).await;
    assert_eq!(wire.number(&token).await, ISSUER_UNREACHABLE);
    issuer.publish(&[&key]);
    tokio::time::sleep(limits.keys.cool_down_failed).await;
    assert_eq!(wire.number(&token).await, 0, "it recovers");
    wire.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_subject_serves_several_applications() {
    const OTHER: &str = "22222222-2222-4222-8222-222222222222";
    const NEITHER: &str = "33333333-3333-4333-8333-333333333333";
    let (issuer, key) = issuer_with(Algorithm::Es256);
    let credentials = json!([credential("github", &issuer.url(), SUBJECT)]);
    let grants = json!([{"resource": "api://orders", "roles": ["Orders.Write"]}]);
    let other = json!({
        "displayName": "Other daemon",
        "appId": OTHER,
        "grants": grants,
        "federatedIdentityCredentials": credentials,
    });
    let neither = json!({"displayName": "Neither", "appId": NEITHER, "grants": grants});
    let directory = format!("{}  - {other}\n  - {neither}\n", directory(&credentials));
    let wire = Wire::start(reaching(&issuer), Limits::default(), &directory).await;
    let token = github(&issuer).signed_by(&key);
    for (client, role) in [(CLIENT, "Orders.Read"), (OTHER, "Orders.Write")] {
        let answer = wire.prove_as(client, &token).await;
        assert_eq!(answer.number(), 0, "{client}");
        assert_eq!(answer.claims()["appid"], client);
        assert_eq!(answer.claims()["roles"], json!([role]));
    }
    assert_eq!(wire.prove_as(NEITHER, &token).await.number(), 70_025);
    wire.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_may_have_many_credentials_with_several_audiences() {
    let (issuer, key) = issuer_with(Algorithm::Es256);
    let url = issuer.url();
    let mut credentials: Vec<_> = (0..50)
        .map(|number| credential(&format!("branch-{number}"), &url, &subject(number)))
        .collect();
    credentials[49]["audiences"] = json!([AUDIENCE, "api://second", "https://third.example/"]);
    let directory = directory(&json!(credentials));
    let wire = Wire::start(reaching(&issuer), Limits::default(), &directory).await;
    for number in 0..50 {
        let token = github(&issuer).with("sub", json!(subject(number)));
        let token = token.signed_by(&key);
        assert_eq!(wire.number(&token).await, 0, "{number}");
    }
    for (number, audience, expected) in [
        (49, json!(AUDIENCE), 0),
        (49, json!("api://second"), 0),
        (49, json!(["https://third.example/"]), 0),
        (49, json!(["api://else", "api://second"]), 0),
        (49, json!("api://else"), 700_212),
        (49, json!("https://third.example"), 700_212),
        (48, json!("api://second"), 700_212),
    ] {
        let token = github(&issuer).with("sub", json!(subject(number)));
        let token = token.with("aud", audience.clone()).signed_by(&key);
        assert_eq!(wire.number(&token).await, expected, "{audience}");
    }
    wire.node.stop().await;
}

fn subject(number: usize) -> String {
    format!("repo:contoso/orders:ref:refs/heads/{number}")
}
