//! Requests to a resource: the header, and one repetition on a claims challenge, by each of the
//! ways that there are.

use countersign_client::{Authorizer, InsecureAddress, SendError};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::rt::TokioExecutor;
use tower::{Layer, ServiceExt};

use crate::authority::{Answer, Authority, CLIENT, SCOPE, is_for};

const CLAIMS: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1"}}}"#;

/// `CLAIMS` in base64.
const ENCODED: &str =
    "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxIn19fQ==";

fn challenge(claims: &str) -> Answer {
    let value = format!(r#"Bearer realm="", error="insufficient_claims", claims="{claims}""#);
    Answer::Raw(401, vec![("www-authenticate", value)], String::new())
}

/// An authority, a resource that answers 200, and who calls it.
async fn start() -> (Authority, Authority, Authorizer) {
    let (authority, resource) = (Authority::start().await, Authority::start().await);
    resource.always(Answer::status(200));
    let authorizer = Authorizer::new(authority.client(), SCOPE);
    (authority, resource, authorizer)
}

/// The claims that the tokens of the requests to `resource` were asked for with.
fn claims_of(resource: &Authority) -> Vec<&'static str> {
    let requests = resource.requests().into_iter();
    let claims = requests.map(|request| {
        let values: Vec<_> = request.headers.get_all("authorization").iter().collect();
        assert_eq!(values.len(), 1, "{values:?}");
        let token = values[0]
            .to_str()
            .expect("text")
            .strip_prefix("Bearer ")
            .expect("bearer");
        let known = ["", CLAIMS].into_iter();
        known
            .filter(|claims| is_for(token, CLIENT, SCOPE, claims))
            .collect::<Vec<_>>()[0]
    });
    claims.collect()
}

async fn send(authorizer: &Authorizer, resource: &Authority) -> StatusCode {
    let request = reqwest::Client::new().post(&resource.base).body("a=b");
    authorizer.send(request).await.expect("a response").status()
}

#[tokio::test]
async fn a_challenge_is_answered_once_and_remembered() {
    let (authority, resource, authorizer) = start().await;
    assert_eq!(send(&authorizer, &resource).await, 200);
    resource.next(challenge(ENCODED));
    assert_eq!(send(&authorizer, &resource).await, 200);
    assert_eq!(claims_of(&resource), ["", "", CLAIMS]);
    // From now on without the detour.
    assert_eq!(send(&authorizer.clone(), &resource).await, 200);
    assert_eq!(claims_of(&resource)[3..], [CLAIMS]);
    assert_eq!(authority.count(), 2);
    let bodies: Vec<_> = resource
        .requests()
        .into_iter()
        .map(|r| r.form["a"].clone())
        .collect();
    assert_eq!(bodies, ["b"; 4]);
}

#[tokio::test]
async fn a_resource_that_challenges_for_ever_is_asked_twice_and_then_once() {
    let (authority, resource, authorizer) = start().await;
    resource.always(challenge(ENCODED));
    assert_eq!(send(&authorizer, &resource).await, 401);
    assert_eq!(resource.count(), 2);
    assert_eq!(send(&authorizer, &resource).await, 401);
    assert_eq!(resource.count(), 3);
    assert_eq!(authority.count(), 2);
}

#[tokio::test]
async fn other_answers_are_left_alone() {
    let (authority, resource, authorizer) = start().await;
    let header = (
        "www-authenticate",
        r#"Bearer error="invalid_token""#.to_owned(),
    );
    for answer in [
        Answer::Raw(401, vec![header], String::new()),
        Answer::status(403),
    ] {
        resource.next(answer);
        assert!(send(&authorizer, &resource).await.is_client_error());
    }
    assert_eq!(resource.count(), 2);
    assert_eq!(authority.count(), 1);
}

#[tokio::test]
async fn claims_that_the_authority_does_not_grant_are_an_error_and_forgotten() {
    let (authority, resource, authorizer) = start().await;
    assert_eq!(send(&authorizer, &resource).await, 200);
    resource.next(challenge(ENCODED));
    authority.next(Answer::refusal(400, "invalid_grant", 53_003));
    let request = reqwest::Client::new().get(&resource.base);
    let error = authorizer.send(request).await.expect_err("refused");
    let SendError::Token(error) = error else {
        panic!("{error}")
    };
    assert_eq!(error.refusal().and_then(|said| said.code), Some(53_003));
    assert_eq!(send(&authorizer, &resource).await, 200);
    assert_eq!(claims_of(&resource), ["", "", ""]);
}

#[tokio::test]
async fn tokens_do_not_travel_in_the_open() {
    let (authority, resource, authorizer) = start().await;
    // A name that leads here, so that nothing leaves the machine.
    let address = resource
        .base
        .trim_start_matches("http://")
        .parse()
        .expect("an address");
    let http = reqwest::Client::builder()
        .resolve("orders.invalid", address)
        .build();
    let http = http.expect("an HTTP client");
    let request = || http.get("http://orders.invalid/");
    let error = authorizer.send(request()).await.expect_err("plain http");
    assert!(
        matches!(error, SendError::Insecure(InsecureAddress)),
        "{error}"
    );
    assert_eq!(authority.count() + resource.count(), 0);
    let chosen = authorizer.dangerous_plain_http().send(request()).await;
    assert_eq!(chosen.expect("a response").status(), 200);
}

#[tokio::test]
async fn the_tower_layer_does_the_same() {
    let (authority, resource, authorizer) = start().await;
    let http = HyperClient::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let service = authorizer.layer(http);
    let request = |uri: &str| {
        let body = Full::new(Bytes::from_static(b"a=b"));
        Request::post(uri)
            .header("authorization", "Basic YTpi")
            .body(body)
            .expect("a request")
    };
    for expected in [200, 200, 401] {
        let response = service
            .clone()
            .oneshot(request(&resource.base))
            .await
            .expect("a response");
        assert_eq!(response.status(), expected);
        match resource.count() {
            1 => resource.next(challenge(ENCODED)),
            _ => resource.always(challenge(ENCODED)),
        }
    }
    assert_eq!(claims_of(&resource), ["", "", CLAIMS, CLAIMS]);
    assert_eq!(authority.count(), 2);
    let error = service
        .oneshot(request("http://orders.invalid/"))
        .await
        .expect_err("plain http");
    assert!(error.is::<InsecureAddress>(), "{error}");
}

#[tokio::test]
async fn the_middleware_of_reqwest_does_the_same() {
    let (authority, resource, authorizer) = start().await;
    let http = reqwest_middleware::ClientBuilder::new(reqwest::Client::new())
        .with(authorizer)
        .build();
    resource.next(Answer::status(200));
    resource.next(challenge(ENCODED));
    for _ in 0..3 {
        let response = http
            .post(&resource.base)
            .body("a=b")
            .send()
            .await
            .expect("a response");
        assert_eq!(response.status(), 200);
    }
    assert_eq!(claims_of(&resource), ["", "", CLAIMS, CLAIMS]);
    assert_eq!(authority.count(), 2);
    let error = http
        .get("http://orders.invalid/")
        .send()
        .await
        .expect_err("plain http");
    assert!(error.to_string().contains("https only"), "{error}");
}
