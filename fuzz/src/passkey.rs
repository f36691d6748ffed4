//! What a browser sends after it asked for a passkey.

use std::sync::LazyLock;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use countersign_domain::account::passkey::{
    RelyingParty, challenge_of, credential_id_of, verify_registration, verify_sign_in,
};
use countersign_domain::account::{Passkey, PasskeyChallenge, TokenHash};
use countersign_domain::clock::Timestamp;
use countersign_domain::ids::{TenantId, UserId};
use serde_json::Value;
use uuid::Uuid;

/// The one sign-in that was signed with [`KEY`]; nobody can make another.
const GENUINE: &str = include_str!("../corpus/passkey_answer/good-sign-in");

/// The public half of an Ed25519 key that was thrown away when [`GENUINE`] was signed.
const KEY: &str = "MCowBQYDK2VwAyEA4phJGYkeAJpCB3mzyK-PE3ENuNgr7X-ifp8EJwGuH_Y";

const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

/// The answer to registering, or to signing in, whatever its challenge; accepted means that it
/// holds.
pub fn passkey_answer(answer: &[u8]) -> bool {
    static RP: LazyLock<RelyingParty> = LazyLock::new(|| RelyingParty {
        id: "example.org".to_owned(),
        origin: "https://example.org".to_owned(),
        name: "Example".to_owned(),
    });
    let Ok(answer) = std::str::from_utf8(answer) else {
        return false;
    };
    let (Ok(challenge), Ok(id)) = (challenge_of(answer), credential_id_of(answer)) else {
        return false;
    };
    let given = |user_id| PasskeyChallenge {
        challenge: challenge.clone(),
        browser: TokenHash::stored(String::new()),
        user_id,
        expires_at: NOW.plus_seconds(1),
    };
    let registered = verify_registration(&RP, answer, &given(Some(owner())), NOW);
    let passkey = passkey(id.clone());
    let signed_in = verify_sign_in(&RP, answer, &given(None), &passkey, NOW);
    if let Ok(new) = &registered {
        assert_eq!(new.id, id);
        assert!(new.public_key.len() < 600 && id.len() < 1_400);
    }
    if signed_in.is_ok() {
        assert_eq!(signed_parts(answer), signed_parts(GENUINE), "forged");
    }
    assert!(!(registered.is_ok() && signed_in.is_ok()), "both at once");
    registered.is_ok() || signed_in.is_ok()
}

fn owner() -> UserId {
    UserId::new(Uuid::from_u128(1))
}

fn passkey(id: String) -> Passkey {
    let public_key = BASE64_URL_SAFE_NO_PAD.decode(KEY);
    Passkey {
        id,
        tenant_id: TenantId::new(Uuid::nil()),
        user_id: owner(),
        display_name: String::new(),
        algorithm: -8,
        public_key: public_key.expect("base64url"),
        sign_count: 0,
        is_backed_up: false,
        created_at: NOW,
        last_used_at: None,
    }
}

fn signed_parts(answer: &str) -> [Value; 3] {
    let answer: Value = serde_json::from_str(answer).expect("it was read");
    ["clientDataJSON", "authenticatorData", "signature"]
        .map(|part| answer["response"][part].clone())
}
