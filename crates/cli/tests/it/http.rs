//! HTTP-01 to HTTP-13 and HTTP-17 to HTTP-22: what is wrong with a request before anyone asks who
//! sent it.

use std::time::Duration;

use countersign_testkit::form::encode;
use countersign_testkit::http1::{Connection, Response, Unanswered};

use crate::answer::{self, Expected, e400, e401};
use crate::request::{Request, basic, get, post_v1, post_v2};
use crate::sample::{self, AUDITOR, AUDITOR_SECRET, CONTOSO, DAEMON, DAEMON_SECRET, v1, v2};
use crate::stage::Stage;

const MISSING: Expected = e400("invalid_request", 900_144);
const MALFORMED: Expected = e400("invalid_request", 9_002_313);

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
fn http_02_to_05_parameters_are_read_from_a_form_and_once() {
    let stage = Stage::new();
    let json = format!(
        r#"{{"grant_type":"client_credentials","client_id":"{DAEMON}","client_secret":"{DAEMON_SECRET}","scope":"api://orders/.default"}}"#
    );
    let empty = post_v2(CONTOSO, &v2()).body("");
    let as_json = empty.clone().content_type("application/json");
    let unsupported = e400("unsupported_grant_type", 70_003);
    let grant = |grant: &str| post_v2(CONTOSO, &v2().with("grant_type", grant));
    let again = |name: &str, value: &str| post_v2(CONTOSO, &v2().and(name, value));
    let encodings = [
        ("HTTP-02 JSON", as_json.clone().body(json.clone()), MISSING),
        ("HTTP-02 form as JSON", as_json.form(&v2()), MISSING),
        ("HTTP-02 JSON as form", empty.clone().body(json), MISSING),
        (
            "HTTP-02 no content type",
            post_v2(CONTOSO, &v2()).without_content_type(),
            MISSING,
        ),
        (
            "HTTP-02 text",
            post_v2(CONTOSO, &v2()).content_type("text/plain"),
            MISSING,
        ),
        (
            "HTTP-02 multipart without boundary",
            post_v2(CONTOSO, &v2()).content_type("multipart/form-data"),
            MISSING,
        ),
        (
            "HTTP-02 multipart without parts",
            post_v1(CONTOSO, &v1()).content_type("multipart/form-data; boundary=x"),
            MALFORMED,
        ),
        ("HTTP-02 empty", empty, MISSING),
        (
            "HTTP-03",
            post_v2(CONTOSO, &v2())
                .content_type("application/x-www-form-urlencoded; charset=utf-8"),
            Expected::Token,
        ),
        (
            "HTTP-03 letter case",
            post_v2(CONTOSO, &v2()).content_type("Application/X-WWW-Form-URLEncoded"),
            Expected::Token,
        ),
        (
            "HTTP-04 none",
            post_v2(CONTOSO, &v2().without("grant_type")),
            MISSING,
        ),
        ("HTTP-04 password", grant("password"), unsupported),
        ("HTTP-04 refresh_token", grant("refresh_token"), unsupported),
        ("HTTP-04 code", grant("authorization_code"), unsupported),
        ("HTTP-04 implicit", grant("implicit"), unsupported),
        (
            "HTTP-04 letter case",
            grant("Client_Credentials"),
            unsupported,
        ),
        ("HTTP-04 space", grant(" client_credentials"), unsupported),
        ("HTTP-04 long", grant(&"x".repeat(10_000)), unsupported),
        (
            "HTTP-05 same client_id",
            again("client_id", DAEMON),
            MALFORMED,
        ),
        ("HTTP-05 client_id", again("client_id", AUDITOR), MALFORMED),
        ("HTTP-05 empty client_id", again("client_id", ""), MALFORMED),
        (
            "HTTP-05 scope",
            again("scope", "api://locked/.default"),
            MALFORMED,
        ),
        (
            "HTTP-05 grant_type",
            again("grant_type", "client_credentials"),
            MALFORMED,
        ),
        (
            "HTTP-05 client_secret",
            again("client_secret", "another"),
            MALFORMED,
        ),
        (
            "HTTP-05 same client_secret",
            again("client_secret", DAEMON_SECRET),
            MALFORMED,
        ),
    ];
    for (case, request, expected) in encodings {
        stage.check(case, &request, expected);
    }
    stage.finish();
}

