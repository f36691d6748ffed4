//! AST-26, AST-27 and AST-38: applications that ask for more than real clients do.

use std::time::Duration;

use countersign_testkit::endpoint::Endpoint;
use countersign_testkit::http1::Connection;
use countersign_testkit::server::{Server, Signal};
use countersign_token::Algorithm;
use serde_json::json;

use super::forge::{Draft, FIRST, SECOND, form, now};
use super::{check, daemon, directory, endpoint, good, stage, with};
use crate::answer::{self, Expected, e400, e401};
use crate::commands::{Place, text};
use crate::request::{post_v1, post_v2};
use crate::sample::{self, CONTOSO, DAEMON};
use crate::stage::{Stage, countersign};

const USED: Expected = e401(70_002);

fn single_use() -> String {
    with(&directory(), DAEMON, "assertionPolicy", "{singleUse: true}")
}

#[test]
fn ast_26_single_use_needs_a_name_for_each_assertion() {
    let stage = Stage::with_directory(&single_use());
    let malformed = e400("invalid_request", 50_027);
    let with_jti = |jti: serde_json::Value| good(&stage).claim("jti", jti).signed();
    for (case, assertion, expected) in [
        ("AST-26 none", good(&stage).without("jti").signed(), USED),
        ("AST-26 empty", with_jti(json!("")), USED),
        ("AST-26 number", with_jti(json!(7)), malformed),
        ("AST-26 null", with_jti(json!(null)), malformed),
        ("AST-26 long", with_jti(json!("j".repeat(10_000))), USED),
        ("AST-26 short", with_jti(json!("j")), Expected::Token),
        (
            "AST-26 longest",
            with_jti(json!("j".repeat(256))),
            Expected::Token,
        ),
        ("AST-26 longer", with_jti(json!("j".repeat(257))), USED),
    ] {
        check(&stage, case, &assertion, expected);
    }
    stage.finish();
}

#[test]
fn ast_27_the_second_use_is_refused() {
    let stage = Stage::with_directory(&single_use());
    let once = good(&stage).claim("jti", "once");
    check(&stage, "AST-27 first", &once.signed(), Expected::Token);
    check(&stage, "AST-27 second", &once.signed(), USED);
    check(&stage, "AST-27 third", &once.signed(), USED);
    // It is the name that counts, whatever is around it.
    let dressed = once.clone().claim("more", 1).claim("exp", now() + 700);
    check(&stage, "AST-27 same name", &dressed.signed(), USED);
    let other = once.clone().claim("jti", "twice");
    check(
        &stage,
        "AST-27 other name",
        &other.signed(),
        Expected::Token,
    );
    // Only a good one is used up.
    let spoilt = good(&stage).claim("jti", "spoilt");
    let wrong = spoilt.clone().claim("aud", "https://other.example");
    check(&stage, "AST-27 wrong", &wrong.signed(), e401(700_023));
    check(
        &stage,
        "AST-27 not used up",
        &spoilt.signed(),
        Expected::Token,
    );
    stage.finish();
}

#[test]
fn ast_27_a_flood_of_one_assertion_gets_one_token() {
    let stage = Stage::with_directory(&single_use());
    let request = post_v2(CONTOSO, &form(DAEMON, &good(&stage).signed())).bytes();
    let tokens: usize = std::thread::scope(|scope| {
        let asks: Vec<_> = (0..16)
            .map(|_| {
                let mut connection = stage.connect();
                let request = &request;
                scope.spawn(move || connection.exchange(request).expect("an answer").status)
            })
            .collect();
        let statuses = asks.into_iter().map(|ask| ask.join().expect("no panic"));
        statuses.filter(|status| *status == 200).count()
    });
    assert_eq!(tokens, 1, "AST-27");
    stage.finish();
}

