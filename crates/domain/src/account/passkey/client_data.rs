//! Client data (Web Authentication 5.8.1): what the browser says about the page that asked.

use aws_lc_rs::digest::{Digest, SHA256, digest};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::{PasskeyRefusal, RelyingParty};
use crate::account::PasskeyChallenge;
use crate::clock::Timestamp;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ceremony {
    Registration,
    SignIn,
}

/// Other members are allowed: browsers add some to keep readers from relying on templates.
#[derive(Debug, Deserialize)]
pub(super) struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    pub(super) challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: Option<bool>,
    #[serde(rename = "topOrigin", default)]
    top_origin: Option<IgnoredAny>,
}

impl ClientData {
    pub(super) fn parse(json: &[u8]) -> Result<Self, PasskeyRefusal> {
        serde_json::from_slice(json).map_err(|_| PasskeyRefusal::Malformed("client data"))
    }

    /// Steps 7 to 11 of 7.1, and 10 to 14 of 7.2.
    pub(super) fn check(
        &self,
        ceremony: Ceremony,
        rp: &RelyingParty,
        challenge: &PasskeyChallenge,
        now: Timestamp,
    ) -> Result<(), PasskeyRefusal> {
        let kind = match ceremony {
            Ceremony::Registration => "webauthn.create",
            Ceremony::SignIn => "webauthn.get",
        };
        if self.kind != kind {
            return Err(PasskeyRefusal::OtherCeremony);
        }
        let is_for_user = challenge.user_id.is_some();
        if self.challenge != challenge.challenge
            || is_for_user != (ceremony == Ceremony::Registration)
            || now >= challenge.expires_at
        {
            return Err(PasskeyRefusal::Challenge);
        }
        if self.origin != rp.origin {
            return Err(PasskeyRefusal::Origin);
        }
        if self.cross_origin == Some(true) || self.top_origin.is_some() {
            return Err(PasskeyRefusal::CrossOrigin);
        }
        Ok(())
    }
}

/// What is signed: authenticator data and the client data's hash (6.3.3, step 11).
pub(super) fn signed(authenticator_data: &[u8], client_data: &[u8]) -> Vec<u8> {
    let hash: Digest = digest(&SHA256, client_data);
    [authenticator_data, hash.as_ref()].concat()
}
