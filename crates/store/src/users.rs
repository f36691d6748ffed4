use countersign_domain::clock::Timestamp;
use countersign_domain::directory::User;
use countersign_domain::ids::{TenantId, UserId};

use crate::StoreError;
use crate::commit::Commit;
use crate::db::Session;
use crate::error::{hit, writing};
use crate::folded::{fold, words};
use crate::row::{Guid, Place};
use crate::{owners, sessions};

const TABLE: &str = "users";

macro_rules! columns {
    () => {
        "u.id, u.tenant_id, u.user_principal_name, u.display_name, u.given_name, u.surname, u.mail,
         u.job_title, u.account_enabled, u.created_at"
    };
}

pub(crate) use columns;

#[derive(sqlx::FromRow)]
pub(crate) struct UserRow {
    id: String,
    tenant_id: String,
    user_principal_name: String,
    display_name: String,
    given_name: Option<String>,
    surname: Option<String>,
    mail: Option<String>,
    job_title: Option<String>,
    account_enabled: bool,
    created_at: i64,
}

/// The users of a tenant, by user principal name.
pub(crate) async fn of_tenant(
    session: &mut Session,
    tenant_id: TenantId,
) -> Result<Vec<User>, StoreError> {
    let rows = fetch_all!(
        session,
        TABLE,
        UserRow,
        concat!(
            "SELECT ",
            columns!(),
            " FROM users u WHERE u.tenant_id = $1 ORDER BY u.user_principal_name_folded"
        ),
        Guid(tenant_id.uuid()),
    )?;
    rows.into_iter().map(user).collect()
}

/// Adds a user.
pub(crate) async fn add(commit: &mut Commit, user: &User) -> Result<(), StoreError> {
    execute!(
        commit.view.session,
        "INSERT INTO users
             (id, tenant_id, user_principal_name, user_principal_name_folded, display_name,
              given_name, surname, mail, job_title, account_enabled, created_at,
              user_principal_name_words, display_name_folded, display_name_words,
              given_name_folded, surname_folded, mail_folded, job_title_folded)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        Guid(user.id.uuid()),
        Guid(user.tenant_id.uuid()),
        user.user_principal_name.as_str(),
        fold(&user.user_principal_name),
        user.display_name.as_str(),
        user.given_name.as_deref(),
        user.surname.as_deref(),
        user.mail.as_deref(),
        user.job_title.as_deref(),
        user.account_enabled,
        user.created_at.micros(),
        words(&user.user_principal_name),
        fold(&user.display_name),
        words(&user.display_name),
        user.given_name.as_deref().map(fold),
        user.surname.as_deref().map(fold),
        user.mail.as_deref().map(fold),
        user.job_title.as_deref().map(fold),
    )
    .map_err(writing(format_args!(
        "a user with the id {} or the user principal name {}",
        user.id, user.user_principal_name
    )))?;
    Ok(())
}

/// Replaces a user's properties.
pub(crate) async fn update(commit: &mut Commit, user: &User) -> Result<(), StoreError> {
    let rows = execute!(
        commit.view.session,
        "UPDATE users SET
             user_principal_name = $3, user_principal_name_folded = $4, display_name = $5,
             given_name = $6, surname = $7, mail = $8, job_title = $9, account_enabled = $10,
             user_principal_name_words = $11, display_name_folded = $12,
             display_name_words = $13, given_name_folded = $14, surname_folded = $15,
             mail_folded = $16, job_title_folded = $17
         WHERE id = $1 AND tenant_id = $2",
        Guid(user.id.uuid()),
        Guid(user.tenant_id.uuid()),
        user.user_principal_name.as_str(),
        fold(&user.user_principal_name),
        user.display_name.as_str(),
        user.given_name.as_deref(),
        user.surname.as_deref(),
        user.mail.as_deref(),
        user.job_title.as_deref(),
        user.account_enabled,
        words(&user.user_principal_name),
        fold(&user.display_name),
        words(&user.display_name),
        user.given_name.as_deref().map(fold),
        user.surname.as_deref().map(fold),
        user.mail.as_deref().map(fold),
        user.job_title.as_deref().map(fold),
    )
    .map_err(writing(format_args!(
        "a user with the user principal name {}",
        user.user_principal_name
    )))?;
    hit(
        rows,
        format_args!("the user {} in the tenant {}", user.id, user.tenant_id),
    )?;
    if !user.account_enabled {
        sessions::end_all(&mut commit.view.session, user.tenant_id, user.id, None).await?;
    }
    Ok(())
}

/// Removes a user; the tables of what hangs on users say that it goes with them.
pub(crate) async fn remove(
    commit: &mut Commit,
    tenant_id: TenantId,
    id: UserId,
) -> Result<(), StoreError> {
    let rows = execute!(
        commit.view.session,
        "DELETE FROM users WHERE id = $1 AND tenant_id = $2",
        Guid(id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    hit(
        rows,
        format_args!("the user {id} in the tenant {tenant_id}"),
    )?;
    owners::forget(commit, &id.to_string()).await
}

/// A user of this tenant must be there.
pub(crate) async fn is_there(
    commit: &mut Commit,
    tenant_id: TenantId,
    id: UserId,
) -> Result<(), StoreError> {
    let found = fetch_optional!(
        commit.view.session,
        TABLE,
        (String,),
        "SELECT id FROM users WHERE id = $1 AND tenant_id = $2",
        Guid(id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    hit(
        u64::from(found.is_some()),
        format_args!("the user {id} in the tenant {tenant_id}"),
    )
}

pub(crate) fn user(row: UserRow) -> Result<User, StoreError> {
    let place = Place {
        table: TABLE,
        id: &row.id,
    };
    Ok(User {
        id: place.parse("id", &row.id)?,
        tenant_id: place.parse("tenant_id", &row.tenant_id)?,
        user_principal_name: row.user_principal_name,
        display_name: row.display_name,
        given_name: row.given_name,
        surname: row.surname,
        mail: row.mail,
        job_title: row.job_title,
        account_enabled: row.account_enabled,
        created_at: Timestamp::from_micros(row.created_at),
    })
}
