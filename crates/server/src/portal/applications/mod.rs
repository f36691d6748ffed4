//! App registrations: what an application is, and what proves that a caller is it.

mod create;
mod list;
mod overview;
mod registration;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::state::AppState;

/// Addresses below `/portal/applications`.
pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route("/portal/applications", get(list::show))
        .route(
            "/portal/applications/new",
            get(create::show).post(create::submit),
        )
        .route("/portal/applications/{id}", get(overview::show))
        .route(
            "/portal/applications/{id}/properties",
            axum::routing::post(overview::rename),
        )
        .route(
            "/portal/applications/{id}/delete",
            axum::routing::post(overview::delete),
        )
}
