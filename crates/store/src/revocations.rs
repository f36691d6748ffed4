//! What tells tokens that were withdrawn before their end.

use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{AppRole, PasswordCredential, Write};
use countersign_domain::ids::{ApplicationId, AssignmentId, ServicePrincipalId, TenantId};
use countersign_domain::oauth::revocation::{LISTED_MAX, Mark, Revocation};
use uuid::Uuid;

use crate::commit::Commit;
use crate::row::{Guid, Place};
use crate::{Db, StoreError};

const TABLE: &str = "revocations";

#[derive(sqlx::FromRow)]
struct RevocationRow {
    mark: String,
    number: i64,
    revoked_at: i64,
}

/// An assignment, with what tokens say of it.
#[derive(sqlx::FromRow)]
struct AssignedRow {
    principal_id: String,
    app_role_id: String,
    resource_app_id: String,
    identifier_uris: String,
    app_roles: String,
}

impl Db {
    /// The newest revocations of a tenant, the newest first: one more than a list may name.
    pub async fn revocations(&self, tenant_id: TenantId) -> Result<Vec<Revocation>, StoreError> {
        let mut session = self.reader().await?;
        let rows = fetch_all!(
            session,
            TABLE,
            RevocationRow,
            "SELECT mark, number, revoked_at FROM revocations WHERE tenant_id = $1
             ORDER BY revoked_at DESC, number DESC LIMIT $2",
            Guid(tenant_id.uuid()),
            i64::try_from(LISTED_MAX + 1).unwrap_or(i64::MAX),
        )?;
        rows.iter().map(revocation).collect()
    }

    /// Forgets the revocations until this instant, and answers how many there were.
    pub async fn forget_revocations(&self, until: Timestamp) -> Result<u64, StoreError> {
        self.forget(
            "DELETE FROM revocations WHERE (tenant_id, mark) IN (
                 SELECT tenant_id, mark FROM revocations
                 WHERE revoked_at <= $1 ORDER BY revoked_at LIMIT $2)",
            until,
        )
        .await
    }
}

/// Writes down which tokens a write withdraws. It is told before the write is carried out, while what
/// it takes away is still there.
pub(crate) async fn note(
    commit: &mut Commit,
    write: &Write,
    at: Timestamp,
) -> Result<(), StoreError> {
    match write {
        Write::UpdateApplication(application) if application.is_disabled => {
            let is_new = "SELECT app_id FROM applications
                          WHERE id = $1 AND tenant_id = $2 AND is_disabled = FALSE";
            let found = app_id(commit, is_new, application.tenant_id, application.id).await?;
            of_application(commit, found, at).await
        }
        Write::DeleteApplication { tenant_id, id, .. } => {
            let found = app_id(commit, APP_ID, *tenant_id, *id).await?;
            of_application(commit, found, at).await
        }
        Write::UpdateServicePrincipal(principal) if !principal.account_enabled => {
            of_principal(commit, principal.tenant_id, principal.id, at).await
        }
        Write::RemoveServicePrincipal { tenant_id, id } => {
            of_principal(commit, *tenant_id, *id, at).await
        }
        Write::RemovePassword {
            tenant_id,
            application_id,
            key_id,
        }
        | Write::RemoveKey {
            tenant_id,
            application_id,
            key_id,
        } => of_credential(commit, (*tenant_id, *application_id), key_id.uuid(), at).await,
        Write::RemoveFederatedCredential {
            tenant_id,
            application_id,
            id,
        } => of_credential(commit, (*tenant_id, *application_id), id.uuid(), at).await,
        Write::UpdatePassword {
            tenant_id,
            password,
        } => {
            let application = (*tenant_id, password.application_id);
            match is_replaced(commit, password, at).await? {
                true => of_credential(commit, application, password.key_id.uuid(), at).await,
                false => Ok(()),
            }
        }
        // Whoever it trusted may be trusted no more.
        Write::UpdateFederatedCredential {
            tenant_id,
            credential,
        } => {
            let application = (*tenant_id, credential.application_id);
            of_credential(commit, application, credential.id.uuid(), at).await
        }
        Write::RemoveAssignment { tenant_id, id } => {
            of_assignment(commit, *tenant_id, *id, at).await
        }
        _ => Ok(()),
    }
}

const APP_ID: &str = "SELECT app_id FROM applications WHERE id = $1 AND tenant_id = $2";

