//! `/portal/applications`: every application of the tenant, found by name or id.

use askama::Template;
use axum::response::Response;
use countersign_domain::graph::route::Operation;
use serde::Deserialize;

use super::registration::address;
use crate::portal::api::read_all;
use crate::portal::listing::{Listing, Wanted, summary};
use crate::portal::problem::Problem;
use crate::portal::query::Asked;
use crate::portal::rights::may;
use crate::portal::span::day;
use crate::portal::visit::{Shell, Visit};

const LISTING: Listing = Listing {
    page: "/portal/applications",
    collection: "/v1.0/applications",
    fields: "id,appId,displayName,createdDateTime",
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: String,
    app_id: String,
    display_name: String,
    created_date_time: String,
}

impl Row {
    fn address(&self) -> String {
        address(&self.id, "")
    }

    fn created(&self) -> &str {
        day(&self.created_date_time)
    }
}

#[derive(Template)]
#[template(path = "applications/list.html")]
struct ListPage {
    shell: Shell,
    may_register: bool,
    search: String,
    rows: Vec<Row>,
    summary: String,
    next: String,
    first: String,
}

/// `GET /portal/applications`
pub(super) async fn show(visit: Visit, Asked(asked): Asked<Wanted>) -> Result<Response, Problem> {
    let listed = visit.list(&LISTING.target(&asked)).await?;
    Ok(visit.page(&ListPage {
        shell: visit.shell("applications", "App registrations"),
        may_register: may(&visit, Operation::CreateApplication),
        summary: summary(&listed),
        next: LISTING.next(&listed, &asked),
        first: LISTING.first(&asked),
        rows: read_all(listed.rows)?,
        search: asked.search,
    }))
}
