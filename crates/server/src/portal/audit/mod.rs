//! The audit log: every change of the tenant's directory.

mod entry;
mod list;
mod listed;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::state::AppState;

/// Addresses below `/portal/audit`.
pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route("/portal/audit", get(list::show))
        .route("/portal/audit/{id}", get(entry::show))
}