/// Several guides of the original show `curl --form` at the v1.0 endpoint.
#[test]
fn http_03_multipart_forms_are_held_to_the_same_rules() {
    let stage = Stage::new();
    let part = |name: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let without_secret = part("grant_type", "client_credentials")
        + &part("client_id", DAEMON)
        + &part("resource", "api://orders");
    let good = without_secret.clone() + &part("client_secret", DAEMON_SECRET);
    let multipart = |parts: &str| {
        post_v1(CONTOSO, &v1())
            .content_type("multipart/form-data; boundary=b")
            .body(format!("{parts}--b--\r\n"))
    };
    let not_utf8 = {
        let mut body = good.clone().into_bytes();
        body.extend(
            b"--b\r\nContent-Disposition: form-data; name=\"scope\"\r\n\r\n\xff\r\n--b--\r\n",
        );
        multipart("").body(body)
    };
    let nameless = format!("{good}--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n");
    for (case, request, expected) in [
        ("good", multipart(&good), Expected::Token),
        ("a part without name", multipart(&nameless), Expected::Token),
        (
            "not decoded",
            multipart(&(without_secret.clone() + &part("client_secret", &encode(AUDITOR_SECRET)))),
            e401(7_000_215),
        ),
        ("no secret", multipart(&without_secret), e401(7_000_216)),
        (
            "repeated",
            multipart(&(good.clone() + &part("client_id", DAEMON))),
            MALFORMED,
        ),
        (
            "no last boundary",
            multipart("").body(good.clone()),
            MALFORMED,
        ),
        (
            "other boundary",
            multipart("").body(good.replace("--b", "--c")),
            MALFORMED,
        ),
        ("not UTF-8", not_utf8, MALFORMED),
        (
            "Basic beside it",
            multipart(&good).header("Authorization", &basic(DAEMON, DAEMON_SECRET)),
            e400("invalid_request", 90_023),
        ),
    ] {
        stage.check(&format!("HTTP-03 multipart: {case}"), &request, expected);
    }
    stage.finish();
}

#[test]
fn http_06_to_08_and_21_to_22_values_count_as_sent() {
    let stage = Stage::new();
    let query = v2().encode();
    let in_query = post_v2(CONTOSO, &v2()).body("").query(&query);
    let tolerated = (0..30).fold(v2(), |form, index| {
        form.and(&format!("unknown-{index}"), "x")
    });
    let tolerated = tolerated
        .and("client_info", "2")
        .and("response_type", "token")
        .and("x-client-SKU", "MSAL.Python")
        .and("x-client-VER", "1.31")
        .and("x-client-current-telemetry", "5|730,2|")
        .and("x-ms-lib-capability", "retry-after, h429");
    let telemetry = post_v2(CONTOSO, &tolerated)
        .query("api-version=1.0")
        .header("x-client-SKU", "MSAL.Xplat.Win32")
        .header("x-client-last-telemetry", "5|0|||")
        .header("Accept", "*/*");
    let raw = |secret: &str| {
        let form = v2().with("client_id", AUDITOR).without("client_secret");
        let body = format!("{}&client_secret={secret}", form.encode());
        post_v2(CONTOSO, &form).body(body)
    };
    let scope = "api://locked/.default";
    let auditor = v2().with("client_id", AUDITOR).with("scope", scope);
    let once = auditor.with("client_secret", AUDITOR_SECRET);
    let twice = encode(AUDITOR_SECRET);
    let client_id = |id: &str| {
        let body = v2().encode().replace(DAEMON, id);
        post_v2(CONTOSO, &v2()).body(body)
    };
    let cases = [
        ("HTTP-06", in_query, MISSING),
        (
            "HTTP-07 secret",
            post_v2(CONTOSO, &v2().with("client_secret", "")),
            e401(7_000_216),
        ),
        (
            "HTTP-07 scope",
            post_v2(CONTOSO, &v2().with("scope", "")),
            e400("invalid_request", 90_014),
        ),
        (
            "HTTP-07 client_id",
            post_v2(CONTOSO, &v2().with("client_id", "")),
            MISSING,
        ),
        ("HTTP-08", telemetry, Expected::Token),
        (
            "HTTP-08 v1.0",
            post_v1(CONTOSO, &v1().and("scope", "openid")).query("api-version=1.0"),
            Expected::Token,
        ),
        ("HTTP-21 %zz", client_id("%zz"), MALFORMED),
        ("HTTP-21 %", client_id("%"), MALFORMED),
        ("HTTP-21 %e", client_id("%e"), MALFORMED),
        ("HTTP-21 not UTF-8", client_id("%ff%fe"), MALFORMED),
        ("HTTP-22 raw", raw(AUDITOR_SECRET), e401(7_000_215)),
        ("HTTP-22 once", post_v2(CONTOSO, &once), Expected::Token),
        (
            "HTTP-22 twice",
            post_v2(CONTOSO, &once.with("client_secret", &twice)),
            e401(7_000_215),
        ),
    ];
    for (case, request, expected) in cases {
        stage.check(case, &request, expected);
    }
    stage.finish();
}

