//! An authenticator in software, and the answers that a browser makes of what it says. Its CBOR is
//! written here, not by the library that reads it.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use countersign_token::base64url;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{NewPasskey, PasskeyRefusal, RelyingParty, verify_registration};
use crate::account::{Passkey, PasskeyChallenge, TokenHash};
use crate::clock::Timestamp;
use crate::ids::{TenantId, UserId};

pub(super) const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

const USER: UserId = UserId::new(Uuid::from_bytes([7; 16]));

pub(super) fn rp() -> RelyingParty {
    RelyingParty {
        id: "login.contoso.example".to_owned(),
        origin: "https://login.contoso.example".to_owned(),
        name: "Countersign".to_owned(),
    }
}

pub(super) fn challenge(bytes: [u8; 32], user_id: Option<UserId>) -> PasskeyChallenge {
    PasskeyChallenge {
        challenge: base64url::encode(&bytes),
        browser: TokenHash::stored("browser".to_owned()),
        user_id,
        expires_at: NOW.plus_seconds(60),
    }
}

/// What was given out to register, and to sign in.
pub(super) fn to_register() -> PasskeyChallenge {
    challenge([1; 32], Some(USER))
}

pub(super) fn to_sign_in() -> PasskeyChallenge {
    challenge([2; 32], None)
}

pub(super) enum Device {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

/// An answer in parts, each of which a test may change.
pub(super) struct Answer<'d> {
    device: &'d Device,
    /// `id` and `rawId`.
    pub(super) ids: [String; 2],
    pub(super) kind: &'static str,
    pub(super) client: Value,
    pub(super) rp_id: &'static str,
    pub(super) flags: u8,
    pub(super) sign_count: u32,
    pub(super) credential_id: Vec<u8>,
    pub(super) key: Vec<(i64, Vec<u8>)>,
    /// What follows in the authenticator data: extensions, or rubbish.
    pub(super) tail: Vec<u8>,
    pub(super) format: &'static str,
    /// `None` for self attestation.
    pub(super) statement: Option<Vec<u8>>,
    /// What follows the attestation object.
    pub(super) object_tail: Vec<u8>,
    /// `None` for the device's own.
    pub(super) signature: Option<Vec<u8>>,
    pub(super) user_handle: Value,
}

impl Device {
    pub(super) fn p256() -> Self {
        Self::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("generates"))
    }

    pub(super) fn ed25519() -> Self {
        Self::Ed25519(Ed25519KeyPair::generate().expect("generates"))
    }

    pub(super) fn rsa() -> Self {
        Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).expect("generates"))
    }

    pub(super) fn algorithm(&self) -> i64 {
        match self {
            Self::P256(_) => -7,
            Self::Ed25519(_) => -8,
            Self::Rsa(_) => -257,
        }
    }

    /// An answer to [`to_register`].
    pub(super) fn registers(&self) -> Answer<'_> {
        self.answer("webauthn.create", &to_register(), 0x45)
    }

    /// An answer to [`to_sign_in`].
    pub(super) fn signs_in(&self) -> Answer<'_> {
        self.answer("webauthn.get", &to_sign_in(), 0x05)
    }

    /// The passkey as it is kept after registering.
    pub(super) fn passkey(&self) -> Passkey {
        let new = self.registers().register().expect("registers");
        new.named(
            TenantId::new(Uuid::from_bytes([9; 16])),
            "Security key".to_owned(),
            NOW,
        )
    }

    fn answer(&self, kind: &str, challenge: &PasskeyChallenge, flags: u8) -> Answer<'_> {
        let id = base64url::encode(&[3; 32]);
        Answer {
            device: self,
            ids: [id.clone(), id],
            kind: "public-key",
            client: json!({
                "type": kind,
                "challenge": challenge.challenge,
                "origin": rp().origin,
                "crossOrigin": false,
                "other_keys_can_be_added_here": "do not compare this with a template",
            }),
            rp_id: "login.contoso.example",
            flags,
            sign_count: 0,
            credential_id: vec![3; 32],
            key: self.cose_key(),
            tail: Vec::new(),
            format: "none",
            statement: Some(map(&[])),
            object_tail: Vec::new(),
            signature: None,
            user_handle: json!(base64url::encode(USER.uuid().as_bytes())),
        }
    }

    fn cose_key(&self) -> Vec<(i64, Vec<u8>)> {
        let algorithm = (3, int(self.algorithm()));
        match self {
            Self::P256(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = (bytes(&point[1..33]), bytes(&point[33..]));
                vec![(1, int(2)), algorithm, (-1, int(1)), (-2, x), (-3, y)]
            }
            Self::Ed25519(pair) => {
                let x = bytes(pair.public_key().as_ref());
                vec![(1, int(1)), algorithm, (-1, int(6)), (-2, x)]
            }
            Self::Rsa(pair) => {
                // RSAPublicKey in DER: a sequence of a modulus with a zero before it and 65537.
                let n = bytes(&pair.public_key().as_ref()[9..265]);
                let e = bytes(&[1, 0, 1]);
                vec![(1, int(3)), algorithm, (-1, n), (-2, e)]
            }
        }
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::P256(pair) => {
                let signature = pair.sign(&random, message).expect("signs");
                signature.as_ref().to_vec()
            }
            Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .expect("signs");
                signature
            }
        }
    }
}

