use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{Change, ServicePrincipal, ServicePrincipalDetails};
use countersign_domain::ids::{AppId, ServicePrincipalId, TenantId};

use crate::StoreError;
use crate::commit::Commit;
use crate::db::Session;
use crate::error::{hit, writing};
use crate::folded::{fold, words};
use crate::row::{Guid, Place, to_json};
use crate::{applications, assignments, names, owners, tags};

const TABLE: &str = "service_principals";

macro_rules! columns {
    () => {
        "s.id AS principal_id, s.tenant_id AS principal_tenant_id, s.app_id AS principal_app_id,
         s.account_enabled, s.app_role_assignment_required, s.details,
         s.created_at AS principal_created_at"
    };
}

pub(crate) use columns;

/// One row, with names that differ from an application's.
#[derive(sqlx::FromRow)]
pub(crate) struct ServicePrincipalRow {
    principal_id: String,
    principal_tenant_id: String,
    principal_app_id: String,
    account_enabled: bool,
    app_role_assignment_required: bool,
    details: String,
    principal_created_at: i64,
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
        concat!(
            "SELECT ",
            columns!(),
            " FROM service_principals s WHERE s.app_id = $1 AND s.tenant_id = $2"
        ),
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
        concat!(
            "SELECT ",
            columns!(),
            " FROM service_principals s WHERE s.tenant_id = $1 ORDER BY s.id"
        ),
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

/// The service principals of an application in every tenant.
pub(crate) async fn everywhere(
    commit: &mut Commit,
    app_id: AppId,
) -> Result<Vec<(TenantId, ServicePrincipalId)>, StoreError> {
    let rows = fetch_all!(
        commit.view.session,
        TABLE,
        (String, String),
        "SELECT tenant_id, id FROM service_principals WHERE app_id = $1 ORDER BY id",
        Guid(app_id.uuid()),
    )?;
    rows.iter()
        .map(|(tenant_id, id)| {
            let place = Place { table: TABLE, id };
            Ok((place.parse("tenant_id", tenant_id)?, place.parse("id", id)?))
        })
        .collect()
}

/// Adds a service principal of an application that is not deleted.
pub(crate) async fn add(
    commit: &mut Commit,
    principal: &ServicePrincipal,
) -> Result<(), StoreError> {
    let application = applications::named(commit, principal.app_id).await?;
    let application = application.ok_or_else(|| {
        StoreError::not_found(format!(
            "the application with the client id {} does not exist",
            principal.app_id
        ))
    })?;
    execute!(
        commit.view.session,
        "INSERT INTO service_principals
             (id, tenant_id, app_id, account_enabled, app_role_assignment_required, created_at,
              details, display_name_folded, display_name_words)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        Guid(principal.id.uuid()),
        Guid(principal.tenant_id.uuid()),
        Guid(principal.app_id.uuid()),
        principal.account_enabled,
        principal.app_role_assignment_required,
        principal.created_at.micros(),
        details_text(&principal.details)?,
        fold(&application.display_name),
        words(&application.display_name),
    )
    .map_err(writing(format_args!(
        "the service principal {} (or another one of the application {} in the tenant {})",
        principal.id, principal.app_id, principal.tenant_id
    )))?;
    tags::add(commit, principal.id.uuid(), &principal.details.tags).await?;
    names::note(commit, &names::fold(&application.identifier_uris));
    commit.note(&Change::Application(principal.app_id));
    Ok(())
}

/// Replaces a service principal's settings.
pub(crate) async fn update(
    commit: &mut Commit,
    principal: &ServicePrincipal,
) -> Result<(), StoreError> {
    let rows = execute!(
        commit.view.session,
        "UPDATE service_principals
         SET account_enabled = $4, app_role_assignment_required = $5, details = $6
         WHERE id = $1 AND tenant_id = $2 AND app_id = $3",
        Guid(principal.id.uuid()),
        Guid(principal.tenant_id.uuid()),
        Guid(principal.app_id.uuid()),
        principal.account_enabled,
        principal.app_role_assignment_required,
        details_text(&principal.details)?,
    )?;
    hit(
        rows,
        format_args!(
            "the service principal {} of the application {} in the tenant {}",
            principal.id, principal.app_id, principal.tenant_id
        ),
    )?;
    tags::set(commit, principal.id.uuid(), &principal.details.tags).await?;
    commit.note(&Change::Application(principal.app_id));
    Ok(())
}

/// Gives the service principals of an application its new name.
pub(crate) async fn rename(
    commit: &mut Commit,
    app_id: AppId,
    display_name: &str,
) -> Result<(), StoreError> {
    execute!(
        commit.view.session,
        "UPDATE service_principals SET display_name_folded = $2, display_name_words = $3
         WHERE app_id = $1 AND display_name_folded <> $2",
        Guid(app_id.uuid()),
        fold(display_name),
        words(display_name),
    )?;
    Ok(())
}

/// Removes a service principal for good; the database removes its assignments on both sides, its
/// credentials and its grants with it.
pub(crate) async fn remove(
    commit: &mut Commit,
    tenant_id: TenantId,
    id: ServicePrincipalId,
) -> Result<(), StoreError> {
    let app_id = app_id(&mut commit.view.session, tenant_id, id).await?;
    // Whoever held a role of this resource has it in its snapshot on every node.
    for holder in assignments::holders(&mut commit.view.session, tenant_id, id).await? {
        commit.note(&Change::Application(holder));
    }
    let application = applications::named(commit, app_id).await?;
    let uris = application.map(|application| application.identifier_uris);
    owners::forget(commit, &id.to_string()).await?;
    let rows = execute!(
        commit.view.session,
        "DELETE FROM service_principals WHERE id = $1 AND tenant_id = $2",
        Guid(id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    hit(rows, format_args!("the service principal {id}"))?;
    names::note(commit, &names::fold(&uris.unwrap_or_default()));
    commit.note(&Change::Application(app_id));
    Ok(())
}

/// Most service principals say nothing here.
fn details_text(details: &ServicePrincipalDetails) -> Result<String, StoreError> {
    if *details == ServicePrincipalDetails::default() {
        return Ok("{}".to_owned());
    }
    to_json(details)
}

pub(crate) fn service_principal(row: &ServicePrincipalRow) -> Result<ServicePrincipal, StoreError> {
    let place = Place {
        table: TABLE,
        id: &row.principal_id,
    };
    Ok(ServicePrincipal {
        id: place.parse("id", &row.principal_id)?,
        tenant_id: place.parse("tenant_id", &row.principal_tenant_id)?,
        app_id: place.parse("app_id", &row.principal_app_id)?,
        account_enabled: row.account_enabled,
        app_role_assignment_required: row.app_role_assignment_required,
        details: place.json("details", &row.details)?,
        created_at: Timestamp::from_micros(row.principal_created_at),
    })
}
