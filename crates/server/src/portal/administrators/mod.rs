//! Who administers the tenant: people with directory roles, and the links by which they first set up
//! how they sign in.

mod add;
mod change;
mod link;
mod list;
mod person;
mod role;
mod update;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use super::address::encoded;
use crate::state::AppState;

/// Addresses below `/portal/administrators`.
pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route("/portal/administrators", get(list::show).post(add::submit))
        .route("/portal/administrators/{id}", get(person::show))
        .route("/portal/administrators/{id}/roles", post(update::role))
        .route("/portal/administrators/{id}/link", post(update::link))
        .route("/portal/administrators/{id}/account", post(update::account))
        .route(
            "/portal/administrators/{id}/sessions",
            post(update::sessions),
        )
}

/// The address of the page about a person, or of a form on it.
fn address(id: &str, form: &str) -> String {
    let id = encoded(id);
    match form {
        "" => format!("/portal/administrators/{id}"),
        form => format!("/portal/administrators/{id}/{form}"),
    }
}
