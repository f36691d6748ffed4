//! An authenticator that registers a key. Its CBOR is written by hand.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde_json::{Value, json};

use crate::browser::Page;

pub(super) const ORIGIN: &str = "https://id.example";

/// Present, verified, with a credential.
const FLAGS: u8 = 0x45;

/// A key, under an id of 16 bytes.
pub(super) struct Device {
    key: EcdsaKeyPair,
    id: [u8; 16],
    /// As the browser says.
    pub(super) origin: &'static str,
}

impl Device {
    pub(super) fn new(number: u8) -> Self {
        Self {
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key"),
            id: [number; 16],
            origin: ORIGIN,
        }
    }

    pub(super) fn id(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.id)
    }

    /// The answer to the challenge of a page.
    pub(super) fn register(&self, page: &Page) -> String {
        let options = page.attribute("data-options").expect("options");
        let options: Value = serde_json::from_str(&options).expect("JSON");
        self.register_for(&options)
    }

    pub(super) fn register_for(&self, options: &Value) -> String {
        let client_data = json!({
            "type": "webauthn.create",
            "challenge": options["challenge"],
            "origin": self.origin,
            "crossOrigin": false,
        })
        .to_string();
        let rp_id = options["rp"]["id"].as_str().expect("an id");
        let data = self.authenticator_data(rp_id);
        // {"fmt": "none", "attStmt": {}, "authData": data}
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).expect("short"));
        object.extend(data);
        let text = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        json!({
            "id": self.id(),
            "rawId": self.id(),
            "type": "public-key",
            "response": {
                "clientDataJSON": text(client_data.as_bytes()),
                "attestationObject": text(&object),
            },
        })
        .to_string()
    }

    fn authenticator_data(&self, rp_id: &str) -> Vec<u8> {
        let mut data = digest(&SHA256, rp_id.as_bytes()).as_ref().to_vec();
        data.push(FLAGS);
        data.extend(0_u32.to_be_bytes());
        data.extend([0; 16]);
        data.extend([0, 16]);
        data.extend(self.id);
        // An EC2 key for ES256 on P-256 (RFC 9053 section 2.1).
        let point = self.key.public_key().as_ref();
        data.extend(b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20");
        data.extend(&point[1..33]);
        data.extend(b"\x22\x58\x20");
        data.extend(&point[33..]);
        data
    }
}
