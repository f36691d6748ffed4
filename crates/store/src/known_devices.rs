//! Browsers in which people have signed in before.

use countersign_domain::account::TokenHash;
use countersign_domain::clock::Timestamp;
use countersign_domain::ids::UserId;

use crate::error::writing;
use crate::row::Guid;
use crate::{Db, StoreError};

/// Browsers that are remembered of one user.
const KEPT: i64 = 20;

impl Db {
    /// Remembers a browser of a user, as the newest of twenty.
    pub async fn remember_device(
        &self,
        user_id: UserId,
        hash: &TokenHash,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut session = self.writer().await?;
        execute!(
            session,
            "INSERT INTO known_devices (hash, user_id, seen_at) VALUES ($1, $2, $3)
             ON CONFLICT (user_id, hash) DO UPDATE SET seen_at = excluded.seen_at",
            hash.as_str(),
            Guid(user_id.uuid()),
            now.micros(),
        )
        .map_err(writing(format_args!("a browser of the user {user_id}")))?;
        execute!(
            session,
            "DELETE FROM known_devices WHERE user_id = $1 AND hash NOT IN (
                 SELECT hash FROM known_devices WHERE user_id = $1
                 ORDER BY seen_at DESC, hash LIMIT $2)",
            Guid(user_id.uuid()),
            KEPT,
        )?;
        Ok(())
    }

    /// Whether the user has signed in in this browser.
    pub async fn is_known_device(
        &self,
        user_id: UserId,
        hash: &TokenHash,
    ) -> Result<bool, StoreError> {
        let mut session = self.reader().await?;
        let row = fetch_optional!(
            session,
            "known_devices",
            (String,),
            "SELECT hash FROM known_devices WHERE user_id = $1 AND hash = $2",
            Guid(user_id.uuid()),
            hash.as_str(),
        )?;
        Ok(row.is_some())
    }
}
