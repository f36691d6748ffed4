use std::fmt;

use super::TokenHash;
use crate::clock::Timestamp;
use crate::ids::{TenantId, UserId};

/// A password as it is kept: Argon2id in the PHC string format.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// A hash as it was kept.
    pub fn stored(text: String) -> Self {
        Self(text)
    }

    /// The hash's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whoever has the hash can try passwords for as long as they like.
impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// A passkey of a user: the public half of a key pair that an authenticator keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// The credential id, base64url: chosen by the authenticator, unique everywhere.
    pub id: String,
    /// The user's tenant.
    pub tenant_id: TenantId,
    /// Whose it is.
    pub user_id: UserId,
    /// What its owner calls it.
    pub display_name: String,
    /// The COSE algorithm: -7 (ES256), -8 (EdDSA), -257 (RS256).
    pub algorithm: i64,
    /// The public key: a DER SubjectPublicKeyInfo.
    pub public_key: Vec<u8>,
    /// How often it signed, as it said the last time; 0 where it does not count.
    pub sign_count: u32,
    /// Whether copies of it exist on other devices.
    pub is_backed_up: bool,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it last signed somebody in.
    pub last_used_at: Option<Timestamp>,
}

/// An authenticator app of a user, which shows one-time codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticator {
    /// The user's tenant.
    pub tenant_id: TenantId,
    /// Whose it is.
    pub user_id: UserId,
    /// The shared secret, sealed under the master key.
    pub sealed_secret: String,
    /// The time step of the last code that was used: earlier ones and this one are spent.
    pub last_step: i64,
    /// When it was set up.
    pub created_at: Timestamp,
}

/// A link that lets a user set up how to sign in, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetupLink {
    /// The user's tenant.
    pub tenant_id: TenantId,
    /// For whom it is.
    pub user_id: UserId,
    /// The hash of the token in the link.
    pub hash: TokenHash,
    /// When it ends unused.
    pub expires_at: Timestamp,
}

/// A challenge that a passkey is to sign, good once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeyChallenge {
    /// The random bytes, base64url.
    pub challenge: String,
    /// The browser that asked, by the hash of its cookie.
    pub browser: TokenHash,
    /// Who registers a passkey; nobody where somebody signs in.
    pub user_id: Option<UserId>,
    /// When it ends unused.
    pub expires_at: Timestamp,
}

/// Failed sign-ins in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    /// How many.
    pub count: u32,
    /// When the last one was.
    pub last_at: Timestamp,
}
