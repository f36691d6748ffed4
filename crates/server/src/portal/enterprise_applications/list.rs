//! `/portal/enterprise-applications`: every service principal of the tenant, found by name or id.

use askama::Template;
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

use super::principal::{address, kind};
use crate::portal::address::{encoded, literal};
use crate::portal::api::{Listed, read_all};
use crate::portal::problem::Problem;
use crate::portal::query::Asked;
use crate::portal::visit::{Shell, Visit};

const PATH: &str = "/portal/enterprise-applications";

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    search: String,
    /// The query of a further page, as the page before gave it.
    #[serde(default)]
    page: String,
}

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
    search: String,
    rows: Vec<Row>,
    summary: String,
    next: String,
    first: String,
}

/// `GET /portal/enterprise-applications`
pub(super) async fn show(visit: Visit, Asked(asked): Asked<Wanted>) -> Result<Response, Problem> {
    let listed = visit.list(&target(&asked)).await?;
    let (summary, next) = (summary(&listed), next(&listed, &asked.search));
    let found: Vec<Found> = read_all(listed.rows)?;
    let rows = found.into_iter().map(|found| Row {
        kind: kind(&visit, &found.app_owner_organization_id),
        found,
    });
    Ok(visit.page(&ListPage {
        shell: visit.shell("enterprise-applications", "Enterprise applications"),
        summary,
        next,
        first: first(&asked),
        rows: rows.collect(),
        search: asked.search,
    }))
}

fn target(asked: &Wanted) -> String {
    let search = asked.search.trim();
    let fields = "$select=id,appId,displayName,accountEnabled,appOwnerOrganizationId\
                  &$count=true&$top=50";
    let condition = if let Ok(id) = search.parse::<Uuid>() {
        let id = literal(&id.to_string());
        format!("&$filter=appId%20eq%20{id}%20or%20id%20eq%20{id}")
    } else if search.is_empty() {
        "&$orderby=displayName".to_owned()
    } else {
        let words = search.replace(['"', '\\'], " ");
        format!("&$search={}", encoded(&format!("\"displayName:{words}\"")))
    };
    match asked.page.is_empty() {
        true => format!("/v1.0/servicePrincipals?{fields}{condition}"),
        false => format!("/v1.0/servicePrincipals?{}", asked.page),
    }
}

fn summary(listed: &Listed) -> String {
    match listed.count {
        Some(1) => "1 application".to_owned(),
        Some(count) => format!("{count} applications"),
        None => String::new(),
    }
}

fn next(listed: &Listed, search: &str) -> String {
    let Some(query) = &listed.next else {
        return String::new();
    };
    let (search, query) = (encoded(search), encoded(query));
    format!("{PATH}?search={search}&page={query}")
}

fn first(asked: &Wanted) -> String {
    match asked.page.is_empty() {
        true => String::new(),
        false => format!("{PATH}?search={}", encoded(&asked.search)),
    }
}
