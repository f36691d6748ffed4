//! FED-01 to FED-06: which tokens meet a credential.

use serde_json::{Value, json};

use super::{AUDIENCE, CLUSTER, EC, GITHUB, RSA, SUBJECT, check, cluster, github, now, stage};
use crate::answer::{Expected, e400, e401};
use crate::assertions::daemon;

const ISSUER: Expected = e401(700_211);
const UNKNOWN_SUBJECT: Expected = e401(700_213);
const OTHER_AUDIENCE: Expected = e401(700_212);
const NOT_CURRENT: Expected = e401(700_024);
const MISSING: Expected = e400("invalid_request", 90_014);
const MALFORMED: Expected = e400("invalid_request", 50_027);

#[test]
fn fed_01_and_02_tokens_in_the_shapes_of_real_issuers() {
    let stage = stage();
    let issued = stage.issued("FED-01", &daemon(&github().signed_by(&RSA)));
    assert_eq!(issued.claims["azpacr"], "2");
    for (case, token) in [
        ("FED-01 ES256", github().signed_by(&EC)),
        ("FED-02", cluster().signed_by(&RSA)),
        ("FED-02 ES256", cluster().signed_by(&EC)),
        (
            "FED-02 several audiences",
            cluster()
                .with("aud", json!(["vault", AUDIENCE]))
                .signed_by(&RSA),
        ),
        (
            "FED-02 text",
            cluster().with("aud", json!(AUDIENCE)).signed_by(&RSA),
        ),
        (
            "FED-02 no nbf, no iat",
            cluster()
                .with("nbf", Value::Null)
                .with("iat", Value::Null)
                .signed_by(&EC),
        ),
    ] {
        check(&stage, case, &token, Expected::Token);
    }
    stage.finish();
}

#[test]
fn fed_03_issuers_are_compared_exactly() {
    let stage = stage();
    for issuer in [
        format!("{GITHUB}/"),
        GITHUB.to_uppercase(),
        GITHUB.replace("token.", "Token."),
        format!("{GITHUB}:443"),
        format!(" {GITHUB}"),
        format!("{GITHUB} "),
        GITHUB[..GITHUB.len() - 1].to_owned(),
        format!("{GITHUB}.example"),
        format!("{GITHUB}/contoso"),
        GITHUB.replace("https", "http"),
        format!("{GITHUB}\0"),
        CLUSTER.replace("/shop", ""),
        format!("{CLUSTER}/"),
        "https://unknown.example".to_owned(),
        String::new(),
    ] {
        let token = github().with("iss", json!(issuer)).signed_by(&RSA);
        check(&stage, &format!("FED-03 {issuer:?}"), &token, ISSUER);
    }
    // Each issuer counts with its own subjects only.
    let crossed = github().with("iss", json!(CLUSTER)).signed_by(&RSA);
    check(&stage, "FED-03 crossed", &crossed, UNKNOWN_SUBJECT);
    stage.finish();
}

#[test]
fn fed_04_and_21_subjects_are_compared_exactly() {
    let stage = stage();
    let with_subject = |subject: &str| github().with("sub", json!(subject)).signed_by(&RSA);
    let other_case = e401(7_002_138);
    for (subject, expected) in [
        (SUBJECT.to_uppercase(), other_case),
        (SUBJECT.replace("contoso", "Contoso"), other_case),
        (SUBJECT[..SUBJECT.len() - 1].to_owned(), UNKNOWN_SUBJECT),
        (SUBJECT[1..].to_owned(), UNKNOWN_SUBJECT),
        (format!("{SUBJECT}x"), UNKNOWN_SUBJECT),
        (format!("{SUBJECT} "), UNKNOWN_SUBJECT),
        (format!(" {SUBJECT}"), UNKNOWN_SUBJECT),
        (format!("{SUBJECT}\n"), UNKNOWN_SUBJECT),
        (SUBJECT.replace("main", "*"), UNKNOWN_SUBJECT),
        (String::new(), UNKNOWN_SUBJECT),
        // FED-21: a star is a star.
        ("repo:fabrikam/stock".to_owned(), UNKNOWN_SUBJECT),
        ("repo:fabrikam/".to_owned(), UNKNOWN_SUBJECT),
        ("repo:fabrikam/*".to_owned(), Expected::Token),
    ] {
        let case = format!("FED-04 {subject:?}");
        check(&stage, &case, &with_subject(&subject), expected);
    }
    stage.finish();
}

#[test]
fn fed_05_the_audience_is_one_of_the_credentials() {
    let stage = stage();
    for (audience, expected) in [
        (json!("api://other"), OTHER_AUDIENCE),
        (json!("api://AzureADTokenExchang"), OTHER_AUDIENCE),
        (json!("AzureADTokenExchange"), OTHER_AUDIENCE),
        (json!(format!("{AUDIENCE}/")), OTHER_AUDIENCE),
        (json!(AUDIENCE.to_lowercase()), OTHER_AUDIENCE),
        (json!(["vault", "api://other"]), OTHER_AUDIENCE),
        (json!(format!("{AUDIENCE},vault")), OTHER_AUDIENCE),
        (json!(""), MALFORMED),
        (json!([]), MALFORMED),
        (json!({ AUDIENCE: true }), MALFORMED),
        (json!([AUDIENCE, 1]), MALFORMED),
        (json!(true), MALFORMED),
    ] {
        let token = github().with("aud", audience.clone()).signed_by(&RSA);
        check(&stage, &format!("FED-05 {audience}"), &token, expected);
    }
    let without = github().with("aud", Value::Null).signed_by(&RSA);
    check(&stage, "FED-05 none", &without, MISSING);
    stage.finish();
}

#[test]
fn fed_06_a_token_is_of_its_time() {
    let stage = stage();
    let now = now();
    for (case, claim, value, expected) in [
        ("ended", "exp", json!(now - 360), NOT_CURRENT),
        ("within the skew", "exp", json!(now - 270), Expected::Token),
        ("a year", "exp", json!(now + 31_536_000), Expected::Token),
        ("no exp", "exp", Value::Null, MISSING),
        ("exp is text", "exp", json!("soon"), MALFORMED),
        ("nbf ahead", "nbf", json!(now + 330), NOT_CURRENT),
        ("nbf is text", "nbf", json!("soon"), MALFORMED),
        ("iat ahead", "iat", json!(now + 3_600), NOT_CURRENT),
        ("no sub", "sub", Value::Null, MISSING),
        ("sub is a list", "sub", json!([SUBJECT]), MALFORMED),
        ("no iss", "iss", Value::Null, MISSING),
        ("iss is a list", "iss", json!([GITHUB]), MALFORMED),
    ] {
        let token = github().with(claim, value).signed_by(&RSA);
        check(&stage, &format!("FED-06 {case}"), &token, expected);
    }
    stage.finish();
}
