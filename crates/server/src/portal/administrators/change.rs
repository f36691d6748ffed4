//! A change of who administers the tenant. It is judged by the roles that the actor has in the moment
//! of the change: a page may be open for long.

use countersign_domain::account::Person;
use countersign_domain::account::roles::{RoleRefusal, manages_roles};
use countersign_domain::directory::{Actor, Write};
use countersign_domain::graph::audit::{Activity, Audit};
use countersign_domain::ids::UserId;
use countersign_store::{DirectoryChange, View};
use http::StatusCode;

use crate::portal::problem::Problem;
use crate::portal::visit::Visit;

/// A change that has begun; dropped before its commit, nothing has happened.
pub(super) struct Change<'v> {
    visit: &'v Visit,
    change: DirectoryChange,
    /// Who makes it, as of this moment.
    pub(super) actor: Person,
}

impl<'v> Change<'v> {
    /// Waits for every other change to end. Only for people who manage roles.
    pub(super) async fn begin(visit: &'v Visit) -> Result<Self, Problem> {
        let mut change = visit.browser.state.db.change().await?;
        let (tenant_id, user_id) = (visit.tenant.id, visit.person.user.id);
        let actor = change.view().person(tenant_id, user_id).await?;
        let manages = |actor: &Person| actor.user.account_enabled && manages_roles(&actor.roles);
        match actor.filter(manages) {
            Some(actor) => Ok(Self {
                visit,
                change,
                actor,
            }),
            None => Err(refused(RoleRefusal::NotPrivileged)),
        }
    }

    /// What the directory holds before the change.
    pub(super) fn view(&mut self) -> &mut View {
        self.change.view()
    }

    /// A person of the actor's tenant.
    pub(super) async fn person(&mut self, id: &str) -> Result<Person, Problem> {
        let id: UserId = id.parse().map_err(|_| Problem::not_found())?;
        let tenant_id = self.visit.tenant.id;
        let person = self.change.view().person(tenant_id, id).await?;
        person.ok_or_else(Problem::not_found)
    }

    /// A record that the actor did this.
    pub(super) fn audit(&self, activity: Activity) -> Audit {
        let context = &self.visit.browser.context;
        let actor = Actor::User(self.actor.user.id);
        Audit::new(activity, context.now, actor, context.correlation_id())
    }

    /// Makes the change last, with its record.
    pub(super) async fn commit(self, writes: &[Write], audit: Audit) -> Result<(), Problem> {
        Ok(self.change.commit(writes, &audit.record()).await?)
    }
}

/// What a person is told whose roles do not allow it.
pub(super) fn refused(refusal: RoleRefusal) -> Problem {
    match refusal {
        RoleRefusal::Last => Problem::told(
            StatusCode::CONFLICT,
            "Not done",
            &refusal.to_string(),
            "Nothing was changed.",
        ),
        _ => Problem::forbidden(&refusal.to_string()),
    }
}
