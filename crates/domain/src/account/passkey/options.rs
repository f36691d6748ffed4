//! What the page hands to the browser: `PublicKeyCredential.parseCreationOptionsFromJSON()` and
//! `parseRequestOptionsFromJSON()` read it.

use countersign_token::base64url;
use serde_json::{Value, json};

use super::cose::ALGORITHMS;
use super::{CEREMONY_SECONDS, RelyingParty};
use crate::account::PasskeyChallenge;
use crate::directory::User;

/// For `navigator.credentials.create()`.
#[derive(Debug, Clone, Copy)]
pub struct RegistrationOptions<'a> {
    /// This server.
    pub rp: &'a RelyingParty,
    /// Who registers a passkey.
    pub user: &'a User,
    /// The ids of the passkeys that the user has: their authenticators make no second one.
    pub registered: &'a [String],
    /// The challenge, as it is kept.
    pub challenge: &'a PasskeyChallenge,
}

/// For `navigator.credentials.get()`: any passkey of this server, so that nobody learns from it who
/// has one.
#[derive(Debug, Clone, Copy)]
pub struct SignInOptions<'a> {
    /// This server.
    pub rp: &'a RelyingParty,
    /// The challenge, as it is kept.
    pub challenge: &'a PasskeyChallenge,
}

impl RegistrationOptions<'_> {
    /// As JSON.
    pub fn to_json(&self) -> Value {
        let parameters = ALGORITHMS.map(|alg| json!({ "type": "public-key", "alg": alg }));
        let excluded = self.registered.iter();
        let excluded: Vec<Value> = excluded
            .map(|id| json!({ "type": "public-key", "id": id }))
            .collect();
        json!({
            "rp": { "id": self.rp.id, "name": self.rp.name },
            "user": {
                "id": base64url::encode(self.user.id.uuid().as_bytes()),
                "name": self.user.user_principal_name,
                "displayName": self.user.display_name,
            },
            "challenge": self.challenge.challenge,
            "pubKeyCredParams": parameters,
            "timeout": CEREMONY_SECONDS * 1_000,
            "excludeCredentials": excluded,
            // A passkey names its user and checks its holder: that is what makes it two factors.
            "authenticatorSelection": {
                "residentKey": "required",
                "requireResidentKey": true,
                "userVerification": "required",
            },
            "attestation": "none",
        })
    }
}

impl SignInOptions<'_> {
    /// As JSON.
    pub fn to_json(&self) -> Value {
        json!({
            "rpId": self.rp.id,
            "challenge": self.challenge.challenge,
            "timeout": CEREMONY_SECONDS * 1_000,
            "userVerification": "required",
        })
    }
}