#[test]
fn http_09_bodies_have_a_limit_that_is_kept_before_they_are_read() {
    let stage = Stage::new();
    let too_large = Expected::Refused(413, "invalid_request", 90_056);
    let filled = |bytes: usize| {
        let body = v2().encode();
        let filler = "x".repeat(bytes - body.len() - "&filler=".len());
        post_v2(CONTOSO, &v2()).body(format!("{body}&filler={filler}"))
    };
    stage.check("HTTP-09 64 KiB", &filled(64 * 1024), Expected::Token);
    stage.check("HTTP-09 128 KiB", &filled(128 * 1024), Expected::Token);
    stage.check("HTTP-09 128 KiB + 1", &filled(128 * 1024 + 1), too_large);
    stage.check("HTTP-09 1 MiB", &filled(1024 * 1024), too_large);
    let before = stage.resident_bytes();
    let head = post_v2(CONTOSO, &v2()).head_without_length();
    for length in ["104857600", "1000000000000"] {
        // Announced, and never sent: the answer must not wait for it.
        let request = format!("{head}Content-Length: {length}\r\n\r\n");
        stage.check_bytes("HTTP-09 announced", request.as_bytes(), too_large);
    }
    let beyond = format!("{head}Content-Length: {}\r\n\r\n", u64::MAX);
    refuse_head(&stage, "HTTP-09 beyond", beyond.as_bytes(), &[400, 431]);
    let mut connection = stage.connect();
    let chunks = filled(1024 * 1024).chunks(16 * 1024);
    let sent = chunks.concat();
    for chunk in chunks {
        if connection.send(&chunk).is_err() {
            break;
        }
    }
    let response = connection.response().expect("HTTP-09 streamed: an answer");
    stage.check_response("HTTP-09 streamed", &sent, &response, too_large);
    assert!(connection.is_closed_within(Duration::from_secs(5)));
    let grown = stage.resident_bytes().saturating_sub(before);
    assert!(grown < 20 << 20, "HTTP-09: grew by {grown} bytes");
    stage.finish();
}

#[test]
fn http_10_a_body_that_breaks_off_does_nothing() {
    let stage = Stage::new();
    let head = post_v2(CONTOSO, &v2()).head_without_length();
    let part = format!("{head}Content-Length: 200\r\n\r\n{}", &v2().encode()[..50]);
    let mut closing = stage.connect();
    closing.send(part.as_bytes()).expect("open");
    closing.stream().finish_sending().expect("open");
    match closing.response() {
        Ok(response) => stage.check_response("HTTP-10", part.as_bytes(), &response, MALFORMED),
        Err(Unanswered::Closed) => {}
        Err(other) => panic!("HTTP-10: {other:?}"),
    }
    stage.serves_on().expect("HTTP-10");
    stage.finish();
}

#[test]
fn http_11_and_12_framing_is_plain_or_refused() {
    let stage = Stage::new();
    let request = post_v2(CONTOSO, &v2());
    let mut connection = stage.connect();
    let chunks = request.chunks(1);
    for chunk in &chunks {
        connection.send(chunk).expect("HTTP-11: open");
    }
    let response = connection.response().expect("HTTP-11: an answer");
    stage.check_response("HTTP-11", &chunks.concat(), &response, Expected::Token);

    let head = request.head_without_length();
    let form = v2().encode();
    let length = form.len();
    let good = format!("Content-Length: {length}\r\n");
    let chunked = format!("{length:x}\r\n{form}\r\n0\r\n\r\n");
    for (case, headers, body) in [
        (
            "unknown coding",
            "Transfer-Encoding: xchunked\r\n".to_owned(),
            &chunked,
        ),
        (
            "chunked is not last",
            "Transfer-Encoding: chunked, identity\r\n".to_owned(),
            &chunked,
        ),
        (
            "two lengths",
            format!("{good}Content-Length: {}\r\n", length + 1),
            &form,
        ),
        ("a sign", format!("Content-Length: +{length}\r\n"), &form),
        ("not a number", "Content-Length: ten\r\n".to_owned(), &form),
        (
            "a list",
            format!("Content-Length: {length}, {}\r\n", length + 1),
            &form,
        ),
        (
            "space before the colon",
            format!("{good}X-Test : 1\r\n"),
            &form,
        ),
        ("NUL", format!("{good}X-Test: a\0b\r\n"), &form),
        ("bare CR", format!("{good}X-Test: a\rb\r\n"), &form),
        ("folded line", format!("{good}X-Test: a\r\n b\r\n"), &form),
        ("no colon", format!("{good}X-Test\r\n"), &form),
        ("two hosts", format!("{good}Host: localhost\r\n"), &form),
        (
            "two different hosts",
            format!("{good}Host: evil.example\r\n"),
            &form,
        ),
    ] {
        let bytes = format!("{head}{headers}\r\n{body}");
        refuse_head(&stage, &format!("HTTP-12 {case}"), bytes.as_bytes(), &[400]);
    }
    let no_host = String::from_utf8(request.bytes()).expect("ASCII");
    let no_host = no_host.replacen("Host: localhost\r\n", "", 1);
    refuse_head(&stage, "HTTP-12 no host", no_host.as_bytes(), &[400]);
    stage.finish();
}

