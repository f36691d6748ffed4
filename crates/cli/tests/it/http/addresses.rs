//! HTTP-01, HTTP-17, HTTP-19 and HTTP-20: methods, paths, origins, names of requests.

use countersign_testkit::http1::Response;

use crate::answer::{self, Expected, e401};
use crate::request::{Request, get, post_v2};
use crate::sample::{CONTOSO, v2};
use crate::stage::Stage;

#[test]
fn http_01_only_post_asks_for_tokens() {
    let stage = Stage::new();
    let wrong = Expected::Refused(405, "invalid_request", 900_561);
    for method in ["GET", "PUT", "DELETE", "PATCH", "TRACE", "post", "BREW"] {
        for path in ["oauth2/token", "oauth2/v2.0/token"] {
            let request = Request::new(method, &format!("/{CONTOSO}/{path}")).form(&v2());
            stage.check("HTTP-01", &request, wrong);
            let response = stage.ask(&request.bytes()).expect("an answer");
            assert_eq!(response.header("allow"), Some("POST, OPTIONS"), "{method}");
        }
    }
    let head = Request::new("HEAD", &format!("/{CONTOSO}/oauth2/v2.0/token"));
    let response = stage.ask(&head.bytes()).expect("an answer");
    assert_eq!((response.status, response.body.len()), (405, 0));
    stage.serves_on().expect("HTTP-01 HEAD");
    stage.finish();
}

#[test]
fn http_17_paths_are_matched_exactly() {
    let stage = Stage::new();
    for path in [
        "/oauth2/v2.0/token/",
        "//oauth2/v2.0/token",
        "/./oauth2/v2.0/token",
        "/oauth2/../oauth2/v2.0/token",
        "/oauth2/v2.0/%74oken",
        "/oauth2%2fv2.0%2ftoken",
        "/OAUTH2/V2.0/TOKEN",
        "/oauth2/v2.0/token;a=b",
        "/oauth2/v2.0",
        "/oauth2/v1.0/token",
    ] {
        let request = Request::post(&format!("/{CONTOSO}{path}")).form(&v2());
        let response = stage.ask(&request.bytes()).expect("HTTP-17: an answer");
        assert_eq!(response.status, 404, "HTTP-17 {path}: {response:?}");
        assert_eq!(response.json()["error"], "not_found", "HTTP-17 {path}");
        answer::common_headers(&response).expect("HTTP-17");
        stage.serves_on().expect("HTTP-17");
    }
    // The whole URL in the request line means the same as its path (RFC 9112 section 3.2.2).
    let absolute = format!("https://evil.example/{CONTOSO}/oauth2/v2.0/token");
    let request = Request::post(&absolute).form(&v2());
    let issued = stage.issued("HTTP-17 absolute form", &request);
    let issuer = format!("{}/{CONTOSO}/v2.0", stage.base_url());
    assert_eq!(issued.claims["iss"], issuer.as_str());
    stage.finish();
}

#[test]
fn http_19_and_20_no_credentials_across_origins_and_ids_only_if_they_are_ids() {
    let stage = Stage::new();
    let origin = |request: Request| request.header("Origin", "https://evil.example");
    let token = format!("/{CONTOSO}/oauth2/v2.0/token");
    let preflight = origin(Request::new("OPTIONS", &token))
        .header("Access-Control-Request-Method", "POST")
        .without_content_type();
    let response = stage.ask(&preflight.bytes()).expect("an answer");
    assert_eq!(response.status, 204, "HTTP-19: {response:?}");
    assert!(has_no_cors(&response), "HTTP-19: {response:?}");
    let response = stage.ask(&origin(post_v2(CONTOSO, &v2())).bytes());
    assert!(has_no_cors(&response.expect("an answer")), "HTTP-19");

    let id = "12345678-1234-4234-8234-123456789abc";
    let returning = |id: &str| {
        post_v2(CONTOSO, &v2().with("client_secret", "wrong"))
            .header("return-client-request-id", "true")
            .header("client-request-id", id)
    };
    for (sent, echoed) in [
        (id, Some(id)),
        ("12345678-1234-4234-8234-123456789ABC", Some(id)),
        ("not-a-guid", None),
        ("<script>alert(1)</script>", None),
        ("", None),
    ] {
        let request = returning(sent).bytes();
        let response = stage.ask(&request).expect("an answer");
        assert_eq!(
            response.header("client-request-id"),
            echoed,
            "HTTP-20 {sent}"
        );
        let correlation_id = response.json()["correlation_id"].clone();
        assert_eq!(correlation_id == id, echoed.is_some(), "HTTP-20 {sent}");
        stage.check_response("HTTP-20", &request, &response, e401(7_000_215));
    }
    // MSAL for JavaScript names its request in the body.
    let wrong = v2()
        .with("client_secret", "wrong")
        .and("client-request-id", id);
    let request = post_v2(CONTOSO, &wrong).bytes();
    let response = stage.ask(&request).expect("an answer");
    assert_eq!(response.json()["correlation_id"], id, "HTTP-20 body");
    stage.check_response("HTTP-20 body", &request, &response, e401(7_000_215));
    let unasked = post_v2(CONTOSO, &v2()).header("client-request-id", id);
    let response = stage.ask(&unasked.bytes()).expect("an answer");
    assert_eq!(response.header("client-request-id"), None, "HTTP-20");
    for path in [
        format!("/{CONTOSO}/v2.0/.well-known/openid-configuration"),
        format!("/{CONTOSO}/discovery/v2.0/keys"),
        "/common/discovery/instance".to_owned(),
        "/health".to_owned(),
        "/ready".to_owned(),
        "/nothing".to_owned(),
        "/".to_owned(),
    ] {
        let response = stage.ask(&get(&path)).expect("an answer");
        answer::common_headers(&response).unwrap_or_else(|error| panic!("HTTP-20 {path}: {error}"));
    }
    stage.finish();
}

fn has_no_cors(response: &Response) -> bool {
    response
        .headers
        .iter()
        .all(|(name, _)| !name.starts_with("access-control-"))
}
