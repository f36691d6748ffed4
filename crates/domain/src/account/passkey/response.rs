//! The browser's answers, as `PublicKeyCredential.toJSON()` writes them (Web Authentication 5.1).

use countersign_token::base64url;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::PasskeyRefusal;
use super::authenticator_data::CREDENTIAL_ID_MAX;
use super::client_data::ClientData;

/// Bytes of an answer at most. The longest that is accepted, an RSA-4096 key with a long id, has
/// about 6 KiB, as browsers send the key three times.
const RESPONSE_LENGTH_MAX: usize = 32 * 1024;

/// A credential, with what the ceremony adds to it.
#[derive(Debug, Deserialize)]
pub(super) struct Credential<R> {
    id: String,
    #[serde(rename = "rawId")]
    raw_id: String,
    #[serde(rename = "type")]
    kind: String,
    pub(super) response: R,
}

/// `AuthenticatorAttestationResponseJSON`, without what only repeats parts of the attestation object.
#[derive(Debug, Deserialize)]
pub(super) struct Registration {
    #[serde(rename = "clientDataJSON", deserialize_with = "bytes")]
    pub(super) client_data: Vec<u8>,
    #[serde(rename = "attestationObject", deserialize_with = "bytes")]
    pub(super) attestation_object: Vec<u8>,
}

/// `AuthenticatorAssertionResponseJSON`.
#[derive(Debug, Deserialize)]
pub(super) struct SignIn {
    #[serde(rename = "clientDataJSON", deserialize_with = "bytes")]
    pub(super) client_data: Vec<u8>,
    #[serde(rename = "authenticatorData", deserialize_with = "bytes")]
    pub(super) authenticator_data: Vec<u8>,
    #[serde(deserialize_with = "bytes")]
    pub(super) signature: Vec<u8>,
    #[serde(rename = "userHandle", default)]
    pub(super) user_handle: Option<String>,
}

/// What both answers have.
#[derive(Debug, Deserialize)]
struct Common {
    #[serde(rename = "clientDataJSON", deserialize_with = "bytes")]
    client_data: Vec<u8>,
}

impl<R: DeserializeOwned> Credential<R> {
    pub(super) fn parse(text: &str) -> Result<Self, PasskeyRefusal> {
        if text.len() > RESPONSE_LENGTH_MAX {
            return Err(PasskeyRefusal::TooLong);
        }
        let credential: Self =
            serde_json::from_str(text).map_err(|_| PasskeyRefusal::Malformed("JSON"))?;
        if credential.kind != "public-key" {
            return Err(PasskeyRefusal::Malformed("type"));
        }
        Ok(credential)
    }

    /// The credential id, in the one spelling that both members have to have.
    pub(super) fn id(&self) -> Result<&str, PasskeyRefusal> {
        let bytes = base64url::decode(&self.id).map_err(|_| PasskeyRefusal::CredentialId)?;
        if self.id != self.raw_id || !(1..=CREDENTIAL_ID_MAX).contains(&bytes.len()) {
            return Err(PasskeyRefusal::CredentialId);
        }
        Ok(&self.id)
    }
}

/// The challenge that an answer is to, by which the stored one is taken. Nothing is verified yet.
pub fn challenge_of(response: &str) -> Result<String, PasskeyRefusal> {
    let credential = Credential::<Common>::parse(response)?;
    let challenge = ClientData::parse(&credential.response.client_data)?.challenge;
    // It is looked up: PostgreSQL has no text with a NUL in it.
    match base64url::decode(&challenge) {
        Ok(_) => Ok(challenge),
        Err(_) => Err(PasskeyRefusal::Challenge),
    }
}

/// The id of the passkey that an answer is from, base64url. Nothing is verified yet.
pub fn credential_id_of(response: &str) -> Result<String, PasskeyRefusal> {
    let credential = Credential::<Common>::parse(response)?;
    Ok(credential.id()?.to_owned())
}

fn bytes<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
    base64url::decode(&text).map_err(serde::de::Error::custom)
}
