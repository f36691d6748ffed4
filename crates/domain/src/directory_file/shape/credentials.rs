//! The credentials of an application as types.

use countersign_token::JwkSet;
use serde::{Deserialize, Deserializer, Serialize};

use crate::clock::Timestamp;
use crate::ids::{FederatedCredentialId, KeyId};
use crate::secret::Secret;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::directory_file) struct PasswordEntry {
    pub(in crate::directory_file) key_id: Option<KeyId>,
    pub(in crate::directory_file) display_name: Option<String>,
    #[serde(default, skip_serializing, deserialize_with = "read_secret")]
    pub(in crate::directory_file) secret_text: Option<Secret>,
    pub(in crate::directory_file) secret_text_file: Option<String>,
    pub(in crate::directory_file) hint: Option<String>,
    pub(in crate::directory_file) start_date_time: Option<Timestamp>,
    pub(in crate::directory_file) end_date_time: Option<Timestamp>,
}

fn read_secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(Secret::new))
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::directory_file) struct CertificateEntry {
    pub(in crate::directory_file) key_id: Option<KeyId>,
    pub(in crate::directory_file) display_name: Option<String>,
    pub(in crate::directory_file) certificate_file: Option<String>,
    pub(in crate::directory_file) key: Option<String>,
    pub(in crate::directory_file) start_date_time: Option<Timestamp>,
    pub(in crate::directory_file) end_date_time: Option<Timestamp>,
    #[serde(rename = "type", default)]
    pub(in crate::directory_file) kind: KeyType,
    #[serde(default)]
    pub(in crate::directory_file) usage: KeyUsage,
    pub(in crate::directory_file) trusted_subject: Option<TrustedSubjectEntry>,
}

/// Microsoft Graph knows more types; this one proves a client.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(in crate::directory_file) enum KeyType {
    #[default]
    AsymmetricX509Cert,
}

/// Microsoft Graph knows more usages; this one proves a client.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub(in crate::directory_file) enum KeyUsage {
    #[default]
    Verify,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(in crate::directory_file) struct TrustedSubjectEntry {
    pub(in crate::directory_file) common_name: Option<String>,
    pub(in crate::directory_file) dns_name: Option<String>,
    pub(in crate::directory_file) uri: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::directory_file) struct FederatedEntry {
    pub(in crate::directory_file) id: Option<FederatedCredentialId>,
    pub(in crate::directory_file) name: String,
    pub(in crate::directory_file) issuer: String,
    pub(in crate::directory_file) subject: Option<String>,
    pub(in crate::directory_file) claims_matching_expression: Option<ExpressionEntry>,
    pub(in crate::directory_file) audiences: Vec<String>,
    pub(in crate::directory_file) description: Option<String>,
    pub(in crate::directory_file) keys_file: Option<String>,
    pub(in crate::directory_file) keys: Option<JwkSet>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::directory_file) struct ExpressionEntry {
    pub(in crate::directory_file) value: String,
    #[serde(default = "first_version")]
    pub(in crate::directory_file) language_version: u8,
}

fn first_version() -> u8 {
    1
}
