//! Deleted service principals, with what they had, and the end of what nobody has restored.

use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{AuditRecord, RESTORABLE_SECONDS, ServicePrincipal, Write};
use countersign_domain::graph::audit::Activity;
use countersign_domain::ids::{AppId, CorrelationId, ServicePrincipalId, TenantId};
use countersign_domain::random::Random;
use serde::{Deserialize, Serialize};

use crate::assignments::AssignmentRow;
use crate::commit::Commit;
use crate::error::hit;
use crate::key_credentials::KeyRow;
use crate::owners::OwnerRow;
use crate::passwords::PasswordRow;
use crate::permission_grants::GrantRow;
use crate::row::{Guid, Place, to_json};
use crate::service_principals::{ServicePrincipalRow, service_principal};
use crate::{Db, StoreError};
use crate::{
    assignments, credentials, key_credentials, owners, passwords, permission_grants,
    service_principals, tags,
};

const TABLE: &str = "deleted_service_principals";

/// Objects of a kind that one call of [`Db::purge_deleted`] ends for good.
const PURGED_AT_ONCE: i64 = 100;

/// What a service principal had when it was deleted, in stored form.
#[derive(Serialize, Deserialize)]
struct Attached {
    assignments: Vec<AssignmentRow>,
    owners: Vec<OwnerRow>,
    passwords: Vec<PasswordRow>,
    keys: Vec<KeyRow>,
    grants: Vec<GrantRow>,
}

#[derive(sqlx::FromRow)]
struct DeletedRow {
    #[sqlx(flatten)]
    principal: ServicePrincipalRow,
    attached: String,
}

