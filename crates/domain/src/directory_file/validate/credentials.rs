//! Rules within the credentials of one application.

use std::collections::HashMap;

use super::Validator;
use crate::clock::Timestamp;
use crate::directory_file::error::At;
use crate::directory_file::shape::{
    ApplicationEntry, CertificateEntry, FederatedEntry, PasswordEntry, TrustedSubjectEntry,
};
use crate::ids::KeyId;

const MADE: &str = "choose another, or leave the key out and one is made";

impl Validator<'_> {
    pub(super) fn credentials(&mut self, application: &ApplicationEntry, at: &At) {
        let passwords = application.password_credentials.as_deref();
        for (index, password) in passwords.unwrap_or_default().iter().enumerate() {
            self.password(password, &at.key("passwordCredentials").index(index));
        }
        let certificates = application.key_credentials.as_deref();
        for (index, certificate) in certificates.unwrap_or_default().iter().enumerate() {
            self.certificate(certificate, &at.key("keyCredentials").index(index));
        }
        let federated = application.federated_identity_credentials.as_deref();
        let at = at.key("federatedIdentityCredentials");
        self.federated_credentials(federated.unwrap_or_default(), &at);
    }

    fn password(&mut self, password: &PasswordEntry, at: &At) {
        self.key_id(password.key_id, at);
        if password.secret_text.is_some() && password.secret_text_file.is_some() {
            let reason = "`secretText` and `secretTextFile` both say the secret; remove one";
            self.report.problem(&at.key("secretTextFile"), reason);
        }
        if let (Some(start), Some(end)) = (password.start_date_time, password.end_date_time)
            && let Some(reason) = ends_too_soon("the secret", start, end)
        {
            self.report.problem(&at.key("endDateTime"), reason);
        }
    }

    fn certificate(&mut self, certificate: &CertificateEntry, at: &At) {
        self.key_id(certificate.key_id, at);
        match (&certificate.key, &certificate.certificate_file) {
            (Some(_), Some(_)) => {
                let reason = "`key` and `certificateFile` both say the certificate; remove one";
                self.report.problem(&at.key("certificateFile"), reason);
            }
            (None, None) if certificate.key_id.is_none() => {
                let reason = "needs a `certificateFile` or a `key`; add one";
                self.report.problem(at, reason);
            }
            _ => {}
        }
        if let Some(subject) = &certificate.trusted_subject {
            let TrustedSubjectEntry {
                common_name,
                dns_name,
                uri,
            } = subject;
            let count = [common_name, dns_name, uri].into_iter().flatten().count();
            if count != 1 {
                let reason = "needs exactly one of `commonName`, `dnsName` and `uri`";
                self.report.problem(&at.key("trustedSubject"), reason);
            }
        }
    }

    fn key_id(&mut self, key_id: Option<KeyId>, at: &At) {
        if let Some(key_id) = key_id {
            let what = ["is the same keyId as", MADE];
            self.report
                .once(&mut self.once.key_ids, key_id, &at.key("keyId"), what);
        }
    }

    fn federated_credentials(&mut self, entries: &[FederatedEntry], at: &At) {
        let mut names = HashMap::new();
        let mut tokens = HashMap::new();
        for (index, entry) in entries.iter().enumerate() {
            let at = at.index(index);
            if let Some(id) = entry.id {
                let what = ["is the same id as", MADE];
                self.report
                    .once(&mut self.once.federated_ids, id, &at.key("id"), what);
            }
            let what = ["is the same name as", "choose another"];
            self.report
                .once(&mut names, &entry.name, &at.key("name"), what);
            let expression = entry.claims_matching_expression.as_ref();
            let subject = match (&entry.subject, expression) {
                (Some(subject), None) => Some((subject, at.key("subject"))),
                (None, Some(expression)) => {
                    Some((&expression.value, at.key("claimsMatchingExpression")))
                }
                (Some(_), Some(_)) => {
                    let reason = "`subject` and `claimsMatchingExpression` exclude each other; \
                                  remove one";
                    self.report
                        .problem(&at.key("claimsMatchingExpression"), reason);
                    None
                }
                (None, None) => {
                    let reason = "needs a `subject` or a `claimsMatchingExpression`; add one";
                    self.report.problem(&at, reason);
                    None
                }
            };
            if let Some((subject, at)) = subject {
                let what = ["is, with the issuer, the same as", "remove one of the two"];
                let token = (&entry.issuer, expression.is_some(), subject);
                self.report.once(&mut tokens, token, &at, what);
            }
            self.audiences(entry, &at.key("audiences"));
            if entry.keys.is_some() && entry.keys_file.is_some() {
                let reason = "`keys` and `keysFile` both say the keys; remove one";
                self.report.problem(&at.key("keysFile"), reason);
            }
        }
    }

    fn audiences(&mut self, entry: &FederatedEntry, at: &At) {
        if entry.audiences.is_empty() {
            let reason = "no token could match; write e.g. `[api://AzureADTokenExchange]`";
            self.report.problem(at, reason);
        }
        let mut seen = HashMap::new();
        for (index, audience) in entry.audiences.iter().enumerate() {
            let what = ["is the same audience as", "remove one"];
            self.report
                .once(&mut seen, audience, &at.index(index), what);
        }
    }
}

/// Why a credential with these dates could never be used.
pub(in crate::directory_file) fn ends_too_soon(
    what: &str,
    start: Timestamp,
    end: Timestamp,
) -> Option<String> {
    (end <= start).then(|| format!("{what} ends at {end}, not after its start at {start}"))
}
