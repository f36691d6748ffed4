//! `/portal/applications/{id}/permissions`: what an application asks of other APIs, and what it has
//! been granted.

mod change;
mod listed;
mod show;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::state::AppState;

/// Addresses below `/portal/applications/{id}/permissions`.
pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route("/portal/applications/{id}/permissions", get(show::show))
        .route(
            "/portal/applications/{id}/permissions/request",
            post(change::request),
        )
        .route(
            "/portal/applications/{id}/permissions/forget",
            post(change::forget),
        )
        .route(
            "/portal/applications/{id}/permissions/grant",
            post(change::grant),
        )
        .route(
            "/portal/applications/{id}/permissions/revoke",
            post(change::revoke),
        )
}
