//! The sign-in log: who asked for tokens, and why they got one or did not.

mod activity;
mod entry;
mod found;
mod list;
mod listed;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use crate::state::AppState;

pub(super) use self::activity::{Activity, activity};
pub(super) use self::listed::{SignIn, listing};

/// Addresses below `/portal/sign-ins`.
pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route("/portal/sign-ins", get(list::show))
        .route("/portal/sign-ins/{id}", get(entry::show))
}