impl Db {
    /// Ends applications and service principals for good that were deleted too long ago to be
    /// restored, some at a time and each with its audit record, and answers how many; 0 when there
    /// are no more.
    pub async fn purge_deleted(
        &self,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<u64, StoreError> {
        let before = now.plus_seconds(-RESTORABLE_SECONDS);
        let mut purged = 0;
        for write in self.due(before).await? {
            let activity = match write {
                Write::PurgeApplication { .. } => Activity::HardDeleteApplication,
                _ => Activity::HardDeleteServicePrincipal,
            };
            let changes = vec!["- it was deleted 30 days ago".to_owned()];
            let id = CorrelationId::random(random);
            let record = AuditRecord::of_command(now, activity.name(), id, changes);
            match self.commit(&[write], &record).await {
                Ok(()) => purged += 1,
                // Another node was faster, or an application took its service principal along.
                Err(StoreError::NotFound { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(purged)
    }

    async fn due(&self, before: Timestamp) -> Result<Vec<Write>, StoreError> {
        let mut session = self.reader().await?;
        let mut writes = Vec::new();
        for (table, sql) in [("applications", APPLICATIONS_DUE), (TABLE, PRINCIPALS_DUE)] {
            let rows = fetch_all!(
                session,
                table,
                (String, String),
                sql,
                before.micros(),
                PURGED_AT_ONCE,
            )?;
            for (tenant_id, id) in &rows {
                let place = Place { table, id };
                let tenant_id = place.parse("tenant_id", tenant_id)?;
                writes.push(match table {
                    TABLE => Write::PurgeServicePrincipal {
                        tenant_id,
                        id: place.parse("id", id)?,
                    },
                    _ => Write::PurgeApplication {
                        tenant_id,
                        id: place.parse("id", id)?,
                    },
                });
            }
        }
        Ok(writes)
    }
}

const APPLICATIONS_DUE: &str = "SELECT tenant_id, id FROM applications
     WHERE deleted_at IS NOT NULL AND deleted_at < $1 ORDER BY deleted_at LIMIT $2";
const PRINCIPALS_DUE: &str = "SELECT tenant_id, id FROM deleted_service_principals
     WHERE deleted_at < $1 ORDER BY deleted_at LIMIT $2";

/// Removes a service principal, and keeps it and what it had for its restoration.
pub(crate) async fn move_away(
    commit: &mut Commit,
    tenant_id: TenantId,
    id: ServicePrincipalId,
    at: Timestamp,
    with_application: bool,
) -> Result<(), StoreError> {
    let text = id.to_string();
    let session = &mut commit.view.session;
    let attached = Attached {
        assignments: assignments::about(session, &text).await?,
        owners: owners::about(session, &text).await?,
        passwords: passwords::of_principal(session, &text).await?,
        keys: key_credentials::of_principal(session, &text).await?,
        grants: permission_grants::about(session, &text).await?,
    };
    execute!(
        commit.view.session,
        "INSERT INTO deleted_service_principals
             (id, tenant_id, app_id, account_enabled, app_role_assignment_required, details,
              created_at, deleted_at, with_application, attached)
         SELECT id, tenant_id, app_id, account_enabled, app_role_assignment_required, details,
                created_at, $3, $4, $5
         FROM service_principals WHERE id = $1 AND tenant_id = $2",
        Guid(id.uuid()),
        Guid(tenant_id.uuid()),
        at.micros(),
        with_application,
        to_json(&attached)?,
    )?;
    service_principals::remove(commit, tenant_id, id).await
}

/// Brings a deleted service principal back, with all it had whose other side still exists.
pub(crate) async fn restore(
    commit: &mut Commit,
    tenant_id: TenantId,
    id: ServicePrincipalId,
) -> Result<(), StoreError> {
    let row = fetch_optional!(
        commit.view.session,
        TABLE,
        DeletedRow,
        concat!(
            "SELECT ",
            service_principals::columns!(),
            ", s.attached FROM deleted_service_principals s WHERE s.id = $1 AND s.tenant_id = $2"
        ),
        Guid(id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    let row = row.ok_or_else(|| missing(tenant_id, id))?;
    forget(commit, tenant_id, id).await?;
    let place = Place {
        table: TABLE,
        id: &id.to_string(),
    };
    let attached: Attached = place.json("attached", &row.attached)?;
    let principal = service_principal(&row.principal)?;
    // Its tags were kept; adding it adds them.
    tags::remove(commit, &id.to_string()).await?;
    service_principals::add(commit, &principal).await?;
    attach(commit, &principal, &attached).await
}

async fn attach(
    commit: &mut Commit,
    principal: &ServicePrincipal,
    attached: &Attached,
) -> Result<(), StoreError> {
    let tenant_id = principal.tenant_id;
    for row in &attached.passwords {
        passwords::restore(commit, tenant_id, row).await?;
    }
    for row in &attached.keys {
        key_credentials::restore(commit, tenant_id, row).await?;
    }
    assignments::restore(commit, tenant_id, principal.id, &attached.assignments).await?;
    owners::restore(commit, tenant_id, &attached.owners).await?;
    permission_grants::restore(commit, &attached.grants).await
}

/// Brings the service principal back that was deleted with an application of this tenant, if nobody
/// has ended it for good or made another.
pub(crate) async fn restore_with_application(
    commit: &mut Commit,
    tenant_id: TenantId,
    app_id: AppId,
) -> Result<(), StoreError> {
    let row = fetch_optional!(
        commit.view.session,
        TABLE,
        (String,),
        "SELECT d.id FROM deleted_service_principals d
         WHERE d.app_id = $1 AND d.tenant_id = $2 AND d.with_application
           AND NOT EXISTS (SELECT 1 FROM service_principals s
                           WHERE s.app_id = $1 AND s.tenant_id = $2)
         ORDER BY d.deleted_at DESC LIMIT 1",
        Guid(app_id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    let Some((id,)) = row else { return Ok(()) };
    let place = Place {
        table: TABLE,
        id: &id,
    };
    restore(commit, tenant_id, place.parse("id", &id)?).await
}

/// Ends a deleted service principal for good.
pub(crate) async fn purge(
    commit: &mut Commit,
    tenant_id: TenantId,
    id: ServicePrincipalId,
) -> Result<(), StoreError> {
    forget(commit, tenant_id, id).await?;
    tags::remove(commit, &id.to_string()).await
}

async fn forget(
    commit: &mut Commit,
    tenant_id: TenantId,
    id: ServicePrincipalId,
) -> Result<(), StoreError> {
    let rows = execute!(
        commit.view.session,
        "DELETE FROM deleted_service_principals WHERE id = $1 AND tenant_id = $2",
        Guid(id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    hit(
        rows,
        format_args!("the deleted service principal {id} in the tenant {tenant_id}"),
    )
}

/// Forgets all that could open an application that ends for good, and what it had: its client id may
/// come to mean another one, which the credentials of deleted service principals must not open.
pub(crate) async fn forget_all(
    commit: &mut Commit,
    application_id: &str,
    app_id: AppId,
) -> Result<(), StoreError> {
    credentials::remove_all(commit, application_id).await?;
    owners::forget(commit, application_id).await?;
    tags::remove(commit, application_id).await?;
    execute!(
        commit.view.session,
        "DELETE FROM object_tags WHERE object_id IN (
             SELECT id FROM deleted_service_principals WHERE app_id = $1)",
        Guid(app_id.uuid()),
    )?;
    execute!(
        commit.view.session,
        "DELETE FROM deleted_service_principals WHERE app_id = $1",
        Guid(app_id.uuid()),
    )?;
    Ok(())
}

fn missing(tenant_id: TenantId, id: ServicePrincipalId) -> StoreError {
    StoreError::not_found(format!(
        "the deleted service principal {id} in the tenant {tenant_id} does not exist"
    ))
}
