//! Delegated permissions. No token is made from them, so no node needs to forget anything.

use std::sync::LazyLock;

use countersign_domain::directory::PermissionGrant;
use countersign_domain::ids::{PermissionGrantId, TenantId};
use serde::{Deserialize, Serialize};

use crate::commit::Commit;
use crate::db::Session;
use crate::error::{hit, writing};
use crate::row::{Guid, Place};
use crate::values::{Insert, chunks};
use crate::{StoreError, service_principals};

const TABLE: &str = "permission_grants";

macro_rules! columns {
    () => {
        "g.id, g.tenant_id, g.client_id, g.principal_id, g.resource_id, g.scope"
    };
}

pub(crate) use columns;

/// Adds the rows whose sides are there.
static RESTORE: LazyLock<Insert> = LazyLock::new(|| {
    let head = "INSERT INTO permission_grants
             (id, tenant_id, client_id, principal_id, resource_id, scope)
         WITH given (id, tenant_id, client_id, principal_id, resource_id, scope) AS (";
    let tail = ") SELECT g.id, g.tenant_id, c.id, g.principal_id, r.id, g.scope
         FROM given g
         JOIN service_principals c ON c.id = g.client_id AND c.tenant_id = g.tenant_id
         JOIN service_principals r ON r.id = g.resource_id AND r.tenant_id = g.tenant_id
         WHERE g.principal_id IS NULL
            OR EXISTS (SELECT 1 FROM users u
                       WHERE u.id = g.principal_id AND u.tenant_id = g.tenant_id)
         ON CONFLICT DO NOTHING";
    Insert::new(head, 6, tail)
});

macro_rules! insert {
    () => {
        "INSERT INTO permission_grants (id, tenant_id, client_id, principal_id, resource_id, scope)
         SELECT $1, $2, c.id, $4, r.id, $6
         FROM service_principals c JOIN service_principals r ON r.tenant_id = c.tenant_id
         WHERE c.id = $3 AND r.id = $5 AND c.tenant_id = $2
           AND ($4 IS NULL OR EXISTS (SELECT 1 FROM users u WHERE u.id = $4 AND u.tenant_id = $2))"
    };
}

/// One row, also as part of a deleted service principal.
#[derive(sqlx::FromRow, Serialize, Deserialize)]
pub(crate) struct GrantRow {
    id: String,
    tenant_id: String,
    client_id: String,
    principal_id: Option<String>,
    resource_id: String,
    scope: String,
}

/// Grants delegated permissions. Client and resource must be of this tenant.
pub(crate) async fn add(commit: &mut Commit, grant: &PermissionGrant) -> Result<(), StoreError> {
    for id in [grant.client_id, grant.resource_id] {
        service_principals::app_id(&mut commit.view.session, grant.tenant_id, id).await?;
    }
    let row = GrantRow {
        id: grant.id.to_string(),
        tenant_id: grant.tenant_id.to_string(),
        client_id: grant.client_id.to_string(),
        principal_id: grant.principal_id.map(|id| id.to_string()),
        resource_id: grant.resource_id.to_string(),
        scope: grant.scope.clone(),
    };
    let rows = insert(commit, &row, insert!())
        .await
        .map_err(writing(format_args!(
            "a grant with the id {}, or to the client {} on the resource {} for the same principal",
            grant.id, grant.client_id, grant.resource_id
        )))?;
    hit(
        rows,
        format_args!(
            "the user for whom the grant {} is meant to hold in the tenant {}",
            grant.id, grant.tenant_id
        ),
    )
}

/// Replaces the scopes of a grant.
pub(crate) async fn update(commit: &mut Commit, grant: &PermissionGrant) -> Result<(), StoreError> {
    let rows = execute!(
        commit.view.session,
        "UPDATE permission_grants SET scope = $3 WHERE id = $1 AND tenant_id = $2",
        Guid(grant.id.uuid()),
        Guid(grant.tenant_id.uuid()),
        grant.scope.as_str(),
    )?;
    hit(rows, format_args!("the permission grant {}", grant.id))
}

/// Withdraws a grant.
pub(crate) async fn remove(
    commit: &mut Commit,
    tenant_id: TenantId,
    id: PermissionGrantId,
) -> Result<(), StoreError> {
    let rows = execute!(
        commit.view.session,
        "DELETE FROM permission_grants WHERE id = $1 AND tenant_id = $2",
        Guid(id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    hit(rows, format_args!("the permission grant {id}"))
}

/// Every grant to a service principal or on it.
pub(crate) async fn about(session: &mut Session, id: &str) -> Result<Vec<GrantRow>, StoreError> {
    fetch_all!(
        session,
        TABLE,
        GrantRow,
        concat!(
            "SELECT ",
            columns!(),
            " FROM permission_grants g WHERE g.client_id = $1 OR g.resource_id = $1 ORDER BY g.id"
        ),
        id,
    )
}

/// Puts the grants of a deleted service principal back whose other sides still exist.
pub(crate) async fn restore(commit: &mut Commit, rows: &[GrantRow]) -> Result<(), StoreError> {
    for chunk in chunks(rows) {
        insert_rows!(commit.view.session, RESTORE, chunk, row => [
            row.id.as_str(),
            row.tenant_id.as_str(),
            row.client_id.as_str(),
            row.principal_id.as_deref(),
            row.resource_id.as_str(),
            row.scope.as_str(),
        ])?;
    }
    Ok(())
}

/// Adds a row if its sides are there.
async fn insert(
    commit: &mut Commit,
    row: &GrantRow,
    sql: &'static str,
) -> Result<u64, sqlx::Error> {
    execute!(
        commit.view.session,
        sql,
        row.id.as_str(),
        row.tenant_id.as_str(),
        row.client_id.as_str(),
        row.principal_id.as_deref(),
        row.resource_id.as_str(),
        row.scope.as_str(),
    )
}

pub(crate) fn permission_grant(row: &GrantRow) -> Result<PermissionGrant, StoreError> {
    let place = Place {
        table: TABLE,
        id: &row.id,
    };
    Ok(PermissionGrant {
        id: place.parse("id", &row.id)?,
        tenant_id: place.parse("tenant_id", &row.tenant_id)?,
        client_id: place.parse("client_id", &row.client_id)?,
        principal_id: place.parse_some("principal_id", row.principal_id.as_deref())?,
        resource_id: place.parse("resource_id", &row.resource_id)?,
        scope: row.scope.clone(),
    })
}
