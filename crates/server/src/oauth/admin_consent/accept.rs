//! *Accept*: everything is asked once more where it cannot change any more, and then done at once.

use axum::response::Response;
use countersign_domain::account::Person;
use countersign_domain::consent::effects::{Acceptance, Effects, effects};
use countersign_domain::consent::offer::Offer;
use countersign_domain::directory::{Actor, AppRoleAssignment, ResourceAccessType, Write};
use countersign_domain::graph::body::{ASSIGNMENTS_MAX, SCOPE_LENGTH_MAX};
use countersign_domain::graph::permission::GRAPH_APP_ID;
use countersign_store::{DirectoryChange, StoreError};
use http::StatusCode;

use super::asked::Asked;
use super::world::World;
use super::{Call, End, pages};
use crate::portal::{Problem, Visit, sign_in_address};

/// What the page says that comes again.
const CHANGED: &str = "What this application asks for has changed while you were reading. Nothing \
                       was granted. Read the list again.";

/// Grants what the page with this fingerprint showed, if that is what is asked for now, and if the
/// person may do it now.
pub(super) async fn accept(call: &Call, visit: &Visit, fingerprint: &str) -> Result<Response, End> {
    let state = &call.browser.state;
    let request = call.request()?;
    let mut change = state.db.change().await?;
    let person = person(call, visit, &mut change).await?;
    if !person.roles.iter().any(|role| role.may_consent_to_some()) {
        // Nobody else waits while who may accept nothing at all is shown whom to ask.
        drop(change);
        return super::show(call).await;
    }
    let asked = Asked::read(call, request, change.view()).await?;
    let world = World::read(change.view(), state, &visit.tenant, &asked).await?;
    let resources = world.instances();
    let offer = world.offer(&resources)?;
    let is_same = offer.fingerprint() == fingerprint;
    if offer.check_roles(&person.roles).is_err() || !is_same {
        let notice = (!is_same).then_some(CHANGED);
        let now = Visit {
            person: person.into(),
            ..visit.clone()
        };
        return pages::offer(call, &now, &world, change.view(), notice).await;
    }
    let mut effects = effects(
        &offer,
        &Acceptance {
            actor: Actor::User(person.user.id),
            correlation_id: call.browser.context.correlation_id(),
            now: call.browser.context.now,
            random: state.random.as_ref(),
        },
    );
    check_limits(&world.assignments, &effects)?;
    if let (true, Some(principal)) = (effects.writes.is_empty(), offer.client.service_principal) {
        // A record belongs to the tenant of what was written with it.
        effects
            .writes
            .push(Write::UpdateServicePrincipal(principal.clone()));
    }
    change.commit(&effects.writes, &effects.record).await?;
    tell_new_power(visit, &offer);
    honour(call).await;
    Ok(crate::portal::see_other(
        &asked.reply(call).accepted(visit.tenant.id),
    ))
}

/// The person with the roles of this moment. Who was disabled or removed meanwhile has to sign in.
async fn person(call: &Call, visit: &Visit, change: &mut DirectoryChange) -> Result<Person, End> {
    let view = change.view();
    let found = view.person(visit.tenant.id, visit.person.user.id).await?;
    let enabled = found.filter(|person| person.user.account_enabled);
    enabled.ok_or_else(|| Problem::SignIn(sign_in_address(&call.next())).into())
}

/// The limits of the Graph API hold here too.
fn check_limits(assignments: &[AppRoleAssignment], effects: &Effects) -> Result<(), End> {
    let added = effects.writes.iter();
    let added = added.filter(|write| matches!(write, Write::AddAssignment(_)));
    let count = u64::try_from(assignments.len() + added.count()).unwrap_or(u64::MAX);
    let is_long = |write: &Write| match write {
        Write::AddPermissionGrant(grant) | Write::UpdatePermissionGrant(grant) => {
            grant.scope.chars().count() > SCOPE_LENGTH_MAX
        }
        _ => false,
    };
    let too_many = |text: &str, remedy: &str| {
        Err(Problem::told(
            StatusCode::BAD_REQUEST,
            "Too many permissions",
            text,
            remedy,
        )
        .into())
    };
    if count > ASSIGNMENTS_MAX {
        return too_many(
            &format!(
                "With these, the application would have more than {ASSIGNMENTS_MAX} app role \
                 assignments, which is the most. Nothing was granted."
            ),
            "Take back some that it does not need any more, then accept again.",
        );
    }
    if effects.writes.iter().any(is_long) {
        return too_many(
            &format!(
                "With these, the names of the application's delegated permissions on one resource \
                 would be longer than {SCOPE_LENGTH_MAX} characters together. Nothing was granted."
            ),
            "Take back some that it does not need any more, then accept again.",
        );
    }
    Ok(())
}

/// The very next token on this node has the roles; other nodes learn of them within a second.
async fn honour(call: &Call) {
    let state = &call.browser.state;
    if let Err(error) = state.directory.poll(state.clock.now()).await {
        let error: StoreError = error;
        tracing::warn!(%error, "a change could not be honoured at once");
    }
}

/// Whoever watches the log should know of a new power over the directory itself.
fn tell_new_power(visit: &Visit, offer: &Offer<'_>) {
    for (resource, permission) in offer.permissions() {
        let is_power =
            resource.app_id == GRAPH_APP_ID && permission.kind == ResourceAccessType::Role;
        if is_power && !permission.is_granted {
            tracing::warn!(
                tenant = %visit.tenant.id,
                app_id = %offer.client.application.app_id,
                by = %visit.person.user.id,
                role = permission.value,
                "an application was granted a permission on the directory API itself"
            );
        }
    }
}
