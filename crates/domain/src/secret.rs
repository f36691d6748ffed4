//! Client secrets: made with 256 bits of randomness, kept only as a keyed hash, compared in
//! constant time. A slow hash would add nothing to a secret that cannot be guessed, and would
//! hand attackers a way to burn our processor.

use std::fmt;

use aws_lc_rs::{constant_time, hmac};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::ids::AppId;
use crate::random::Random;

/// The alphabet of generated secrets: 64 unreserved characters (RFC 3986 2.3), so that one random
/// byte gives one character without bias and a form needs no escapes.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_~";

/// Characters of a generated secret; 46 of them are random: 276 bits.
const LENGTH: usize = 49;

/// The first characters of a secret that are kept to recognise it by (`hint`).
const HINT_LENGTH: usize = 3;

/// A shared secret in the clear. Never printed, never compared, wiped when dropped.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret as it was sent or written in a file; nothing is trimmed or folded.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// A fresh secret with 276 random bits.
    ///
    /// Characters 4 to 6 are `8Q~`, the marker by which secret scanners know this kind of secret.
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new([0; LENGTH]);
        random.fill(&mut bytes[..]);
        let mut text: String = bytes
            .iter()
            .map(|byte| char::from(ALPHABET[usize::from(byte & 63)]))
            .collect();
        text.replace_range(3..6, "8Q~");
        Self(text)
    }

    /// The secret itself, to be sent or shown once.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The first three characters, by which a person recognises the secret.
    pub fn hint(&self) -> String {
        self.0.chars().take(HINT_LENGTH).collect()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The server-side key of all secret hashes. It is not in the database, so a stolen database
/// cannot be searched for a guessed secret.
pub struct Pepper(hmac::Key);

impl Pepper {
    /// The length of a pepper in bytes.
    pub const LENGTH: usize = 32;

    /// The pepper with these bytes.
    pub fn new(bytes: &[u8; Self::LENGTH]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// Hashes a secret of one application. The application is part of the hash, so that two
    /// applications with the same secret do not show it.
    pub fn hash(&self, app_id: AppId, secret: &Secret) -> SecretHash {
        self.hash_bytes(app_id, secret.0.as_bytes())
    }

    /// Hashes a secret that is still in the request's own buffer.
    pub fn hash_bytes(&self, app_id: AppId, secret: &[u8]) -> SecretHash {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(app_id.uuid().as_bytes());
        context.update(secret);
        let mut hash = [0; 32];
        hash.copy_from_slice(context.sign().as_ref());
        SecretHash(hash)
    }

    /// A key for another purpose. No label is as long as a client id, with which the text of every
    /// hash begins: so no derived key is ever the hash of a secret.
    pub(crate) fn derived_key(&self, label: &[u8; 13]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(hmac::sign(&self.0, label).as_ref());
        key
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper(..)")
    }
}

/// HMAC-SHA-256 of a secret. It has no `PartialEq`: comparison is [`SecretHash::matches`].
#[derive(Clone)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// Whether both are hashes of the same secret, in time that does not depend on them.
    pub fn matches(&self, other: &Self) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }

    /// The stored form: base64url.
    pub fn to_stored(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0)
    }

    /// Reads the stored form; `None` where it is damaged.
    pub fn from_stored(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counter;

    impl Random for Counter {
        fn fill(&self, bytes: &mut [u8]) {
            for (index, byte) in bytes.iter_mut().enumerate() {
                *byte = u8::try_from(index % 256).unwrap_or_default();
            }
        }
    }

    fn app(byte: u8) -> AppId {
        AppId::new(uuid::Uuid::from_bytes([byte; 16]))
    }

    #[test]
    fn a_generated_secret_carries_the_scanners_marker() {
        let secret = Secret::generate(&Counter);
        assert_eq!(secret.expose().len(), LENGTH);
        assert_eq!(&secret.expose()[3..6], "8Q~");
        assert_eq!(secret.hint(), secret.expose()[..3]);
    }

    #[test]
    fn only_the_same_secret_of_the_same_application_matches() {
        let pepper = Pepper::new(&[7; Pepper::LENGTH]);
        let stored = pepper.hash(app(1), &Secret::new("correct horse".into()));
        let read_back = SecretHash::from_stored(&stored.to_stored()).expect("our own form");
        assert!(read_back.matches(&pepper.hash_bytes(app(1), b"correct horse")));
        assert!(!read_back.matches(&pepper.hash_bytes(app(1), b"correct horse ")));
        assert!(!read_back.matches(&pepper.hash_bytes(app(2), b"correct horse")));
        let other = Pepper::new(&[8; Pepper::LENGTH]);
        assert!(!read_back.matches(&other.hash_bytes(app(1), b"correct horse")));
        assert!(SecretHash::from_stored("short").is_none());
    }

    #[test]
    fn debug_shows_nothing() {
        let secret = Secret::new("canary".into());
        assert!(!format!("{secret:?}").contains("canary"));
    }
}
