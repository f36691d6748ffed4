//! What the API says about federated credentials.

use countersign_domain::clock::Timestamp;
use countersign_domain::ids::{ApplicationId, KeyId};
use serde::Deserialize;

use super::super::credentials::last_used;
use super::target;
use crate::portal::api::read_all;
use crate::portal::problem::Problem;
use crate::portal::visit::Visit;

/// A federated credential, as a row of the page.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) issuer: String,
    pub(super) subject: Option<String>,
    claims_matching_expression: Option<Expression>,
    pub(super) audiences: Vec<String>,
    keys: Option<serde::de::IgnoredAny>,
    #[serde(skip)]
    used_at: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
struct Expression {
    value: String,
}

impl Row {
    /// What is compared with the token.
    pub(super) fn compared(&self) -> &'static str {
        match self.subject {
            Some(_) => "Subject",
            None => "Expression",
        }
    }

    pub(super) fn condition(&self) -> &str {
        let expression = self.claims_matching_expression.as_ref();
        let expression = expression.map_or("", |expression| &expression.value);
        self.subject.as_deref().unwrap_or(expression)
    }

    pub(super) fn has_keys(&self) -> bool {
        self.keys.is_some()
    }

    pub(super) fn last_used(&self) -> String {
        last_used(self.used_at)
    }

    pub(super) fn deletion(&self) -> String {
        format!("Delete {}", self.name)
    }
}

/// All of an application. The API shows them with their last use only up to 20 at a time, so that is
/// looked up beside.
pub(super) async fn rows(visit: &Visit, id: &str) -> Result<Vec<Row>, Problem> {
    let mut rows: Vec<Row> = read_all(visit.list(&target(id)).await?.rows)?;
    let Ok(application) = id.parse::<ApplicationId>() else {
        return Ok(rows);
    };
    let mut view = visit.browser.state.db.view().await?;
    let uses = view.credentials_last_used(visit.tenant.id, application);
    let uses = uses.await?;
    for row in &mut rows {
        let key = row.id.parse::<KeyId>().ok();
        let found = uses.iter().find(|(known, _)| Some(*known) == key);
        row.used_at = found.and_then(|(_, at)| *at);
    }
    Ok(rows)
}
