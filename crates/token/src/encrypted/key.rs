//! RSA keys that wrap and unwrap content encryption keys.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{
    KeyPair, OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    PrivateDecryptingKey, PublicEncryptingKey,
};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use zeroize::Zeroizing;

use super::content::random;
use crate::public_key::PublicKey;
use crate::{Certificate, KeyError, SignError};

/// A private RSA key to open tokens with.
pub struct DecryptionKey {
    key: OaepPrivateDecryptingKey,
    spki: Vec<u8>,
}

/// A public RSA key to encrypt tokens to.
pub struct EncryptionKey(OaepPublicEncryptingKey);

impl DecryptionKey {
    /// Reads a private key in PEM: `PRIVATE KEY` (PKCS#8) or `RSA PRIVATE KEY` (PKCS#1).
    ///
    /// # Errors
    /// [`KeyError::DecryptionKey`] when there is no RSA key of 2048 to 8192 bits in it.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        match PrivateKeyDer::from_pem_slice(pem).map_err(|_| KeyError::DecryptionKey)? {
            PrivateKeyDer::Pkcs8(der) => Self::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => {
                let pair = KeyPair::from_der(der.secret_pkcs1_der());
                let pair = pair.map_err(|_| KeyError::DecryptionKey)?;
                let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError::Library)?;
                Self::from_pkcs8(der.as_ref())
            }
            _ => Err(KeyError::DecryptionKey),
        }
    }

    /// Reads a private key in PKCS#8 DER.
    ///
    /// # Errors
    /// [`KeyError::DecryptionKey`] when it is not an RSA key of 2048 to 8192 bits.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        let key = PrivateDecryptingKey::from_pkcs8(der).map_err(|_| KeyError::DecryptionKey)?;
        let spki: PublicKeyX509Der<'_> =
            key.public_key().as_der().map_err(|_| KeyError::Library)?;
        Ok(Self {
            spki: spki.as_ref().to_vec(),
            key: OaepPrivateDecryptingKey::new(key).map_err(|_| KeyError::DecryptionKey)?,
        })
    }

    /// The public half.
    ///
    /// # Errors
    /// [`KeyError::Library`] when the library cannot encode it.
    pub fn public_key(&self) -> Result<EncryptionKey, KeyError> {
        EncryptionKey::from_spki(&self.spki)
    }

    /// The content encryption key, or a random one where there is none for us: whoever sent the
    /// token must not learn from the time we take which step failed (RFC 7516 section 11.5).
    pub(super) fn unwrap(&self, encrypted: &[u8], length: usize) -> Option<Zeroizing<Vec<u8>>> {
        let substitute = random(length).ok()?;
        let mut output = Zeroizing::new(vec![0; self.key.min_output_size()]);
        let plain = self
            .key
            .decrypt(&OAEP_SHA256_MGF1SHA256, encrypted, &mut output, None);
        match plain {
            Ok(key) if key.len() == length => Some(Zeroizing::new(key.to_vec())),
            _ => Some(substitute),
        }
    }
}

impl EncryptionKey {
    /// Takes the public key of a certificate. Nothing else in the certificate is looked at.
    ///
    /// # Errors
    /// As [`Self::from_spki`].
    pub fn from_certificate(certificate: &Certificate) -> Result<Self, KeyError> {
        Self::from_spki(certificate.spki())
    }

    /// Reads an X.509 SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    /// When it is malformed, too weak, or not RSA.
    pub fn from_spki(der: &[u8]) -> Result<Self, KeyError> {
        let PublicKey::Rsa { .. } = PublicKey::from_spki(der)? else {
            return Err(KeyError::PublicKey("tokens are encrypted to RSA keys only"));
        };
        PublicEncryptingKey::from_der(der)
            .ok()
            .and_then(|key| OaepPublicEncryptingKey::new(key).ok())
            .map(Self)
            .ok_or(KeyError::PublicKey("the RSA key cannot be used to encrypt"))
    }

    pub(super) fn wrap(&self, key: &[u8]) -> Result<Vec<u8>, SignError> {
        let mut output = vec![0; self.0.ciphertext_size()];
        let wrapped = self
            .0
            .encrypt(&OAEP_SHA256_MGF1SHA256, key, &mut output, None);
        Ok(wrapped.map_err(|_| SignError::Library)?.to_vec())
    }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "DecryptionKey({} bits, redacted)",
            self.key.key_size_bits()
        )
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncryptionKey({} bits)", self.0.key_size_bits())
    }
}
