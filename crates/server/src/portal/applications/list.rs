//! `/portal/applications`: every application of the tenant, found by name or id.

use askama::Template;
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

use super::registration::address;
use crate::portal::address::{encoded, literal};
use crate::portal::api::{Listed, read_all};
use crate::portal::problem::Problem;
use crate::portal::query::Asked;
use crate::portal::visit::{Shell, Visit};

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
        self.created_date_time.get(..10).unwrap_or_default()
    }
}

#[derive(Template)]
#[template(path = "applications/list.html")]
struct ListPage {
    shell: Shell,
    search: String,
    rows: Vec<Row>,
    summary: String,
    next: String,
    first: String,
}

/// `GET /portal/applications`
pub(super) async fn show(visit: Visit, Asked(asked): Asked<Wanted>) -> Result<Response, Problem> {
    let target = target(&asked);
    let listed = visit.list(&target).await?;
    Ok(visit.page(&ListPage {
        shell: visit.shell("applications", "App registrations"),
        summary: summary(&listed),
        next: next(&listed, &asked.search),
        first: first(&asked),
        rows: read_all(listed.rows)?,
        search: asked.search,
    }))
}

fn target(asked: &Wanted) -> String {
    let search = asked.search.trim();
    let fields = "$select=id,appId,displayName,createdDateTime&$count=true&$top=50";
    let condition = if let Ok(id) = search.parse::<Uuid>() {
        let id = literal(&id.to_string());
        format!("&$filter=appId%20eq%20{id}%20or%20id%20eq%20{id}")
    } else if search.is_empty() {
        "&$orderby=displayName".to_owned()
    } else if !search.contains(char::is_alphanumeric) {
        // There is no word to search for.
        format!("&$filter=displayName%20eq%20{}", literal(search))
    } else {
        let words = search.replace(['"', '\\'], " ");
        format!("&$search={}", encoded(&format!("\"displayName:{words}\"")))
    };
    match asked.page.is_empty() {
        true => format!("/v1.0/applications?{fields}{condition}"),
        false => format!("/v1.0/applications?{}", asked.page),
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
    format!("/portal/applications?search={search}&page={query}")
}

fn first(asked: &Wanted) -> String {
    match asked.page.is_empty() {
        true => String::new(),
        false => format!("/portal/applications?search={}", encoded(&asked.search)),
    }
}
