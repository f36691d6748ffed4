use std::sync::LazyLock;

use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{AppRoleAssignment, Change};
use countersign_domain::ids::{AppId, AssignmentId, ServicePrincipalId, TenantId};
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::commit::Commit;
use crate::db::Session;
use crate::error::{hit, writing};
use crate::row::{Guid, Place};
use crate::service_principals;
use crate::values::{Insert, chunks};

const TABLE: &str = "app_role_assignments";

/// Adds the rows whose two sides are there.
static RESTORE: LazyLock<Insert> = LazyLock::new(|| {
    let head = "INSERT INTO app_role_assignments
             (id, tenant_id, principal_id, resource_id, app_role_id, created_at)
         WITH given (id, tenant_id, principal_id, resource_id, app_role_id, created_at) AS (";
    let tail = ") SELECT g.id, g.tenant_id, p.id, r.id, g.app_role_id, g.created_at
         FROM given g
         JOIN service_principals p ON p.id = g.principal_id AND p.tenant_id = g.tenant_id
         JOIN service_principals r ON r.id = g.resource_id AND r.tenant_id = g.tenant_id
         WHERE TRUE ON CONFLICT DO NOTHING";
    Insert::new(head, 6, tail)
});

/// One row, also as part of a deleted service principal.
#[derive(sqlx::FromRow, Serialize, Deserialize)]
pub(crate) struct AssignmentRow {
    id: String,
    tenant_id: String,
    principal_id: String,
    resource_id: String,
    app_role_id: String,
    created_at: i64,
}

/// What a service principal has been granted.
pub(crate) async fn of_principal(
    session: &mut Session,
    tenant_id: TenantId,
    id: ServicePrincipalId,
) -> Result<Vec<AppRoleAssignment>, StoreError> {
    let rows = fetch_all!(
        session,
        TABLE,
        AssignmentRow,
        "SELECT id, tenant_id, principal_id, resource_id, app_role_id, created_at
         FROM app_role_assignments WHERE principal_id = $1 AND tenant_id = $2
         ORDER BY resource_id, app_role_id",
        Guid(id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    rows.iter().map(assignment).collect()
}

/// Every assignment in a tenant.
pub(crate) async fn of_tenant(
    session: &mut Session,
    tenant_id: TenantId,
) -> Result<Vec<AppRoleAssignment>, StoreError> {
    let rows = fetch_all!(
        session,
        TABLE,
        AssignmentRow,
        "SELECT id, tenant_id, principal_id, resource_id, app_role_id, created_at
         FROM app_role_assignments WHERE tenant_id = $1
         ORDER BY principal_id, resource_id, app_role_id",
        Guid(tenant_id.uuid()),
    )?;
    rows.iter().map(assignment).collect()
}

/// The client ids of those that have been granted something on a resource.
pub(crate) async fn holders(
    session: &mut Session,
    tenant_id: TenantId,
    resource_id: ServicePrincipalId,
) -> Result<Vec<AppId>, StoreError> {
    let rows = fetch_all!(
        session,
        TABLE,
        (String, String),
        "SELECT DISTINCT s.id, s.app_id
         FROM app_role_assignments a JOIN service_principals s ON s.id = a.principal_id
         WHERE a.resource_id = $1 AND a.tenant_id = $2",
        Guid(resource_id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    rows.iter()
        .map(|(id, app_id)| {
            let place = Place {
                table: "service_principals",
                id,
            };
            place.parse("app_id", app_id)
        })
        .collect()
}

/// Grants a role. Both service principals must be of this tenant: the ids alone would let one tenant
/// grant roles in another.
pub(crate) async fn add(
    commit: &mut Commit,
    assignment: &AppRoleAssignment,
) -> Result<(), StoreError> {
    let tenant_id = assignment.tenant_id;
    let holder =
        service_principals::app_id(&mut commit.view.session, tenant_id, assignment.principal_id)
            .await?;
    service_principals::app_id(&mut commit.view.session, tenant_id, assignment.resource_id).await?;
    execute!(
        commit.view.session,
        "INSERT INTO app_role_assignments
             (id, tenant_id, principal_id, resource_id, app_role_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        Guid(assignment.id.uuid()),
        Guid(tenant_id.uuid()),
        Guid(assignment.principal_id.uuid()),
        Guid(assignment.resource_id.uuid()),
        Guid(assignment.app_role_id.uuid()),
        assignment.created_at.micros(),
    )
    .map_err(writing(format_args!(
        "the assignment of the app role {} on the resource {} to the service principal {}",
        assignment.app_role_id, assignment.resource_id, assignment.principal_id
    )))?;
    commit.note(&Change::Application(holder));
    Ok(())
}

/// Withdraws a role.
pub(crate) async fn remove(
    commit: &mut Commit,
    tenant_id: TenantId,
    id: AssignmentId,
) -> Result<(), StoreError> {
    let row = fetch_optional!(
        commit.view.session,
        TABLE,
        (String,),
        "SELECT s.app_id
         FROM app_role_assignments a JOIN service_principals s ON s.id = a.principal_id
         WHERE a.id = $1 AND a.tenant_id = $2",
        Guid(id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    let rows = execute!(
        commit.view.session,
        "DELETE FROM app_role_assignments WHERE id = $1 AND tenant_id = $2",
        Guid(id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    hit(
        rows,
        format_args!("the assignment {id} in the tenant {tenant_id}"),
    )?;
    if let Some((app_id,)) = row {
        let id = id.to_string();
        let place = Place {
            table: TABLE,
            id: &id,
        };
        commit.note(&Change::Application(place.parse("app_id", &app_id)?));
    }
    Ok(())
}

/// Every assignment to a service principal or on it, as it is stored.
pub(crate) async fn about(
    session: &mut Session,
    id: &str,
) -> Result<Vec<AssignmentRow>, StoreError> {
    fetch_all!(
        session,
        TABLE,
        AssignmentRow,
        "SELECT id, tenant_id, principal_id, resource_id, app_role_id, created_at
         FROM app_role_assignments WHERE principal_id = $1 OR resource_id = $1 ORDER BY id",
        id,
    )
}

/// Puts the assignments to a service principal and on it back whose other sides still exist. There
/// may be very many on a resource, and every other writer waits.
pub(crate) async fn restore(
    commit: &mut Commit,
    tenant_id: TenantId,
    id: ServicePrincipalId,
    rows: &[AssignmentRow],
) -> Result<(), StoreError> {
    for chunk in chunks(rows) {
        insert_rows!(commit.view.session, RESTORE, chunk, row => [
            row.id.as_str(),
            row.tenant_id.as_str(),
            row.principal_id.as_str(),
            row.resource_id.as_str(),
            row.app_role_id.as_str(),
            row.created_at,
        ])?;
    }
    for holder in holders(&mut commit.view.session, tenant_id, id).await? {
        commit.note(&Change::Application(holder));
    }
    Ok(())
}

pub(crate) fn assignment(row: &AssignmentRow) -> Result<AppRoleAssignment, StoreError> {
    let place = Place {
        table: TABLE,
        id: &row.id,
    };
    Ok(AppRoleAssignment {
        id: place.parse("id", &row.id)?,
        tenant_id: place.parse("tenant_id", &row.tenant_id)?,
        principal_id: place.parse("principal_id", &row.principal_id)?,
        resource_id: place.parse("resource_id", &row.resource_id)?,
        app_role_id: place.parse("app_role_id", &row.app_role_id)?,
        created_at: Timestamp::from_micros(row.created_at),
    })
}
