//! It serves, on both databases, with TLS and behind a proxy.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use countersign_testkit::endpoint::Endpoint;
use countersign_testkit::http1::{Connection, Response};
use countersign_testkit::postgres::Postgres;

use super::{BEHIND_PROXY, Site, TLS, stop};
use crate::answer;
use crate::commands::text;
use crate::request::{get, post_v2};
use crate::sample::{CONTOSO, v2};

#[test]
fn it_serves_on_sqlite_with_tls_and_keeps_its_keys() {
    let site = Site::new();
    site.write(&site.config(&site.sqlite(), TLS));
    site.fill();
    let server = site.serve();
    let first = kid(&mut site.tls(&server));
    stop(server);
    let server = site.serve();
    assert_eq!(kid(&mut site.tls(&server)), first);
    for path in ["/health", "/ready"] {
        let response = site.tls(&server).exchange(&get(path)).expect("an answer");
        assert_eq!(response.status, 200, "{path}");
    }
    stop(server);
    let mode = fs::metadata(site.place.path("site.db"))
        .expect("made")
        .permissions()
        .mode();
    assert_eq!(mode & 0o077, 0, "site.db: {mode:o}");
}

#[test]
fn it_starts_without_any_account() {
    let site = Site::new();
    site.write(&site.config(&site.sqlite(), TLS));
    let server = site.serve();
    let request = post_v2(CONTOSO, &v2()).bytes();
    let response = site.tls(&server).exchange(&request).expect("an answer");
    answer::refusal(&response, answer::e400("invalid_request", 90_002)).expect("no tenant");
    stop(server);
    let exported = site.run(&["export"]);
    assert_eq!(exported.stdout.trim(), "tenants: []");
}

#[test]
fn several_nodes_serve_on_postgresql_and_hear_of_changes() {
    let site = Site::new();
    let database = Postgres::shared().database();
    site.write(&site.config(&database, TLS));
    let nodes = [site.serve(), site.serve()];
    site.fill();
    let mut connections = nodes.each_ref().map(|node| site.tls(node));
    let request = post_v2(CONTOSO, &v2()).bytes();
    let start = Instant::now();
    for connection in &mut connections {
        while connection.exchange(&request).expect("an answer").status != 200 {
            assert!(start.elapsed() < Duration::from_secs(3), "not heard of");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    // Both started on an empty database at once, and have the keys of one of them.
    let kids = connections.each_mut().map(kid);
    assert_eq!(kids[0], kids[1]);
    drop(connections);
    for node in nodes {
        stop(node);
    }
    let file = site.place.path("directory.yaml");
    let again = site.run(&["apply", text(&file)]);
    assert!(again.stdout.starts_with("Nothing to do"), "{again:?}");
    let exported = site.run(&["export"]).stdout;
    let back = site.place.write("exported.yaml", &exported);
    let applied = site.run(&["apply", text(&back)]);
    assert!(applied.stdout.starts_with("Nothing to do"), "{applied:?}");
}

#[test]
fn behind_a_proxy_it_speaks_plain_http_and_believes_only_the_proxy() {
    let site = Site::new();
    site.write(&site.config(&site.sqlite(), BEHIND_PROXY));
    site.fill();
    let server = site.serve();
    let endpoint = Endpoint::plain(server.address());
    let mut connection = Connection::open(&endpoint);
    kid_plain(&mut connection);

    // One guesser behind the proxy is throttled, another one is not.
    let wrong = |source: &str| {
        let form = v2().with("client_secret", "a guess");
        post_v2(CONTOSO, &form)
            .header("X-Forwarded-For", source)
            .bytes()
    };
    let status = |connection: &mut Connection, source: &str| {
        connection
            .exchange(&wrong(source))
            .expect("an answer")
            .status
    };
    for _ in 0..100 {
        assert_eq!(status(&mut connection, "192.0.2.1"), 401);
    }
    assert_eq!(status(&mut connection, "192.0.2.1"), 429);
    assert_eq!(status(&mut connection, "192.0.2.2"), 401);
    // What the client wrote itself is further left, and proves nothing.
    assert_eq!(status(&mut connection, "192.0.2.2, 192.0.2.1"), 429);
    assert_eq!(status(&mut connection, "192.0.2.1, 192.0.2.3"), 401);
    // From elsewhere the header counts for nothing: a hundred failures are the peer's own.
    let stranger = endpoint
        .connect_from([127, 0, 0, 2].into(), b"")
        .expect("open");
    let mut stranger = Connection::over(stranger);
    for number in 0..100 {
        assert_eq!(status(&mut stranger, &format!("198.51.100.{number}")), 401);
    }
    assert_eq!(status(&mut stranger, "203.0.113.1"), 429);
    stop(server);
}

/// Asks for a token on a connection, and gives back its key id.
fn kid(connection: &mut Connection) -> String {
    let keys = keys(connection);
    let request = post_v2(CONTOSO, &v2()).bytes();
    let response: Response = connection.exchange(&request).expect("an answer");
    let issued = answer::token(&response, &keys, false).expect("a token");
    let issuer = format!("https://localhost:8443/{CONTOSO}/v2.0");
    assert_eq!(issued.claims["iss"], issuer);
    issued.header["kid"].as_str().expect("text").to_owned()
}

fn keys(connection: &mut Connection) -> countersign_token::JwkSet {
    let keys = connection.exchange(&get("/common/discovery/v2.0/keys"));
    serde_json::from_value(keys.expect("an answer").json()).expect("keys")
}

/// As [`kid`], without TLS: no HSTS, which is the proxy's to say.
fn kid_plain(connection: &mut Connection) {
    let request = post_v2(CONTOSO, &v2()).bytes();
    let response = connection.exchange(&request).expect("an answer");
    assert_eq!(response.status, 200, "{response:?}");
    assert_eq!(response.header("strict-transport-security"), None);
}
