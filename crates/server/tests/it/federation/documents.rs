//! Documents that are not what they should be (FED-10, 11, 13, 14; R-28).

use countersign_server::federation::Refusal;
use countersign_testkit::issuer::{Answer, Issuer, IssuerKey, KEYS, METADATA};
use countersign_token::Algorithm;
use serde_json::{Value, json};

use super::*;

#[tokio::test]
async fn the_metadata_must_name_exactly_the_issuer() {
    let issuer = Issuer::start();
    let key = IssuerKey::new("k", Algorithm::Es256);
    issuer.publish(&[&key]);
    let url = issuer.url();
    let port = issuer.address().port();
    for other in [
        format!("{url}/"),
        format!("{url} "),
        format!(" {url}"),
        format!("{url}/x"),
        url.replace("localhost", "LOCALHOST"),
        url.replace("localhost", "localhost."),
        url.replace("https", "HTTPS"),
        url.replace("https", "http"),
        format!("https://127.0.0.1:{port}"),
        format!("https://l\u{43e}calhost:{port}"),
        url[..url.len() - 1].to_owned(),
        String::new(),
    ] {
        let mut metadata = issuer.metadata();
        metadata["issuer"] = other.clone().into();
        issuer.set(METADATA, Answer::Json(metadata));
        let party = Party::knowing(&[&issuer]);
        let reason = unreachable(party.key(&url, "k").await);
        assert_eq!(reason, FetchError::OtherIssuer, "{other:?}");
        // Nothing is kept: the honest document counts as soon as it is there.
        issuer.publish(&[&key]);
        party.advance(15);
        assert!(party.key(&url, "k").await.is_ok());
    }
}

#[tokio::test]
async fn an_issuer_may_have_a_path_and_one_slash_at_its_end() {
    let issuer = Issuer::start();
    let key = IssuerKey::new("k", Algorithm::Es256);
    issuer.publish(&[&key]);
    for (suffix, path) in [
        ("/", METADATA.to_owned()),
        ("/realms/a", format!("/realms/a{METADATA}")),
        ("/realms/a/", format!("/realms/a{METADATA}")),
        ("//", format!("/{METADATA}")),
    ] {
        let url = format!("{}{suffix}", issuer.url());
        let mut metadata = issuer.metadata();
        metadata["issuer"] = url.clone().into();
        issuer.set(&path, Answer::Json(metadata));
        let party = Party::knowing(&[&issuer]);
        let answer = party.key(&url, "k").await;
        assert!(answer.is_ok(), "{url}: {answer:?}");
    }
    for suffix in ["?a=b", "#a", "/?", "/#"] {
        let url = format!("{}{suffix}", issuer.url());
        let reason = unreachable(Party::knowing(&[&issuer]).key(&url, "k").await);
        assert_eq!(reason, FetchError::Issuer, "{url}");
    }
}

#[tokio::test]
async fn the_keys_may_be_elsewhere_but_only_over_tls() {
    let (issuer, elsewhere) = (Issuer::start(), Issuer::start());
    let key = IssuerKey::new("k", Algorithm::Es256);
    issuer.publish(&[&key]);
    elsewhere.publish(&[&key]);
    let with = async |jwks_uri: Value| {
        let mut metadata = issuer.metadata();
        metadata["jwks_uri"] = jwks_uri;
        issuer.set(METADATA, Answer::Json(metadata));
        let party = Party::knowing(&[&issuer, &elsewhere]);
        party.key(&issuer.url(), "k").await
    };
    let port = issuer.address().port();
    for refused in [
        format!("http://localhost:{port}{KEYS}"),
        KEYS.to_owned(),
        format!("//localhost:{port}{KEYS}"),
        "file:///etc/passwd".to_owned(),
        String::new(),
    ] {
        let reason = unreachable(with(refused.clone().into()).await);
        assert_eq!(reason, FetchError::Refused(Refusal::NotHttps), "{refused}");
    }
    let user = format!("https://user@localhost:{port}{KEYS}");
    assert_eq!(
        unreachable(with(user.into()).await),
        FetchError::Refused(Refusal::User)
    );
    for missing in [Value::Null, json!(7), json!(["https://localhost"])] {
        assert_eq!(unreachable(with(missing).await), FetchError::Metadata);
    }
    assert_eq!(issuer.requests_for(KEYS), 0);

    let there = format!("{}{KEYS}", elsewhere.url());
    assert!(with(there.into()).await.is_ok());
    assert_eq!(
        (issuer.requests_for(KEYS), elsewhere.requests_for(KEYS)),
        (0, 1)
    );
}

