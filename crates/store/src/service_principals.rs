use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{Change, ServicePrincipal};
use countersign_domain::ids::{AppId, ServicePrincipalId, TenantId};

use crate::StoreError;
use crate::commit::Commit;
use crate::db::Session;
use crate::error::{hit, writing};
use crate::row::{Guid, Place};
use crate::{applications, assignments, names};

const TABLE: &str = "service_principals";

#[derive(sqlx::FromRow)]
struct ServicePrincipalRow {
    id: String,
    tenant_id: String,
    app_id: String,
    account_enabled: bool,
    app_role_assignment_required: bool,
    created_at: i64,
}

/// An application's instance in a tenant.
pub(crate) async fn find(
    session: &mut Session,
    tenant_id: TenantId,
    app_id: AppId,
) -> Result<Option<ServicePrincipal>, StoreError> {
    let row = fetch_optional!(
        session,
        TABLE,
        ServicePrincipalRow,
        "SELECT id, tenant_id, app_id, account_enabled, app_role_assignment_required, created_at
         FROM service_principals WHERE app_id = $1 AND tenant_id = $2",
        Guid(app_id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    row.as_ref().map(service_principal).transpose()
}

/// Every service principal of a tenant, by id.
pub(crate) async fn of_tenant(
    session: &mut Session,
    tenant_id: TenantId,
) -> Result<Vec<ServicePrincipal>, StoreError> {
    let rows = fetch_all!(
        session,
        TABLE,
        ServicePrincipalRow,
        "SELECT id, tenant_id, app_id, account_enabled, app_role_assignment_required, created_at
         FROM service_principals WHERE tenant_id = $1 ORDER BY id",
        Guid(tenant_id.uuid()),
    )?;
    rows.iter().map(service_principal).collect()
}

/// The client id behind a service principal of this tenant.
pub(crate) async fn app_id(
    session: &mut Session,
    tenant_id: TenantId,
    id: ServicePrincipalId,
) -> Result<AppId, StoreError> {
    let row = fetch_optional!(
        session,
        TABLE,
        (String,),
        "SELECT app_id FROM service_principals WHERE id = $1 AND tenant_id = $2",
        Guid(id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    let (app_id,) = row.ok_or_else(|| {
        StoreError::not_found(format!(
            "the service principal {id} in the tenant {tenant_id} does not exist"
        ))
    })?;
    let id = id.to_string();
    let place = Place {
        table: TABLE,
        id: &id,
    };
    place.parse("app_id", &app_id)
}

/// Adds a service principal of an application that is not deleted.
pub(crate) async fn add(
    commit: &mut Commit,
    principal: &ServicePrincipal,
) -> Result<(), StoreError> {
    let uris = applications::identifier_uris(commit, principal.app_id).await?;
    let uris = uris.ok_or_else(|| {
        StoreError::not_found(format!(
            "the application with the client id {} does not exist",
            principal.app_id
        ))
    })?;
    execute!(
        commit.session,
        "INSERT INTO service_principals
             (id, tenant_id, app_id, account_enabled, app_role_assignment_required, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        Guid(principal.id.uuid()),
        Guid(principal.tenant_id.uuid()),
        Guid(principal.app_id.uuid()),
        principal.account_enabled,
        principal.app_role_assignment_required,
        principal.created_at.micros(),
    )
    .map_err(writing(format_args!(
        "the service principal {} (or another one of the application {} in the tenant {})",
        principal.id, principal.app_id, principal.tenant_id
    )))?;
    names::note(commit, &names::fold(&uris));
    commit.note(&Change::Application(principal.app_id));
    Ok(())
}

/// Replaces a service principal's settings.
pub(crate) async fn update(
    commit: &mut Commit,
    principal: &ServicePrincipal,
) -> Result<(), StoreError> {
    let rows = execute!(
        commit.session,
        "UPDATE service_principals SET account_enabled = $4, app_role_assignment_required = $5
         WHERE id = $1 AND tenant_id = $2 AND app_id = $3",
        Guid(principal.id.uuid()),
        Guid(principal.tenant_id.uuid()),
        Guid(principal.app_id.uuid()),
        principal.account_enabled,
        principal.app_role_assignment_required,
    )?;
    hit(
        rows,
        format_args!(
            "the service principal {} of the application {} in the tenant {}",
            principal.id, principal.app_id, principal.tenant_id
        ),
    )?;
    commit.note(&Change::Application(principal.app_id));
    Ok(())
}

/// Removes a service principal; the database removes its assignments on both sides with it.
pub(crate) async fn remove(
    commit: &mut Commit,
    tenant_id: TenantId,
    id: ServicePrincipalId,
) -> Result<(), StoreError> {
    let app_id = app_id(&mut commit.session, tenant_id, id).await?;
    // Whoever held a role of this resource has it in its snapshot on every node.
    for holder in assignments::holders(&mut commit.session, tenant_id, id).await? {
        commit.note(&Change::Application(holder));
    }
    let uris = applications::identifier_uris(commit, app_id).await?;
    let rows = execute!(
        commit.session,
        "DELETE FROM service_principals WHERE id = $1 AND tenant_id = $2",
        Guid(id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    hit(rows, format_args!("the service principal {id}"))?;
    names::note(commit, &names::fold(&uris.unwrap_or_default()));
    commit.note(&Change::Application(app_id));
    Ok(())
}

fn service_principal(row: &ServicePrincipalRow) -> Result<ServicePrincipal, StoreError> {
    let place = Place {
        table: TABLE,
        id: &row.id,
    };
    Ok(ServicePrincipal {
        id: place.parse("id", &row.id)?,
        tenant_id: place.parse("tenant_id", &row.tenant_id)?,
        app_id: place.parse("app_id", &row.app_id)?,
        account_enabled: row.account_enabled,
        app_role_assignment_required: row.app_role_assignment_required,
        details: ServicePrincipalDetails::default(),
        created_at: Timestamp::from_micros(row.created_at),
    })
}
