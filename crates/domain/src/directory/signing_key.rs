use std::str::FromStr;

use super::SigningAlgorithm;
use super::application::UnknownWord;
use crate::clock::Timestamp;

/// A signing key at rest: its private half sealed under the master key, which is not in the
/// database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedSigningKey {
    /// base64url SHA-1 of the certificate; the `kid` of its tokens.
    pub kid: String,
    /// What it signs with.
    pub algorithm: SigningAlgorithm,
    /// The self-signed certificate, DER in base64url.
    pub certificate: String,
    /// The sealed PKCS#8 private key, base64url.
    pub sealed_private_key: String,
    /// Where it is in its life.
    pub state: SigningKeyState,
    /// When it was made and first published.
    pub created_at: Timestamp,
}

/// The life of a signing key: published before it signs, and still published after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningKeyState {
    /// Published, not yet signing.
    Published,
    /// Signing.
    Active,
    /// Published for the tokens it signed, no longer signing.
    Retired,
}

impl SigningKeyState {
    /// The name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Active => "active",
            Self::Retired => "retired",
        }
    }
}

impl FromStr for SigningKeyState {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        [Self::Published, Self::Active, Self::Retired]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| UnknownWord(text.to_owned()))
    }
}
