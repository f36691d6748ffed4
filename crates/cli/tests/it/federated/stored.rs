//! FED-19 to FED-23: credentials that are made, changed and taken away while the server runs.

use serde_json::{Value, json};

use super::{
    AUDIENCE, GITHUB, RSA, SUBJECT, check, credential, directory, github, stage, trusting,
};
use crate::answer::{Expected, e400, e401};
use crate::assertions::{daemon, forge};
use crate::request::post_v2;
use crate::sample::{self, CONTOSO, FABRIKAM, LEDGER, MULTI_TENANT, VISITOR};
use crate::stage::Stage;

/// An application of T2.
const STOCK: &str = "cccccccc-0000-4000-8000-000000000006";

#[test]
fn fed_20_a_change_counts_at_once() {
    let stage = stage();
    let request = daemon(&github().signed_by(&RSA));
    stage.check("FED-20 before", &request, Expected::Token);

    let moved = json!([credential(
        "github",
        GITHUB,
        "repo:contoso/orders:ref:refs/heads/next"
    )]);
    stage.apply(&trusting(&moved));
    stage.becomes("FED-20 subject changed", &request, e401(700_213));

    stage.apply(&directory());
    stage.becomes("FED-20 back", &request, Expected::Token);

    stage.apply(&trusting(&json!([])));
    stage.becomes("FED-20 deleted", &request, e401(70_025));

    // The good request is A's own, so it has to be another's while A is off.
    stage.apply(&directory());
    stage.becomes("FED-20 back", &request, Expected::Token);
    let visitor = sample::v2()
        .with("client_id", VISITOR)
        .with("client_secret", sample::VISITOR_SECRET);
    stage.good_is(post_v2(CONTOSO, &visitor));
    let off = crate::assertions::with(
        &directory(),
        sample::DAEMON,
        "servicePrincipal",
        "{accountEnabled: false}",
    );
    let refused = e400("unauthorized_client", 7_000_112);
    stage.apply(&off);
    stage.becomes("FED-20 disabled", &request, refused);
    stage.apply(&directory());
    stage.becomes("FED-20 back", &request, Expected::Token);
    // The application itself, in every tenant.
    let off = crate::assertions::with(&directory(), sample::DAEMON, "isDisabled", "true");
    stage.apply(&off);
    stage.becomes("FED-20 application disabled", &request, refused);
    stage.finish();
}

#[test]
fn fed_20_a_disabled_application_has_no_certificate_either() {
    let certificates = format!("[{{key: \"{}\"}}]", forge::FIRST.base64());
    let on = crate::assertions::with(
        &sample::directory(),
        sample::DAEMON,
        "keyCredentials",
        &certificates,
    );
    let stage = Stage::with_directory(&on);
    let visitor = sample::v2()
        .with("client_id", VISITOR)
        .with("client_secret", sample::VISITOR_SECRET);
    stage.good_is(post_v2(CONTOSO, &visitor));
    let draft = forge::Draft::new(&forge::FIRST, &crate::assertions::endpoint(&stage));
    let request = daemon(&draft.signed());
    let refused = e400("unauthorized_client", 7_000_112);
    for (key, value) in [
        ("isDisabled", "true"),
        ("servicePrincipal", "{accountEnabled: false}"),
    ] {
        stage.apply(&on);
        stage.becomes("FED-20 certificate", &request, Expected::Token);
        stage.apply(&crate::assertions::with(&on, sample::DAEMON, key, value));
        stage.becomes(&format!("FED-20 certificate, {key}"), &request, refused);
    }
    stage.finish();
}

