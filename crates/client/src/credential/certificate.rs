//! A certificate with its private key.

use std::fmt;
use std::sync::Arc;

use countersign_token::{Algorithm, Certificate, KeyError, SigningKey};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

/// Why a certificate cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// No certificate in the text.
    #[error("there is no certificate in it; give the certificate and its private key in one text")]
    NoCertificate,
    /// No private key in the text.
    #[error(
        "there is no private key in it that can be read; give it unencrypted, as PKCS #8 or PKCS #1"
    )]
    NoKey,
    /// The key is neither RSA nor on P-256.
    #[error("the private key cannot be used: {0}; use RSA of at least 2048 bits, or P-256")]
    Key(KeyError),
    /// One of the certificates is malformed.
    #[error("{0}")]
    Malformed(KeyError),
    /// None of the certificates is for the key.
    #[error("none of the certificates is for the private key beside them")]
    Mismatch,
    /// PKCS #12, but the password is wrong or the file is damaged.
    #[error("the PKCS #12 file cannot be opened: the password is wrong, or it is none")]
    Pfx,
    /// Neither PEM nor anything else that this build reads.
    #[error("it is not PEM; for PKCS #12 build countersign-client with the feature `pfx`")]
    PfxNotBuilt,
}

/// A certificate with its private key, and those that vouch for it. Cheap to clone.
#[derive(Clone)]
pub struct ClientCertificate {
    parts: Arc<Parts>,
    pub(super) send_chain: bool,
}

struct Parts {
    key: SigningKey,
    /// The first is the client's own.
    chain: Vec<Certificate>,
}

impl ClientCertificate {
    /// Reads a PEM text with the private key, the certificate, and possibly those above it, in any
    /// order.
    ///
    /// # Errors
    /// [`CertificateError`] with what is missing or wrong.
    pub fn from_pem(pem: impl AsRef<[u8]>) -> Result<Self, CertificateError> {
        let pem = pem.as_ref();
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<_, _>>()
            .map_err(|_| CertificateError::NoCertificate)?;
        let key = PrivateKeyDer::from_pem_slice(pem).map_err(|_| CertificateError::NoKey)?;
        let pkcs8 = pkcs8(&key).ok_or(CertificateError::NoKey)?;
        Self::from_der(&pkcs8, certificates.iter().map(AsRef::as_ref))
    }

    /// Takes a private key in PKCS #8 and certificates in DER, in any order.
    ///
    /// # Errors
    /// [`CertificateError`] with what is missing or wrong.
    pub fn from_der<'a>(
        pkcs8: &[u8],
        certificates: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self, CertificateError> {
        let key = signing_key(pkcs8)?;
        let mut chain: Vec<_> = certificates
            .into_iter()
            .map(Certificate::from_der)
            .collect::<Result<_, _>>()
            .map_err(CertificateError::Malformed)?;
        if chain.is_empty() {
            return Err(CertificateError::NoCertificate);
        }
        let spki = key.public_key_spki().map_err(CertificateError::Key)?;
        let own = chain
            .iter()
            .position(|certificate| certificate.spki() == spki);
        let own = chain.remove(own.ok_or(CertificateError::Mismatch)?);
        chain.insert(0, own);
        Ok(Self {
            parts: Arc::new(Parts { key, chain }),
            send_chain: false,
        })
    }

    /// Its SHA-256 thumbprint in base64url, by which the authority knows it.
    pub fn thumbprint_sha256(&self) -> String {
        self.parts.chain[0].thumbprint_sha256_base64url()
    }

    pub(super) fn is_pem(bytes: &[u8]) -> bool {
        const START: &[u8] = b"-----BEGIN ";
        bytes.windows(START.len()).any(|window| window == START)
    }

    pub(crate) fn key(&self) -> &SigningKey {
        &self.parts.key
    }

    /// The certificates to send along, if any.
    pub(crate) fn sent_chain(&self) -> Option<&[Certificate]> {
        self.send_chain.then_some(&self.parts.chain)
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientCertificate")
            .field("subject", &self.parts.chain[0].subject())
            .field("thumbprint_sha256", &self.thumbprint_sha256())
            .finish_non_exhaustive()
    }
}

/// PS256 for RSA, which newer clients prefer to RS256, and ES256 for P-256.
fn signing_key(pkcs8: &[u8]) -> Result<SigningKey, CertificateError> {
    SigningKey::from_pkcs8(Algorithm::Es256, pkcs8)
        .or_else(|_| SigningKey::from_pkcs8(Algorithm::Ps256, pkcs8))
        .map_err(CertificateError::Key)
}

/// The key in PKCS #8; older tools write RSA keys in PKCS #1.
fn pkcs8(key: &PrivateKeyDer<'_>) -> Option<Zeroizing<Vec<u8>>> {
    match key {
        PrivateKeyDer::Pkcs8(der) => Some(der.secret_pkcs8_der().to_vec().into()),
        PrivateKeyDer::Pkcs1(der) => wrapped(der.secret_pkcs1_der()),
        _ => None,
    }
}

/// Puts an RSA key in PKCS #1 into PKCS #8 (RFC 5208 §5).
fn wrapped(pkcs1: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    /// Version 0, and the algorithm rsaEncryption without parameters.
    const HEAD: [u8; 18] = [
        0x02, 0x01, 0x00, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01,
        0x01, 0x05, 0x00,
    ];
    const SEQUENCE: u8 = 0x30;
    const OCTET_STRING: u8 = 0x04;
    let key = tagged(OCTET_STRING, pkcs1)?;
    let inner = Zeroizing::new([HEAD.as_slice(), &key].concat());
    tagged(SEQUENCE, &inner)
}

/// A DER element with a length of two bytes, which is the shortest form for RSA keys of the sizes
/// taken here.
fn tagged(tag: u8, content: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let [high, low] = u16::try_from(content.len()).ok()?.to_be_bytes();
    Some([&[tag, 0x82, high, low], content].concat().into())
}
