//! Private keys at rest: sealed with AES-256-GCM under a master key that is not in the database.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use zeroize::Zeroizing;

/// The key that seals private signing keys.
pub struct MasterKey(RandomizedNonceKey);

/// A sealed key could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a signing key in the database cannot be opened with this master key: \
     start with the master key that the database was made with"
)]
pub struct WrongMasterKey;

impl MasterKey {
    /// The length of a master key in bytes.
    pub const LENGTH: usize = 32;

    /// The master key with these bytes.
    pub fn new(bytes: &[u8; Self::LENGTH]) -> Self {
        Self(RandomizedNonceKey::new(&AES_256_GCM, bytes).expect("32 bytes are an AES-256 key"))
    }

    /// Seals a private key. `name` is authenticated with it, so sealed keys cannot be swapped.
    pub(crate) fn seal(&self, name: &str, private_key: &[u8]) -> String {
        let mut sealed = private_key.to_vec();
        let nonce = self
            .0
            .seal_in_place_append_tag(Aad::from(name.as_bytes()), &mut sealed)
            .expect("a private key is far below the limit of AES-GCM");
        sealed.splice(0..0, nonce.as_ref().iter().copied());
        BASE64_URL_SAFE_NO_PAD.encode(sealed)
    }

    /// Opens a sealed private key.
    pub(crate) fn open(
        &self,
        name: &str,
        sealed: &str,
    ) -> Result<Zeroizing<Vec<u8>>, WrongMasterKey> {
        let bytes = BASE64_URL_SAFE_NO_PAD
            .decode(sealed)
            .map_err(|_| WrongMasterKey)?;
        let (nonce, ciphertext) = bytes
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(WrongMasterKey)?;
        let mut buffer = Zeroizing::new(ciphertext.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self
            .0
            .open_in_place(nonce, Aad::from(name.as_bytes()), &mut buffer)
            .map_err(|_| WrongMasterKey)?
            .len();
        buffer.truncate(length);
        Ok(buffer)
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_and_name_open() {
        let master = MasterKey::new(&[1; 32]);
        let sealed = master.seal("kid", b"private");
        assert_eq!(
            master.open("kid", &sealed).map(|key| key.to_vec()),
            Ok(b"private".to_vec())
        );
        assert_ne!(sealed, master.seal("kid", b"private"));
        assert_eq!(master.open("other", &sealed).map(drop), Err(WrongMasterKey));
        assert_eq!(
            MasterKey::new(&[2; 32]).open("kid", &sealed).map(drop),
            Err(WrongMasterKey)
        );
        for damaged in ["", "AA", "!", &sealed[1..]] {
            assert_eq!(master.open("kid", damaged).map(drop), Err(WrongMasterKey));
        }
    }
}
