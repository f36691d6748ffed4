//! `/portal/sign-ins/{id}`: one entry, and plainly why it was allowed or refused.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use countersign_domain::oauth::error::{self, ErrorKind};
use serde::Deserialize;

use super::listed::SignIn;
use crate::portal::address::encoded;
use crate::portal::api::read;
use crate::portal::named::{Credential, credential, federated, principal_address};
use crate::portal::problem::Problem;
use crate::portal::visit::{Shell, Visit};

/// What only one entry's own page shows.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    correlation_id: String,
    service_principal_id: String,
    service_principal_credential_key_id: Option<String>,
    federated_credential_id: Option<String>,
    resource_service_principal_id: Option<String>,
    home_tenant_id: Option<String>,
    authentication_processing_details: Vec<serde_json::Value>,
}

impl Details {
    /// The credential that matched.
    fn key(&self) -> Option<&str> {
        let key = self.service_principal_credential_key_id.as_deref();
        key.or(self.federated_credential_id.as_deref())
    }
}

#[derive(Template)]
#[template(path = "sign_ins/entry.html")]
struct EntryPage {
    shell: Shell,
    entry: SignIn,
    details: Details,
    kind: Option<&'static ErrorKind>,
    credential: Option<Credential>,
}

impl EntryPage {
    fn why(&self) -> String {
        match (self.entry.is_granted(), self.entry.is_person()) {
            (true, true) => format!("{} proved who they are.", self.entry.who()),
            (true, false) => self.why_granted(),
            (false, _) => match (self.entry.reason(), self.kind) {
                ("", Some(kind)) => kind.sentence.to_owned(),
                ("", None) => "No reason was recorded.".to_owned(),
                (reason, _) => reason.to_owned(),
            },
        }
    }

    fn why_granted(&self) -> String {
        let proof = match self.entry.client_credential_type.as_str() {
            "clientSecret" => "a current secret",
            "certificate" => "an assertion that a registered certificate's key had signed",
            "federatedIdentityCredential" => {
                "a token of another issuer that one of its federated credentials trusts"
            }
            _ => "a credential",
        };
        format!(
            "{} proved who it is with {proof}; it and {} are enabled in this tenant, and the \
             resource takes its calls. Its token carries the roles that it was granted.",
            self.entry.who(),
            self.entry.resource()
        )
    }

    fn client_address(&self) -> String {
        let id = &self.details.service_principal_id;
        match id.as_str() {
            "" | "00000000-0000-0000-0000-000000000000" => String::new(),
            id => principal_address(id),
        }
    }

    fn resource_address(&self) -> String {
        let id = self.details.resource_service_principal_id.as_deref();
        id.map(principal_address).unwrap_or_default()
    }

    fn number(&self) -> String {
        format!("AADSTS{}", self.entry.status.error_code)
    }

    fn related(&self) -> String {
        format!(
            "/portal/sign-ins?id={}",
            encoded(&self.details.correlation_id)
        )
    }

    fn assertion(&self) -> &'static str {
        match self.details.authentication_processing_details.is_empty() {
            true => "Not seen before, or none was sent",
            false => "Had been used before: each request should carry a new one",
        }
    }
}

/// `GET /portal/sign-ins/{id}`
pub(super) async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let target = format!("/beta/auditLogs/signIns/{}", encoded(&id));
    let members = visit.get(&target).await.map_err(not_found)?;
    let entry: SignIn = read(members.clone())?;
    let details: Details = read(members)?;
    let app_id = entry.app_id.as_deref().unwrap_or_default();
    let credential = match (
        &details.federated_credential_id,
        &details.service_principal_credential_key_id,
    ) {
        (Some(id), _) => federated(&visit, app_id, id).await,
        (None, Some(id)) => credential(&visit, app_id, id).await,
        (None, None) => None,
    };
    let code = entry.status.error_code;
    let kind = error::table().into_iter().find(|kind| kind.number == code);
    Ok(visit.page(&EntryPage {
        shell: visit.shell("sign-ins", "Sign-in"),
        entry,
        details,
        kind,
        credential,
    }))
}

/// What is no id is nothing either.
fn not_found(error: countersign_domain::graph::error::GraphError) -> Problem {
    match error.status {
        400 => Problem::not_found(),
        _ => error.into(),
    }
}
