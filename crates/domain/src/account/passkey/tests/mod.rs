mod changes;
mod vectors;

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::fixtures::{Answer, Device, NOW, bytes, map, rp, text, to_register, to_sign_in};
use super::*;
use crate::account::Passkey;
use crate::directory::User;

static P256: LazyLock<Device> = LazyLock::new(Device::p256);
static ED25519: LazyLock<Device> = LazyLock::new(Device::ed25519);
static RSA: LazyLock<Device> = LazyLock::new(Device::rsa);

fn devices() -> [&'static Device; 3] {
    [&P256, &ED25519, &RSA]
}

fn sign_in(answer: &Answer<'_>, passkey: &Passkey) -> Result<Assertion, PasskeyRefusal> {
    verify_sign_in(&rp(), &answer.sign_in(), &to_sign_in(), passkey, NOW)
}

#[test]
fn each_algorithm_registers_and_signs_in() {
    for device in devices() {
        let answer = device.registers();
        let new = answer.register().expect("registers");
        assert_eq!(new.id, answer.ids[0]);
        assert_eq!(Some(new.user_id), to_register().user_id);
        assert_eq!(new.algorithm, device.algorithm());
        let expected = Assertion {
            sign_count: 0,
            is_backed_up: false,
        };
        assert_eq!(sign_in(&device.signs_in(), &device.passkey()), Ok(expected));
    }
}

#[test]
fn an_answer_says_what_it_is_about() {
    for (response, challenge) in [
        (P256.registers().registration(), to_register()),
        (P256.signs_in().sign_in(), to_sign_in()),
    ] {
        assert_eq!(challenge_of(&response), Ok(challenge.challenge));
        assert_eq!(credential_id_of(&response), Ok(P256.passkey().id));
    }
}

#[test]
fn a_keys_own_attestation_is_checked() {
    for device in devices() {
        let mut answer = device.registers();
        (answer.format, answer.statement) = ("packed", None);
        assert!(answer.register().is_ok());
        answer.signature = Some(device.sign(b"something else"));
        assert_eq!(answer.register(), Err(PasskeyRefusal::Signature));
    }
}

#[test]
fn copies_counters_and_extensions_that_make_sense_are_taken() {
    let mut answer = P256.registers();
    answer.flags |= 0x18;
    answer.sign_count = 5;
    let new = answer.register().expect("registers");
    assert_eq!((new.is_backed_up, new.sign_count), (true, 5));

    let mut passkey = P256.passkey();
    passkey.sign_count = 5;
    let mut answer = P256.signs_in();
    answer.sign_count = 6;
    answer.flags |= 0x80 | 0x08;
    answer.tail = map(&[(text("credBlob"), bytes(b"x"))]);
    let expected = Assertion {
        sign_count: 6,
        is_backed_up: false,
    };
    assert_eq!(sign_in(&answer, &passkey), Ok(expected));
}

#[test]
fn a_challenge_is_for_one_thing_and_a_while() {
    let (registration, assertion) = (P256.registers().registration(), P256.signs_in().sign_in());
    let passkey = P256.passkey();
    let late = to_register().expires_at;
    let register = |challenge: &PasskeyChallenge, now| {
        verify_registration(&rp(), &registration, challenge, now).map(drop)
    };
    let enter = |challenge: &PasskeyChallenge, now| {
        verify_sign_in(&rp(), &assertion, challenge, &passkey, now).map(drop)
    };
    let nobodys = PasskeyChallenge {
        user_id: None,
        ..to_register()
    };
    let somebodys = PasskeyChallenge {
        user_id: to_register().user_id,
        ..to_sign_in()
    };
    let refused = Err(PasskeyRefusal::Challenge);
    assert_eq!(register(&to_register(), late), refused);
    assert_eq!(register(&nobodys, NOW), refused);
    assert_eq!(enter(&to_sign_in(), late), refused);
    assert_eq!(enter(&somebodys, NOW), refused);
}

#[test]
fn what_is_kept_has_to_fit_what_comes() {
    let mut passkey = P256.passkey();
    passkey.is_backed_up = true;
    assert_eq!(
        sign_in(&P256.signs_in(), &passkey),
        Err(PasskeyRefusal::BackupState)
    );
    let mut passkey = P256.passkey();
    passkey.public_key = ED25519.passkey().public_key;
    assert_eq!(
        sign_in(&P256.signs_in(), &passkey),
        Err(PasskeyRefusal::Signature)
    );
    passkey.algorithm = -8;
    assert_eq!(
        sign_in(&P256.signs_in(), &passkey),
        Err(PasskeyRefusal::Signature)
    );
    passkey.algorithm = 0;
    let unknown = PasskeyRefusal::Key("its algorithm is not known");
    assert_eq!(sign_in(&P256.signs_in(), &passkey), Err(unknown));
}

