//! AST-31 to AST-35: what is no compact JWS of one client, and must cost nothing.

use std::time::{Duration, Instant};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, PublicEncryptingKey};
use aws_lc_rs::signature::RsaPublicKeyComponents;
use countersign_token::{Jwk, base64url};
use serde_json::{Map, Value, json};

use super::forge::part;
use super::{check, daemon, directory, good, own_tokens, stage, with};
use crate::answer::{Expected, e400, e401};
use crate::sample::LEDGER;
use crate::stage::Stage;

const MALFORMED: Expected = e400("invalid_request", 50_027);

#[test]
fn ast_31_and_32_other_serialisations() {
    let stage = stage();
    let token = good(&stage).signed();
    let parts: Vec<_> = token.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        panic!("three parts");
    };
    let jwe = part(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#);
    let flattened = json!({"protected": header, "payload": payload, "signature": signature});
    let general = json!({
        "payload": payload,
        "signatures": [{"protected": header, "signature": signature}],
    });
    let nested = good(&stage);
    let (nested_header, _) = nested.clone().header("cty", "JWT").parts();
    for (case, text) in [
        ("AST-31 JWE", format!("{jwe}.AAAA.AAAA.{payload}.AAAA")),
        (
            "AST-31 JWE of the token",
            format!("{jwe}..AAAA.{}.AAAA", part(&token)),
        ),
        (
            "AST-31 nested",
            nested.signed_over(&part(nested_header), &part(&token)),
        ),
        ("AST-31 cty", nested.clone().header("cty", "jwt").signed()),
        (
            "AST-31 token as payload",
            nested.signed_over(header, &part(&token)),
        ),
        ("AST-32 flattened", flattened.to_string()),
        ("AST-32 general", general.to_string()),
        ("AST-32 four parts", format!("{token}.{signature}")),
        ("AST-32 leading dot", format!(".{token}")),
        ("AST-32 empty payload", nested.signed_over(header, "")),
        ("AST-32 empty header", nested.signed_over("", payload)),
        ("AST-32 list", nested.signed_over(header, &part("[]"))),
        ("AST-32 text", nested.signed_over(header, &part("\"x\""))),
        (
            "AST-32 no JSON",
            nested.signed_over(header, &part([0xff, 0xfe, 0])),
        ),
        (
            "AST-32 header no JSON",
            nested.signed_over(&part("{"), payload),
        ),
        (
            "AST-32 two objects",
            nested.signed_over(header, &part("{} {}")),
        ),
        ("AST-32 word", "x".to_owned()),
        ("AST-32 dots", "..".to_owned()),
    ] {
        check(&stage, case, &text, MALFORMED);
    }
    let twice = nested
        .parts()
        .1
        .replace("\"iss\":", "\"iss\":\"x\",\"iss\":");
    check(
        &stage,
        "AST-32 twice",
        &nested.signed_over(header, &part(twice)),
        MALFORMED,
    );
    stage.finish();
}

#[test]
fn ast_31_what_is_encrypted_to_us_is_not_read() {
    let stage = stage();
    let signed = good(&stage).signed();
    let claims = good(&stage).parts().1;
    let published = &stage.keys.keys;
    let ours = published.iter().find(|key| key.n.is_some());
    let ours = ours.expect("an RSA key");
    for (case, cty, content) in [
        ("AST-31 signed, then encrypted", Some("JWT"), &signed),
        ("AST-31 signed, then encrypted, no cty", None, &signed),
        ("AST-31 claims encrypted", None, &claims),
    ] {
        let mut header = json!({"alg": "RSA-OAEP", "enc": "A256GCM", "kid": ours.kid});
        if let Some(cty) = cty {
            header["cty"] = json!(cty);
        }
        let text = encrypted(ours, &header, content.as_bytes());
        check(&stage, case, &text, MALFORMED);
    }
    stage.finish();
}

/// A JWE that the owner of the key could read (RFC 7516 3.1).
fn encrypted(key: &Jwk, header: &Value, content: &[u8]) -> String {
    let number = |text: &Option<String>| {
        base64url::decode(text.as_deref().expect("an RSA key")).expect("ours")
    };
    let (n, e) = (number(&key.n), number(&key.e));
    let public: PublicEncryptingKey = RsaPublicKeyComponents { n: &n, e: &e }
        .try_into()
        .expect("a key");
    let public = OaepPublicEncryptingKey::new(public).expect("a key");
    let content_key = [7; 32];
    let mut wrapped = vec![0; public.ciphertext_size()];
    let wrapped = public
        .encrypt(&OAEP_SHA1_MGF1SHA1, &content_key, &mut wrapped, None)
        .expect("it fits");
    let header = part(header.to_string());
    let sealing = UnboundKey::new(&AES_256_GCM, &content_key).expect("32 bytes");
    let (nonce, mut sealed) = ([1; 12], content.to_vec());
    let tag = LessSafeKey::new(sealing)
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(header.as_bytes()),
            &mut sealed,
        )
        .expect("it seals");
    let parts = [part(wrapped), part(nonce), part(&sealed), part(tag)];
    format!("{header}.{}", parts.join("."))
}

