//! Forgetting what has ended, in steps.

use countersign_domain::clock::Timestamp;

use crate::{Db, StoreError};

/// Rows that one statement forgets: more would hold the write lock for long.
const FORGOTTEN_AT_ONCE: u64 = 1_000;

impl Db {
    /// Carries out a deletion of `$2` rows that ended by `$1`, again and again until none is left,
    /// and answers how many there were. Other writers get their turn between the steps.
    pub(crate) async fn forget(
        &self,
        sql: &'static str,
        ended: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut forgotten = 0;
        loop {
            let mut session = self.writer().await?;
            let limit = FORGOTTEN_AT_ONCE.cast_signed();
            let rows = execute!(session, sql, ended.micros(), limit)?;
            forgotten += rows;
            if rows < FORGOTTEN_AT_ONCE {
                return Ok(forgotten);
            }
        }
    }
}
