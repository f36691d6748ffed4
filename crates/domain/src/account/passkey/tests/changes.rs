//! Answers that hold, with one thing changed: every refusal of both ceremonies.

use serde_json::json;

use super::super::PasskeyRefusal;
use super::super::fixtures::{Answer, bytes, int, map, text, to_register, to_sign_in};
use super::{ED25519, P256, RSA, sign_in};

/// One change to an answer that holds, and what comes of it.
type Change = (&'static str, fn(&mut Answer<'_>), PasskeyRefusal);

const ATTESTATION: PasskeyRefusal = PasskeyRefusal::Attestation;
const CHALLENGE: PasskeyRefusal = PasskeyRefusal::Challenge;
const ID: PasskeyRefusal = PasskeyRefusal::CredentialId;
const ORIGIN: PasskeyRefusal = PasskeyRefusal::Origin;
const OTHER_USER: PasskeyRefusal = PasskeyRefusal::OtherUser;
const SIGNATURE: PasskeyRefusal = PasskeyRefusal::Signature;
const MALFORMED_DATA: PasskeyRefusal = PasskeyRefusal::Malformed("authenticator data");
const MALFORMED_OBJECT: PasskeyRefusal = PasskeyRefusal::Malformed("attestation object");
const MALFORMED_KEY: PasskeyRefusal = PasskeyRefusal::Malformed("key");
const MALFORMED_CLIENT: PasskeyRefusal = PasskeyRefusal::Malformed("client data");
const PARTS: PasskeyRefusal = PasskeyRefusal::Key("its parts do not fit its algorithm");
const NOT_ASKED_FOR: PasskeyRefusal = PasskeyRefusal::Key("its algorithm was not asked for");
const WEAK: PasskeyRefusal = PasskeyRefusal::Key("it is weak or no key");
const RSA_SIZE: PasskeyRefusal =
    PasskeyRefusal::Key("RSA takes 2048 to 4096 bits and the exponent 65537");

/// What both ceremonies refuse.
const CHANGES: &[Change] = &[
    (
        "kind",
        |a| a.kind = "password",
        PasskeyRefusal::Malformed("type"),
    ),
    ("other raw id", |a| a.ids[1] = "AAAA".to_owned(), ID),
    (
        "id no base64url",
        |a| a.ids = ["=".to_owned(), "=".to_owned()],
        ID,
    ),
    ("no id", |a| a.ids = [String::new(), String::new()], ID),
    (
        "other type",
        |a| a.client["type"] = json!("payment.get"),
        PasskeyRefusal::OtherCeremony,
    ),
    (
        "type no text",
        |a| a.client["type"] = json!(1),
        MALFORMED_CLIENT,
    ),
    (
        "other challenge",
        |a| a.client["challenge"] = json!("AAAA"),
        CHALLENGE,
    ),
    (
        "no challenge",
        |a| a.client["challenge"] = json!(null),
        MALFORMED_CLIENT,
    ),
    (
        "http",
        |a| a.client["origin"] = json!("http://login.contoso.example"),
        ORIGIN,
    ),
    (
        "a port",
        |a| a.client["origin"] = json!("https://login.contoso.example:8443"),
        ORIGIN,
    ),
    (
        "a slash",
        |a| a.client["origin"] = json!("https://login.contoso.example/"),
        ORIGIN,
    ),
    (
        "a subdomain",
        |a| a.client["origin"] = json!("https://x.login.contoso.example"),
        ORIGIN,
    ),
    (
        "a longer host",
        |a| a.client["origin"] = json!("https://login.contoso.example.evil.example"),
        ORIGIN,
    ),
    (
        "in a frame",
        |a| a.client["crossOrigin"] = json!(true),
        PasskeyRefusal::CrossOrigin,
    ),
    (
        "below another page",
        |a| a.client["topOrigin"] = json!("https://login.contoso.example"),
        PasskeyRefusal::CrossOrigin,
    ),
    (
        "of another site",
        |a| a.rp_id = "contoso.example",
        PasskeyRefusal::RelyingParty,
    ),
    (
        "untouched",
        |a| a.flags &= !0x01,
        PasskeyRefusal::NotPresent,
    ),
    (
        "unverified",
        |a| a.flags &= !0x04,
        PasskeyRefusal::NotVerified,
    ),
    (
        "copies that cannot be",
        |a| a.flags |= 0x10,
        PasskeyRefusal::BackupState,
    ),
    ("trailing bytes", |a| a.tail = vec![0], MALFORMED_DATA),
    (
        "extensions without their flag",
        |a| a.tail = map(&[]),
        MALFORMED_DATA,
    ),
    (
        "no extensions with their flag",
        |a| a.flags |= 0x80,
        PasskeyRefusal::Malformed("extensions"),
    ),
    (
        "bytes after extensions",
        |a| {
            a.flags |= 0x80;
            a.tail = vec![0xa0, 0];
        },
        MALFORMED_DATA,
    ),
    (
        "extensions that are no map",
        |a| {
            a.flags |= 0x80;
            a.tail = vec![0x80];
        },
        PasskeyRefusal::Malformed("extensions"),
    ),
];

