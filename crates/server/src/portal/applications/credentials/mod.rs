//! `/portal/applications/{id}/credentials`: the secrets and certificates of an application.

mod certificates;
mod expiry;
mod listed;
mod secrets;
mod show;

use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};

use super::registration::address;
use crate::portal::address::encoded;
use crate::portal::page::see_other;
use crate::state::AppState;

pub(super) use self::expiry::last_used;

/// Addresses below `/portal/applications/{id}/credentials`.
pub(super) fn routes() -> Router<Arc<AppState>> {
    let tab = "/portal/applications/{id}/credentials";
    Router::new()
        .route(tab, get(show::show))
        .route(&format!("{tab}/secrets"), post(secrets::add))
        .route(
            &format!("{tab}/secrets/{{key}}/delete"),
            post(secrets::delete),
        )
        .route(&format!("{tab}/certificates"), post(certificates::add))
        .route(
            &format!("{tab}/certificates/{{key}}/delete"),
            post(certificates::delete),
        )
}

/// The application in the API.
fn target(id: &str) -> String {
    format!("/v1.0/applications/{}", encoded(id))
}

fn back(id: &str) -> Response {
    see_other(&address(id, "credentials"))
}
