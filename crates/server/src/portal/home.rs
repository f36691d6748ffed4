//! `/portal`: where everybody begins.

use askama::Template;
use axum::response::Response;

use super::problem::Problem;
use super::visit::{Shell, Visit};

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    shell: Shell,
}

/// `GET /portal`
pub(super) async fn show(visit: Visit) -> Result<Response, Problem> {
    let shell = visit.shell("home", "Overview");
    Ok(visit.page(&Home { shell }))
}
