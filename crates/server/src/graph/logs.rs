//! Reading the sign-in log and the audit log of the caller's tenant.

use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::wire::{self, Object as Members, SignInEntry};
use countersign_domain::ids::TraceId;
use countersign_store::{SignInRecord, StoredAuditRecord};
use uuid::Uuid;

use super::answer::Answer;
use super::ask::Ask;
use super::collection::{self, context, entity};
use super::errors;

const SIGN_INS: &str = "auditLogs/signIns";

const AUDITS: &str = "auditLogs/directoryAudits";

pub(super) async fn sign_ins(ask: &Ask<'_>) -> Result<Answer, GraphError> {
    let selection = collection::selection(ask)?;
    let mut view = ask.view().await?;
    let page = view.sign_ins(ask.tenant_id(), &selection).await;
    let page = page.map_err(errors::of_store)?;
    let rows = page.items.iter().map(|record| sign_in_row(ask, record));
    let rows = rows.collect::<Result<_, _>>()?;
    let context = context(ask, SIGN_INS);
    Ok(collection::answer(ask, context, rows, &page))
}

pub(super) async fn sign_in(ask: &Ask<'_>, id: Uuid) -> Result<Answer, GraphError> {
    let mut view = ask.view().await?;
    let found = view.sign_in(ask.tenant_id(), TraceId::new(id)).await;
    let found = found.map_err(errors::of_store)?;
    let found = found.ok_or_else(|| GraphError::not_found(id))?;
    Ok(Answer::object(
        entity(ask, SIGN_INS),
        sign_in_row(ask, &found)?,
    ))
}

pub(super) async fn audits(ask: &Ask<'_>) -> Result<Answer, GraphError> {
    let selection = collection::selection(ask)?;
    let mut view = ask.view().await?;
    let page = view.audit_records(ask.tenant_id(), &selection).await;
    let page = page.map_err(errors::of_store)?;
    let rows = page.items.iter().map(|record| audit_row(ask, record));
    let rows = rows.collect::<Result<_, _>>()?;
    let context = context(ask, AUDITS);
    Ok(collection::answer(ask, context, rows, &page))
}

pub(super) async fn audit(ask: &Ask<'_>, id: &str) -> Result<Answer, GraphError> {
    let not_found = || GraphError::not_found(id);
    let number = id.parse().map_err(|_| not_found())?;
    let mut view = ask.view().await?;
    let found = view.audit_record(ask.tenant_id(), number).await;
    let found = found.map_err(errors::of_store)?.ok_or_else(not_found)?;
    Ok(Answer::object(entity(ask, AUDITS), audit_row(ask, &found)?))
}

fn sign_in_row(ask: &Ask<'_>, record: &SignInRecord) -> Result<Members, GraphError> {
    let entry = SignInEntry {
        sign_in: &record.sign_in,
        client_name: record.app_display_name.as_deref(),
        client_tenant_id: record.app_tenant_id,
        resource_name: record.resource_display_name.as_deref(),
        resource_tenant_id: record.resource_tenant_id,
        resource_principal_id: record.resource_service_principal_id,
        user_principal_name: record.user_principal_name.as_deref(),
        user_display_name: record.user_display_name.as_deref(),
    };
    let whole = wire::sign_in(&entry, ask.version);
    wire::select(whole, &ask.query.select, "signIn")
}

fn audit_row(ask: &Ask<'_>, record: &StoredAuditRecord) -> Result<Members, GraphError> {
    let actor = record.actor_display_name.as_deref();
    let id = record.number.to_string();
    let whole = wire::directory_audit(&id, &record.record, actor);
    wire::select(whole, &ask.query.select, "directoryAudit")
}
