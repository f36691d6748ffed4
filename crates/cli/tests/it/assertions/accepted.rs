//! AST-01 to AST-09 and AST-39: what real clients send.

use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, Engine};
use countersign_token::Algorithm;
use serde_json::{Value, json};

use super::forge::{Draft, FIRST, SECOND, STRANGER, THIRD, form, hex, now};
use super::{KEY_ID, check, daemon, endpoint, good, stage};
use crate::answer::{Expected, e400};
use crate::request::{get, post_v1, post_v2};
use crate::sample::{CONTOSO, DAEMON};

#[test]
fn ast_01_the_token_says_that_a_key_signed() {
    let stage = stage();
    let v2 = stage.issued("AST-01 v2.0", &daemon(&good(&stage).signed()));
    assert_eq!(v2.claims["azpacr"], "2");
    assert_eq!(
        v2.claims["roles"],
        json!(["Orders.Read", "Orders.Write", "Orders.Export"])
    );
    let form = form(DAEMON, &good(&stage).signed())
        .without("scope")
        .and("resource", "https://ledger.contoso.example");
    // An assertion for the v2.0 endpoint serves at v1.0: AST-39.
    let v1 = stage.issued("AST-39", &post_v1(CONTOSO, &form));
    assert_eq!(v1.claims["appidacr"], "2");
    stage.finish();
}

#[test]
fn ast_02_to_09_every_algorithm_name_and_spelling_of_real_clients() {
    let stage = stage();
    let good = || good(&stage);
    let second = Draft::new(&SECOND, &endpoint(&stage));
    let by_kid = |kid: &str| good().without_header("x5t").header("kid", kid);
    let by_x5t_s256 = |text: &str| good().without_header("x5t").header("x5t#S256", text);
    let third = Draft::new(&THIRD, &endpoint(&stage));
    let (sha1_hex, sha256_hex) = (FIRST.hex(), hex(&FIRST.certificate.thumbprint_sha256()));
    let sha1 = FIRST.certificate.thumbprint_sha1();
    let sha256 = FIRST.certificate.thumbprint_sha256();
    let standard = BASE64_STANDARD.encode(sha1);
    let upper = DAEMON.to_uppercase();
    for (case, draft) in [
        ("AST-02 RS256", by_x5t_s256(&FIRST.x5t_s256())),
        (
            "AST-02 PS256",
            by_x5t_s256(&FIRST.x5t_s256()).alg(Algorithm::Ps256),
        ),
        (
            "AST-02 PS384",
            by_x5t_s256(&FIRST.x5t_s256()).alg(Algorithm::Ps384),
        ),
        (
            "AST-02 PS512",
            by_x5t_s256(&FIRST.x5t_s256()).alg(Algorithm::Ps512),
        ),
        ("AST-02 RS384", good().alg(Algorithm::Rs384)),
        ("AST-02 RS512", good().alg(Algorithm::Rs512)),
        ("AST-02 ES256", second),
        ("AST-02 ES384", third.clone()),
        (
            "AST-02 ES384 by x5t#S256",
            third
                .without_header("x5t")
                .header("x5t#S256", THIRD.x5t_s256()),
        ),
        (
            "AST-02 both thumbprints",
            good().header("x5t#S256", FIRST.x5t_s256()),
        ),
        ("AST-03 no nbf", good().without("nbf")),
        ("AST-03 no iat", good().without("iat")),
        ("AST-03 neither", good().without("nbf").without("iat")),
        ("AST-05 hex", by_kid(&sha1_hex)),
        ("AST-05 lower", by_kid(&sha1_hex.to_lowercase())),
        ("AST-05 base64", by_kid(&standard)),
        ("AST-05 padded", by_kid(&BASE64_URL_SAFE.encode(sha1))),
        ("AST-05 SHA-256", by_kid(&FIRST.x5t_s256())),
        ("AST-05 SHA-256 in hex", by_kid(&sha256_hex)),
        ("AST-05 keyId", by_kid(KEY_ID)),
        ("AST-05 x5t in hex", good().header("x5t", sha1_hex.as_str())),
        (
            "AST-05 x5t padded",
            good().header("x5t", BASE64_URL_SAFE.encode(sha1)),
        ),
        (
            "AST-05 x5t#S256 padded",
            by_x5t_s256(&BASE64_URL_SAFE.encode(sha256)),
        ),
        (
            "AST-05 x5t#S256 in base64",
            by_x5t_s256(&BASE64_STANDARD.encode(sha256)),
        ),
        ("AST-05 x5t#S256 in hex", by_x5t_s256(&sha256_hex)),
        (
            "AST-05 x5t#S256 lower",
            by_x5t_s256(&sha256_hex.to_lowercase()),
        ),
        (
            "AST-05 x5t in base64",
            good().header("x5t", standard.as_str()),
        ),
        ("AST-06 none", good().without_header("typ")),
        ("AST-06 jwt", good().header("typ", "jwt")),
        (
            "AST-06 RFC 7523bis",
            good().header("typ", "client-authentication+jwt"),
        ),
        (
            "AST-06 old",
            good().header("typ", "http://openid.net/specs/jwt/1.0"),
        ),
        ("AST-09 text", good().header("x5c", FIRST.base64())),
        ("AST-09 list", good().header("x5c", json!([FIRST.base64()]))),
        ("AST-09 PEM", good().header("x5c", FIRST.pem())),
        (
            "AST-09 PEM in a list",
            good().header("x5c", json!([FIRST.pem()])),
        ),
        (
            "AST-09 base64 of PEM",
            good().header("x5c", json!([BASE64_STANDARD.encode(FIRST.pem())])),
        ),
        (
            "AST-09 no certificate",
            good().header("x5c", json!(["?", 7, {}])),
        ),
        // Whatever is in it, the registered key decides.
        (
            "AST-09 other",
            good().header("x5c", json!([STRANGER.base64()])),
        ),
        ("AST-18 upper case", good().of(&upper)),
    ] {
        check(&stage, case, &draft.signed(), Expected::Token);
    }
    stage.finish();
}

