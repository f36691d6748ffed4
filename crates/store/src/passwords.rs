use countersign_domain::clock::Timestamp;
use countersign_domain::directory::PasswordCredential;
use countersign_domain::ids::{ApplicationId, ServicePrincipalId, TenantId};
use countersign_domain::secret::SecretHash;
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::commit::Commit;
use crate::credentials::{id_or_empty, note_owner};
use crate::db::Session;
use crate::error::{hit, writing};
use crate::row::{Guid, Place};

const TABLE: &str = "password_credentials";

macro_rules! columns {
    () => {
        "p.application_id, p.key_id, p.service_principal_id, p.display_name, p.hint, p.hash,
         p.start_at, p.end_at, p.last_used_at"
    };
}

pub(crate) use columns;

/// One row, also as part of a deleted service principal. It holds the hash, so it is never printed.
#[derive(sqlx::FromRow, Serialize, Deserialize)]
pub(crate) struct PasswordRow {
    application_id: String,
    key_id: String,
    service_principal_id: Option<String>,
    display_name: Option<String>,
    hint: String,
    hash: String,
    start_at: i64,
    end_at: i64,
    last_used_at: Option<i64>,
}

/// The secrets that prove an application in a tenant, oldest first: its own, and those of its
/// service principal there.
pub(crate) async fn of_application(
    session: &mut Session,
    home: TenantId,
    id: ApplicationId,
    principal: Option<ServicePrincipalId>,
) -> Result<Vec<PasswordCredential>, StoreError> {
    let rows = fetch_all!(
        session,
        TABLE,
        PasswordRow,
        concat!(
            "SELECT ",
            columns!(),
            " FROM password_credentials p WHERE p.application_id = $1
                AND ((p.tenant_id = $2 AND p.service_principal_id IS NULL)
                     OR p.service_principal_id = $3)
              ORDER BY p.start_at, p.key_id"
        ),
        Guid(id.uuid()),
        Guid(home.uuid()),
        principal.map(|id| Guid(id.uuid())),
    )?;
    rows.into_iter().map(password).collect()
}

/// The secrets of a tenant's applications that are not deleted.
pub(crate) async fn of_tenant(
    session: &mut Session,
    tenant_id: TenantId,
) -> Result<Vec<PasswordCredential>, StoreError> {
    let rows = fetch_all!(
        session,
        TABLE,
        PasswordRow,
        concat!(
            "SELECT ",
            columns!(),
            " FROM applications a JOIN password_credentials p ON p.application_id = a.id
              WHERE a.tenant_id = $1 AND p.tenant_id = $1 AND p.service_principal_id IS NULL
                AND a.deleted_at IS NULL
              ORDER BY p.application_id, p.start_at, p.key_id"
        ),
        Guid(tenant_id.uuid()),
    )?;
    rows.into_iter().map(password).collect()
}

/// Adds a secret.
pub(crate) async fn add(
    commit: &mut Commit,
    tenant_id: TenantId,
    password: &PasswordCredential,
) -> Result<(), StoreError> {
    let owner = (password.application_id, password.service_principal_id);
    note_owner(commit, tenant_id, owner).await?;
    execute!(
        commit.view.session,
        "INSERT INTO password_credentials
             (application_id, key_id, tenant_id, display_name, hint, hash, start_at, end_at,
              service_principal_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        Guid(password.application_id.uuid()),
        Guid(password.key_id.uuid()),
        Guid(tenant_id.uuid()),
        password.display_name.as_deref(),
        password.hint.as_str(),
        password.hash.to_stored(),
        password.start_at.micros(),
        password.end_at.micros(),
        password.service_principal_id.map(|id| Guid(id.uuid())),
    )
    .map_err(writing(format_args!(
        "the secret {} of the application {}",
        password.key_id, password.application_id
    )))?;
    Ok(())
}

/// Replaces a secret's properties.
pub(crate) async fn update(
    commit: &mut Commit,
    tenant_id: TenantId,
    password: &PasswordCredential,
) -> Result<(), StoreError> {
    let owner = (password.application_id, password.service_principal_id);
    note_owner(commit, tenant_id, owner).await?;
    let rows = execute!(
        commit.view.session,
        "UPDATE password_credentials
         SET display_name = $4, hint = $5, hash = $6, start_at = $7, end_at = $8
         WHERE application_id = $1 AND key_id = $2 AND tenant_id = $3
           AND COALESCE(service_principal_id, '') = $9",
        Guid(password.application_id.uuid()),
        Guid(password.key_id.uuid()),
        Guid(tenant_id.uuid()),
        password.display_name.as_deref(),
        password.hint.as_str(),
        password.hash.to_stored(),
        password.start_at.micros(),
        password.end_at.micros(),
        id_or_empty(password.service_principal_id),
    )?;
    hit(rows, format_args!("the secret {}", password.key_id))
}

/// The secrets of a service principal alone, as they are stored.
pub(crate) async fn of_principal(
    session: &mut Session,
    id: &str,
) -> Result<Vec<PasswordRow>, StoreError> {
    fetch_all!(
        session,
        TABLE,
        PasswordRow,
        concat!(
            "SELECT ",
            columns!(),
            " FROM password_credentials p WHERE p.service_principal_id = $1
              ORDER BY p.start_at, p.key_id"
        ),
        id,
    )
}

/// Puts a stored secret of a service principal back.
pub(crate) async fn restore(
    commit: &mut Commit,
    tenant_id: TenantId,
    row: &PasswordRow,
) -> Result<(), StoreError> {
    execute!(
        commit.view.session,
        "INSERT INTO password_credentials
             (application_id, key_id, tenant_id, display_name, hint, hash, start_at, end_at,
              service_principal_id, last_used_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
        row.application_id.as_str(),
        row.key_id.as_str(),
        Guid(tenant_id.uuid()),
        row.display_name.as_deref(),
        row.hint.as_str(),
        row.hash.as_str(),
        row.start_at,
        row.end_at,
        row.service_principal_id.as_deref(),
        row.last_used_at,
    )?;
    Ok(())
}

pub(crate) fn password(row: PasswordRow) -> Result<PasswordCredential, StoreError> {
    let place = Place {
        table: TABLE,
        id: &row.key_id,
    };
    Ok(PasswordCredential {
        key_id: place.parse("key_id", &row.key_id)?,
        application_id: place.parse("application_id", &row.application_id)?,
        service_principal_id: place
            .parse_some("service_principal_id", row.service_principal_id.as_deref())?,
        display_name: row.display_name,
        hint: row.hint,
        hash: SecretHash::from_stored(&row.hash)
            .ok_or_else(|| place.damaged("hash", "not a hash"))?,
        start_at: Timestamp::from_micros(row.start_at),
        end_at: Timestamp::from_micros(row.end_at),
    })
}
