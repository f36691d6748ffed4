//! Bringing the tables up to date: all missing steps in one transaction, so that a database is of the
//! old form or the new one, never between.

use crate::db::{Driver, Pools, Session};
use crate::{Db, StoreError, fill_in};

/// The steps; step *n* leads to schema *n*.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_directory.sql"),
    include_str!("../migrations/0002_sign_in_log.sql"),
    include_str!("../migrations/0003_assertions.sql"),
    include_str!("../migrations/0004_graph.sql"),
    include_str!("../migrations/0005_people.sql"),
    include_str!("../migrations/0006_nodes.sql"),
    include_str!("../migrations/0007_session_endings.sql"),
    include_str!("../migrations/0008_revocations.sql"),
];

/// The step after which columns are filled in by the program.
const FILLED_IN: i64 = 4;

/// The advisory lock of PostgreSQL that starting nodes queue for: "csgn".
const POSTGRES_LOCK: i64 = 0x6373_676e;

/// Takes every step that the database has not taken yet.
pub(crate) async fn run(db: &Db) -> Result<(), StoreError> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    let mut session = db.transaction().await?;
    if matches!(db.pools, Pools::Postgres(_)) {
        // Held to the end of the transaction; on SQLite the write lock does this.
        execute!(session, "SELECT pg_advisory_xact_lock($1)", POSTGRES_LOCK)?;
    }
    execute!(
        session,
        "CREATE TABLE IF NOT EXISTS schema_versions (version BIGINT NOT NULL PRIMARY KEY)",
    )?;
    let found = version(&mut session).await?;
    if found > known {
        return Err(StoreError::TooNew { found, known });
    }
    for (script, step) in MIGRATIONS
        .iter()
        .zip(1_i64..)
        .filter(|(_, step)| *step > found)
    {
        run_script(&mut session, script).await?;
        if step == FILLED_IN {
            fill_in::schema_4(&mut session).await?;
        }
        execute!(
            session,
            "INSERT INTO schema_versions (version) VALUES ($1)",
            step
        )?;
    }
    session.commit().await
}

async fn version(session: &mut Session) -> Result<i64, StoreError> {
    let row = fetch_optional!(
        session,
        "schema_versions",
        (i64,),
        "SELECT version FROM schema_versions ORDER BY version DESC LIMIT 1",
    )?;
    Ok(row.map_or(0, |(version,)| version))
}

async fn run_script(session: &mut Session, script: &'static str) -> Result<(), StoreError> {
    match session.driver() {
        Driver::Sqlite(connection) => sqlx::raw_sql(script).execute(connection).await.map(drop)?,
        Driver::Postgres(connection) => {
            sqlx::raw_sql(script).execute(connection).await.map(drop)?;
        }
    }
    Ok(())
}
