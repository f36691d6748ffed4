//! AST-10 to AST-14, AST-28 and AST-30: headers that ask to be believed.

use std::net::TcpListener;

use aws_lc_rs::hmac;
use base64::prelude::{BASE64_STANDARD, Engine};
use countersign_token::{Algorithm, base64url};
use serde_json::{Value, json};

use super::forge::{FIRST, SECOND, STRANGER, from_pem, part, pem};
use super::vectors::{SIGNED_SHA1, SIGNED_SHA256, SIGNER};
use super::{check, good, stage, with};
use crate::answer::{Expected, e400, e401};
use crate::sample::{self, DAEMON, DAEMON_SECRET};
use crate::stage::Stage;

const UNSUPPORTED: Expected = e401(5_002_738);
const SIGNATURE: Expected = e401(700_027);
const MALFORMED: Expected = e400("invalid_request", 50_027);

#[test]
fn ast_10_no_algorithm_is_no_proof() {
    let stage = stage();
    for alg in [
        "none", "None", "nOnE", "NONE", "", " RS256", "RS256 ", "rs256", "RS256\0",
    ] {
        let draft = good(&stage).header("alg", alg);
        check(
            &stage,
            &format!("AST-10 {alg:?}"),
            &draft.signed(),
            UNSUPPORTED,
        );
        let unsigned = draft.sealed(|_| Vec::new());
        check(
            &stage,
            &format!("AST-10 {alg:?} unsigned"),
            &unsigned,
            MALFORMED,
        );
    }
    let missing = good(&stage).without_header("alg");
    check(&stage, "AST-10 missing", &missing.signed(), MALFORMED);
    for alg in [
        json!(256),
        Value::Null,
        json!(["RS256"]),
        json!({"alg": "RS256"}),
    ] {
        let draft = good(&stage).header("alg", alg.clone());
        check(&stage, &format!("AST-10 {alg}"), &draft.signed(), MALFORMED);
    }
    stage.finish();
}

#[test]
fn ast_11_what_everyone_knows_is_no_secret() {
    let stage = stage();
    let spki = FIRST.certificate.spki();
    // SubjectPublicKeyInfo of RSA-2048: 33 bytes, the modulus, then the exponent 65537.
    let modulus = &spki[33..33 + 256];
    assert_eq!(spki.len(), 33 + 256 + 5, "the layout is as thought");
    let (certificate, public_key) = (FIRST.pem(), pem("PUBLIC KEY", spki));
    let secrets: [(&str, &[u8]); 9] = [
        ("DER", FIRST.certificate.der()),
        ("PEM", certificate.as_bytes()),
        ("PEM without newline", certificate.trim_end().as_bytes()),
        ("key in DER", spki),
        ("key in PEM", public_key.as_bytes()),
        (
            "key in PEM without newline",
            public_key.trim_end().as_bytes(),
        ),
        ("modulus", modulus),
        ("nothing", b""),
        ("client secret", DAEMON_SECRET.as_bytes()),
    ];
    for (alg, hash) in [
        ("HS256", hmac::HMAC_SHA256),
        ("HS384", hmac::HMAC_SHA384),
        ("HS512", hmac::HMAC_SHA512),
    ] {
        for (name, secret) in secrets {
            let key = hmac::Key::new(hash, secret);
            let draft = good(&stage).header("alg", alg);
            let sealed = draft.sealed(|input| hmac::sign(&key, input).as_ref().to_vec());
            check(
                &stage,
                &format!("AST-11 {alg} {name}"),
                &sealed,
                UNSUPPORTED,
            );
        }
    }
    stage.finish();
}

#[test]
fn ast_12_a_signature_is_of_every_byte() {
    let stage = stage();
    let good = good(&stage);
    let token = good.signed();
    let (input, signature) = token.rsplit_once('.').expect("three parts");
    let bytes = base64url::decode(signature).expect("ours");
    let sealed = |bytes: &[u8]| format!("{input}.{}", part(bytes));
    let mut flipped = bytes.clone();
    flipped[100] ^= 1;
    check(&stage, "AST-12 removed", &format!("{input}."), MALFORMED);
    check(&stage, "AST-12 two parts", input, MALFORMED);
    check(&stage, "AST-12 cut", &sealed(&bytes[..255]), SIGNATURE);
    check(
        &stage,
        "AST-12 longer",
        &sealed(&[&bytes[..], &[0]].concat()),
        SIGNATURE,
    );
    check(&stage, "AST-12 flipped", &sealed(&flipped), SIGNATURE);
    check(&stage, "AST-12 zeros", &sealed(&[0; 256]), SIGNATURE);
    check(&stage, "AST-12 one byte", &sealed(&[1]), SIGNATURE);
    let (header, claims) = good.clone().claim("jti", "another").parts();
    let payload = format!("{}.{}.{signature}", part(&header), part(&claims));
    check(&stage, "AST-12 payload", &payload, SIGNATURE);
    let (header, claims) = good.header("kid", "more").parts();
    let other_header = format!("{}.{}.{signature}", part(header), part(claims));
    check(&stage, "AST-12 header", &other_header, SIGNATURE);
    stage.finish();
}

