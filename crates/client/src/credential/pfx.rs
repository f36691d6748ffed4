//! Certificates in PKCS #12 (RFC 7292).

use p12_keystore::{KeyStore, Pkcs12ImportPolicy};

use super::{CertificateError, ClientCertificate};

impl ClientCertificate {
    /// Opens a PKCS #12 file (PFX). Without a password, give an empty one. Of several keys the first
    /// is taken.
    ///
    /// # Errors
    /// [`CertificateError`] with what is missing or wrong.
    pub fn from_pfx(bytes: impl AsRef<[u8]>, password: &str) -> Result<Self, CertificateError> {
        let store = KeyStore::from_pkcs12(bytes.as_ref(), password, Pkcs12ImportPolicy::Strict)
            .map_err(|_| CertificateError::Pfx)?;
        let (_, keys) = store.private_key_chain().ok_or(CertificateError::NoKey)?;
        let certificates = keys.certs().iter().map(p12_keystore::Certificate::as_der);
        Self::from_der(keys.key().as_der(), certificates)
    }
}