async fn app_id(
    commit: &mut Commit,
    sql: &'static str,
    tenant_id: TenantId,
    id: ApplicationId,
) -> Result<Option<String>, StoreError> {
    let row = fetch_optional!(
        commit.view.session,
        "applications",
        (String,),
        sql,
        Guid(id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    Ok(row.map(|(app_id,)| app_id))
}

async fn of_application(
    commit: &mut Commit,
    app_id: Option<String>,
    at: Timestamp,
) -> Result<(), StoreError> {
    let Some(app_id) = app_id else { return Ok(()) };
    wherever_it_is(commit, &app_id, Mark::of_application(&app_id), at).await
}

/// Of one application: its tokens are issued in every tenant that has it.
async fn of_credential(
    commit: &mut Commit,
    (tenant_id, application_id): (TenantId, ApplicationId),
    key_id: Uuid,
    at: Timestamp,
) -> Result<(), StoreError> {
    let Some(app_id) = app_id(commit, APP_ID, tenant_id, application_id).await? else {
        return Ok(());
    };
    let mark = Mark::of_credential(&key_id.to_string());
    wherever_it_is(commit, &app_id, mark, at).await
}

/// Whether the secret becomes another one, or ends at once.
async fn is_replaced(
    commit: &mut Commit,
    password: &PasswordCredential,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let row = fetch_optional!(
        commit.view.session,
        "password_credentials",
        (String, i64),
        "SELECT hash, end_at FROM password_credentials WHERE application_id = $1 AND key_id = $2",
        Guid(password.application_id.uuid()),
        Guid(password.key_id.uuid()),
    )?;
    Ok(row.is_some_and(|(hash, end_at)| {
        let ends = password.end_at <= at && end_at > at.micros();
        ends || hash != password.hash.to_stored()
    }))
}

async fn of_principal(
    commit: &mut Commit,
    tenant_id: TenantId,
    id: ServicePrincipalId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let row = fetch_optional!(
        commit.view.session,
        "service_principals",
        (String,),
        "SELECT id FROM service_principals
         WHERE id = $1 AND tenant_id = $2 AND account_enabled = TRUE",
        Guid(id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    match row {
        Some((id,)) => add(commit, tenant_id, Mark::of_principal(&id), at).await,
        None => Ok(()),
    }
}

async fn of_assignment(
    commit: &mut Commit,
    tenant_id: TenantId,
    id: AssignmentId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let row = fetch_optional!(
        commit.view.session,
        "app_role_assignments",
        AssignedRow,
        "SELECT a.principal_id, a.app_role_id, r.app_id AS resource_app_id,
                r.identifier_uris, r.app_roles
         FROM app_role_assignments a
         JOIN service_principals s ON s.id = a.resource_id
         JOIN applications r ON r.app_id = s.app_id
         WHERE a.id = $1 AND a.tenant_id = $2",
        Guid(id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    let Some(row) = row else { return Ok(()) };
    let (audiences, role) = told(&row)?;
    for audience in audiences {
        let mark = Mark::of_role(&row.principal_id, &audience, &role);
        add(commit, tenant_id, mark, at).await?;
    }
    Ok(())
}

/// What tokens call the resource and the role. Access without a role has no name.
fn told(row: &AssignedRow) -> Result<(Vec<String>, String), StoreError> {
    let place = Place {
        table: "applications",
        id: &row.resource_app_id,
    };
    let mut audiences: Vec<String> = place.json("identifier_uris", &row.identifier_uris)?;
    audiences.push(row.resource_app_id.clone());
    let roles: Vec<AppRole> = place.json("app_roles", &row.app_roles)?;
    let role = roles
        .into_iter()
        .find(|role| role.id.to_string() == row.app_role_id)
        .and_then(|role| role.value);
    Ok((audiences, role.unwrap_or_default()))
}

async fn add(
    commit: &mut Commit,
    tenant_id: TenantId,
    mark: Mark,
    at: Timestamp,
) -> Result<(), StoreError> {
    let number = commit.number();
    execute!(
        commit.view.session,
        "INSERT INTO revocations (tenant_id, mark, number, revoked_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (tenant_id, mark) DO UPDATE
         SET number = excluded.number, revoked_at = excluded.revoked_at",
        Guid(tenant_id.uuid()),
        mark.to_string(),
        number,
        at.micros(),
    )?;
    Ok(())
}

/// In every tenant where an application has a service principal.
async fn wherever_it_is(
    commit: &mut Commit,
    app_id: &str,
    mark: Mark,
    at: Timestamp,
) -> Result<(), StoreError> {
    let number = commit.number();
    execute!(
        commit.view.session,
        "INSERT INTO revocations (tenant_id, mark, number, revoked_at)
         SELECT tenant_id, $2, $3, $4 FROM service_principals WHERE app_id = $1
         ON CONFLICT (tenant_id, mark) DO UPDATE
         SET number = excluded.number, revoked_at = excluded.revoked_at",
        app_id,
        mark.to_string(),
        number,
        at.micros(),
    )?;
    Ok(())
}

fn revocation(row: &RevocationRow) -> Result<Revocation, StoreError> {
    let place = Place {
        table: TABLE,
        id: &row.mark,
    };
    Ok(Revocation {
        mark: Mark::parse(&row.mark).ok_or_else(|| place.damaged("mark", "is no mark"))?,
        number: row.number,
        at: Timestamp::from_micros(row.revoked_at),
    })
}
