//! `/portal/account`: how a person signs in, and where they are signed in.
//!
//! Whoever sits down at somebody's open browser must not be able to keep the account: what changes
//! how one signs in is for a [`Recent`] visit only (ASVS 7.5.1). Each change is one audited commit.

mod authenticator;
mod passkeys;
mod password;
mod recovery_codes;
mod sessions;
mod show;

use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use countersign_domain::directory::{Actor, AuditRecord, Write};
use countersign_domain::graph::audit::{Activity, Audit, Target};
use countersign_domain::graph::wire::Object;
use countersign_store::StoreError;
use serde_json::Value;

use super::page::see_other;
use super::problem::Problem;
use super::recent::Recent;
use super::visit::Visit;
use crate::state::AppState;

use self::show::Done;

const HOME: &str = "/portal/account";

/// Addresses below `/portal/account`.
pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new()
        .route(HOME, get(show::show))
        .route(
            "/portal/account/password",
            get(from_start).post(password::change),
        )
        .route("/portal/account/password/remove", post(password::remove))
        .route(
            "/portal/account/passkeys",
            get(from_start).post(passkeys::ask),
        )
        .route(
            "/portal/account/passkeys/answer",
            get(from_start).post(passkeys::take),
        )
        .route("/portal/account/passkeys/remove", post(passkeys::remove))
        .route(
            "/portal/account/authenticator",
            get(from_start).post(authenticator::begin),
        )
        .route(
            "/portal/account/authenticator/confirm",
            get(from_start).post(authenticator::confirm),
        )
        .route(
            "/portal/account/authenticator/remove",
            post(authenticator::remove),
        )
        .route(
            "/portal/account/recovery-codes",
            get(from_start).post(recovery_codes::renew),
        )
        .route("/portal/account/sessions/end", post(sessions::end))
        .route(
            "/portal/account/sessions/end-others",
            post(sessions::end_others),
        )
}

/// `GET` of what only forms lead to: reloaded, or out of the history.
async fn from_start() -> Response {
    see_other(HOME)
}

/// Goes back to the page, which says what was done.
fn done(what: Done) -> Response {
    see_other(&format!("{HOME}?done={}", what.name()))
}

/// The record of a change of how a person signs in: `before` and `after` name the means, without
/// anything that is secret about it.
fn record(
    visit: &Visit,
    activity: Activity,
    before: Option<&Object>,
    after: Option<&Object>,
) -> AuditRecord {
    let (user, context) = (&visit.person.user, &visit.browser.context);
    let actor = Actor::User(user.id);
    Audit::new(activity, context.now, actor, context.correlation_id())
        .part(&Target::user(user), "authentication", before, after)
        .record()
}

/// A means to sign in, for the record.
fn means<const N: usize>(properties: [(&str, Value); N]) -> Object {
    let properties = properties.into_iter();
    properties
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Removes a means to sign in, unless it is the only one. Two removals at once are one after the
/// other here: `false` where nothing but this one is left.
async fn remove_way(visit: &Visit, write: Write, record: &AuditRecord) -> Result<bool, Problem> {
    let user = &visit.person.user;
    let mut change = visit.browser.state.db.change().await?;
    let ways = change.view().ways_to_sign_in(user.tenant_id, user.id);
    if ways.await? < 2 {
        return Ok(false);
    }
    match change.commit(&[write], record).await {
        Ok(()) => Ok(true),
        // Somebody else's, or removed in the meantime.
        Err(StoreError::NotFound { .. }) => Err(Problem::not_found()),
        Err(error) => Err(error.into()),
    }
}
