//! App registrations: what an application is, and what proves that a caller is it.

mod create;
mod credentials;
mod expose;
mod federated;
mod list;
mod overview;
mod owners;
mod permissions;
mod quickstart;
mod registration;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

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
            post(overview::rename),
        )
        .route("/portal/applications/{id}/delete", post(overview::delete))
        .route("/portal/applications/{id}/expose", get(expose::show))
        .route(
            "/portal/applications/{id}/expose/uris",
            post(expose::set_uris),
        )
        .route(
            "/portal/applications/{id}/expose/tokens",
            post(expose::set_tokens),
        )
        .route(
            "/portal/applications/{id}/expose/roles",
            post(expose::add_role),
        )
        .route(
            "/portal/applications/{id}/expose/roles/{role}",
            post(expose::change_role),
        )
        .route(
            "/portal/applications/{id}/owners",
            get(owners::show).post(owners::add),
        )
        .route(
            "/portal/applications/{id}/owners/remove",
            post(owners::remove),
        )
        .merge(permissions::routes())
        .merge(credentials::routes())
        .merge(federated::routes())
        .merge(quickstart::routes())
}
