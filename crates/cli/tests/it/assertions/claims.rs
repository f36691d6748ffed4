//! AST-15 to AST-24 and AST-37: whose an assertion is, for whom and when.

use serde_json::{Value, json};

use super::forge::{form, now};
use super::{check, good, stage};
use crate::answer::{Expected, e400, e401};
use crate::request::post_v2;
use crate::sample::{CONTOSO, DAEMON, FABRIKAM, ORDERS, VISITOR};

const AUDIENCE: Expected = e401(700_023);
const NOT_CURRENT: Expected = e401(700_024);
const MALFORMED: Expected = e400("invalid_request", 50_027);
const MISSING: Expected = e400("invalid_request", 90_014);

#[test]
fn ast_15_and_16_an_audience_is_meant_exactly() {
    let stage = stage();
    let base = stage.base_url();
    let path = format!("/{CONTOSO}/oauth2/v2.0/token");
    let right = format!("{base}{path}");
    let other = "https://other.example";
    let host_only = base.rsplit_once(':').expect("a port").0;
    for wrong in [
        format!("{base}/{FABRIKAM}/oauth2/v2.0/token"),
        format!("{base}/{FABRIKAM}/v2.0"),
        format!("{base}/fabrikam.example/oauth2/v2.0/token"),
        // Issuers have one name, by id; token endpoints have several.
        format!("{base}/contoso.example/v2.0"),
        format!("{base}/contoso.example/"),
        format!("{base}/adfs/v2.0"),
        format!("{base}/adfs"),
        format!("{base}/common/oauth2/v2.0/token"),
        format!("{other}{path}"),
        format!("https://login.microsoftonline.com{path}"),
        base.clone(),
        format!("{base}/"),
        format!("{base}/{CONTOSO}"),
        format!("{host_only}{path}"),
        format!("{host_only}:1{path}"),
        right.replace("https://", "http://"),
        format!("{right}?x=1"),
        format!("{right}#x"),
        format!("{right}/"),
        format!("{right}/extra"),
        format!(" {right}"),
        format!("{right} "),
        format!("{right}\0"),
        format!("{base}{}", path.to_uppercase()),
        right.replace("localhost", "LOCALHOST"),
        right.replace("localhost", "user@localhost"),
        right.replace("oauth2/", "oauth2//"),
        right.replace("token", "%74oken"),
        "https://graph.microsoft.com".to_owned(),
        "api://orders".to_owned(),
        ORDERS.to_owned(),
    ] {
        let draft = good(&stage).claim("aud", wrong.as_str());
        check(
            &stage,
            &format!("AST-15 {wrong:?}"),
            &draft.signed(),
            AUDIENCE,
        );
    }
    for list in [
        json!([right, other]),
        json!([other, right]),
        json!([right, right]),
        json!([other]),
    ] {
        let draft = good(&stage).claim("aud", list.clone());
        check(&stage, &format!("AST-16 {list}"), &draft.signed(), AUDIENCE);
    }
    stage.finish();
}

#[test]
fn ast_17_and_19_audiences_and_claims_that_are_none() {
    let stage = stage();
    for audience in [
        json!(""),
        json!([]),
        json!({}),
        Value::Null,
        json!(true),
        json!(1),
        json!([""]),
        json!([1]),
        json!([["a"]]),
        json!([null]),
    ] {
        let draft = good(&stage).claim("aud", audience.clone());
        check(
            &stage,
            &format!("AST-17 {audience}"),
            &draft.signed(),
            MALFORMED,
        );
    }
    for name in ["iss", "sub", "aud", "exp"] {
        let draft = good(&stage).without(name);
        check(&stage, &format!("AST-19 {name}"), &draft.signed(), MISSING);
        let draft = good(&stage).claim(name, Value::Null);
        check(
            &stage,
            &format!("AST-19 {name} null"),
            &draft.signed(),
            MALFORMED,
        );
    }
    for (name, value) in [("iss", json!(1)), ("sub", json!(["a"])), ("jti", json!({}))] {
        let draft = good(&stage).claim(name, value);
        check(
            &stage,
            &format!("AST-19 {name} type"),
            &draft.signed(),
            MALFORMED,
        );
    }
    stage.finish();
}

