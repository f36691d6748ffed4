//! BAS-01 to BAS-07: the client's credentials in the `Authorization` header.

use countersign_testkit::form::Form;

use crate::answer::{Expected, e400, e401};
use crate::request::{Request, basic, basic_raw, post_v1, post_v2};
use crate::sample::{AUDITOR, AUDITOR_SECRET, CONTOSO, DAEMON, DAEMON_SECRET, VISITOR, v1, v2};
use crate::stage::Stage;

const MALFORMED: Expected = e400("invalid_request", 9_002_313);

/// The body without credentials.
fn body() -> Form {
    v2().without("client_id").without("client_secret")
}

fn with_header(header: &str) -> Request {
    post_v2(CONTOSO, &body()).header("Authorization", header)
}

#[test]
fn bas_01_to_07_the_header_counts_like_the_body() {
    let stage = Stage::new();
    let good = basic(DAEMON, DAEMON_SECRET);
    let pair = &good["Basic ".len()..];
    let v1 = v1().without("client_id").without("client_secret");
    let auditor = body().with("scope", "api://locked/.default");
    let client_id = |id: &str| post_v2(CONTOSO, &body().and("client_id", id));
    for (case, request, expected) in [
        ("BAS-01 v2.0", with_header(&good), Expected::Token),
        (
            "BAS-01 v1.0",
            post_v1(CONTOSO, &v1).header("Authorization", &good),
            Expected::Token,
        ),
        (
            "BAS-02 encoded",
            post_v2(CONTOSO, &auditor).header("Authorization", &basic(AUDITOR, AUDITOR_SECRET)),
            Expected::Token,
        ),
        (
            "BAS-02 space as plus",
            post_v2(CONTOSO, &auditor).header(
                "Authorization",
                &basic(AUDITOR, AUDITOR_SECRET).replace("%20", "+"),
            ),
            Expected::Token,
        ),
        (
            "BAS-02 not encoded",
            post_v2(CONTOSO, &auditor).header(
                "Authorization",
                &basic_raw(&format!("{AUDITOR}:{AUDITOR_SECRET}")),
            ),
            e401(7_000_215),
        ),
        (
            "BAS-03",
            with_header(&basic(DAEMON, "wrong")),
            e401(7_000_215),
        ),
        (
            "BAS-04 equal",
            client_id(DAEMON).header("Authorization", &good),
            Expected::Token,
        ),
        (
            "BAS-04 equal in other case",
            client_id(&DAEMON.to_uppercase()).header("Authorization", &good),
            Expected::Token,
        ),
        (
            "BAS-04 different",
            client_id(VISITOR).header("Authorization", &good),
            e400("invalid_request", 90_100),
        ),
        (
            "BAS-05 basic",
            with_header(&format!("basic {pair}")),
            Expected::Token,
        ),
        (
            "BAS-05 BASIC",
            with_header(&format!("BASIC {pair}")),
            Expected::Token,
        ),
        (
            "BAS-05 two spaces",
            with_header(&format!("Basic  {pair}")),
            Expected::Token,
        ),
        ("BAS-06 not base64", with_header("Basic !!!!"), MALFORMED),
        (
            "BAS-06 base64url without padding",
            with_header(&format!("Basic {}", pair.trim_end_matches('='))),
            if pair.ends_with('=') {
                MALFORMED
            } else {
                Expected::Token
            },
        ),
        (
            "BAS-06 no colon",
            with_header(&basic_raw(DAEMON)),
            MALFORMED,
        ),
        (
            "BAS-06 empty user",
            with_header(&basic_raw(&format!(":{DAEMON_SECRET}"))),
            e400("invalid_request", 900_144),
        ),
        ("BAS-06 Bearer", with_header("Bearer xyz"), MALFORMED),
        ("BAS-06 alone", with_header("Basic"), MALFORMED),
        ("BAS-06 empty", with_header(""), MALFORMED),
        ("BAS-06 no scheme", with_header(pair), MALFORMED),
        ("BAS-06 not UTF-8", with_header("Basic //79"), MALFORMED),
        (
            "BAS-06 bad escape",
            with_header(&basic_raw("%zz:%zz")),
            MALFORMED,
        ),
        (
            "BAS-06 a header that is no credential, beside one that is",
            post_v2(CONTOSO, &v2()).header("Authorization", "Bearer xyz"),
            MALFORMED,
        ),
        (
            "BAS-06 two headers",
            with_header(&good).header("Authorization", &good),
            e400("invalid_request", 90_023),
        ),
        (
            "BAS-07",
            with_header(&basic_raw(&format!("{DAEMON}:"))),
            e401(7_000_216),
        ),
        (
            "BAS-07 both empty",
            with_header(&basic_raw(":")),
            e400("invalid_request", 900_144),
        ),
    ] {
        stage.check(case, &request, expected);
    }
    stage.finish();
}

#[test]
fn bas_03_a_refused_header_is_challenged_and_a_refused_body_is_not() {
    let stage = Stage::new();
    let by_header = with_header(&basic(DAEMON, "wrong")).bytes();
    let by_body = post_v2(CONTOSO, &v2().with("client_secret", "wrong")).bytes();
    for (request, is_challenged) in [(by_header, true), (by_body, false)] {
        let response = stage.ask(&request).expect("an answer");
        let challenge = response.header("www-authenticate").unwrap_or_default();
        assert_eq!(
            challenge.starts_with("Basic realm=\""),
            is_challenged,
            "{challenge}"
        );
        stage.check_response("BAS-03", &request, &response, e401(7_000_215));
    }
    stage.finish();
}

#[test]
fn bas_06_the_wording_is_constant() {
    let stage = Stage::new();
    let sentence = |header: &str| {
        let response = stage.ask(&with_header(header).bytes()).expect("an answer");
        let description = response.json()["error_description"].to_string();
        description.split(" Trace ID").next().map(str::to_owned)
    };
    let one = sentence("Basic canary-of-a-header");
    for header in ["Basic", "Bearer canary", "Basic OnBhc3M6", "Digest x"] {
        let other = sentence(header);
        if header != "Basic OnBhc3M6" {
            assert_eq!(one, other, "BAS-06 {header}");
        }
        assert!(
            !other.unwrap_or_default().contains("canary"),
            "BAS-06 {header}"
        );
    }
    stage.finish();
}
