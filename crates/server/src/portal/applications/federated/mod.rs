//! `/portal/applications/{id}/federated`: trust in tokens of other issuers.

mod change;
mod explain;
mod listed;
mod show;
mod template;
mod try_it;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::portal::address::encoded;
use crate::state::AppState;

/// Addresses below `/portal/applications/{id}/federated`.
pub(super) fn routes() -> Router<Arc<AppState>> {
    let tab = "/portal/applications/{id}/federated";
    Router::new()
        .route(tab, get(show::show).post(change::add))
        .route(&format!("{tab}/try"), post(try_it::submit))
        .route(
            &format!("{tab}/{{credential}}/delete"),
            post(change::delete),
        )
}

/// The application's federated credentials in the API.
fn target(id: &str) -> String {
    let id = encoded(id);
    format!("/v1.0/applications/{id}/federatedIdentityCredentials")
}