#[tokio::test]
async fn keys_that_cannot_be_read_are_told_from_an_issuer_that_is_away() {
    let issuer = Issuer::start();
    let url = issuer.url();
    for keys in [
        Answer::Bytes(b"<html>sign in first</html>".to_vec()),
        Answer::Bytes(Vec::new()),
        Answer::Bytes(vec![0xff; 100]),
        Answer::Bytes(b"[".repeat(1_000_000)),
        Answer::Json(json!([])),
        Answer::Json(json!({})),
        Answer::Json(json!({"keys": null})),
        Answer::Json(json!({"keys": {}})),
        Answer::Json(json!({"keys": []})),
        Answer::Json(json!({"keys": [{"kty": "oct", "kid": "k", "k": "c2VjcmV0"}]})),
    ] {
        issuer.set(KEYS, keys.clone());
        let answer = Party::knowing(&[&issuer]).key(&url, "k").await;
        assert_eq!(answer.err(), Some(KeyProblem::UnreadableKeys), "{keys:?}");
    }
    issuer.set(KEYS, Answer::Status(404));
    let reason = unreachable(Party::knowing(&[&issuer]).key(&url, "k").await);
    assert_eq!(reason, FetchError::Status(404));
    for metadata in [
        Answer::Bytes(b"<html></html>".to_vec()),
        Answer::Json(json!([])),
        Answer::Json(json!({ "jwks_uri": format!("{url}{KEYS}") })),
        Answer::Bytes(format!(r#"{{"issuer":"{url}","issuer":"x","jwks_uri":"y"}}"#).into_bytes()),
    ] {
        issuer.set(METADATA, metadata);
        let reason = unreachable(Party::knowing(&[&issuer]).key(&url, "k").await);
        assert_eq!(reason, FetchError::Metadata);
    }
}

#[tokio::test]
async fn a_document_without_keys_does_not_wipe_those_that_work() {
    let issuer = Issuer::start();
    let key = IssuerKey::new("k", Algorithm::Es256);
    issuer.publish(&[&key]);
    let party = Party::knowing(&[&issuer]);
    assert!(party.key(&issuer.url(), "k").await.is_ok());
    issuer.publish(&[]);
    party.advance(600);
    assert!(party.key(&issuer.url(), "k").await.is_ok());
    assert_eq!(issuer.requests_for(KEYS), 2);
}

#[tokio::test]
async fn only_the_first_hundred_keys_count() {
    let issuer = Issuer::start();
    let key = IssuerKey::new("signs", Algorithm::Es256);
    let other = IssuerKey::new("x", Algorithm::Es256);
    for (place, is_found) in [(100, true), (101, false)] {
        let mut keys: Vec<Value> = (1..=150)
            .map(|n| {
                let mut jwk = serde_json::to_value(other.jwk()).expect("serialises");
                jwk["kid"] = format!("key-{n}").into();
                // Those that cannot be used count as well.
                if n % 2 == 0 {
                    json!({"kty": "oct"})
                } else {
                    jwk
                }
            })
            .collect();
        keys[place - 1] = serde_json::to_value(key.jwk()).expect("serialises");
        issuer.set(KEYS, Answer::Json(json!({ "keys": keys })));
        let answer = Party::knowing(&[&issuer]).key(&issuer.url(), "signs").await;
        assert_eq!(answer.is_ok(), is_found, "place {place}");
    }
}

#[tokio::test]
async fn long_documents_are_cut_off() {
    const LIMIT: usize = 1024 * 1024;
    /// What the sockets and the TLS layers on the way may hold.
    const BUFFERS: usize = 12 * 1024 * 1024;
    for path in [METADATA, KEYS] {
        for answer in [
            Answer::Endless,
            Answer::Bytes(vec![b' '; 50 * 1024 * 1024]),
            Answer::Bytes(vec![b' '; LIMIT + 1]),
        ] {
            let issuer = Issuer::start();
            issuer.set(path, answer);
            let party = Party::knowing(&[&issuer]);
            let reason = unreachable(party.key(&issuer.url(), "k").await);
            assert_eq!(reason, FetchError::TooLong(LIMIT));
            assert!(issuer.sent_bytes() < BUFFERS, "{}", issuer.sent_bytes());
        }
    }
    let issuer = Issuer::start();
    let key = IssuerKey::new("k", Algorithm::Es256);
    let mut keys = json!({ "keys": [key.jwk()] }).to_string();
    keys.extend(std::iter::repeat_n(' ', LIMIT - keys.len()));
    issuer.set(KEYS, Answer::Bytes(keys.into_bytes()));
    let party = Party::knowing(&[&issuer]);
    assert!(
        party.key(&issuer.url(), "k").await.is_ok(),
        "exactly at the limit"
    );
}

#[tokio::test]
async fn a_key_that_names_its_issuer_is_good_for_that_one() {
    let issuer = Issuer::start();
    let url = issuer.url();
    let tenanted = format!("{url}/{TENANT}/v2.0");
    let key = IssuerKey::new("k", Algorithm::Es256);
    for (credential, named, is_found) in [
        (&url, url.clone(), true),
        (&url, format!("{url}/"), false),
        (&url, "https://other.example".to_owned(), false),
        (&tenanted, format!("{url}/{{tenantid}}/v2.0"), true),
        (&tenanted, format!("{url}/{{tenantid}}"), false),
        (&tenanted, "{tenantid}".to_owned(), false),
        (&url, format!("{url}{{tenantid}}"), false),
    ] {
        let mut metadata = issuer.metadata();
        metadata["issuer"] = credential.clone().into();
        let path = credential.strip_prefix(&url).unwrap_or_default();
        issuer.set(&format!("{path}{METADATA}"), Answer::Json(metadata));
        let jwk = key.jwk().clone().with_issuer(&named);
        issuer.set(KEYS, Answer::Json(json!({ "keys": [jwk] })));
        let answer = Party::knowing(&[&issuer]).key(credential, "k").await;
        assert_eq!(answer.is_ok(), is_found, "{credential} {named}");
    }
}
