use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{Actor, AuditRecord, Write};
use countersign_domain::ids::{ServicePrincipalId, TenantId};
use uuid::Uuid;

use crate::db::Session;
use crate::folded::fold;
use crate::row::{Guid, Place, to_json};
use crate::{Db, StoreError};

macro_rules! columns {
    () => {
        "d.number, d.at, d.activity, d.actor_app_id, d.actor_service_principal_id,
         d.actor_user_id, d.correlation_id, d.changes, d.targets"
    };
}

pub(crate) use columns;

#[derive(sqlx::FromRow)]
pub(crate) struct AuditRow {
    pub(crate) number: i64,
    at: i64,
    activity: String,
    actor_app_id: Option<String>,
    actor_service_principal_id: Option<String>,
    actor_user_id: Option<String>,
    correlation_id: String,
    changes: String,
    targets: String,
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
                concat!(
                    "SELECT ",
                    columns!(),
                    " FROM audit_records d WHERE d.tenant_id = $1
                      ORDER BY d.number DESC LIMIT $2"
                ),
                Guid(tenant_id.uuid()),
                i64::from(limit),
            )?,
            None => fetch_all!(
                session,
                "audit_records",
                AuditRow,
                concat!(
                    "SELECT ",
                    columns!(),
                    " FROM audit_records d ORDER BY d.number DESC LIMIT $1"
                ),
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
    let actor = ActorIds::of(record.actor);
    execute!(
        session,
        "INSERT INTO audit_records
             (number, at, tenant_id, activity, actor_app_id, correlation_id, changes,
              actor_service_principal_id, targets, activity_folded, actor_user_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        number,
        record.at.micros(),
        only_tenant(writes).map(|tenant_id| Guid(tenant_id.uuid())),
        record.activity.as_str(),
        actor.app_id.map(Guid),
        Guid(record.correlation_id.uuid()),
        to_json(&record.changes)?,
        actor.service_principal_id.map(Guid),
        to_json(&record.targets)?,
        fold(&record.activity),
        actor.user_id.map(Guid),
    )?;
    for target in &record.targets {
        execute!(
            session,
            "INSERT INTO audit_targets (object_id, number) VALUES ($1, $2)
             ON CONFLICT DO NOTHING",
            Guid(target.id),
            number,
        )?;
    }
    Ok(())
}

/// An actor in columns: an application, a person, or nobody.
#[derive(Default)]
struct ActorIds {
    app_id: Option<Uuid>,
    service_principal_id: Option<Uuid>,
    user_id: Option<Uuid>,
}

impl ActorIds {
    fn of(actor: Option<Actor>) -> Self {
        match actor {
            None => Self::default(),
            Some(Actor::Application {
                app_id,
                service_principal_id,
            }) => Self {
                app_id: Some(app_id.uuid()),
                service_principal_id: service_principal_id.map(ServicePrincipalId::uuid),
                user_id: None,
            },
            Some(Actor::User(user_id)) => Self {
                user_id: Some(user_id.uuid()),
                ..Self::default()
            },
        }
    }
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
        Write::AddOwner(ownership) | Write::RemoveOwner(ownership) => ownership.tenant_id,
        Write::AddPermissionGrant(grant) | Write::UpdatePermissionGrant(grant) => grant.tenant_id,
        Write::AddUser(user) | Write::UpdateUser(user) => user.tenant_id,
        Write::AddPasskey(passkey) => passkey.tenant_id,
        Write::SetAuthenticator(authenticator) => authenticator.tenant_id,
        Write::SetSetupLink(link) => link.tenant_id,
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
        | Write::RemovePermissionGrant { tenant_id, .. }
        | Write::RestoreApplication { tenant_id, .. }
        | Write::PurgeApplication { tenant_id, .. }
        | Write::RestoreServicePrincipal { tenant_id, .. }
        | Write::PurgeServicePrincipal { tenant_id, .. }
        | Write::RemoveUser { tenant_id, .. }
        | Write::AddRoleMember { tenant_id, .. }
        | Write::RemoveRoleMember { tenant_id, .. }
        | Write::SetUserPassword { tenant_id, .. }
        | Write::ChangeUserPassword { tenant_id, .. }
        | Write::RemoveUserPassword { tenant_id, .. }
        | Write::RemovePasskey { tenant_id, .. }
        | Write::RemoveAuthenticator { tenant_id, .. }
        | Write::SetRecoveryCodes { tenant_id, .. }
        | Write::EndSessions { tenant_id, .. }
        | Write::UseSetupLink { tenant_id, .. } => *tenant_id,
    }
}

pub(crate) fn audit_record(row: AuditRow) -> Result<AuditRecord, StoreError> {
    let number = row.number.to_string();
    let place = Place {
        table: "audit_records",
        id: &number,
    };
    Ok(AuditRecord {
        at: Timestamp::from_micros(row.at),
        actor: actor(&place, &row)?,
        activity: row.activity,
        correlation_id: place.parse("correlation_id", &row.correlation_id)?,
        changes: place.json("changes", &row.changes)?,
        targets: place.json("targets", &row.targets)?,
    })
}

fn actor(place: &Place<'_>, row: &AuditRow) -> Result<Option<Actor>, StoreError> {
    if let Some(id) = row.actor_user_id.as_deref() {
        return Ok(Some(Actor::User(place.parse("actor_user_id", id)?)));
    }
    let app_id = place.parse_some("actor_app_id", row.actor_app_id.as_deref())?;
    let service_principal_id = place.parse_some(
        "actor_service_principal_id",
        row.actor_service_principal_id.as_deref(),
    )?;
    Ok(app_id.map(|app_id| Actor::Application {
        app_id,
        service_principal_id,
    }))
}