#[test]
fn ast_18_and_37_an_assertion_is_of_one_client() {
    let stage = stage();
    let service = stage
        .issued("token", &super::daemon(&good(&stage).signed()))
        .claims["oid"]
        .clone();
    let service = service.as_str().expect("an object id");
    let (mismatch, subject) = (e401(700_021), e401(50_048));
    for (case, draft, expected) in [
        (
            "AST-18 sub of B",
            good(&stage).claim("sub", VISITOR),
            subject,
        ),
        (
            "AST-18 iss of B",
            good(&stage).claim("iss", VISITOR),
            mismatch,
        ),
        ("AST-18 both of B", good(&stage).of(VISITOR), mismatch),
        ("AST-18 object id", good(&stage).of(service), mismatch),
        (
            "AST-18 sub is text",
            good(&stage).claim("sub", "daemon"),
            subject,
        ),
        (
            "AST-18 sub is empty",
            good(&stage).claim("sub", ""),
            subject,
        ),
        // Not an application, so another issuer, and none that A trusts.
        (
            "AST-18 iss is text",
            good(&stage).claim("iss", "daemon"),
            e401(700_211),
        ),
        (
            "AST-18 iss is empty",
            good(&stage).claim("iss", ""),
            e401(700_211),
        ),
    ] {
        check(&stage, case, &draft.signed(), expected);
    }
    let of_daemon = good(&stage).signed();
    let upper = post_v2(CONTOSO, &form(&DAEMON.to_uppercase(), &of_daemon));
    stage.check("AST-18 client_id in upper case", &upper, Expected::Token);
    let request = post_v2(CONTOSO, &form(VISITOR, &of_daemon));
    stage.check("AST-37", &request, mismatch);
    stage.finish();
}

#[test]
fn ast_20_to_24_an_assertion_is_of_its_time() {
    let stage = stage();
    let day = 86_400;
    let now = now();
    let draft = |name: &str, value: i64| good(&stage).claim(name, value);
    for (case, draft, expected) in [
        // Five minutes of skew; the seconds that a test takes make it only older.
        ("AST-20 long ago", draft("exp", now - 360), NOT_CURRENT),
        ("AST-20 beyond", draft("exp", now - 301), NOT_CURRENT),
        ("AST-20 epoch", draft("exp", 0), NOT_CURRENT),
        ("AST-20 within", draft("exp", now - 270), Expected::Token),
        ("AST-21 a day", draft("exp", now + day), Expected::Token),
        (
            "AST-21 25 hours",
            draft("exp", now + 25 * 3_600),
            NOT_CURRENT,
        ),
        (
            "AST-21 100 years",
            draft("exp", now + 36_525 * day),
            NOT_CURRENT,
        ),
        ("AST-22 beyond", draft("nbf", now + 330), NOT_CURRENT),
        ("AST-22 within", draft("nbf", now + 270), Expected::Token),
        ("AST-24 an hour", draft("iat", now + 3_600), NOT_CURRENT),
        ("AST-24 within", draft("iat", now + 270), Expected::Token),
        ("AST-24 old", draft("iat", now - 30 * day), Expected::Token),
    ] {
        check(&stage, case, &draft.signed(), expected);
    }
    stage.finish();
}

#[test]
fn ast_23_what_is_no_time_is_never_passed_over() {
    let stage = stage();
    for name in ["exp", "nbf", "iat"] {
        for wrong in [
            json!(true),
            json!([]),
            json!({}),
            json!(""),
            json!("soon"),
            json!("1e9"),
            json!("0x10"),
            json!(-1),
            json!("-1"),
            json!(" 1700000600"),
            json!("1700000600 "),
            json!("+1700000600"),
            json!("01700000600"),
            json!("1700000600."),
            json!(".5"),
            json!(1e300),
            json!(u64::MAX),
            json!("NaN"),
            json!("Infinity"),
            Value::Null,
        ] {
            let draft = good(&stage).claim(name, wrong.clone());
            check(
                &stage,
                &format!("AST-23 {name} {wrong}"),
                &draft.signed(),
                MALFORMED,
            );
        }
    }
    stage.finish();
}