#[test]
fn ast_13_and_14_the_algorithm_is_the_keys() {
    let stage = stage();
    let good = || good(&stage);
    for (case, draft, expected) in [
        (
            "AST-13 PS256 that is RS256",
            good().header("alg", "PS256"),
            SIGNATURE,
        ),
        (
            "AST-13 RS256 that is PS256",
            good().signs_as(Algorithm::Ps256),
            SIGNATURE,
        ),
        (
            "AST-13 RS256 that is RS512",
            good().signs_as(Algorithm::Rs512),
            SIGNATURE,
        ),
        (
            "AST-14 ES256",
            good().header("alg", "ES256").signs_with(&SECOND),
            SIGNATURE,
        ),
        (
            "AST-14 ES256 that is RS256",
            good().header("alg", "ES256"),
            SIGNATURE,
        ),
        ("AST-14 EdDSA", good().header("alg", "EdDSA"), UNSUPPORTED),
        ("AST-14 RS1", good().header("alg", "RS1"), UNSUPPORTED),
        ("AST-14 ES256K", good().header("alg", "ES256K"), UNSUPPORTED),
        (
            "AST-14 RSA-OAEP",
            good().header("alg", "RSA-OAEP"),
            UNSUPPORTED,
        ),
    ] {
        check(&stage, case, &draft.signed(), expected);
    }
    stage.finish();
}

#[test]
fn ast_13_a_signature_over_sha_1_is_none() {
    let key = BASE64_STANDARD.encode(from_pem(SIGNER));
    let certificates = format!("[{{key: \"{key}\"}}]");
    let directory = with(
        &sample::directory(),
        DAEMON,
        "keyCredentials",
        &certificates,
    );
    let stage = Stage::with_directory(&directory);
    check(&stage, "AST-13 SHA-1", SIGNED_SHA1.trim_end(), SIGNATURE);
    // Over SHA-256 the same is read further, up to an audience that nobody has.
    check(
        &stage,
        "AST-13 SHA-256",
        SIGNED_SHA256.trim_end(),
        e401(700_023),
    );
    stage.finish();
}

#[test]
fn ast_28_keys_in_headers_are_never_believed() {
    let stage = stage();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("a socket");
    let url = format!("http://{}/keys", listener.local_addr().expect("bound"));
    let spki = STRANGER.certificate.spki();
    let jwk = json!({"kty": "RSA", "n": part(&spki[33..289]), "e": "AQAB", "alg": "RS256"});
    let unnamed = e401(5_002_723);
    for (name, value) in [
        ("jwk", jwk),
        ("jku", json!(url)),
        ("x5u", json!(url)),
        ("x5c", json!([STRANGER.base64()])),
        ("x5c", json!(STRANGER.base64())),
        ("x5c", json!([STRANGER.base64(), FIRST.base64()])),
    ] {
        let forged = good(&stage).header(name, value).signs_with(&STRANGER);
        check(
            &stage,
            &format!("AST-28 {name}"),
            &forged.signed(),
            SIGNATURE,
        );
        let alone = forged.clone().without_header("x5t");
        check(
            &stage,
            &format!("AST-28 {name} alone"),
            &alone.signed(),
            unnamed,
        );
        let own = forged.header("x5t", STRANGER.x5t());
        check(
            &stage,
            &format!("AST-28 {name} own name"),
            &own.signed(),
            SIGNATURE,
        );
    }
    let called = listener.accept();
    assert!(
        called.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock),
        "AST-28: the server fetched what a header named"
    );
    stage.finish();
}

#[test]
fn ast_30_extensions_that_must_be_understood_are_not() {
    let stage = stage();
    for (name, crit) in [
        ("exp", json!(["exp"])),
        ("x", json!(["x"])),
        ("b64", json!(["b64"])),
        ("none", json!([])),
        ("text", json!("x")),
    ] {
        let draft = good(&stage)
            .header("crit", crit)
            .header("x", 1)
            .header("b64", false);
        check(
            &stage,
            &format!("AST-30 {name}"),
            &draft.signed(),
            MALFORMED,
        );
    }
    stage.finish();
}
