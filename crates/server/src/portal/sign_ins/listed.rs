//! Entries of the sign-in log, as a list shows them.

use countersign_domain::graph::error::GraphError;
use serde::Deserialize;

use crate::portal::address::encoded;
use crate::portal::api::read_all;
use crate::portal::span;
use crate::portal::visit::Visit;

/// An entry, in the API's own shape.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::portal) struct SignIn {
    pub(super) id: String,
    pub(super) created_date_time: String,
    pub(super) app_display_name: Option<String>,
    pub(super) app_id: Option<String>,
    pub(super) resource_display_name: Option<String>,
    pub(super) resource_id: Option<String>,
    pub(super) ip_address: String,
    pub(super) status: Status,
    pub(super) client_credential_type: String,
    pub(super) user_id: String,
    pub(super) user_display_name: Option<String>,
    pub(super) user_principal_name: Option<String>,
}

/// What became of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    pub(super) error_code: u32,
    pub(super) failure_reason: Option<String>,
}

/// The password was right, and the second proof was still to come.
const SECOND_PROOF_WANTED: u32 = 50_074;

impl SignIn {
    pub(in crate::portal) fn address(&self) -> String {
        format!("/portal/sign-ins/{}", encoded(&self.id))
    }

    pub(in crate::portal) fn time(&self) -> String {
        span::shown(&self.created_date_time)
    }

    pub(in crate::portal) fn is_person(&self) -> bool {
        !self.user_id.is_empty()
    }

    /// Who asked: a person by name, an application by name or id.
    pub(in crate::portal) fn who(&self) -> &str {
        let names = match self.is_person() {
            true => [&self.user_principal_name, &self.user_display_name],
            false => [&self.app_display_name, &self.app_id],
        };
        let name = names.into_iter().flatten().next();
        name.map_or("Unknown application", String::as_str)
    }

    pub(in crate::portal) fn resource(&self) -> &str {
        let names = [&self.resource_display_name, &self.resource_id];
        match self.is_person() {
            true => "Countersign portal",
            false => names
                .into_iter()
                .flatten()
                .next()
                .map_or("–", String::as_str),
        }
    }

    pub(in crate::portal) fn credential(&self) -> &'static str {
        if self.is_person() {
            return "Person";
        }
        match self.client_credential_type.as_str() {
            "clientSecret" => "Secret",
            "certificate" => "Certificate",
            "federatedIdentityCredential" => "Federated credential",
            "clientAssertion" => "Assertion",
            _ => "None",
        }
    }

    pub(in crate::portal) fn is_granted(&self) -> bool {
        self.status.error_code == 0
    }

    /// The result: the kind of its badge.
    pub(in crate::portal) fn kind(&self) -> &'static str {
        match self.status.error_code {
            0 => "ok",
            SECOND_PROOF_WANTED => "neutral",
            _ => "error",
        }
    }

    /// The result in words.
    pub(in crate::portal) fn result(&self) -> String {
        match self.status.error_code {
            0 => "Granted".to_owned(),
            SECOND_PROOF_WANTED => "Code asked for".to_owned(),
            code => format!("Refused ({code})"),
        }
    }

    pub(in crate::portal) fn reason(&self) -> &str {
        self.status.failure_reason.as_deref().unwrap_or_default()
    }
}

/// A page of entries, and the query of the next one.
pub(in crate::portal) struct Listing {
    pub(in crate::portal) rows: Vec<SignIn>,
    pub(in crate::portal) next: Option<String>,
}

impl Listing {
    pub(super) fn empty() -> Self {
        Self {
            rows: Vec::new(),
            next: None,
        }
    }
}

/// Reads the log. The newer version of the API says more of each entry.
pub(in crate::portal) async fn listing(visit: &Visit, query: &str) -> Result<Listing, GraphError> {
    let target = format!("/beta/auditLogs/signIns?{query}");
    let listed = visit.list(&target).await?;
    Ok(Listing {
        rows: read_all(listed.rows)?,
        next: listed.next,
    })
}