/// What registering refuses beside them.
const REGISTRATION: &[Change] = &[
    (
        "the other ceremony",
        |a| a.client["type"] = json!("webauthn.get"),
        PasskeyRefusal::OtherCeremony,
    ),
    (
        "the other challenge",
        |a| a.client["challenge"] = json!(to_sign_in().challenge),
        CHALLENGE,
    ),
    (
        "no credential",
        |a| a.flags &= !0x40,
        PasskeyRefusal::Malformed("no credential"),
    ),
    (
        "a credential without its flag",
        |a| {
            a.flags &= !0x40;
            a.tail = vec![0; 60];
        },
        MALFORMED_DATA,
    ),
    ("another id inside", |a| a.credential_id = vec![4; 32], ID),
    ("an empty id inside", |a| a.credential_id = vec![], ID),
    ("a long id inside", |a| a.credential_id = vec![3; 1024], ID),
    (
        "bytes after the object",
        |a| a.object_tail = vec![0],
        MALFORMED_OBJECT,
    ),
    ("a maker's format", |a| a.format = "fido-u2f", ATTESTATION),
    (
        "none, with a statement",
        |a| a.statement = None,
        ATTESTATION,
    ),
    ("packed, without one", |a| a.format = "packed", ATTESTATION),
    (
        "a statement that is no map",
        |a| a.statement = Some(int(0)),
        MALFORMED_OBJECT,
    ),
    (
        "certificates",
        |a| {
            a.format = "packed";
            a.statement = Some(map(&[
                (text("alg"), int(-7)),
                (text("sig"), bytes(b"x")),
                (text("x5c"), vec![0x80]),
            ]));
        },
        ATTESTATION,
    ),
    (
        "another algorithm in the statement",
        |a| {
            a.format = "packed";
            a.statement = Some(map(&[(text("alg"), int(-8)), (text("sig"), bytes(b"x"))]));
        },
        ATTESTATION,
    ),
    (
        "statement twice",
        |a| a.statement = Some([map(&[]), text("attStmt"), map(&[])].concat()),
        MALFORMED_OBJECT,
    ),
    ("no key", |a| a.key.clear(), NOT_ASKED_FOR),
    ("ES384", |a| a.key[1].1 = int(-35), NOT_ASKED_FOR),
    ("EdDSA by name only", |a| a.key[1].1 = int(-8), PARTS),
    ("another key type", |a| a.key[0].1 = int(1), PARTS),
    ("another curve", |a| a.key[2].1 = int(2), PARTS),
    (
        "a short coordinate",
        |a| a.key[3].1 = bytes(&[1; 31]),
        PARTS,
    ),
    ("a long coordinate", |a| a.key[4].1 = bytes(&[1; 33]), PARTS),
    (
        "a compressed point",
        |a| a.key[4].1 = vec![0xf5],
        MALFORMED_KEY,
    ),
    ("no y", |a| drop(a.key.pop()), PARTS),
    ("off the curve", |a| a.key[4].1 = bytes(&[1; 32]), WEAK),
    (
        "a parameter twice",
        |a| a.key.push(a.key[4].clone()),
        MALFORMED_KEY,
    ),
    (
        "an optional parameter",
        |a| a.key.push((2, bytes(b"kid"))),
        MALFORMED_KEY,
    ),
];

const RSA_KEYS: &[Change] = &[
    ("too short", |a| a.key[2].1 = bytes(&[0xff; 255]), RSA_SIZE),
    ("too long", |a| a.key[2].1 = bytes(&[0xff; 513]), RSA_SIZE),
    (
        "a leading zero",
        |a| a.key[2].1 = bytes(&[&[0][..], &[0xff; 256]].concat()),
        RSA_SIZE,
    ),
    ("2047 bits", |a| a.key[2].1 = bytes(&[0x7f; 256]), WEAK),
    ("the exponent 3", |a| a.key[3].1 = bytes(&[3]), RSA_SIZE),
    (
        "a longer exponent",
        |a| a.key[3].1 = bytes(&[0, 1, 0, 1]),
        RSA_SIZE,
    ),
    ("a y", |a| a.key.push((-3, bytes(&[1; 32]))), PARTS),
];

/// What signing in refuses beside them.
const SIGN_IN: &[Change] = &[
    (
        "the other ceremony",
        |a| a.client["type"] = json!("webauthn.create"),
        PasskeyRefusal::OtherCeremony,
    ),
    (
        "the other challenge",
        |a| a.client["challenge"] = json!(to_register().challenge),
        CHALLENGE,
    ),
    (
        "another passkey",
        |a| a.ids = ["AAAA".to_owned(), "AAAA".to_owned()],
        OTHER_USER,
    ),
    (
        "another user",
        |a| a.user_handle = json!("AAAA"),
        OTHER_USER,
    ),
    ("an empty user", |a| a.user_handle = json!(""), OTHER_USER),
    ("no user", |a| a.user_handle = json!(null), OTHER_USER),
    ("a credential", |a| a.flags |= 0x40, MALFORMED_DATA),
    ("no signature", |a| a.signature = Some(vec![]), SIGNATURE),
    (
        "a signature over something else",
        |a| a.signature = Some(P256.sign(b"x")),
        SIGNATURE,
    ),
    (
        "another device",
        |a| a.signature = Some(ED25519.sign(b"x")),
        SIGNATURE,
    ),
];

#[test]
fn every_change_to_a_registration_is_refused() {
    for (name, change, refusal) in CHANGES.iter().chain(REGISTRATION) {
        let mut answer = P256.registers();
        change(&mut answer);
        assert_eq!(answer.register(), Err(*refusal), "{name}");
    }
    for (name, change, refusal) in RSA_KEYS {
        let mut answer = RSA.registers();
        change(&mut answer);
        assert_eq!(answer.register(), Err(*refusal), "{name}");
    }
}

#[test]
fn every_change_to_a_sign_in_is_refused() {
    let passkey = P256.passkey();
    for (name, change, refusal) in CHANGES.iter().chain(SIGN_IN) {
        let mut answer = P256.signs_in();
        change(&mut answer);
        assert_eq!(sign_in(&answer, &passkey), Err(*refusal), "{name}");
    }
}
