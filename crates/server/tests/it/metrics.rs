//! `GET /metrics`: what is counted, for whom, and that no request makes it grow.

use std::time::Duration;

use countersign_domain::clock::Clock;
use countersign_server::Network;

use crate::node::{CLIENT, DIRECTORY, Node, SECRET, apply, within_the_bound};

const DAY: Duration = Duration::from_secs(86_400);

async fn node(networks: Vec<Network>) -> (tempfile::TempDir, Node) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite://{}", folder.path().join("test.db").display());
    let node = Node::start_measured(&url, DAY, networks).await;
    apply(&node.db, DIRECTORY).await;
    within_the_bound(async || node.token(CLIENT, SECRET).await.number() == 0).await;
    (folder, node)
}

/// The value of a series.
fn value(text: &str, series: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(series));
    let value = line.unwrap_or_else(|| panic!("no {series} in {text}"));
    value.trim().parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_counted_by_what_they_came_to() {
    let (_folder, node) = node(Network::LOOPBACK.to_vec()).await;
    let granted = "countersign_token_requests_total{endpoint=\"v2.0\",\
                   credential_type=\"clientSecret\",code=\"0\"}";
    let refused = granted.replace("code=\"0\"", "code=\"7000215\"");
    let count = "countersign_token_request_duration_seconds_count";
    let before = node.get("/metrics").await.body;
    assert_eq!(node.token(CLIENT, SECRET).await.number(), 0);
    assert_eq!(node.token(CLIENT, "wrong").await.number(), 7_000_215);
    assert_eq!(node.token(CLIENT, "wrong").await.number(), 7_000_215);
    let after = node.get("/metrics").await.body;
    assert_eq!(value(&after, granted), value(&before, granted) + 1.0);
    assert_eq!(value(&after, &refused), 2.0);
    assert_eq!(value(&after, count), value(&before, count) + 3.0);
    assert!(value(&after, "countersign_directory_age_seconds") < 5.0);
    assert!(after.ends_with("# EOF\n"), "{after}");
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_secret_tells_when_it_ends() {
    let (_folder, node) = node(Network::LOOPBACK.to_vec()).await;
    let tenants = node.db.tenants().await.expect("tenants");
    let state = node.db.tenant_state(tenants[0].id).await;
    let passwords = state.expect("a tenant").expect("it is there").passwords;
    let [password] = passwords.as_slice() else {
        panic!("one secret, not {passwords:?}")
    };
    let (tenant, key) = (tenants[0].id, password.key_id);
    let series = format!(
        "countersign_credential_expiry_seconds{{tenant_id=\"{tenant}\",app_id=\"{CLIENT}\",\
         key_id=\"{key}\",type=\"clientSecret\"}}"
    );
    let text = node.get("/metrics").await.body;
    let ends = password.end_at.unix_seconds();
    assert_eq!(value(&text, &series), ends as f64);
    assert!(
        !text.contains("Contoso") && !text.contains("Daemon"),
        "OPS-11"
    );

    // Told for a week after its end, and then no more.
    let now = node.clock.now().unix_seconds();
    node.clock.advance_seconds(ends - now + 6 * 86_400);
    within_the_bound(async || node.get("/metrics").await.body.contains(&series)).await;
    node.clock.advance_seconds(2 * 86_400);
    assert!(!node.get("/metrics").await.body.contains(&series));
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ops_02_no_request_makes_a_new_series() {
    let (_folder, node) = node(Network::LOOPBACK.to_vec()).await;
    let ask = async |from: u32, to: u32| {
        for number in from..to {
            let client = format!("{number:08x}-0000-4000-8000-000000000000");
            assert_eq!(node.token(&client, SECRET).await.number(), 700_016);
            let path = format!("/tenant-{number}.example/oauth2/token");
            assert_eq!(node.post(&path, "grant_type=x").await.number(), 90_002);
        }
        let text = node.get("/metrics").await.body;
        text.lines().filter(|line| !line.starts_with('#')).count()
    };
    let first = ask(0, 1).await;
    assert_eq!(ask(1, 300).await, first);
    node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn for_other_networks_there_is_nothing() {
    let (_folder, node) = node(vec!["10.0.0.0/8".parse().expect("a network")]).await;
    let metrics = node.get("/metrics").await;
    let nothing = node.get("/nothing").await;
    assert_eq!((metrics.status, metrics.body), (404, nothing.body));
    node.stop().await;
}
