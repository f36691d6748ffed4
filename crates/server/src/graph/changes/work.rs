//! One change of the directory: reads inside the commit lock, a decision, one commit.

use countersign_domain::directory::{Owner, Write};
use countersign_domain::graph::audit::{Activity, Audit};
use countersign_domain::graph::body::{self, Context};
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::etag::ETag;
use countersign_domain::graph::permission::GRAPH_APP_ID;
use countersign_domain::graph::policy::{self, PermissionSet};
use countersign_domain::graph::route::ObjectKey;
use countersign_domain::graph::wire::Object as Members;
use countersign_domain::ids::{ServicePrincipalId, TenantId, UserId};
use countersign_store::{DirectoryChange, StoreError};

use super::found::Found;
use crate::graph::ask::Ask;
use crate::graph::errors;

/// A change that is being made. Dropped before its commit, nothing has happened.
pub(super) struct Work<'a> {
    pub(super) ask: &'a Ask<'a>,
    /// What is read here stays true until the commit.
    pub(super) change: DirectoryChange,
}

impl<'a> Work<'a> {
    /// Waits for every other change to end.
    pub(super) async fn begin(ask: &'a Ask<'a>) -> Result<Self, GraphError> {
        let change = ask.state.db.change().await.map_err(errors::of_store)?;
        let mut work = Self { ask, change };
        work.check_caller().await?;
        Ok(work)
    }

    /// Refuses a caller that has lost rights since its request was judged: it may have waited for the
    /// change that took them away, and for many more.
    async fn check_caller(&mut self) -> Result<(), GraphError> {
        let (tenant_id, caller) = (self.ask.tenant_id(), self.ask.caller);
        let held = match caller.as_owner() {
            Owner::ServicePrincipal(id) => self.held_by_application(tenant_id, id).await,
            Owner::User(id) => self.held_by_person(tenant_id, id).await,
        };
        let held = held.map_err(errors::of_store)?;
        if held.is_some_and(|held| held.covers(&caller.permissions)) {
            return Ok(());
        }
        Err(GraphError::denied_because(
            "Insufficient privileges to complete the operation. Permissions of the caller were \
             withdrawn while the request was waiting.",
        ))
    }

    /// Nothing if it cannot act any more.
    async fn held_by_application(
        &mut self,
        tenant_id: TenantId,
        id: ServicePrincipalId,
    ) -> Result<Option<PermissionSet>, StoreError> {
        let view = self.change.view();
        if !view.is_active(tenant_id, id).await? {
            return Ok(None);
        }
        let held = view.app_roles_held_by(tenant_id, id, GRAPH_APP_ID).await?;
        Ok(Some(held.into_iter().collect()))
    }

    /// The same of a person.
    async fn held_by_person(
        &mut self,
        tenant_id: TenantId,
        id: UserId,
    ) -> Result<Option<PermissionSet>, StoreError> {
        let person = self.change.view().person(tenant_id, id).await?;
        let active = person.filter(|person| person.user.account_enabled);
        Ok(active.map(|person| policy::permissions_of_roles(&person.roles)))
    }

    /// What bodies are checked against.
    pub(super) fn context(&self) -> Context<'a> {
        context(self.ask)
    }

    /// The caller as an owner.
    pub(super) fn caller(&self) -> Owner {
        self.ask.caller.as_owner()
    }

    /// An object that the caller may change in this way: it is there, the caller's rights reach it,
    /// and it is the version that the caller has seen.
    pub(super) async fn object(&mut self, key: impl Into<ObjectKey>) -> Result<Found, GraphError> {
        let key = key.into();
        let found = self.container(key).await?;
        self.check_version(&found.shown(&self.ask.caller.tenant))?;
        Ok(found)
    }

    /// The same, where what hangs on the object has a version of its own.
    pub(super) async fn container(
        &mut self,
        key: impl Into<ObjectKey>,
    ) -> Result<Found, GraphError> {
        let key = key.into();
        match self.lookup(&key).await? {
            Some(found) => self.permitted(found),
            None => Err(GraphError::not_found(key)),
        }
    }

    /// The same, for an object that was looked up already.
    pub(super) fn permitted(&self, found: Found) -> Result<Found, GraphError> {
        let is_owned = found.owners.contains(&self.caller());
        let is_itself = self.ask.caller.is_application(found.application.app_id);
        if !self.ask.decision.permits(is_owned, is_itself) {
            return Err(GraphError::denied());
        }
        if found.application.app_id == GRAPH_APP_ID {
            return Err(platform_owned());
        }
        Ok(found)
    }

    /// Compares `If-Match` with an object as it is shown now.
    pub(super) fn check_version(&self, shown: &Members) -> Result<(), GraphError> {
        match self.ask.if_match()? {
            Some(if_match) => if_match.check(&ETag::of(shown)),
            None => Ok(()),
        }
    }

    /// Refuses to make the caller, or somebody by its hand, able to sign in as an application that
    /// can do more than the caller.
    pub(super) async fn check_takeover(&mut self, found: &Found) -> Result<(), GraphError> {
        let target = self.graph_roles(found).await?;
        self.check_roles(&target)
    }

    /// Refuses if the caller lacks one of these roles of Graph.
    pub(super) fn check_roles(&self, target: &PermissionSet) -> Result<(), GraphError> {
        if policy::may_take_over(&self.ask.caller.permissions, target) {
            return Ok(());
        }
        Err(GraphError::denied_because(
            "Insufficient privileges to complete the operation. The application has permissions \
             on Microsoft Graph that the caller lacks, so only a caller with \
             RoleManagement.ReadWrite.Directory can give it credentials or owners, enable it or \
             restore it.",
        ))
    }

    /// Gives the lock back without a change.
    pub(super) fn end(self) -> &'a Ask<'a> {
        self.ask
    }

    /// A record that the caller did this.
    pub(super) fn audit(&self, activity: Activity) -> Audit {
        let (actor, context) = (self.ask.caller.actor(), self.ask.context);
        Audit::new(activity, context.now, actor, context.correlation_id())
    }

    /// Makes the change last, with its record. The next token request honours it.
    pub(super) async fn commit(self, writes: &[Write], audit: Audit) -> Result<(), GraphError> {
        let record = audit.record();
        let committed = self.change.commit(writes, &record).await;
        committed.map_err(errors::of_store)?;
        let now = self.ask.state.clock.now();
        if let Err(error) = self.ask.state.directory.poll(now).await {
            // The change is made: this node learns of it as the others do, at its next poll.
            tracing::warn!(%error, "a change could not be honoured at once");
        }
        Ok(())
    }
}

/// What bodies are checked against.
pub(super) fn context<'a>(ask: &'a Ask<'a>) -> Context<'a> {
    Context {
        tenant: &ask.caller.tenant,
        base_url: ask.state.base_url.as_str(),
        pepper: &ask.state.keys.pepper,
        now: ask.context.now,
        random: ask.state.random.as_ref(),
    }
}

/// The body, as one JSON object.
pub(super) fn body_of(ask: &Ask<'_>) -> Result<Members, GraphError> {
    body::read(ask.body)
}

/// Who could change the Graph resource would decide what every permission means.
pub(super) fn platform_owned() -> GraphError {
    GraphError::denied_because(
        "The service principal of Microsoft Graph is the platform's own: through this API it can be \
         neither changed, disabled nor deleted, and it has no credentials and no owners.",
    )
}
