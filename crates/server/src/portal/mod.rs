//! The pages for people: sign-in, and the portal in which administrators register applications,
//! grant them roles, and see what happened.
//!
//! Every page is made here, on the server, and works without scripts; scripts add passkeys and copy
//! buttons. A handler is given what it may use: a [`Visit`] is a person whose session counts now, a
//! [`Form`] is a body that this browser's own page sent. What the Graph API can do is done through
//! it ([`api`]), so that rules, rights and records are the same for people and for workloads.

mod account;
mod address;
mod administrators;
mod api;
mod applications;
mod assets;
mod attempts;
mod audit;
mod begin;
mod browser;
mod chart;
mod enterprise_applications;
mod form;
mod health;
mod home;
mod inspector;
mod listing;
mod named;
mod next;
mod page;
mod people_log;
mod problem;
mod query;
mod recent;
mod rights;
mod setup;
mod sign_in;
mod sign_ins;
mod sign_out;
mod span;
mod tenants;
mod visit;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};

use crate::state::AppState;

pub(crate) use self::browser::Browser;
pub(crate) use self::form::Form;
pub(crate) use self::next::Next;
pub(crate) use self::page::{Policy, page, see_other};
pub(crate) use self::problem::Problem;
pub(crate) use self::visit::{Visit, sign_in_address};

/// Every address below `/portal`.
pub(crate) fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route("/portal", get(home::show))
        .route("/portal/assets/{name}", get(assets::show))
        .merge(account::routes())
        .merge(applications::routes())
        .merge(enterprise_applications::routes())
        .merge(administrators::routes())
        .merge(tenants::routes())
        .merge(sign_ins::routes())
        .merge(inspector::routes())
        .route("/portal/health", get(health::show))
        .merge(audit::routes())
        .merge(sign_in::routes())
        .route("/portal/sign-out", post(sign_out::take))
        .route("/portal/setup/{token}", get(setup::show).post(setup::take))
}
