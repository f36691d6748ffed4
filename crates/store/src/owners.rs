//! Who answers for an application or a service principal.

use std::sync::LazyLock;

use countersign_domain::directory::{Owned, Owner, Ownership};
use countersign_domain::ids::{ApplicationId, ServicePrincipalId, TenantId};
use serde::{Deserialize, Serialize};

use crate::commit::Commit;
use crate::db::Session;
use crate::error::hit;
use crate::row::{Guid, Place};
use crate::values::{Insert, chunks};
use crate::{StoreError, service_principals, users};

const TABLE: &str = "owners";
const APPLICATION: &str = "application";
const SERVICE_PRINCIPAL: &str = "servicePrincipal";
const USER: &str = "user";

/// Adds the rows whose two sides are there.
static RESTORE: LazyLock<Insert> = LazyLock::new(|| {
    let head = "INSERT INTO owners (tenant_id, object_id, object_kind, owner_id, owner_kind)
         WITH given (tenant_id, object_id, object_kind, owner_id, owner_kind) AS (";
    let tail = ") SELECT g.tenant_id, g.object_id, g.object_kind, g.owner_id, g.owner_kind
         FROM given g
         WHERE (EXISTS (SELECT 1 FROM applications a
                        WHERE a.id = g.object_id AND a.tenant_id = g.tenant_id)
                OR EXISTS (SELECT 1 FROM service_principals s
                           WHERE s.id = g.object_id AND s.tenant_id = g.tenant_id))
           AND (EXISTS (SELECT 1 FROM service_principals s
                        WHERE s.id = g.owner_id AND s.tenant_id = g.tenant_id)
                OR EXISTS (SELECT 1 FROM users u
                           WHERE u.id = g.owner_id AND u.tenant_id = g.tenant_id))
         ON CONFLICT DO NOTHING";
    Insert::new(head, 5, tail)
});

/// One row, also as part of a deleted service principal.
#[derive(sqlx::FromRow, Serialize, Deserialize)]
pub(crate) struct OwnerRow {
    object_id: String,
    object_kind: String,
    owner_id: String,
    owner_kind: String,
}

/// The owners of an object, by id.
pub(crate) async fn of_object(
    session: &mut Session,
    tenant_id: TenantId,
    object: Owned,
) -> Result<Vec<Owner>, StoreError> {
    let rows = fetch_all!(
        session,
        TABLE,
        OwnerRow,
        "SELECT object_id, object_kind, owner_id, owner_kind FROM owners
         WHERE object_id = $1 AND object_kind = $2 AND tenant_id = $3 ORDER BY owner_id",
        Guid(object.uuid()),
        object_kind(object),
        Guid(tenant_id.uuid()),
    )?;
    rows.iter().map(owner).collect()
}

/// What somebody owns and is not deleted, by id: as many as `limit` behind `after`, which is empty
/// at the beginning.
pub(crate) async fn of_owner(
    session: &mut Session,
    tenant_id: TenantId,
    owner: Owner,
    after: &str,
    limit: i64,
) -> Result<Vec<Owned>, StoreError> {
    let rows = fetch_all!(
        session,
        TABLE,
        OwnerRow,
        "SELECT o.object_id, o.object_kind, o.owner_id, o.owner_kind FROM owners o
         WHERE o.owner_id = $1 AND o.owner_kind = $2 AND o.tenant_id = $3
           AND o.object_id > $4
           AND NOT EXISTS (SELECT 1 FROM applications a
                           WHERE a.id = o.object_id AND a.deleted_at IS NOT NULL)
         ORDER BY o.object_id LIMIT $5",
        Guid(owner.uuid()),
        owner_kind(owner),
        Guid(tenant_id.uuid()),
        after,
        limit,
    )?;
    rows.iter().map(owned).collect()
}

/// Makes somebody an owner; once more changes nothing. Both must be of this tenant.
pub(crate) async fn add(commit: &mut Commit, ownership: &Ownership) -> Result<(), StoreError> {
    let tenant_id = ownership.tenant_id;
    match ownership.object {
        Owned::Application(id) => application_is_there(commit, tenant_id, id).await?,
        Owned::ServicePrincipal(id) => {
            service_principals::app_id(&mut commit.view.session, tenant_id, id).await?;
        }
    }
    match ownership.owner {
        Owner::ServicePrincipal(id) => {
            service_principals::app_id(&mut commit.view.session, tenant_id, id).await?;
        }
        Owner::User(id) => users::is_there(commit, tenant_id, id).await?,
    }
    let row = OwnerRow {
        object_id: ownership.object.uuid().to_string(),
        object_kind: object_kind(ownership.object).to_owned(),
        owner_id: ownership.owner.uuid().to_string(),
        owner_kind: owner_kind(ownership.owner).to_owned(),
    };
    insert(commit, tenant_id, &row).await
}

/// Takes an owner away.
pub(crate) async fn remove(commit: &mut Commit, ownership: &Ownership) -> Result<(), StoreError> {
    let rows = execute!(
        commit.view.session,
        "DELETE FROM owners WHERE object_id = $1 AND owner_id = $2 AND tenant_id = $3
           AND object_kind = $4 AND owner_kind = $5",
        Guid(ownership.object.uuid()),
        Guid(ownership.owner.uuid()),
        Guid(ownership.tenant_id.uuid()),
        object_kind(ownership.object),
        owner_kind(ownership.owner),
    )?;
    hit(
        rows,
        format_args!(
            "the owner {} of the object {}",
            ownership.owner.uuid(),
            ownership.object.uuid()
        ),
    )
}

/// Every row in which an object is the owner or the owned.
pub(crate) async fn about(session: &mut Session, id: &str) -> Result<Vec<OwnerRow>, StoreError> {
    fetch_all!(
        session,
        TABLE,
        OwnerRow,
        "SELECT object_id, object_kind, owner_id, owner_kind FROM owners
         WHERE object_id = $1 OR owner_id = $1 ORDER BY object_id, owner_id",
        id,
    )
}

/// Removes every row in which an object is the owner or the owned.
pub(crate) async fn forget(commit: &mut Commit, id: &str) -> Result<(), StoreError> {
    execute!(
        commit.view.session,
        "DELETE FROM owners WHERE object_id = $1 OR owner_id = $1",
        id,
    )?;
    Ok(())
}

/// Puts the rows back whose two sides still exist.
pub(crate) async fn restore(
    commit: &mut Commit,
    tenant_id: TenantId,
    rows: &[OwnerRow],
) -> Result<(), StoreError> {
    for chunk in chunks(rows) {
        insert_rows!(commit.view.session, RESTORE, chunk, row => [
            Guid(tenant_id.uuid()),
            row.object_id.as_str(),
            row.object_kind.as_str(),
            row.owner_id.as_str(),
            row.owner_kind.as_str(),
        ])?;
    }
    Ok(())
}

async fn insert(
    commit: &mut Commit,
    tenant_id: TenantId,
    row: &OwnerRow,
) -> Result<(), StoreError> {
    execute!(
        commit.view.session,
        "INSERT INTO owners (tenant_id, object_id, object_kind, owner_id, owner_kind)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        Guid(tenant_id.uuid()),
        row.object_id.as_str(),
        row.object_kind.as_str(),
        row.owner_id.as_str(),
        row.owner_kind.as_str(),
    )?;
    Ok(())
}

async fn application_is_there(
    commit: &mut Commit,
    tenant_id: TenantId,
    id: ApplicationId,
) -> Result<(), StoreError> {
    crate::applications::registered(commit, tenant_id, id)
        .await
        .map(drop)
}

fn object_kind(object: Owned) -> &'static str {
    match object {
        Owned::Application(_) => APPLICATION,
        Owned::ServicePrincipal(_) => SERVICE_PRINCIPAL,
    }
}

fn owner_kind(owner: Owner) -> &'static str {
    match owner {
        Owner::ServicePrincipal(_) => SERVICE_PRINCIPAL,
        Owner::User(_) => USER,
    }
}

fn owner(row: &OwnerRow) -> Result<Owner, StoreError> {
    let place = Place {
        table: TABLE,
        id: &row.owner_id,
    };
    match row.owner_kind.as_str() {
        SERVICE_PRINCIPAL => place
            .parse::<ServicePrincipalId>("owner_id", &row.owner_id)
            .map(Owner::ServicePrincipal),
        USER => place.parse("owner_id", &row.owner_id).map(Owner::User),
        other => Err(place.damaged("owner_kind", format_args!("unknown value {other:?}"))),
    }
}

fn owned(row: &OwnerRow) -> Result<Owned, StoreError> {
    let place = Place {
        table: TABLE,
        id: &row.object_id,
    };
    match row.object_kind.as_str() {
        APPLICATION => place
            .parse("object_id", &row.object_id)
            .map(Owned::Application),
        SERVICE_PRINCIPAL => place
            .parse("object_id", &row.object_id)
            .map(Owned::ServicePrincipal),
        other => Err(place.damaged("object_kind", format_args!("unknown value {other:?}"))),
    }
}
