//! What all pages about one application begin with: its name, and the tabs.

use axum::response::Response;
use countersign_domain::graph::route::Operation;
use serde::Deserialize;

use crate::portal::address::encoded;
use crate::portal::api::read;
use crate::portal::page::see_other;
use crate::portal::problem::Problem;
use crate::portal::rights::{may_grant, may_on};
use crate::portal::visit::{SAVED, Visit};

/// An application, as the tabs show it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::portal) struct Registration {
    pub(in crate::portal) id: String,
    pub(in crate::portal) app_id: String,
    pub(in crate::portal) display_name: String,
    /// The person in front of the page may change it.
    #[serde(skip)]
    pub(in crate::portal) may_change: bool,
    /// The person may grant it what it asks for.
    #[serde(skip)]
    pub(in crate::portal) may_grant: bool,
}

impl Registration {
    /// The application with this object id, if it is of the person's tenant.
    pub(in crate::portal) async fn of(visit: &Visit, id: &str) -> Result<Self, Problem> {
        let id = encoded(id);
        let target = format!("/v1.0/applications/{id}");
        let fields = "$select=id,appId,displayName";
        let found: Self = read(visit.get(&format!("{target}?{fields}")).await?)?;
        Ok(Self {
            may_change: may_on(visit, Operation::UpdateApplication, &target).await?,
            may_grant: may_grant(visit),
            ..found
        })
    }

    /// The address of a page about it, for links.
    pub(in crate::portal) fn tab(&self, tab: &str) -> String {
        address(&self.id, tab)
    }
}

/// Back to a page about an application whose form was carried out, which says so.
pub(in crate::portal) fn saved(id: &str, tab: &str) -> Response {
    see_other(&format!("{}?{SAVED}", address(id, tab)))
}

/// The address of a page about an application: `tab` is empty for the first.
pub(in crate::portal) fn address(id: &str, tab: &str) -> String {
    let id = encoded(id);
    match tab {
        "" => format!("/portal/applications/{id}"),
        tab => format!("/portal/applications/{id}/{tab}"),
    }
}