#[test]
fn fed_19_and_21_credentials_that_are_not_taken() {
    let stage = stage();
    let good = || credential("more", "https://more.example", "a");
    let changed = |name: &str, value: Value| {
        let mut credential = good();
        credential[name] = value;
        json!([credential])
    };
    let own = format!("{}/{CONTOSO}/v2.0", stage.base_url());
    let long = format!("https://more.example/{}", "x".repeat(600));
    for (case, credentials, said) in [
        (
            "FED-19 own issuer",
            changed("issuer", json!(own)),
            "this platform itself",
        ),
        (
            "FED-07 http",
            changed("issuer", json!("http://more.example")),
            "https",
        ),
        (
            "FED-07 file",
            changed("issuer", json!("file:///etc/passwd")),
            "https",
        ),
        (
            "FED-07 no host",
            changed("issuer", json!("https://")),
            "name",
        ),
        (
            "FED-07 user",
            changed("issuer", json!("https://me@more.example")),
            "user",
        ),
        (
            "FED-07 query",
            changed("issuer", json!("https://more.example/?a")),
            "query",
        ),
        ("FED-07 long", changed("issuer", json!(long)), "at most 600"),
        ("FED-21 name", changed("name", json!("a/b")), "name"),
        (
            "FED-21 issuer with space",
            changed("issuer", json!("https://more.example ")),
            "space",
        ),
        (
            "FED-21 no audience",
            changed("audiences", json!([])),
            "no token could match",
        ),
        (
            "FED-21 same name",
            json!([good(), credential("more", GITHUB, SUBJECT)]),
            "same name",
        ),
        (
            "FED-21 same issuer and subject",
            json!([
                credential("one", GITHUB, SUBJECT),
                credential("two", GITHUB, SUBJECT)
            ]),
            "the same as",
        ),
    ] {
        let said_in_fact = stage.refused_to_apply(&trusting(&credentials));
        assert!(said_in_fact.contains(said), "{case}: {said_in_fact}");
        let request = daemon(&github().signed_by(&RSA));
        stage.check(case, &request, Expected::Token);
    }
    stage.finish();
}

#[test]
fn fed_21_more_credentials_and_audiences_than_the_original_takes() {
    let mut many: Vec<_> = (0..25)
        .map(|n| {
            credential(
                &format!("repository-{n}"),
                GITHUB,
                &format!("repo:contoso/r{n}"),
            )
        })
        .collect();
    many[20]["audiences"] = json!(["api://one", "api://two"]);
    let stage = Stage::with_directory(&trusting(&json!(many)));
    let token = |n: u32, audience: Value| {
        let subject = json!(format!("repo:contoso/r{n}"));
        let token = github().with("sub", subject).with("aud", audience);
        token.signed_by(&RSA)
    };
    let other = e401(700_212);
    for (n, audience, expected) in [
        (0, json!(AUDIENCE), Expected::Token),
        (19, json!(AUDIENCE), Expected::Token),
        (20, json!("api://one"), Expected::Token),
        (20, json!("api://two"), Expected::Token),
        (20, json!(["api://two", "api://other"]), Expected::Token),
        (20, json!(["api://one", "api://two"]), Expected::Token),
        (20, json!(AUDIENCE), other),
        (20, json!("api://one,api://two"), other),
        (21, json!("api://one"), other),
        (24, json!(AUDIENCE), Expected::Token),
        (25, json!(AUDIENCE), e401(700_213)),
    ] {
        let case = format!("FED-21 credential {n}, {audience}");
        check(&stage, &case, &token(n, audience), expected);
    }
    stage.finish();
}

#[test]
fn fed_22_a_token_serves_as_long_as_it_lives() {
    let stage = stage();
    let request = daemon(&github().signed_by(&RSA));
    for _ in 0..100 {
        stage.issued("FED-22", &request);
    }
    stage.finish();
}

