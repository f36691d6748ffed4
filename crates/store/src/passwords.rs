use countersign_domain::clock::Timestamp;
use countersign_domain::directory::PasswordCredential;
use countersign_domain::ids::{ApplicationId, TenantId};
use countersign_domain::secret::SecretHash;

use crate::StoreError;
use crate::commit::Commit;
use crate::credentials::note_owner;
use crate::db::Session;
use crate::error::{hit, writing};
use crate::row::{Guid, Place};

const TABLE: &str = "password_credentials";

#[derive(sqlx::FromRow)]
struct PasswordRow {
    application_id: String,
    key_id: String,
    display_name: Option<String>,
    hint: String,
    hash: String,
    start_at: i64,
    end_at: i64,
}

/// The secrets of an application, oldest first.
pub(crate) async fn of_application(
    session: &mut Session,
    tenant_id: TenantId,
    id: ApplicationId,
) -> Result<Vec<PasswordCredential>, StoreError> {
    let rows = fetch_all!(
        session,
        TABLE,
        PasswordRow,
        "SELECT application_id, key_id, display_name, hint, hash, start_at, end_at
         FROM password_credentials WHERE application_id = $1 AND tenant_id = $2
         ORDER BY start_at, key_id",
        Guid(id.uuid()),
        Guid(tenant_id.uuid()),
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
        "SELECT p.application_id, p.key_id, p.display_name, p.hint, p.hash, p.start_at, p.end_at
         FROM applications a JOIN password_credentials p ON p.application_id = a.id
         WHERE a.tenant_id = $1 AND p.tenant_id = $1 AND a.deleted_at IS NULL
         ORDER BY p.application_id, p.start_at, p.key_id",
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
    note_owner(commit, tenant_id, password.application_id).await?;
    execute!(
        commit.session,
        "INSERT INTO password_credentials
             (application_id, key_id, tenant_id, display_name, hint, hash, start_at, end_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        Guid(password.application_id.uuid()),
        Guid(password.key_id.uuid()),
        Guid(tenant_id.uuid()),
        password.display_name.as_deref(),
        password.hint.as_str(),
        password.hash.to_stored(),
        password.start_at.micros(),
        password.end_at.micros(),
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
    note_owner(commit, tenant_id, password.application_id).await?;
    let rows = execute!(
        commit.session,
        "UPDATE password_credentials
         SET display_name = $4, hint = $5, hash = $6, start_at = $7, end_at = $8
         WHERE application_id = $1 AND key_id = $2 AND tenant_id = $3",
        Guid(password.application_id.uuid()),
        Guid(password.key_id.uuid()),
        Guid(tenant_id.uuid()),
        password.display_name.as_deref(),
        password.hint.as_str(),
        password.hash.to_stored(),
        password.start_at.micros(),
        password.end_at.micros(),
    )?;
    hit(rows, format_args!("the secret {}", password.key_id))
}

fn password(row: PasswordRow) -> Result<PasswordCredential, StoreError> {
    let place = Place {
        table: TABLE,
        id: &row.key_id,
    };
    Ok(PasswordCredential {
        key_id: place.parse("key_id", &row.key_id)?,
        application_id: place.parse("application_id", &row.application_id)?,
        service_principal_id: None,
        display_name: row.display_name,
        hint: row.hint,
        hash: SecretHash::from_stored(&row.hash)
            .ok_or_else(|| place.damaged("hash", "not a hash"))?,
        start_at: Timestamp::from_micros(row.start_at),
        end_at: Timestamp::from_micros(row.end_at),
    })
}