/// With both framings the chunks count (RFC 9112 section 6.3), and whatever follows on the
/// connection is nobody's: a front end that went by the length would have attached it to another
/// client's request.
#[test]
fn http_12_what_follows_two_framings_is_not_read() {
    let stage = Stage::new();
    let request = post_v2(CONTOSO, &v2());
    let head = request.head_without_length();
    let form = v2().encode();
    let chunked = format!("{:x}\r\n{form}\r\n0\r\n\r\n", form.len());
    let smuggled = String::from_utf8(get("/health")).expect("ASCII");
    let coding = "Transfer-Encoding: chunked\r\n";
    for (case, first, second) in [
        ("length first", "Content-Length: 3\r\n", coding),
        ("coding first", coding, "Content-Length: 3\r\n"),
        ("coding alone", coding, ""),
    ] {
        let bytes = format!("{head}{first}{second}\r\n{chunked}{smuggled}");
        let mut connection = stage.connect();
        let response = connection.exchange(bytes.as_bytes()).expect("an answer");
        stage.check_response(
            &format!("HTTP-12 {case}"),
            bytes.as_bytes(),
            &response,
            Expected::Token,
        );
        let second = connection.response();
        assert!(
            matches!(second, Err(Unanswered::Closed)),
            "HTTP-12 {case}: {second:?}"
        );
    }
    stage.finish();
}

#[test]
fn http_13_heads_have_limits() {
    let stage = Stage::new();
    let request = post_v2(CONTOSO, &v2());
    let many = (0..300).fold(request.clone(), |request, index| {
        request.header(&format!("x-{index}"), "y")
    });
    let large = request.clone().header("x-large", &"y".repeat(1 << 20));
    let long = request.query(&"z".repeat(64 * 1024));
    for (case, request) in [("300 lines", many), ("1 MiB", large), ("64 KiB URL", long)] {
        refuse_head(
            &stage,
            &format!("HTTP-13 {case}"),
            &request.bytes(),
            &[431, 414],
        );
    }
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
fn http_18_pipelined_requests_are_answered_in_order() {
    let stage = Stage::new();
    let good = post_v2(CONTOSO, &v2()).bytes();
    let bad = post_v2(CONTOSO, &v2().without("grant_type")).bytes();
    let mut connection = stage.connect();
    let all = [good.clone(), bad.clone(), good.clone()].concat();
    connection.send(&all).expect("open");
    for (request, expected) in [
        (&good, Expected::Token),
        (&bad, MISSING),
        (&good, Expected::Token),
    ] {
        let response = connection.response().expect("HTTP-18: an answer");
        stage.check_response("HTTP-18", request, &response, expected);
    }
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

/// Sends a request whose head must not be understood: one of these answers, then the end of the
/// connection, and no token whatever came in its body.
fn refuse_head(stage: &Stage, case: &str, request: &[u8], statuses: &[u16]) {
    let mut connection: Connection = stage.connect();
    match connection.exchange(request) {
        Ok(response) => {
            assert!(statuses.contains(&response.status), "{case}: {response:?}");
            assert!(!response.text().contains("access_token"), "{case}");
            for secret in sample::SECRETS {
                assert!(!response.text().contains(secret), "{case}");
            }
        }
        // Reset before the answer could be read: as good, for a request like this.
        Err(Unanswered::Closed) => {}
        Err(other) => panic!("{case}: {other:?}"),
    }
    assert!(
        connection.is_closed_within(Duration::from_secs(5)),
        "{case}: the connection stays open"
    );
    stage
        .serves_on()
        .unwrap_or_else(|error| panic!("{case}: {error:#}"));
}

fn has_no_cors(response: &Response) -> bool {
    response
        .headers
        .iter()
        .all(|(name, _)| !name.starts_with("access-control-"))
}