impl Answer<'_> {
    pub(super) fn register(&self) -> Result<NewPasskey, PasskeyRefusal> {
        verify_registration(&rp(), &self.registration(), &to_register(), NOW)
    }

    /// As `RegistrationResponseJSON`.
    pub(super) fn registration(&self) -> String {
        let data = self.authenticator_data();
        let statement = self.statement.clone().unwrap_or_else(|| {
            let signature = bytes(&self.signature_over(&data));
            let algorithm = int(self.device.algorithm());
            map(&[(text("alg"), algorithm), (text("sig"), signature)])
        });
        let object = map(&[
            (text("fmt"), text(self.format)),
            (text("attStmt"), statement),
            (text("authData"), bytes(&data)),
        ]);
        let object = [object, self.object_tail.clone()].concat();
        self.json(&json!({
            "clientDataJSON": base64url::encode(&self.client_data()),
            "attestationObject": base64url::encode(&object),
            "transports": ["internal"],
        }))
    }

    /// As `AuthenticationResponseJSON`.
    pub(super) fn sign_in(&self) -> String {
        let data = self.authenticator_data();
        self.json(&json!({
            "clientDataJSON": base64url::encode(&self.client_data()),
            "authenticatorData": base64url::encode(&data),
            "signature": base64url::encode(&self.signature_over(&data)),
            "userHandle": self.user_handle,
        }))
    }

    fn json(&self, response: &Value) -> String {
        json!({
            "id": self.ids[0],
            "rawId": self.ids[1],
            "type": self.kind,
            "response": response,
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
        })
        .to_string()
    }

    fn client_data(&self) -> Vec<u8> {
        serde_json::to_vec(&self.client).expect("JSON")
    }

    fn authenticator_data(&self) -> Vec<u8> {
        let mut data = digest(&SHA256, self.rp_id.as_bytes()).as_ref().to_vec();
        data.push(self.flags);
        data.extend(self.sign_count.to_be_bytes());
        if self.flags & 0x40 != 0 {
            let length = u16::try_from(self.credential_id.len()).expect("a short id");
            data.extend([0; 16]);
            data.extend(length.to_be_bytes());
            data.extend(&self.credential_id);
            let pairs: Vec<_> = self.key.iter().cloned().map(|(k, v)| (int(k), v)).collect();
            data.extend(map(&pairs));
        }
        data.extend(&self.tail);
        data
    }

    fn signature_over(&self, data: &[u8]) -> Vec<u8> {
        let hash = digest(&SHA256, &self.client_data());
        let own = || self.device.sign(&[data, hash.as_ref()].concat());
        self.signature.clone().unwrap_or_else(own)
    }
}

pub(super) fn int(number: i64) -> Vec<u8> {
    match u64::try_from(number) {
        Ok(number) => head(0, number),
        Err(_) => head(1, number.unsigned_abs() - 1),
    }
}

pub(super) fn bytes(content: &[u8]) -> Vec<u8> {
    [head(2, content.len() as u64), content.to_vec()].concat()
}

pub(super) fn text(content: &str) -> Vec<u8> {
    [head(3, content.len() as u64), content.as_bytes().to_vec()].concat()
}

pub(super) fn map(pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut written = head(5, pairs.len() as u64);
    for (key, value) in pairs {
        written.extend(key);
        written.extend(value);
    }
    written
}

/// The shortest form (RFC 8949 4.2.1).
fn head(major: u8, number: u64) -> Vec<u8> {
    let major = major << 5;
    match number {
        0..=23 => vec![major | number as u8],
        24..=0xff => vec![major | 24, number as u8],
        _ => {
            let short = u16::try_from(number).expect("a short item");
            [vec![major | 25], short.to_be_bytes().to_vec()].concat()
        }
    }
}
