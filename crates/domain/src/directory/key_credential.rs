use std::fmt;
use std::sync::Arc;

use countersign_token::{Certificate, KeyError, VerifyingKey};
use serde::{Deserialize, Serialize};

use super::assertion_policy::ASSERTION_ALGORITHMS;
use crate::clock::Timestamp;
use crate::ids::{ApplicationId, KeyId, ServicePrincipalId};

/// A registered certificate of an application: its key signs the application's assertions.
#[derive(Debug, Clone)]
pub struct KeyCredential {
    /// Its name in the directory.
    pub key_id: KeyId,
    /// The application that owns it.
    pub application_id: ApplicationId,
    /// The one instance of the application that it proves; every instance if none is named.
    pub service_principal_id: Option<ServicePrincipalId>,
    /// What people call it.
    pub display_name: Option<String>,
    /// The certificate, with its key ready to verify.
    pub certificate: Arc<RegisteredCertificate>,
    /// Whether the certificate itself signs, or certificates under it.
    pub trust: KeyTrust,
    /// Not accepted before this instant.
    pub start_at: Timestamp,
    /// Not accepted from this instant on.
    pub end_at: Timestamp,
}

impl KeyCredential {
    /// Whether the credential may be used at this instant: by its own dates and the certificate's.
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        let (not_before, not_after) = self.certificate.validity();
        self.start_at <= now && now < self.end_at && not_before <= now && now <= not_after
    }
}

/// How a registered certificate is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyTrust {
    /// Its own key signs assertions.
    Certificate,
    /// It is a certificate authority: any certificate that chains to it and carries this subject
    /// signs, sent with the assertion (`x5c`). Rotation then needs no registration.
    Authority(CertificateSubject),
}

/// The subject that certificates of a trusted authority must carry, compared exactly. As JSON:
/// `{"commonName": ".."}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CertificateSubject {
    /// The common name of the subject.
    CommonName(String),
    /// A DNS name among the alternative names.
    DnsName(String),
    /// A URI among the alternative names, e.g. a SPIFFE id.
    Uri(String),
}

/// A certificate whose public key was parsed once.
pub struct RegisteredCertificate {
    certificate: Certificate,
    key: VerifyingKey,
}

impl RegisteredCertificate {
    /// Reads a certificate in DER. Weak and unknown keys are refused: RSA needs 2048 bits.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let certificate = Certificate::from_der(der)?;
        let key = VerifyingKey::from_certificate(&certificate, &ASSERTION_ALGORITHMS)?;
        Ok(Self { certificate, key })
    }

    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Its key.
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The certificate's own first and last instant.
    pub fn validity(&self) -> (Timestamp, Timestamp) {
        (
            Timestamp::from_unix_seconds(self.certificate.not_before()),
            Timestamp::from_unix_seconds(self.certificate.not_after()),
        )
    }
}

impl fmt::Debug for RegisteredCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RegisteredCertificate")
            .field(&self.certificate.key_id())
            .finish()
    }
}

impl PartialEq for RegisteredCertificate {
    fn eq(&self, other: &Self) -> bool {
        self.certificate.der() == other.certificate.der()
    }
}

impl Eq for RegisteredCertificate {}
