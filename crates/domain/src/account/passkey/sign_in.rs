use countersign_token::base64url;

use super::authenticator_data::AuthenticatorData;
use super::client_data::{Ceremony, ClientData, signed};
use super::response::{Credential, SignIn};
use super::{PasskeyRefusal, RelyingParty, cose};
use crate::account::{Passkey, PasskeyChallenge};
use crate::clock::Timestamp;

/// What a sign-in that holds says; it is kept with the passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assertion {
    /// How often the passkey signed.
    pub sign_count: u32,
    /// Whether copies of it exist on other devices now.
    pub is_backed_up: bool,
}

/// Whether a browser's answer signs the passkey's owner in (Web Authentication 7.2). `challenge` is
/// what was kept under [`challenge_of`](super::challenge_of) for this browser, and is spent by now;
/// `passkey` is the one with [`credential_id_of`](super::credential_id_of).
pub fn verify_sign_in(
    rp: &RelyingParty,
    response: &str,
    challenge: &PasskeyChallenge,
    passkey: &Passkey,
    now: Timestamp,
) -> Result<Assertion, PasskeyRefusal> {
    let answer = Credential::<SignIn>::parse(response)?;
    if answer.id()? != passkey.id {
        return Err(PasskeyRefusal::OtherUser);
    }
    let SignIn {
        client_data,
        authenticator_data,
        signature,
        user_handle,
    } = &answer.response;
    let owner = base64url::encode(passkey.user_id.uuid().as_bytes());
    // No passkey was asked for by its id, so the answer has to say whose it is (step 6).
    if user_handle.as_ref() != Some(&owner) {
        return Err(PasskeyRefusal::OtherUser);
    }
    ClientData::parse(client_data)?.check(Ceremony::SignIn, rp, challenge, now)?;
    let data = AuthenticatorData::parse(authenticator_data)?;
    data.check(rp)?;
    if data.credential.is_some() {
        return Err(PasskeyRefusal::Malformed("authenticator data"));
    }
    // Whether copies are possible never changes (step 20). It is not kept, but a passkey with
    // copies is one that may have them.
    if passkey.is_backed_up && !data.is_backup_eligible() {
        return Err(PasskeyRefusal::BackupState);
    }
    let signed = signed(authenticator_data, client_data);
    cose::verify(passkey.algorithm, &passkey.public_key, &signed, signature)?;
    // After the signature, so that nobody else can make a passkey look copied (step 23).
    let counts = passkey.sign_count != 0 || data.sign_count != 0;
    if counts && data.sign_count <= passkey.sign_count {
        return Err(PasskeyRefusal::Cloned);
    }
    Ok(Assertion {
        sign_count: data.sign_count,
        is_backed_up: data.is_backed_up(),
    })
}
