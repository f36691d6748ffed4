//! Assertions that are good once.

use countersign_domain::clock::Timestamp;
use countersign_domain::ids::{AppId, TenantId};

use crate::row::Guid;
use crate::{Db, StoreError};

impl Db {
    /// Remembers an assertion, and answers `true` to exactly one of all that ask, on whichever node.
    ///
    /// `digest` tells the client's assertions apart; at `expires_at`, the assertion's end *plus the
    /// leeway*, it may be forgotten. One that has expired by `now` is not remembered and gets
    /// `false`: it may have been used and forgotten.
    pub async fn remember_assertion(
        &self,
        tenant_id: TenantId,
        app_id: AppId,
        digest: &str,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if expires_at <= now {
            return Ok(false);
        }
        let mut session = self.writer().await?;
        let rows = execute!(
            session,
            "INSERT INTO used_assertions (tenant_id, app_id, digest, expires_at)
             VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            Guid(tenant_id.uuid()),
            Guid(app_id.uuid()),
            digest,
            expires_at.micros(),
        )?;
        Ok(rows == 1)
    }

    /// Forgets the assertions that have expired, and answers how many there were. Works in short
    /// steps between which other writers get their turn.
    pub async fn forget_expired_assertions(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.forget(
            "DELETE FROM used_assertions WHERE (tenant_id, app_id, digest) IN (
                 SELECT tenant_id, app_id, digest FROM used_assertions
                 WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
            now,
        )
        .await
    }
}
