//! Nested tokens: a signed token inside a compact JWE (RFC 7516), for resources that have asked for
//! encrypted access tokens.
//!
//! One way to wrap the key, RSA-OAEP-256, and two to encrypt the content; what is inside must be a
//! signed token again, once. That a token could be opened proves nothing about who made it: anybody
//! can encrypt to a public key, so [`open`] hands out text for [`crate::Unverified::parse`] and
//! nothing that looks like claims.
//!
//! ```
//! use countersign_token::encrypted::{ContentEncryption, DecryptionKey, open, seal};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let pkcs8 = countersign_token::SigningKey::generate_pkcs8(countersign_token::Algorithm::Rs256)?;
//! # let signed = "eyJhbGciOiJSUzI1NiJ9.e30.AAAA";
//! let key = DecryptionKey::from_pkcs8(&pkcs8)?;
//! let sealed = seal(signed, &key.public_key()?, "k1", ContentEncryption::A256CbcHs512)?;
//! assert_eq!(open(&sealed, &[key])?.token(), signed);
//! # Ok(())
//! # }
//! ```

mod content;
mod header;
mod key;

use std::fmt;

use crate::compact::{TOKEN_LENGTH_MAX, segments};
use crate::{SignError, base64url};
pub use content::ContentEncryption;
use content::{Sealed, random};
use header::Header;
pub use key::{DecryptionKey, EncryptionKey};

/// An encrypted token that cannot be opened: the peer's fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Not a compact JWE this crate takes; the text says which rule was broken.
    #[error("malformed encrypted token: {0}")]
    Malformed(&'static str),
    /// Another `alg` than RSA-OAEP-256, or another `enc` than A256CBC-HS512 and A256GCM.
    #[error("the encryption's `alg` or `enc` is not allowed")]
    AlgorithmNotAllowed,
    /// Encrypted to another key, or changed on the way. Which of them is not told (RFC 7516
    /// section 11.5).
    #[error("the token cannot be decrypted with the configured keys")]
    Decrypt,
    /// What was encrypted is not a signed token: claims without a signature, or encryption again.
    #[error("what is encrypted is not a signed token")]
    NotSigned,
}

/// A signed token that was inside an encrypted one; nobody has checked its signature.
pub struct Opened(String);

impl Opened {
    /// The signed token, unverified.
    pub fn token(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opened(redacted)")
    }
}

/// Whether `token` has the five segments of a compact JWE.
pub fn is_encrypted(token: &str) -> bool {
    token.bytes().filter(|byte| *byte == b'.').count() == 4
}

/// Encrypts a signed token to `key`, which its owner knows as `kid`.
///
/// # Errors
/// [`SignError::Library`] when the library fails, or the system has no randomness to give.
pub fn seal(
    signed: &str,
    key: &EncryptionKey,
    kid: &str,
    encryption: ContentEncryption,
) -> Result<String, SignError> {
    let header = base64url::encode(&Header::write(encryption, kid)?);
    let cek = random(encryption.key_length())?;
    let encrypted_key = key.wrap(&cek)?;
    let iv = random(encryption.iv_length())?;
    let sealed = encryption.seal(&cek, &iv, header.as_bytes(), signed.as_bytes())?;
    let parts = [&encrypted_key, &*iv, &sealed.ciphertext, &sealed.tag];
    Ok(parts.iter().fold(header, |token, part| {
        format!("{token}.{}", base64url::encode(part))
    }))
}

/// Opens an encrypted token with the first of `keys` that can.
///
/// # Errors
/// See [`OpenError`]; the cheap checks come before the private key is used.
pub fn open(token: &str, keys: &[DecryptionKey]) -> Result<Opened, OpenError> {
    let Parts {
        aad,
        encryption,
        encrypted_key,
        iv,
        sealed,
    } = parse(token)?;
    let opened = keys.iter().find_map(|key| {
        let cek = key.unwrap(&encrypted_key, encryption.key_length())?;
        encryption.open(&cek, &iv, aad.as_bytes(), &sealed)
    });
    let text = String::from_utf8(opened.ok_or(OpenError::Decrypt)?);
    let text = text.map_err(|_| OpenError::NotSigned)?;
    segments(&text).map_err(|_| OpenError::NotSigned)?;
    Ok(Opened(text))
}

struct Parts<'a> {
    aad: &'a str,
    encryption: ContentEncryption,
    encrypted_key: Vec<u8>,
    iv: Vec<u8>,
    sealed: Sealed,
}

fn parse(token: &str) -> Result<Parts<'_>, OpenError> {
    if token.len() > TOKEN_LENGTH_MAX {
        return Err(OpenError::Malformed("longer than 64 KiB"));
    }
    let parts: Vec<_> = token.splitn(6, '.').collect();
    let &[header, key, iv, ciphertext, tag] = parts.as_slice() else {
        return Err(OpenError::Malformed("not five segments"));
    };
    if parts.contains(&"") {
        return Err(OpenError::Malformed("a segment is empty"));
    }
    let encryption = Header::read(&decode(header)?)?;
    let parts = Parts {
        aad: header,
        encryption,
        encrypted_key: decode(key)?,
        iv: decode(iv)?,
        sealed: Sealed {
            ciphertext: decode(ciphertext)?,
            tag: decode(tag)?,
        },
    };
    if parts.iv.len() != encryption.iv_length() || parts.sealed.tag.len() != encryption.tag_length()
    {
        return Err(OpenError::Malformed(
            "a segment does not have the length of its `enc`",
        ));
    }
    Ok(parts)
}

fn decode(segment: &str) -> Result<Vec<u8>, OpenError> {
    base64url::decode(segment).map_err(|_| OpenError::Malformed("a segment is not base64url"))
}