#[test]
fn fed_23_a_credential_is_of_one_application_in_one_tenant() {
    let stage = stage();
    let token = github().signed_by(&RSA);
    check(&stage, "FED-23 its own", &token, Expected::Token);
    let none = e401(70_025);
    // Applications without a secret: to those with one the development server adds a credential.
    let ledger = post_v2(CONTOSO, &forge::form(LEDGER, &token));
    stage.check("FED-23 another application", &ledger, none);
    let stock = forge::form(STOCK, &token).with("scope", "api://stock/.default");
    stage.check("FED-23 another tenant", &post_v2(FABRIKAM, &stock), none);
    let visitor = post_v2(CONTOSO, &forge::form(VISITOR, &token));
    stage.check("FED-23 other credentials", &visitor, e401(700_211));
    // No other tenant can have an application of the same id.
    let taken = directory().replace(sample::FOREIGNER, sample::DAEMON);
    let said = stage.refused_to_apply(&taken);
    assert!(
        said.contains("is the same appId as"),
        "FED-23 same id: {said}"
    );
    let elsewhere = forge::form(sample::DAEMON, &token).with("scope", "api://stock/.default");
    let unknown = e400("unauthorized_client", 700_016);
    stage.check("FED-23 not there", &post_v2(FABRIKAM, &elsewhere), unknown);
    stage.finish();
}

#[test]
fn fed_23_a_multi_tenant_application_brings_its_credentials_along() {
    let credentials = json!([credential("github", GITHUB, SUBJECT)]);
    let at_home = crate::assertions::with(
        &sample::directory(),
        MULTI_TENANT,
        "federatedIdentityCredentials",
        &credentials.to_string(),
    );
    let invited = format!("{at_home}  servicePrincipals: [{{appId: {MULTI_TENANT}}}]\n");
    let stage = Stage::with_directory(&at_home);
    let token = github().signed_by(&RSA);
    let ask = |tenant: &str, scope: &str| {
        let form = forge::form(MULTI_TENANT, &token).with("scope", scope);
        post_v2(tenant, &form)
    };
    let home = ask(CONTOSO, "api://orders/.default");
    let away = ask(FABRIKAM, "api://stock/.default");
    stage.check("FED-23 at home", &home, Expected::Token);
    stage.check("FED-23 not invited", &away, e401(7_000_229));
    // One application in all tenants: what proves it at home proves it where it was invited.
    stage.apply(&invited);
    stage.becomes("FED-23 invited", &away, Expected::Token);
    let issued = stage.issued("FED-23 token", &away);
    assert_eq!(issued.claims["tid"], FABRIKAM);
    let wrong = github()
        .with("sub", json!("repo:fabrikam/stock"))
        .signed_by(&RSA);
    let wrong = forge::form(MULTI_TENANT, &wrong).with("scope", "api://stock/.default");
    stage.check(
        "FED-23 another subject",
        &post_v2(FABRIKAM, &wrong),
        e401(700_213),
    );
    stage.apply(&invited.replace(&credentials.to_string(), "[]"));
    stage.becomes("FED-23 withdrawn at home", &away, e401(70_025));
    stage.finish();
}

#[test]
fn an_expression_decides_over_the_claims() {
    let mut expressed = credential("github", GITHUB, SUBJECT);
    let object = expressed.as_object_mut().expect("an object");
    object.remove("subject");
    object.insert(
        "claimsMatchingExpression".to_owned(),
        json!("claims['sub'] matches 'repo:contoso/*:ref:refs/heads/*' and claims['environment'] eq 'prod'"),
    );
    let stage = crate::stage::Stage::with_directory(&trusting(&json!([expressed])));
    let prod = || github().with("environment", json!("prod"));
    for (case, token, expected) in [
        ("both", prod(), Expected::Token),
        (
            "other branch",
            prod().with("sub", json!("repo:contoso/stock:ref:refs/heads/next")),
            Expected::Token,
        ),
        (
            "other owner",
            prod().with("sub", json!("repo:fabrikam/x:ref:refs/heads/main")),
            e401(700_213),
        ),
        ("no environment", github(), e401(700_213)),
        (
            "other environment",
            github().with("environment", json!("prod2")),
            e401(700_213),
        ),
        (
            "a list",
            github().with("environment", json!(["prod"])),
            e401(700_213),
        ),
        (
            "other audience",
            prod().with("aud", json!(format!("{AUDIENCE}2"))),
            e401(700_212),
        ),
    ] {
        check(&stage, case, &token.signed_by(&RSA), expected);
    }
    stage.finish();
}
