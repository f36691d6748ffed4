//! `/portal/audit/{id}`: one change, with each old and new value side by side.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;

use super::listed::Entry;
use crate::portal::address::encoded;
use crate::portal::api::read;
use crate::portal::problem::Problem;
use crate::portal::visit::{Shell, Visit};

#[derive(Template)]
#[template(path = "audit/entry.html")]
struct EntryPage {
    shell: Shell,
    entry: Entry,
}

/// `GET /portal/audit/{id}`
pub(super) async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let target = format!("/v1.0/auditLogs/directoryAudits/{}", encoded(&id));
    let members = visit
        .get(&target)
        .await
        .map_err(|error| match error.status {
            // What is no id is nothing either.
            400 => Problem::not_found(),
            _ => error.into(),
        })?;
    let entry: Entry = read(members)?;
    Ok(visit.page(&EntryPage {
        shell: visit.shell("audit", &entry.activity_display_name),
        entry,
    }))
}
