//! What SQL cannot do for a migration: folding letters alike on both databases. It runs in the
//! migration's transaction, a thousand rows at a time.

use serde::Deserialize;

use crate::StoreError;
use crate::db::Session;
use crate::folded::{fold, words};
use crate::row::Place;

const ROWS: i64 = 1_000;

/// The part of a manifest that schema 4 looks into.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Named {
    unique_name: Option<String>,
    tags: Vec<String>,
}

#[derive(sqlx::FromRow)]
struct UserRow {
    id: String,
    user_principal_name: String,
    display_name: String,
    given_name: Option<String>,
    surname: Option<String>,
    mail: Option<String>,
    job_title: Option<String>,
}

/// Fills in the columns that schema 4 adds.
pub(crate) async fn schema_4(session: &mut Session) -> Result<(), StoreError> {
    applications(session).await?;
    execute!(
        session,
        "UPDATE service_principals SET
             display_name_folded = (SELECT a.display_name_folded FROM applications a
                                    WHERE a.app_id = service_principals.app_id),
             display_name_words = (SELECT a.display_name_words FROM applications a
                                   WHERE a.app_id = service_principals.app_id)",
    )?;
    users(session).await?;
    audit_records(session).await
}

async fn applications(session: &mut Session) -> Result<(), StoreError> {
    let mut after = String::new();
    loop {
        let rows = fetch_all!(
            session,
            "applications",
            (String, String, String),
            "SELECT id, display_name, manifest FROM applications
             WHERE id > $1 ORDER BY id LIMIT $2",
            after.as_str(),
            ROWS,
        )?;
        let Some((last, ..)) = rows.last() else {
            return Ok(());
        };
        after.clone_from(last);
        for (id, display_name, manifest) in &rows {
            application(session, id, display_name, manifest).await?;
        }
    }
}

async fn application(
    session: &mut Session,
    id: &str,
    display_name: &str,
    manifest: &str,
) -> Result<(), StoreError> {
    let place = Place {
        table: "applications",
        id,
    };
    let named: Named = place.json("manifest", manifest)?;
    // Nothing has kept unique names unique so far: the first keeps it.
    execute!(
        session,
        "UPDATE applications SET display_name_folded = $2, display_name_words = $3,
             unique_name = CASE WHEN EXISTS (
                 SELECT 1 FROM applications o
                 WHERE o.tenant_id = applications.tenant_id AND o.unique_name = $4)
             THEN NULL ELSE $4 END
         WHERE id = $1",
        id,
        fold(display_name),
        words(display_name),
        named.unique_name.as_deref().map(fold),
    )?;
    for (tag, position) in named.tags.iter().zip(0_i64..) {
        execute!(
            session,
            "INSERT INTO object_tags (object_id, position, folded) VALUES ($1, $2, $3)",
            id,
            position,
            fold(tag),
        )?;
    }
    Ok(())
}

async fn users(session: &mut Session) -> Result<(), StoreError> {
    let mut after = String::new();
    loop {
        let rows = fetch_all!(
            session,
            "users",
            UserRow,
            "SELECT id, user_principal_name, display_name, given_name, surname, mail, job_title
             FROM users WHERE id > $1 ORDER BY id LIMIT $2",
            after.as_str(),
            ROWS,
        )?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after.clone_from(&last.id);
        for user in &rows {
            execute!(
                session,
                "UPDATE users SET user_principal_name_words = $2, display_name_folded = $3,
                     display_name_words = $4, given_name_folded = $5, surname_folded = $6,
                     mail_folded = $7, job_title_folded = $8
                 WHERE id = $1",
                user.id.as_str(),
                words(&user.user_principal_name),
                fold(&user.display_name),
                words(&user.display_name),
                user.given_name.as_deref().map(fold),
                user.surname.as_deref().map(fold),
                user.mail.as_deref().map(fold),
                user.job_title.as_deref().map(fold),
            )?;
        }
    }
}

async fn audit_records(session: &mut Session) -> Result<(), StoreError> {
    let activities = fetch_all!(
        session,
        "audit_records",
        (String,),
        "SELECT DISTINCT activity FROM audit_records",
    )?;
    for (activity,) in &activities {
        execute!(
            session,
            "UPDATE audit_records SET activity_folded = $2 WHERE activity = $1",
            activity.as_str(),
            fold(activity),
        )?;
    }
    Ok(())
}
