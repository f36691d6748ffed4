//! Instances of applications in the tenant: create, change, delete.

use countersign_domain::directory::{Application, Owned, ServicePrincipal, Write};
use countersign_domain::graph::audit::{Activity, Target};
use countersign_domain::graph::body;
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::etag::ETag;
use countersign_domain::graph::policy::{self, Decision};
use countersign_domain::graph::route::{ObjectKey, Operation, ServicePrincipalKey};
use countersign_domain::graph::wire::{ServicePrincipalParts, service_principal};
use countersign_domain::ids::AppId;

use super::dry_run;
use super::found::{About, Found, keys_after};
use super::work::{Work, body_of};
use crate::graph::answer::Answer;
use crate::graph::ask::Ask;
use countersign_domain::graph::wire::Object as Members;

/// Makes the service principal of an application of this tenant, or of one for every tenant.
pub(super) async fn create(ask: &Ask<'_>) -> Result<Answer, GraphError> {
    let body = body_of(ask)?;
    let app_id = body::requested_app_id(&body, None)?;
    create_in(Work::begin(ask).await?, body, app_id, ask.decision).await
}

/// Changes a service principal; creates it under its client id where that is asked for.
pub(super) async fn update(ask: &Ask<'_>, key: ServicePrincipalKey) -> Result<Answer, GraphError> {
    let body = body_of(ask)?;
    let mut work = Work::begin(ask).await?;
    let object_key = ObjectKey::ServicePrincipal(key);
    match (work.lookup(&object_key).await?, key) {
        (Some(found), _) => {
            let found = work.permitted(found)?;
            work.check_version(&found.shown(&ask.caller.tenant))?;
            change(work, &found, body).await
        }
        (None, ServicePrincipalKey::AppId(app_id)) if ask.prefers("create-if-missing") => {
            ask.refuse_if_match()?;
            let app_id = body::requested_app_id(&body, Some(app_id))?;
            let permissions = &ask.caller.permissions;
            let decision = policy::check(Operation::CreateServicePrincipal, permissions);
            create_in(work, body, app_id, decision).await
        }
        (None, _) => Err(GraphError::not_found(object_key)),
    }
}

/// Deletes a service principal; it can be restored for thirty days.
pub(super) async fn delete(ask: &Ask<'_>, key: ServicePrincipalKey) -> Result<Answer, GraphError> {
    let mut work = Work::begin(ask).await?;
    let found = work.object(key).await?;
    let About::ServicePrincipal(principal) = &found.about else {
        return Err(GraphError::not_found(key));
    };
    if ask.prefers("dry-run") {
        return dry_run::object(work, &found).await;
    }
    let remove = Write::RemoveServicePrincipal {
        tenant_id: principal.tenant_id,
        id: principal.id,
    };
    let before = found.shown(&ask.caller.tenant);
    let audit =
        work.audit(Activity::RemoveServicePrincipal)
            .object(&found.target(), Some(&before), None);
    work.commit(&[remove], audit).await?;
    Ok(Answer::NoContent)
}

async fn create_in(
    mut work: Work<'_>,
    body: Members,
    app_id: AppId,
    decision: Decision,
) -> Result<Answer, GraphError> {
    let application = work.usable_application(app_id).await?;
    let application = application.ok_or_else(|| body::no_such_application(app_id))?;
    work.check_creation(&application, decision).await?;
    let key = ServicePrincipalKey::AppId(app_id);
    if work.lookup(&key.into()).await?.is_some() {
        return Err(body::service_principal_exists(app_id));
    }
    let new = body::new_service_principal(body, &application, &work.context())?;
    let principal = new.principal;
    let mut writes = vec![Write::AddServicePrincipal(principal.clone())];
    let shown = shown(&principal, &application);
    let target = Target::service_principal(&principal, &application);
    let audit = work
        .audit(Activity::AddServicePrincipal)
        .object(&target, None, Some(&shown));
    let object = (Owned::ServicePrincipal(principal.id), &target);
    let audit = work
        .add_first_owners(object, &new.owners, &mut writes, audit)
        .await?;
    work.commit(&writes, audit).await?;
    let etag = ETag::of(&shown);
    let location = format!("/servicePrincipals/{}", principal.id);
    Ok(Answer::created("servicePrincipals/$entity", shown, location).with_etag(etag))
}

async fn change(mut work: Work<'_>, found: &Found, body: Members) -> Result<Answer, GraphError> {
    let About::ServicePrincipal(current) = &found.about else {
        return Err(GraphError::denied());
    };
    let parts = found.parts(current);
    let changed = body::change_service_principal(body, &parts, &work.context())?;
    let enables = changed.principal.account_enabled && !current.account_enabled;
    if changed.adds_credential() || enables {
        work.check_takeover(found).await?;
    }
    let writes = changed.writes(current, &found.application);
    if writes.is_empty() {
        return Ok(Answer::NoContent);
    }
    let keys = keys_after(
        &found.keys,
        &changed.keys_removed,
        &changed.keys_changed,
        &changed.keys_added,
    );
    let mut passwords = found.passwords.clone();
    passwords.retain(|password| !changed.passwords_removed.contains(&password.key_id));
    let after = service_principal(&ServicePrincipalParts {
        principal: &changed.principal,
        passwords: &passwords,
        keys: &keys,
        ..parts
    });
    let audit = work.audit(Activity::UpdateServicePrincipal).object(
        &found.target(),
        Some(&service_principal(&parts)),
        Some(&after),
    );
    work.commit(&writes, audit).await?;
    Ok(Answer::NoContent)
}

fn shown(principal: &ServicePrincipal, application: &Application) -> Members {
    service_principal(&ServicePrincipalParts {
        principal,
        application,
        passwords: &[],
        keys: &[],
        deleted_at: None,
        shows_keys: false,
    })
}

impl Work<'_> {
    /// With `OwnedBy` alone, an application gets service principals from its owners only.
    async fn check_creation(
        &mut self,
        application: &Application,
        decision: Decision,
    ) -> Result<(), GraphError> {
        if decision == Decision::Allowed {
            return Ok(());
        }
        let owners = match application.tenant_id == self.ask.tenant_id() {
            true => self.owners(Owned::Application(application.id)).await?,
            false => Vec::new(),
        };
        let is_itself = self.ask.caller.is_application(application.app_id);
        match decision.permits(owners.contains(&self.caller()), is_itself) {
            true => Ok(()),
            false => Err(GraphError::denied()),
        }
    }
}
