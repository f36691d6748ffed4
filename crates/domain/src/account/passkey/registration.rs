use countersign_token::base64url;

use super::attestation::AttestationObject;
use super::authenticator_data::AuthenticatorData;
use super::client_data::{Ceremony, ClientData, signed};
use super::response::{Credential, Registration};
use super::{PasskeyRefusal, RelyingParty};
use crate::account::{Passkey, PasskeyChallenge};
use crate::clock::Timestamp;
use crate::ids::{TenantId, UserId};

/// What a registration that holds says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPasskey {
    /// The credential id, base64url.
    pub id: String,
    /// Who registers it: whom the challenge was given out for.
    pub user_id: UserId,
    /// The COSE algorithm.
    pub algorithm: i64,
    /// The public key: a DER SubjectPublicKeyInfo.
    pub public_key: Vec<u8>,
    /// How often it signed.
    pub sign_count: u32,
    /// Whether copies of it exist on other devices.
    pub is_backed_up: bool,
}

impl NewPasskey {
    /// The passkey to keep.
    pub fn named(self, tenant_id: TenantId, display_name: String, now: Timestamp) -> Passkey {
        Passkey {
            id: self.id,
            tenant_id,
            user_id: self.user_id,
            display_name,
            algorithm: self.algorithm,
            public_key: self.public_key,
            sign_count: self.sign_count,
            is_backed_up: self.is_backed_up,
            created_at: now,
            last_used_at: None,
        }
    }
}

/// Whether a browser's answer registers a passkey (Web Authentication 7.1). `challenge` is what was
/// kept under [`challenge_of`](super::challenge_of) for this browser, and is spent by now; that the
/// id is not registered yet is for the store to say (step 26).
pub fn verify_registration(
    rp: &RelyingParty,
    response: &str,
    challenge: &PasskeyChallenge,
    now: Timestamp,
) -> Result<NewPasskey, PasskeyRefusal> {
    let answer = Credential::<Registration>::parse(response)?;
    let id = answer.id()?;
    let Registration {
        client_data,
        attestation_object,
    } = &answer.response;
    ClientData::parse(client_data)?.check(Ceremony::Registration, rp, challenge, now)?;
    let user_id = challenge.user_id.ok_or(PasskeyRefusal::Challenge)?;
    let attestation = AttestationObject::parse(attestation_object)?;
    let data = AuthenticatorData::parse(attestation.authenticator_data)?;
    data.check(rp)?;
    let credential = data
        .credential
        .as_ref()
        .ok_or(PasskeyRefusal::Malformed("no credential"))?;
    if base64url::encode(credential.id) != id {
        return Err(PasskeyRefusal::CredentialId);
    }
    let signed = signed(attestation.authenticator_data, client_data);
    attestation.check(&credential.key, &signed)?;
    Ok(NewPasskey {
        id: id.to_owned(),
        user_id,
        algorithm: credential.key.algorithm,
        public_key: credential.key.spki.clone(),
        sign_count: data.sign_count,
        is_backed_up: data.is_backed_up(),
    })
}