#[test]
fn ast_03_times_as_numbers_texts_and_fractions() {
    type Written = fn(i64) -> Value;
    let stage = stage();
    let forms: [(&str, Written); 4] = [
        ("number", |time| json!(time)),
        ("text", |time| json!(time.to_string())),
        ("fraction", |time| {
            serde_json::from_str(&format!("{time}.123")).expect("a number")
        }),
        ("text with fraction", |time| json!(format!("{time}.6874"))),
    ];
    for (name, written) in forms {
        let draft = good(&stage)
            .claim("exp", written(now() + 600))
            .claim("nbf", written(now() - 5))
            .claim("iat", written(now() - 5));
        check(
            &stage,
            &format!("AST-03 {name}"),
            &draft.signed(),
            Expected::Token,
        );
    }
    stage.finish();
}

#[test]
fn ast_04_every_name_of_the_tenants_endpoints_and_issuers() {
    let stage = stage();
    let base = stage.base_url();
    for tenant in [CONTOSO, "contoso.example", "contoso.test", "adfs"] {
        for path in ["oauth2/v2.0/token", "oauth2/token"] {
            let audience = format!("{base}/{tenant}/{path}");
            for audience in [json!(audience), json!([audience])] {
                let draft = good(&stage).claim("aud", audience.clone());
                check(
                    &stage,
                    &format!("AST-04 {audience}"),
                    &draft.signed(),
                    Expected::Token,
                );
            }
        }
    }
    // As it is sent where a client takes us for AD FS.
    let of = |path: &str| good(&stage).claim("aud", format!("{base}/adfs/{path}"));
    let form = |path: &str| form(DAEMON, &of(path).signed());
    let v1 = form("oauth2/token")
        .without("scope")
        .and("resource", "https://ledger.contoso.example");
    let v2 = form("oauth2/v2.0/token");
    stage.check("AST-04 adfs v1.0", &post_v1("adfs", &v1), Expected::Token);
    stage.check("AST-04 adfs v2.0", &post_v2("adfs", &v2), Expected::Token);
    // The issuers, exactly as tokens name them.
    let v2 = stage.issued("v2.0", &daemon(&good(&stage).signed())).claims["iss"].clone();
    let form = super::form(DAEMON, &good(&stage).signed())
        .without("scope")
        .and("resource", "https://ledger.contoso.example");
    let v1 = stage.issued("v1.0", &post_v1(CONTOSO, &form)).claims["iss"].clone();
    assert_ne!(v1, v2);
    for issuer in [v1, v2] {
        for audience in [issuer.clone(), json!([issuer])] {
            let draft = good(&stage).claim("aud", audience.clone());
            check(
                &stage,
                &format!("AST-04 {audience}"),
                &draft.signed(),
                Expected::Token,
            );
        }
    }
    stage.finish();
}

#[test]
fn ast_06_other_types_are_refused() {
    let stage = stage();
    for typ in [
        "at+jwt",
        "JOSE",
        "JWE",
        "",
        "JWT ",
        "application/jwt",
        "secevent+jwt",
    ] {
        let draft = good(&stage).header("typ", typ);
        let expected = e400("invalid_request", 5_002_727);
        check(
            &stage,
            &format!("AST-06 {typ:?}"),
            &draft.signed(),
            expected,
        );
    }
    stage.finish();
}

#[test]
fn ast_07_the_client_is_named_in_the_request() {
    let stage = stage();
    let form = form(DAEMON, &good(&stage).signed()).without("client_id");
    let expected = e400("invalid_request", 900_144);
    stage.check("AST-07", &post_v2(CONTOSO, &form), expected);
    stage.finish();
}

#[test]
fn ast_08_an_assertion_serves_as_long_as_it_lives() {
    let stage = stage();
    let request = daemon(&good(&stage).signed());
    let mut tokens = std::collections::HashSet::new();
    for _ in 0..50 {
        let issued = stage.issued("AST-08", &request);
        tokens.insert(issued.claims["uti"].to_string());
    }
    assert_eq!(tokens.len(), 50, "AST-08: each is a token of its own");
    let metrics = stage.ask(&get("/metrics")).expect("an answer");
    let counted = "\ncountersign_assertion_replays_total 49\n";
    assert!(metrics.text().contains(counted), "{}", metrics.text());
    stage.finish();
}
