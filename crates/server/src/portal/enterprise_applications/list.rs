//! `/portal/enterprise-applications`: every service principal of the tenant, found by name or id.

use askama::Template;
use axum::response::Response;
use countersign_domain::graph::route::Operation;
use serde::Deserialize;

use super::principal::{address, kind};
use crate::portal::api::read_all;
use crate::portal::listing::{Listing, Wanted, summary};
use crate::portal::problem::Problem;
use crate::portal::query::Asked;
use crate::portal::rights::may;
use crate::portal::visit::{Shell, Visit};

const LISTING: Listing = Listing {
    page: "/portal/enterprise-applications",
    collection: "/v1.0/servicePrincipals",
    fields: "id,appId,displayName,accountEnabled,appOwnerOrganizationId",
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    id: String,
    app_id: String,
    display_name: String,
    account_enabled: bool,
    app_owner_organization_id: String,
}

struct Row {
    found: Found,
    kind: &'static str,
}

impl Row {
    fn address(&self) -> String {
        address(&self.found.id, "")
    }
}

#[derive(Template)]
#[template(path = "enterprise_applications/list.html")]
struct ListPage {
    shell: Shell,
    may_register: bool,
    search: String,
    rows: Vec<Row>,
    summary: String,
    next: String,
    first: String,
}

/// `GET /portal/enterprise-applications`
pub(super) async fn show(visit: Visit, Asked(asked): Asked<Wanted>) -> Result<Response, Problem> {
    let listed = visit.list(&LISTING.target(&asked)).await?;
    let (summary, next) = (summary(&listed), LISTING.next(&listed, &asked));
    let found: Vec<Found> = read_all(listed.rows)?;
    let rows = found.into_iter().map(|found| Row {
        kind: kind(&visit, &found.app_owner_organization_id),
        found,
    });
    Ok(visit.page(&ListPage {
        shell: visit.shell("enterprise-applications", "Enterprise applications"),
        may_register: may(&visit, Operation::CreateApplication),
        summary,
        next,
        first: LISTING.first(&asked),
        rows: rows.collect(),
        search: asked.search,
    }))
}
