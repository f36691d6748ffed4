//! The page itself.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use serde::Deserialize;

use super::super::registration::Registration;
use super::listed::{Row, rows};
use super::template::{Entered, Template as Kind};
use super::try_it::Tried;
use crate::portal::problem::Problem;
use crate::portal::query::Asked;
use crate::portal::visit::{Shell, Visit};

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    /// The form to show.
    #[serde(default)]
    template: String,
}

#[derive(Template)]
#[template(path = "applications/federated.html")]
pub(super) struct FederatedPage {
    shell: Shell,
    application: Registration,
    rows: Vec<Row>,
    /// The form that is open.
    pub(super) template: Option<Kind>,
    pub(super) entered: Entered,
    pub(super) error: String,
    pub(super) tried: Option<Tried>,
    pub(super) token_error: String,
}

impl FederatedPage {
    fn templates(&self) -> [Kind; 4] {
        Kind::ALL
    }

    fn form_address(&self, kind: &Kind) -> String {
        let tab = format!("federated?template={}#add", kind.name());
        self.application.tab(&tab)
    }

    fn is_open(&self, kind: &Kind) -> bool {
        self.template == Some(*kind)
    }

    fn deletion_address(&self, row: &Row) -> String {
        let tab = format!("federated/{}/delete", row.id);
        self.application.tab(&tab)
    }

    fn entities(&self) -> [(&'static str, &'static str); 4] {
        [
            ("branch", "A branch"),
            ("tag", "A tag"),
            ("environment", "An environment"),
            ("pull_request", "Pull requests"),
        ]
    }
}

/// `GET /portal/applications/{id}/federated`
pub(super) async fn show(
    visit: Visit,
    Path(id): Path<String>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Problem> {
    let mut page = federated(&visit, &id).await?;
    page.template = Kind::from_name(&wanted.template);
    Ok(visit.page(&page))
}

pub(super) async fn federated(visit: &Visit, id: &str) -> Result<FederatedPage, Problem> {
    let application = Registration::of(visit, id).await?;
    Ok(FederatedPage {
        shell: visit.shell(
            "applications",
            &format!("Federated credentials – {}", application.display_name),
        ),
        rows: rows(visit, id).await?,
        application,
        template: None,
        entered: Entered::empty(),
        error: String::new(),
        tried: None,
        token_error: String::new(),
    })
}
