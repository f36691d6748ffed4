//! MUL-01 to MUL-06: several credentials at once, or none. However right they are, one is the
//! number.

use countersign_testkit::form::Form;
use countersign_token::{Algorithm, HeaderFields, Signer, SigningKey};
use serde_json::json;
use std::sync::Arc;

use crate::answer::{Expected, e400, e401};
use crate::request::{basic, post_v1, post_v2};
use crate::sample::{CONTOSO, DAEMON, DAEMON_SECRET, PUBLIC, REFUSED_SECRET, v1, v2};
use crate::stage::Stage;

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const SEVERAL: Expected = e400("invalid_request", 90_023);
const MISSING: Expected = e400("invalid_request", 900_144);
const MALFORMED: Expected = e400("invalid_request", 9_002_313);

/// An assertion as a client would sign it, with a key that nobody registered.
fn assertion(issuer: &str) -> String {
    let pkcs8 = SigningKey::generate_pkcs8(Algorithm::Es256).expect("a key");
    let key = SigningKey::from_pkcs8(Algorithm::Es256, &pkcs8).expect("our own key");
    let signer = Signer::new(
        Arc::new(key),
        HeaderFields {
            kid: "k",
            x5t: None,
        },
    );
    let claims = json!({
        "iss": issuer,
        "sub": DAEMON,
        "aud": "https://localhost",
        "exp": 4_102_444_800_i64,
        "jti": "1",
    });
    signer.sign_claims(&claims).expect("small claims")
}

#[test]
fn mul_01_to_05_exactly_one_credential() {
    let stage = Stage::new();
    let own = assertion(DAEMON);
    stage.watch_for(&own);
    let none = v2().without("client_secret");
    let with_assertion = |form: Form| {
        form.and("client_assertion", &own)
            .and("client_assertion_type", JWT_BEARER)
    };
    let typed = |assertion_type: &str| {
        none.clone()
            .and("client_assertion", &own)
            .and("client_assertion_type", assertion_type)
    };
    let header = basic(DAEMON, DAEMON_SECRET);
    let saml = "urn:ietf:params:oauth:client-assertion-type:saml2-bearer";
    for (case, form, has_header, expected) in [
        ("MUL-01", v2(), true, SEVERAL),
        (
            "MUL-01 wrong in the body",
            v2().with("client_secret", "wrong"),
            true,
            SEVERAL,
        ),
        ("MUL-02", with_assertion(v2()), false, SEVERAL),
        (
            "MUL-02 nonsense beside the right secret",
            v2().and("client_assertion", "nonsense"),
            false,
            SEVERAL,
        ),
        ("MUL-03", with_assertion(none.clone()), true, SEVERAL),
        ("MUL-02 and 03", with_assertion(v2()), true, SEVERAL),
        (
            "MUL-04 without type",
            none.clone().and("client_assertion", &own),
            false,
            MISSING,
        ),
        (
            "MUL-04 type alone",
            none.clone().and("client_assertion_type", JWT_BEARER),
            false,
            MISSING,
        ),
        (
            "MUL-04 type beside the secret",
            v2().and("client_assertion_type", JWT_BEARER),
            false,
            SEVERAL,
        ),
        ("MUL-04 saml2", typed(saml), false, MALFORMED),
        (
            "MUL-04 upper case",
            typed(&JWT_BEARER.to_uppercase()),
            false,
            MALFORMED,
        ),
        (
            "MUL-04 space",
            typed(&format!("{JWT_BEARER} ")),
            false,
            MALFORMED,
        ),
        ("MUL-05", none.clone(), false, e401(7_000_216)),
        (
            "MUL-05 empty assertion",
            none.clone()
                .and("client_assertion", "")
                .and("client_assertion_type", ""),
            false,
            e401(7_000_216),
        ),
        (
            "an assertion with another key",
            with_assertion(none.clone()),
            false,
            e401(700_027),
        ),
        (
            "an assertion of someone else",
            none.clone()
                .and("client_assertion", &assertion("https://issuer.example"))
                .and("client_assertion_type", JWT_BEARER),
            false,
            // `dev` gives each client a federated credential, of another issuer.
            e401(700_211),
        ),
        (
            "the secret as an assertion",
            none.clone()
                .and("client_assertion", DAEMON_SECRET)
                .and("client_assertion_type", JWT_BEARER),
            false,
            e400("invalid_request", 50_027),
        ),
    ] {
        let mut request = post_v2(CONTOSO, &form);
        if has_header {
            request = request.header("Authorization", &header);
        }
        stage.check(case, &request, expected);
    }
    let nothing = post_v1(CONTOSO, &v1().without("client_secret"));
    stage.check("MUL-05 v1.0", &nothing, e401(7_000_216));
    stage.finish();
}

#[test]
fn mul_06_public_clients_get_nothing() {
    let stage = Stage::new();
    let right = v2()
        .with("client_id", PUBLIC)
        .with("client_secret", REFUSED_SECRET);
    let wrong = right.clone().with("client_secret", "wrong");
    for form in [right, wrong] {
        stage.check("MUL-06", &post_v2(CONTOSO, &form), e401(700_025));
    }
    stage.finish();
}
