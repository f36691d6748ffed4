use countersign_domain::account::Failures;
use countersign_domain::clock::Timestamp;

use crate::row::Place;
use crate::{Db, StoreError};

const TABLE: &str = "sign_in_failures";

#[derive(sqlx::FromRow)]
struct FailuresRow {
    failures: i64,
    last_at: i64,
}

impl Db {
    /// The failed sign-ins of a key in a row.
    pub async fn failures(&self, key: &str) -> Result<Option<Failures>, StoreError> {
        let mut session = self.reader().await?;
        let row = fetch_optional!(
            session,
            TABLE,
            FailuresRow,
            "SELECT failures, last_at FROM sign_in_failures WHERE key = $1",
            key,
        )?;
        row.map(|row| failures(key, &row)).transpose()
    }

    /// Counts one more failure, and answers the count with it: many at once, on whichever node, are
    /// all counted. It begins at one again where the last one was before `forget_before`.
    pub async fn add_failure(
        &self,
        key: &str,
        now: Timestamp,
        forget_before: Timestamp,
    ) -> Result<Failures, StoreError> {
        let mut session = self.writer().await?;
        // All rows, and not the first: SQLite ends the statement behind the last one.
        let rows = fetch_all!(
            session,
            TABLE,
            FailuresRow,
            "INSERT INTO sign_in_failures (key, failures, last_at) VALUES ($1, 1, $2)
             ON CONFLICT (key) DO UPDATE SET
                 failures = CASE WHEN sign_in_failures.last_at < $3 THEN 1
                                 WHEN sign_in_failures.failures >= $4 THEN $4
                                 ELSE sign_in_failures.failures + 1 END,
                 last_at = CASE WHEN sign_in_failures.last_at > excluded.last_at
                                THEN sign_in_failures.last_at ELSE excluded.last_at END
             RETURNING failures, last_at",
            key,
            now.micros(),
            forget_before.micros(),
            i64::from(u32::MAX),
        )?;
        let row = rows.first().ok_or_else(|| StoreError::Unavailable {
            reason: "an insert answered no row".to_owned(),
        })?;
        failures(key, row)
    }

    /// Forgets the failures of a key, after a success.
    pub async fn clear_failures(&self, key: &str) -> Result<(), StoreError> {
        let mut session = self.writer().await?;
        execute!(session, "DELETE FROM sign_in_failures WHERE key = $1", key)?;
        Ok(())
    }

    /// Forgets the keys whose last failure was before an instant, and answers how many there were.
    pub async fn forget_failures(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.forget(
            "DELETE FROM sign_in_failures WHERE key IN (
                 SELECT key FROM sign_in_failures
                 WHERE last_at < $1 ORDER BY last_at LIMIT $2)",
            before,
        )
        .await
    }
}

fn failures(key: &str, row: &FailuresRow) -> Result<Failures, StoreError> {
    let place = Place {
        table: TABLE,
        id: key,
    };
    Ok(Failures {
        count: u32::try_from(row.failures).map_err(|error| place.damaged("failures", error))?,
        last_at: Timestamp::from_micros(row.last_at),
    })
}
