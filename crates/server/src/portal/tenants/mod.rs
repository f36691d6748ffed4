//! The tenants of this server, for those who may add one. They learn how many objects a tenant has,
//! and nothing of its inside.

mod create;
mod list;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use countersign_domain::directory::DirectoryRole;

use super::problem::Problem;
use super::visit::Visit;
use crate::state::AppState;

/// Addresses below `/portal/tenants`.
pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route("/portal/tenants", get(list::show))
        .route(
            "/portal/tenants/new",
            get(create::show).post(create::submit),
        )
}

fn check_may_create(visit: &Visit) -> Result<(), Problem> {
    match visit.has_role(DirectoryRole::TenantCreator) {
        true => Ok(()),
        false => Err(forbidden()),
    }
}

fn forbidden() -> Problem {
    Problem::forbidden("Only a Tenant Creator can see the tenants of this server and add one.")
}
