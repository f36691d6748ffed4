//! What the API says about credentials, as rows of the page.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign_domain::clock::Timestamp;
use countersign_domain::directory::RegisteredCertificate;
use countersign_token::Algorithm;
use serde::Deserialize;
use serde_json::Value;

use super::expiry::{Expiry, day, expiry, last_used};

/// An application's credentials.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Credentials {
    pub(super) password_credentials: Vec<Secret>,
    pub(super) key_credentials: Vec<Key>,
}

/// A secret.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Secret {
    pub(super) key_id: String,
    pub(super) display_name: Option<String>,
    pub(super) hint: Option<String>,
    start_date_time: Timestamp,
    end_date_time: Timestamp,
    last_used_date_time: Option<Timestamp>,
}

impl Secret {
    pub(super) fn name(&self) -> &str {
        named(self.display_name.as_deref())
    }

    pub(super) fn begins_with(&self) -> String {
        format!("{}…", self.hint.as_deref().unwrap_or_default())
    }

    pub(super) fn expiry(&self, now: &Timestamp) -> Expiry {
        expiry(self.start_date_time, self.end_date_time, *now)
    }

    pub(super) fn end(&self) -> String {
        day(self.end_date_time)
    }

    pub(super) fn last_used(&self) -> String {
        last_used(self.last_used_date_time)
    }
}

/// A certificate, in the API's words.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Key {
    key_id: String,
    display_name: Option<String>,
    key: Option<String>,
    start_date_time: Timestamp,
    end_date_time: Timestamp,
    last_used_date_time: Option<Timestamp>,
    trusted_subject: Option<Value>,
}

/// A certificate with what it says of itself.
pub(super) struct Certificate {
    pub(super) key_id: String,
    pub(super) name: String,
    pub(super) subject: String,
    pub(super) sha1: String,
    pub(super) sha256: String,
    pub(super) algorithms: String,
    pub(super) start: String,
    pub(super) end: String,
    pub(super) expiry: Expiry,
    pub(super) last_used: String,
    /// Who signs, where it is an authority.
    pub(super) signers: Option<String>,
}

impl Certificate {
    /// Reads back what was registered. None where the API shows no certificate.
    pub(super) fn read(key: &Key, now: Timestamp) -> Option<Self> {
        let der = STANDARD.decode(key.key.as_ref()?).ok()?;
        let registered = RegisteredCertificate::from_der(&der).ok()?;
        let certificate = registered.certificate();
        let algorithms = registered.key().algorithms().map(Algorithm::name);
        Some(Self {
            key_id: key.key_id.clone(),
            name: named(key.display_name.as_deref()).to_owned(),
            subject: certificate.subject().to_owned(),
            sha1: hex(&certificate.thumbprint_sha1()),
            sha256: hex(&certificate.thumbprint_sha256()),
            algorithms: algorithms.collect::<Vec<_>>().join(", "),
            start: day(key.start_date_time),
            end: day(key.end_date_time),
            expiry: expiry(key.start_date_time, key.end_date_time, now),
            last_used: last_used(key.last_used_date_time),
            signers: key.trusted_subject.as_ref().map(ToString::to_string),
        })
    }
}

fn named(name: Option<&str>) -> &str {
    name.filter(|name| !name.is_empty()).unwrap_or("(no name)")
}

/// As browsers and openssl show thumbprints.
fn hex(bytes: &[u8]) -> String {
    let pairs = bytes.iter().map(|byte| format!("{byte:02X}"));
    pairs.collect::<Vec<_>>().join(":")
}
