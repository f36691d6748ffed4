//! Passkeys: the rules of a relying party (Web Authentication Level 3, sections 7.1 and 7.2), without
//! attestation and without extensions.
//!
//! The server keeps [`PasskeyChallenge`]s and [`Passkey`](super::Passkey)s; a browser's answer says
//! which ones it is about ([`challenge_of`], [`credential_id_of`]), and [`verify_registration`] and
//! [`verify_sign_in`] say whether it holds. What passkeys protect against is phishing: the browser
//! writes the origin and the relying party's id into what is signed, and both are compared exactly.

mod attestation;
mod authenticator_data;
mod cbor;
mod client_data;
mod cose;
#[cfg(test)]
mod fixtures;
mod options;
mod refusal;
mod registration;
mod response;
mod sign_in;
#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

pub use options::{RegistrationOptions, SignInOptions};
pub use refusal::PasskeyRefusal;
pub use registration::{NewPasskey, verify_registration};
pub use response::{challenge_of, credential_id_of};
pub use sign_in::{Assertion, verify_sign_in};

use super::{PasskeyChallenge, TokenHash};
use crate::clock::Timestamp;
use crate::ids::UserId;
use crate::random::Random;

/// For how long a challenge is good, in seconds: what Web Authentication recommends (15.1).
pub const CEREMONY_SECONDS: i64 = 300;

/// Random bytes of a challenge (Web Authentication 13.4.3 asks for 16).
const CHALLENGE_BYTES: usize = 32;

/// This server, as browsers and authenticators know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    /// The host of the server's address: passkeys belong to it for good.
    pub id: String,
    /// The server's address as browsers write origins: scheme, host, and the port if it is not the
    /// scheme's own; no path, no slash at the end.
    pub origin: String,
    /// What people call it.
    pub name: String,
}

impl PasskeyChallenge {
    /// A fresh challenge: to register a passkey for a user, or for anybody to sign in.
    pub fn issue(
        random: &dyn Random,
        browser: TokenHash,
        user_id: Option<UserId>,
        now: Timestamp,
    ) -> Self {
        let mut bytes = [0; CHALLENGE_BYTES];
        random.fill(&mut bytes);
        Self {
            challenge: URL_SAFE_NO_PAD.encode(bytes),
            browser,
            user_id,
            expires_at: now.plus_seconds(CEREMONY_SECONDS),
        }
    }
}