#[test]
fn ast_27_a_restart_forgets_nothing() {
    let place = Place::new();
    let file = place.write("directory.yaml", &single_use());
    let serve = |listen: &str| -> Server {
        let data = place.data();
        let arguments = [
            "dev",
            "--listen",
            listen,
            "--data",
            text(&data),
            "--directory",
            text(&file),
        ];
        countersign().serve(&arguments, &place.path("stderr"))
    };
    let ask = |server: &Server, request: &[u8]| {
        let endpoint = Endpoint::tls(server.address(), &place.data().join("ca.pem"));
        Connection::open(&endpoint)
            .exchange(request)
            .expect("an answer")
    };
    let server = serve("127.0.0.1:0");
    let audience = format!("{}/{CONTOSO}/oauth2/v2.0/token", server.base_url());
    let assertion = Draft::new(&FIRST, &audience).signed();
    let request = post_v2(CONTOSO, &form(DAEMON, &assertion)).bytes();
    assert_eq!(ask(&server, &request).status, 200, "AST-27 first");
    let address = server.address().to_string();
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
    let server = serve(&address);
    answer::refusal(&ask(&server, &request), USED).expect("AST-27 after a restart");
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

#[test]
fn ast_38_the_strict_profile_takes_only_what_fapi_takes() {
    let strict = with(&directory(), DAEMON, "assertionPolicy", "{profile: strict}");
    let stage = Stage::with_directory(&strict);
    let issuer = format!("{}/{CONTOSO}/v2.0", stage.base_url());
    let good = || {
        Draft::new(&FIRST, &issuer)
            .alg(Algorithm::Ps256)
            .claim("exp", now() + 60)
    };
    let (audience, time) = (e401(700_023), e401(700_024));
    for (case, draft, expected) in [
        ("AST-38 PS256", good(), Expected::Token),
        (
            "AST-38 ES256",
            Draft::new(&SECOND, &issuer),
            Expected::Token,
        ),
        (
            "AST-38 RS256",
            good().alg(Algorithm::Rs256),
            e401(5_002_738),
        ),
        (
            "AST-38 PS512",
            good().alg(Algorithm::Ps512),
            e401(5_002_738),
        ),
        (
            "AST-38 token endpoint",
            good().claim("aud", endpoint(&stage)),
            audience,
        ),
        (
            "AST-38 list of one",
            good().claim("aud", json!([issuer])),
            audience,
        ),
        (
            "AST-38 iat soon",
            good().claim("iat", now() + 8),
            Expected::Token,
        ),
        // A minute, and the seconds that the test may take.
        ("AST-38 iat late", good().claim("iat", now() + 65), time),
        ("AST-38 nbf late", good().claim("nbf", now() + 65), time),
        ("AST-38 long life", good().claim("exp", now() + 3_600), time),
        ("AST-38 no jti", good().without("jti"), USED),
    ] {
        check(&stage, case, &draft.signed(), expected);
    }
    let once = good().signed();
    check(&stage, "AST-38 first", &once, Expected::Token);
    check(&stage, "AST-38 second", &once, USED);
    stage.finish();
}

#[test]
fn ast_38_the_strict_profile_knows_its_edges_to_the_second() {
    let strict = with(&directory(), DAEMON, "assertionPolicy", "{profile: strict}");
    let stage = Stage::with_directory(&strict);
    let issuer = format!("{}/{CONTOSO}/v2.0", stage.base_url());
    let time = e401(700_024);
    for (claim, seconds, expected) in [
        ("iat", 61, time),
        ("iat", 60, Expected::Token),
        ("nbf", 61, time),
        ("nbf", 60, Expected::Token),
        // Ten minutes, and the minute by which clocks may differ.
        ("exp", 661, time),
        ("exp", 660, Expected::Token),
        ("exp", -61, time),
        ("exp", -59, Expected::Token),
    ] {
        let (request, response) = within_one_second(|now| {
            let draft = Draft::new(&SECOND, &issuer).claim(claim, now + seconds);
            let request = daemon(&draft.signed()).bytes();
            let response = stage.ask(&request).expect("an answer");
            (request, response)
        });
        let case = format!("AST-38 {claim} {seconds:+}");
        stage.check_response(&case, &request, &response, expected);
    }
    stage.finish();
}

/// Does something with the current second until it begins and ends within that one, so that client
/// and server read the same time.
fn within_one_second<T>(mut attempt: impl FnMut(i64) -> T) -> T {
    loop {
        let before = now();
        while now() == before {
            std::thread::sleep(Duration::from_millis(5));
        }
        let second = now();
        let result = attempt(second);
        if now() == second {
            return result;
        }
    }
}

#[test]
fn ast_38_a_tenant_may_be_strict_for_all_of_its_applications() {
    let line = format!("- id: {CONTOSO}\n");
    let policy = format!("{line}  assertionPolicy: {{profile: strict}}\n");
    let directory = directory();
    assert_eq!(directory.matches(&line).count(), 1);
    let lax = "{profile: compatible, singleUse: false}";
    for (whose, directory) in [
        ("tenant", directory.replace(&line, &policy)),
        // An application cannot take back what its tenant asks for.
        (
            "tenant, not application",
            with(&directory, DAEMON, "assertionPolicy", lax).replace(&line, &policy),
        ),
    ] {
        let stage = Stage::with_directory(&directory);
        let ledger = sample::v2()
            .without("scope")
            .and("resource", "https://ledger.contoso.example");
        let v1_issuer = stage.issued("v1.0", &post_v1(CONTOSO, &ledger)).claims["iss"].clone();
        let v1_issuer = v1_issuer.as_str().expect("text");
        let v2_issuer = format!("{}/{CONTOSO}/v2.0", stage.base_url());
        assert_ne!(v1_issuer, v2_issuer);
        let good = |audience: &str| Draft::new(&FIRST, audience).alg(Algorithm::Ps256);
        let once = good(&v2_issuer).signed();
        for (case, assertion, expected) in [
            ("v2.0 issuer", good(&v2_issuer).signed(), Expected::Token),
            ("v1.0 issuer", good(v1_issuer).signed(), Expected::Token),
            (
                "token endpoint",
                good(&endpoint(&stage)).signed(),
                e401(700_023),
            ),
            (
                "RS256",
                Draft::new(&FIRST, &v2_issuer).signed(),
                e401(5_002_738),
            ),
            (
                "long life",
                good(&v2_issuer).claim("exp", now() + 3_600).signed(),
                e401(700_024),
            ),
            ("no jti", good(&v2_issuer).without("jti").signed(), USED),
            ("first", once.clone(), Expected::Token),
            ("second", once, USED),
        ] {
            check(
                &stage,
                &format!("AST-38 {whose}: {case}"),
                &assertion,
                expected,
            );
        }
        stage.finish();
    }
}

#[test]
fn ast_38_a_lifetime_may_be_limited() {
    let short = with(
        &directory(),
        DAEMON,
        "assertionPolicy",
        "{lifetimeSecondsMax: 60}",
    );
    let stage = Stage::with_directory(&short);
    let until = |seconds: i64| good(&stage).claim("exp", now() + seconds).signed();
    check(&stage, "AST-38 short", &until(50), Expected::Token);
    check(&stage, "AST-38 long", &until(500), e401(700_024));
    stage.finish();
    // The default takes it.
    let stage = self::stage();
    let draft = good(&stage).claim("exp", now() + 500);
    check(&stage, "AST-38 default", &draft.signed(), Expected::Token);
    stage.finish();
}
