//! HTTP-02 to HTTP-08, HTTP-21 and HTTP-22: parameters are read from a form, once, as sent.

use countersign_testkit::form::encode;

use super::{MALFORMED, MISSING};
use crate::answer::{Expected, e400, e401};
use crate::request::{basic, post_v1, post_v2};
use crate::sample::{AUDITOR, AUDITOR_SECRET, CONTOSO, DAEMON, DAEMON_SECRET, v1, v2};
use crate::stage::Stage;

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
