//! Credentials, as far as they may be shown.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::clock::Timestamp;
use crate::directory::{
    CertificateSubject, FederatedIdentityCredential, KeyCredential, KeyTrust, PasswordCredential,
    RegisteredCertificate, SubjectMatcher,
};
use crate::directory_file::shape::{
    CertificateEntry, ExpressionEntry, FederatedEntry, KeyType, KeyUsage, PasswordEntry,
    TrustedSubjectEntry,
};

/// What may be shown of a secret.
pub(in crate::directory_file) fn password_entry(password: &PasswordCredential) -> PasswordEntry {
    PasswordEntry {
        key_id: Some(password.key_id),
        display_name: password.display_name.clone(),
        secret_text: None,
        secret_text_file: None,
        hint: Some(password.hint.clone()),
        start_date_time: Some(password.start_at),
        end_date_time: Some(password.end_at),
    }
}

/// A certificate with its bytes: they are public.
pub(in crate::directory_file) fn certificate_entry(key: &KeyCredential) -> CertificateEntry {
    CertificateEntry {
        key_id: Some(key.key_id),
        display_name: key.display_name.clone(),
        certificate_file: None,
        key: Some(STANDARD.encode(key.certificate.certificate().der())),
        start_date_time: Some(key.start_at),
        end_date_time: Some(key.end_at),
        kind: KeyType::AsymmetricX509Cert,
        usage: KeyUsage::Verify,
        trusted_subject: match &key.trust {
            KeyTrust::Certificate => None,
            KeyTrust::Authority(subject) => Some(trusted_subject(subject)),
        },
    }
}

fn trusted_subject(subject: &CertificateSubject) -> TrustedSubjectEntry {
    let mut entry = TrustedSubjectEntry::default();
    match subject {
        CertificateSubject::CommonName(name) => entry.common_name = Some(name.clone()),
        CertificateSubject::DnsName(name) => entry.dns_name = Some(name.clone()),
        CertificateSubject::Uri(uri) => entry.uri = Some(uri.clone()),
    }
    entry
}

/// The last second that a [`Timestamp`] can be written and read as text.
const LAST: Timestamp = Timestamp::from_unix_seconds(253_402_207_200);

/// A certificate's own first and last instant, as far as they can be written: one without an end
/// says 9999-12-31T23:59:59Z (RFC 5280 4.1.2.5), which is after the last that can.
pub(crate) fn certificate_dates(certificate: &RegisteredCertificate) -> (Timestamp, Timestamp) {
    let (first, last) = certificate.validity();
    (first, last.min(LAST))
}

/// A federated credential.
pub(in crate::directory_file) fn federated_entry(
    credential: &FederatedIdentityCredential,
) -> FederatedEntry {
    let (subject, expression) = match &credential.subject {
        SubjectMatcher::Subject(subject) => (Some(subject.clone()), None),
        SubjectMatcher::Expression(expression) => {
            let value = expression.to_string();
            (
                None,
                Some(ExpressionEntry {
                    value,
                    language_version: 1,
                }),
            )
        }
    };
    FederatedEntry {
        id: Some(credential.id),
        name: credential.name.clone(),
        issuer: credential.issuer.clone(),
        subject,
        claims_matching_expression: expression,
        audiences: credential.audiences.clone(),
        description: credential.description.clone(),
        keys_file: None,
        keys: credential.keys.as_deref().cloned(),
    }
}
