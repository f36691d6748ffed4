use countersign_domain::account::{PasskeyChallenge, TokenHash};
use countersign_domain::clock::Timestamp;
use countersign_domain::ids::UserId;

use crate::error::writing;
use crate::row::{Guid, Place};
use crate::{Db, StoreError};

const TABLE: &str = "passkey_challenges";

#[derive(sqlx::FromRow)]
struct ChallengeRow {
    challenge: String,
    browser: String,
    user_id: Option<String>,
    expires_at: i64,
}

impl Db {
    /// Remembers a challenge until it is taken or ends.
    pub async fn remember_challenge(&self, challenge: &PasskeyChallenge) -> Result<(), StoreError> {
        let mut session = self.writer().await?;
        execute!(
            session,
            "INSERT INTO passkey_challenges (challenge, browser, user_id, expires_at)
             VALUES ($1, $2, $3, $4)",
            challenge.challenge.as_str(),
            challenge.browser.as_str(),
            challenge.user_id.map(UserId::uuid).map(Guid),
            challenge.expires_at.micros(),
        )
        .map_err(writing("this challenge"))?;
        Ok(())
    }

    /// Takes a challenge that this browser asked for and that has not expired. Exactly one of all
    /// that ask gets it, on whichever node.
    pub async fn take_challenge(
        &self,
        challenge: &str,
        browser: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<PasskeyChallenge>, StoreError> {
        let mut session = self.writer().await?;
        // All rows, and not the first: SQLite ends the statement behind the last one.
        let rows = fetch_all!(
            session,
            TABLE,
            ChallengeRow,
            "DELETE FROM passkey_challenges
             WHERE challenge = $1 AND browser = $2 AND expires_at > $3
             RETURNING challenge, browser, user_id, expires_at",
            challenge,
            browser.as_str(),
            now.micros(),
        )?;
        rows.into_iter().next().map(taken).transpose()
    }

    /// Forgets the challenges that have expired, and answers how many there were.
    pub async fn forget_challenges(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.forget(
            "DELETE FROM passkey_challenges WHERE challenge IN (
                 SELECT challenge FROM passkey_challenges
                 WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
            now,
        )
        .await
    }
}

fn taken(row: ChallengeRow) -> Result<PasskeyChallenge, StoreError> {
    let place = Place {
        table: TABLE,
        id: &row.challenge,
    };
    Ok(PasskeyChallenge {
        user_id: place.parse_some("user_id", row.user_id.as_deref())?,
        browser: TokenHash::stored(row.browser),
        expires_at: Timestamp::from_micros(row.expires_at),
        challenge: row.challenge,
    })
}
