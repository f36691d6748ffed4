//! `DELETE /applications/{id}`: it can be restored for thirty days.

use countersign_domain::directory::Write;
use countersign_domain::graph::audit::Activity;
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::route::{ApplicationKey, ServicePrincipalKey};

use super::super::dry_run;
use super::super::work::Work;
use crate::graph::answer::Answer;
use crate::graph::ask::Ask;

/// Deletes an application with its service principal.
pub(in super::super) async fn delete(
    ask: &Ask<'_>,
    key: ApplicationKey,
) -> Result<Answer, GraphError> {
    let mut work = Work::begin(ask).await?;
    let found = work.object(key).await?;
    if ask.prefers("dry-run") {
        return dry_run::object(work, &found).await;
    }
    let application = &found.application;
    let delete = Write::DeleteApplication {
        tenant_id: application.tenant_id,
        id: application.id,
        at: ask.context.now,
    };
    let instance = ServicePrincipalKey::AppId(application.app_id);
    let instance = work.lookup(&instance.into()).await?;
    let mut audit = work.audit(Activity::DeleteApplication);
    for gone in std::iter::once(&found).chain(&instance) {
        let before = gone.shown(&ask.caller.tenant);
        audit = audit.object(&gone.target(), Some(&before), None);
    }
    work.commit(&[delete], audit).await?;
    Ok(Answer::NoContent)
}
