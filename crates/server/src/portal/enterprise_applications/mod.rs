//! Enterprise applications: the service principals of the tenant. Each is an application as this
//! tenant uses it, wherever it is registered.

mod assigned;
mod list;
mod overview;
mod permissions;
mod principal;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::state::AppState;

/// Addresses below `/portal/enterprise-applications`.
pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route("/portal/enterprise-applications", get(list::show))
        .route("/portal/enterprise-applications/{id}", get(overview::show))
        .route(
            "/portal/enterprise-applications/{id}/enabled",
            post(overview::set_enabled),
        )
        .route(
            "/portal/enterprise-applications/{id}/required",
            post(overview::set_required),
        )
        .route(
            "/portal/enterprise-applications/{id}/delete",
            post(overview::delete),
        )
        .route(
            "/portal/enterprise-applications/{id}/assigned",
            get(assigned::show).post(assigned::assign),
        )
        .route(
            "/portal/enterprise-applications/{id}/assigned/revoke",
            post(assigned::revoke),
        )
        .route(
            "/portal/enterprise-applications/{id}/permissions",
            get(permissions::show),
        )
        .route(
            "/portal/enterprise-applications/{id}/permissions/revoke",
            post(permissions::revoke),
        )
        .route(
            "/portal/enterprise-applications/{id}/permissions/revoke-delegated",
            post(permissions::revoke_delegated),
        )
}
