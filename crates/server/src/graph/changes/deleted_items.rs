//! Deleted objects: back again, or gone for good.

use countersign_domain::directory::{DeletedServicePrincipal, Owned, Write};
use countersign_domain::graph::audit::{Activity, Target};
use countersign_domain::graph::body;
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::route::ServicePrincipalKey;
use countersign_domain::graph::wire::{
    ObjectType, ServicePrincipalParts, service_principal, typed,
};
use countersign_domain::ids::{AppId, ApplicationId, ServicePrincipalId};
use countersign_store::ApplicationRecord;
use uuid::Uuid;

use super::applications::check_names;
use super::dry_run;
use super::found::shown_application;
use super::work::Work;
use crate::graph::answer::Answer;
use crate::graph::ask::Ask;
use countersign_domain::graph::wire::Object as Members;

/// A deleted object.
pub(super) enum Deleted {
    Application(ApplicationRecord),
    ServicePrincipal(DeletedServicePrincipal),
}

/// Brings an object back with its credentials and what it was granted: whoever does so makes it
/// able to sign in again, so its roles count as when it is given a credential.
pub(super) async fn restore(ask: &Ask<'_>, id: Uuid) -> Result<Answer, GraphError> {
    let mut work = Work::begin(ask).await?;
    let deleted = work.deleted(id).await?;
    work.check_version(&deleted.shown(&work, false))?;
    let roles = work.graph_roles_when_restored(deleted.app_id()).await?;
    work.check_roles(&roles)?;
    let (activity, write) = match &deleted {
        Deleted::Application(ApplicationRecord { application, .. }) => {
            check_names(&mut work, application, None).await?;
            let (tenant_id, id) = (application.tenant_id, application.id);
            let write = Write::RestoreApplication { tenant_id, id };
            (Activity::RestoreApplication, write)
        }
        Deleted::ServicePrincipal(deleted) => {
            work.check_restorable(deleted).await?;
            let (tenant_id, id) = (deleted.principal.tenant_id, deleted.principal.id);
            let write = Write::RestoreServicePrincipal { tenant_id, id };
            (Activity::RestoreServicePrincipal, write)
        }
    };
    let shown = deleted.shown(&work, true);
    let audit = work
        .audit(activity)
        .object(&deleted.target(), None, Some(&shown));
    work.commit(&[write], audit).await?;
    let shown = typed(deleted.kind(), shown);
    Ok(Answer::object("directoryObjects/$entity", shown))
}

/// Ends an object for good.
pub(super) async fn purge(ask: &Ask<'_>, id: Uuid) -> Result<Answer, GraphError> {
    let mut work = Work::begin(ask).await?;
    let deleted = work.deleted(id).await?;
    work.check_version(&deleted.shown(&work, false))?;
    let (activity, write) = match &deleted {
        Deleted::Application(ApplicationRecord { application, .. }) => (
            Activity::HardDeleteApplication,
            Write::PurgeApplication {
                tenant_id: application.tenant_id,
                id: application.id,
            },
        ),
        Deleted::ServicePrincipal(deleted) => (
            Activity::HardDeleteServicePrincipal,
            Write::PurgeServicePrincipal {
                tenant_id: deleted.principal.tenant_id,
                id: deleted.principal.id,
            },
        ),
    };
    let before = deleted.shown(&work, false);
    if ask.prefers("dry-run") {
        return Ok(dry_run::unused(typed(deleted.kind(), before)));
    }
    let audit = work
        .audit(activity)
        .object(&deleted.target(), Some(&before), None);
    work.commit(&[write], audit).await?;
    Ok(Answer::NoContent)
}

impl Deleted {
    fn app_id(&self) -> AppId {
        match self {
            Self::Application(record) => record.application.app_id,
            Self::ServicePrincipal(deleted) => deleted.application.app_id,
        }
    }

    fn kind(&self) -> ObjectType {
        match self {
            Self::Application(_) => ObjectType::Application,
            Self::ServicePrincipal(_) => ObjectType::ServicePrincipal,
        }
    }

    fn target(&self) -> Target {
        match self {
            Self::Application(record) => Target::application(&record.application),
            Self::ServicePrincipal(deleted) => {
                Target::service_principal(&deleted.principal, &deleted.application)
            }
        }
    }

    /// The object as it is while it is deleted, or as it is once it is back.
    fn shown(&self, work: &Work<'_>, is_back: bool) -> Members {
        match self {
            Self::Application(record) => {
                let mut application = record.application.clone();
                application.deleted_at = application.deleted_at.filter(|_| !is_back);
                let tenant = &work.ask.caller.tenant;
                shown_application(&application, &record.passwords, &record.keys, tenant)
            }
            Self::ServicePrincipal(deleted) => service_principal(&ServicePrincipalParts {
                principal: &deleted.principal,
                application: &deleted.application,
                passwords: &[],
                keys: &[],
                deleted_at: (!is_back).then_some(deleted.deleted_at),
                shows_keys: false,
            }),
        }
    }
}

impl Work<'_> {
    /// A deleted object that the caller may restore or end.
    async fn deleted(&mut self, id: Uuid) -> Result<Deleted, GraphError> {
        let application = self.deleted_application(ApplicationId::new(id)).await?;
        let (deleted, object) = match application {
            Some(record) => {
                let object = Owned::Application(record.application.id);
                (Deleted::Application(record), object)
            }
            None => {
                let principal_id = ServicePrincipalId::new(id);
                let found = self.deleted_service_principal(principal_id).await?;
                let found = found.ok_or_else(|| GraphError::not_found(id))?;
                let object = Owned::ServicePrincipal(principal_id);
                (Deleted::ServicePrincipal(found), object)
            }
        };
        let is_owned = self.owners(object).await?.contains(&self.caller());
        let is_itself = self.ask.caller.is_application(deleted.app_id());
        match self.ask.decision.permits(is_owned, is_itself) {
            true => Ok(deleted),
            false => Err(GraphError::denied()),
        }
    }

    /// Its application is there, and has no other service principal now.
    async fn check_restorable(
        &mut self,
        deleted: &DeletedServicePrincipal,
    ) -> Result<(), GraphError> {
        let app_id = deleted.application.app_id;
        if self.usable_application(app_id).await?.is_none() {
            return Err(body::no_such_application(app_id));
        }
        let key = ServicePrincipalKey::AppId(app_id);
        match self.lookup(&key.into()).await? {
            Some(_) => Err(body::service_principal_exists(app_id)),
            None => Ok(()),
        }
    }
}