#[test]
fn ast_33_size_costs_nothing() {
    let stage = stage();
    let draft = good(&stage);
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
    let many: Map<String, Value> = (0..3_000).map(|n| (format!("c{n}"), json!(0))).collect();
    let (header, _) = draft.parts();
    let too_large = Expected::Refused(413, "invalid_request", 90_056);
    let deepest = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let deepest = draft.signed_over(&part(&header), &part(deepest));
    let most: Map<String, Value> = (0..10_000).map(|n| (n.to_string(), json!(0))).collect();
    let most = draft.signed_over(&part(&header), &part(Value::from(most).to_string()));
    let long_alg = draft.clone().header("alg", "a".repeat(40_000)).signed();
    for (case, text, expected) in [
        ("AST-33 65,537 characters", "a".repeat(65_537), MALFORMED),
        ("AST-33 dots", ".".repeat(60_000), MALFORMED),
        ("AST-33 1 MiB of dots", ".".repeat(1 << 20), too_large),
        (
            "AST-33 depth",
            draft.signed_over(&part(&header), &part(deep)),
            MALFORMED,
        ),
        (
            "AST-33 claims",
            draft.signed_over(&part(&header), &part(Value::from(many).to_string())),
            MALFORMED,
        ),
        ("AST-33 alg", long_alg, e401(5_002_738)),
        // As large as the catalogue has them: cut off before anything is read.
        ("AST-33 100,000 deep", deepest, too_large),
        ("AST-33 10,000 claims", most, MALFORMED),
        (
            "AST-33 60 kB alg",
            draft.clone().header("alg", "a".repeat(60_000)).signed(),
            MALFORMED,
        ),
    ] {
        check(&stage, case, &text, expected);
        // The machine is busy with other tests: the best of five counts.
        let request = daemon(&text).bytes();
        let times = (0..5).map(|_| {
            let start = Instant::now();
            stage.ask(&request).expect("an answer");
            start.elapsed()
        });
        let best = times.min().unwrap_or(Duration::MAX);
        assert!(best < Duration::from_millis(50), "{case}: {best:?}");
    }
    stage.finish();
}

#[test]
fn ast_33_memory_stays_flat() {
    let stage = stage();
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
    let draft = good(&stage);
    let (header, _) = draft.parts();
    let request = daemon(&draft.signed_over(&part(header), &part(deep))).bytes();
    for _ in 0..100 {
        stage.ask(&request).expect("an answer");
    }
    let before = stage.resident_bytes();
    for _ in 0..1_000 {
        stage.ask(&request).expect("an answer");
    }
    let growth = stage.resident_bytes().saturating_sub(before);
    assert!(growth < 20 << 20, "AST-33: {growth} bytes more");
    stage.finish();
}

#[test]
fn ast_34_base64url_is_spelt_one_way() {
    let stage = stage();
    let draft = good(&stage);
    let token = draft.signed();
    let parts: Vec<_> = token.split('.').collect();
    for place in 0..3 {
        let bent = |change: &dyn Fn(&str) -> String| {
            let mut parts: Vec<String> = parts.iter().map(|&part| part.to_owned()).collect();
            parts[place] = change(&parts[place]);
            parts.join(".")
        };
        for (case, text) in [
            ("space before", bent(&|part| format!(" {part}"))),
            ("space after", bent(&|part| format!("{part} "))),
            (
                "newline",
                bent(&|part| format!("{}\n{}", &part[..8], &part[8..])),
            ),
            ("plus", bent(&|part| format!("+{}", &part[1..]))),
            ("slash", bent(&|part| format!("/{}", &part[1..]))),
            ("NUL", bent(&|part| format!("{part}\0"))),
            (
                "padding in the middle",
                bent(&|part| format!("{}={}", &part[..8], &part[8..])),
            ),
            ("too much padding", bent(&|part| format!("{part}==="))),
        ] {
            check(
                &stage,
                &format!("AST-34 {case} in part {place}"),
                &text,
                MALFORMED,
            );
        }
    }
    // Only the padding that a part needs may be there, as one real client sends it.
    let padded = |part: &str| {
        let needed = part.len().next_multiple_of(4) - part.len();
        format!("{part}{}", "=".repeat(needed))
    };
    // Other lengths, so that each number of `=` is seen.
    for length in 0..3 {
        let (header, claims) = good(&stage).claim("more", "x".repeat(length)).parts();
        let text = draft.signed_over(&padded(&part(header)), &padded(&part(claims)));
        let case = format!("AST-34 padded {length}");
        check(&stage, &case, &padded_signature(&text), Expected::Token);
        // The signature is over the text as it was sent.
        let stripped = text.replace('=', "");
        if stripped != text {
            check(&stage, &case, &stripped, e401(700_027));
        }
    }
    // 256 bytes leave four bits that must be zero.
    let (input, signature) = token.rsplit_once('.').expect("three parts");
    let (rest, last) = signature.split_at(signature.len() - 1);
    let next = char::from(last.as_bytes()[0] + 1);
    check(
        &stage,
        "AST-34 trailing bits",
        &format!("{input}.{rest}{next}"),
        MALFORMED,
    );
    stage.finish();
}

/// The same with the padding of its signature.
fn padded_signature(text: &str) -> String {
    // 256 bytes of an RSA signature leave one to the last group.
    format!("{text}==")
}

#[test]
fn ast_35_our_own_tokens_prove_nobody() {
    let with_es256 = with(
        &directory(),
        LEDGER,
        "countersign",
        "{accessTokenSigningAlgorithm: ES256}",
    );
    let stage = Stage::with_directory(&with_es256);
    for (case, token) in own_tokens(&stage) {
        let case = format!("AST-35 {case}");
        stage.check(&case, &daemon(&token), e400("invalid_request", 700_222));
    }
    stage.finish();
}