#[test]
fn a_counter_has_to_grow() {
    for (kept, sent, is_taken) in [
        (0, 0, true),
        (0, 1, true),
        (4, 5, true),
        (4, 4, false),
        (4, 3, false),
        (4, 0, false),
    ] {
        let mut passkey = P256.passkey();
        passkey.sign_count = kept;
        let mut answer = P256.signs_in();
        answer.sign_count = sent;
        let outcome = sign_in(&answer, &passkey);
        if is_taken {
            assert_eq!(outcome.map(|assertion| assertion.sign_count), Ok(sent));
        } else {
            assert_eq!(outcome, Err(PasskeyRefusal::Cloned), "{kept} {sent}");
            answer.signature = Some(P256.sign(b"not by the passkey"));
            assert_eq!(sign_in(&answer, &passkey), Err(PasskeyRefusal::Signature));
        }
    }
}

#[test]
fn a_challenge_that_no_database_takes_is_none() {
    for challenge in ["\0", "a\0b", "not base64url"] {
        let mut answer = P256.registers();
        answer.client["challenge"] = challenge.into();
        let looked_up = challenge_of(&answer.registration());
        assert_eq!(looked_up, Err(PasskeyRefusal::Challenge), "{challenge:?}");
    }
}

#[test]
fn long_and_broken_texts_are_refused() {
    let long = " ".repeat(32 * 1024 + 1);
    assert_eq!(challenge_of(&long), Err(PasskeyRefusal::TooLong));
    for text in ["", "{}", "[]", "null", "{\"id\":1}", &"[".repeat(1_000)] {
        assert_eq!(challenge_of(text), Err(PasskeyRefusal::Malformed("JSON")));
        assert_eq!(
            credential_id_of(text),
            Err(PasskeyRefusal::Malformed("JSON"))
        );
    }
    let twice = P256
        .signs_in()
        .sign_in()
        .replacen('{', "{\"id\":\"AAAA\",", 1);
    assert_eq!(
        credential_id_of(&twice),
        Err(PasskeyRefusal::Malformed("JSON"))
    );
}

#[test]
fn authenticators_are_asked_for_what_is_required() {
    let user = User {
        id: to_register().user_id.expect("a user"),
        tenant_id: P256.passkey().tenant_id,
        user_principal_name: "admin@contoso.example".to_owned(),
        display_name: "Global Administrator".to_owned(),
        given_name: None,
        surname: None,
        mail: None,
        job_title: None,
        account_enabled: true,
        created_at: NOW,
    };
    let options = RegistrationOptions {
        rp: &rp(),
        user: &user,
        registered: &["AAAA".to_owned()],
        challenge: &to_register(),
    };
    let expected = json!({
        "rp": { "id": "login.contoso.example", "name": "Countersign" },
        "user": {
            "id": "BwcHBwcHBwcHBwcHBwcHBw",
            "name": "admin@contoso.example",
            "displayName": "Global Administrator",
        },
        "challenge": "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE",
        "pubKeyCredParams": [
            { "type": "public-key", "alg": -7 },
            { "type": "public-key", "alg": -8 },
            { "type": "public-key", "alg": -257 },
        ],
        "timeout": 300_000,
        "excludeCredentials": [{ "type": "public-key", "id": "AAAA" }],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": true,
            "userVerification": "required",
        },
        "attestation": "none",
    });
    assert_eq!(options.to_json(), expected);
}

#[test]
fn browsers_are_asked_for_what_is_required() {
    let challenge = PasskeyChallenge::issue(&Same, TokenHash::stored(String::new()), None, NOW);
    assert_eq!(challenge.expires_at, NOW.plus_seconds(300));
    let options = SignInOptions {
        rp: &rp(),
        challenge: &challenge,
    }
    .to_json();
    let expected = json!({
        "rpId": "login.contoso.example",
        "challenge": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc",
        "timeout": 300_000,
        "userVerification": "required",
    });
    assert_eq!(options, expected);
}

struct Same;

impl Random for Same {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text: String) {
        let _ = challenge_of(&text);
        let _ = verify_registration(&rp(), &text, &to_register(), NOW);
        let _ = verify_sign_in(&rp(), &text, &to_sign_in(), &ED25519.passkey(), NOW);
    }

    #[test]
    fn no_bytes_in_place_of_the_attestation_panic(noise: Vec<u8>, whole: bool) {
        let mut answer = ED25519.registers();
        if whole {
            answer.statement = Some(noise);
        } else {
            answer.tail = noise;
            answer.flags |= 0x80;
        }
        let _ = answer.register();
    }

    #[test]
    fn no_change_of_a_byte_signs_in(at in 0..37_usize, bit in 0..8_u32) {
        // Ed25519 has one signature for each message, so any change has to be refused.
        let answer = ED25519.signs_in();
        let mut response: Value = serde_json::from_str(&answer.sign_in()).expect("JSON");
        for member in ["clientDataJSON", "authenticatorData", "signature"] {
            let kept = response["response"][member].clone();
            let text = kept.as_str().expect("text");
            let mut bytes = countersign_token::base64url::decode(text).expect("base64url");
            bytes[at] ^= 1 << bit;
            response["response"][member] = json!(countersign_token::base64url::encode(&bytes));
            let outcome = verify_sign_in(&rp(), &response.to_string(), &to_sign_in(), &ED25519.passkey(), NOW);
            proptest::prop_assert!(outcome.is_err(), "{member} {at} {bit}");
            response["response"][member] = kept;
        }
    }
}
