use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{AuditRecord, Write};
use countersign_domain::ids::TenantId;

use crate::db::Session;
use crate::row::{Guid, Place, to_json};
use crate::{Db, StoreError};

#[derive(sqlx::FromRow)]
struct AuditRow {
    number: i64,
    at: i64,
    activity: String,
    actor_app_id: Option<String>,
    correlation_id: String,
    changes: String,
}

impl Db {
    /// The last changes of one tenant or of all, newest first. A commit that touched several tenants
    /// is listed for all tenants only.
    pub async fn audit_records(
        &self,
        tenant_id: Option<TenantId>,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let mut session = self.reader().await?;
        let rows = match tenant_id {
            Some(tenant_id) => fetch_all!(
                session,
                "audit_records",
                AuditRow,
                "SELECT number, at, activity, actor_app_id, correlation_id, changes
                 FROM audit_records WHERE tenant_id = $1 ORDER BY number DESC LIMIT $2",
                Guid(tenant_id.uuid()),
                i64::from(limit),
            )?,
            None => fetch_all!(
                session,
                "audit_records",
                AuditRow,
                "SELECT number, at, activity, actor_app_id, correlation_id, changes
                 FROM audit_records ORDER BY number DESC LIMIT $1",
                i64::from(limit),
            )?,
        };
        rows.into_iter().map(audit_record).collect()
    }
}

/// Adds the record of a commit.
pub(crate) async fn add(
    session: &mut Session,
    number: i64,
    writes: &[Write],
    record: &AuditRecord,
) -> Result<(), StoreError> {
    execute!(
        session,
        "INSERT INTO audit_records
             (number, at, tenant_id, activity, actor_app_id, correlation_id, changes)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        number,
        record.at.micros(),
        only_tenant(writes).map(|tenant_id| Guid(tenant_id.uuid())),
        record.activity.as_str(),
        record.actor_app_id.map(|app_id| Guid(app_id.uuid())),
        Guid(record.correlation_id.uuid()),
        to_json(&record.changes)?,
    )?;
    Ok(())
}

/// The tenant that all writes are about, if it is one.
fn only_tenant(writes: &[Write]) -> Option<TenantId> {
    let mut tenants = writes.iter().map(tenant_of);
    let first = tenants.next()?;
    tenants.all(|tenant| tenant == first).then_some(first)
}

fn tenant_of(write: &Write) -> TenantId {
    match write {
        Write::AddTenant(tenant) | Write::UpdateTenant(tenant) => tenant.id,
        Write::AddApplication(application) | Write::UpdateApplication(application) => {
            application.tenant_id
        }
        Write::AddServicePrincipal(principal) | Write::UpdateServicePrincipal(principal) => {
            principal.tenant_id
        }
        Write::AddAssignment(assignment) => assignment.tenant_id,
        Write::AddUser(user) | Write::UpdateUser(user) => user.tenant_id,
        Write::DeleteApplication { tenant_id, .. }
        | Write::RemoveServicePrincipal { tenant_id, .. }
        | Write::AddPassword { tenant_id, .. }
        | Write::UpdatePassword { tenant_id, .. }
        | Write::RemovePassword { tenant_id, .. }
        | Write::AddKey { tenant_id, .. }
        | Write::UpdateKey { tenant_id, .. }
        | Write::RemoveKey { tenant_id, .. }
        | Write::AddFederatedCredential { tenant_id, .. }
        | Write::UpdateFederatedCredential { tenant_id, .. }
        | Write::RemoveFederatedCredential { tenant_id, .. }
        | Write::RemoveAssignment { tenant_id, .. }
        | Write::RemoveUser { tenant_id, .. } => *tenant_id,
    }
}

fn audit_record(row: AuditRow) -> Result<AuditRecord, StoreError> {
    let number = row.number.to_string();
    let place = Place {
        table: "audit_records",
        id: &number,
    };
    Ok(AuditRecord {
        at: Timestamp::from_micros(row.at),
        activity: row.activity,
        actor_app_id: place.parse_some("actor_app_id", row.actor_app_id.as_deref())?,
        correlation_id: place.parse("correlation_id", &row.correlation_id)?,
        changes: place.json("changes", &row.changes)?,
    })
}
