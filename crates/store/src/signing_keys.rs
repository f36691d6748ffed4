use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{Change, SealedSigningKey};

use crate::commit::Commit;
use crate::db::Session;
use crate::error::writing;
use crate::row::Place;
use crate::{Db, StoreError};

const TABLE: &str = "signing_keys";

#[derive(sqlx::FromRow)]
struct SigningKeyRow {
    kid: String,
    algorithm: String,
    certificate: String,
    sealed_private_key: String,
    state: String,
    created_at: i64,
}

impl Db {
    /// Every signing key, oldest first.
    pub async fn signing_keys(&self) -> Result<Vec<SealedSigningKey>, StoreError> {
        all(&mut self.reader().await?).await
    }

    /// Adds the first signing keys and answers all there are. Of several nodes that start at once
    /// one adds its keys; every one of them gets the same answer.
    pub async fn add_signing_keys_if_none(
        &self,
        keys: &[SealedSigningKey],
    ) -> Result<Vec<SealedSigningKey>, StoreError> {
        let mut commit = Commit::begin(self).await?;
        let present = all(&mut commit.view.session).await?;
        if !present.is_empty() {
            return Ok(present);
        }
        for key in keys {
            add(&mut commit, key).await?;
        }
        let added = all(&mut commit.view.session).await?;
        commit.finish().await?;
        Ok(added)
    }
}

async fn all(session: &mut Session) -> Result<Vec<SealedSigningKey>, StoreError> {
    let rows = fetch_all!(
        session,
        TABLE,
        SigningKeyRow,
        "SELECT kid, algorithm, certificate, sealed_private_key, state, created_at
         FROM signing_keys ORDER BY created_at, kid",
    )?;
    rows.into_iter().map(signing_key).collect()
}

async fn add(commit: &mut Commit, key: &SealedSigningKey) -> Result<(), StoreError> {
    execute!(
        commit.view.session,
        "INSERT INTO signing_keys
             (kid, algorithm, certificate, sealed_private_key, state, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        key.kid.as_str(),
        key.algorithm.as_str(),
        key.certificate.as_str(),
        key.sealed_private_key.as_str(),
        key.state.as_str(),
        key.created_at.micros(),
    )
    .map_err(writing(format_args!("the signing key {}", key.kid)))?;
    commit.note(&Change::SigningKeys);
    Ok(())
}

fn signing_key(row: SigningKeyRow) -> Result<SealedSigningKey, StoreError> {
    let place = Place {
        table: TABLE,
        id: &row.kid,
    };
    Ok(SealedSigningKey {
        algorithm: place.parse("algorithm", &row.algorithm)?,
        state: place.parse("state", &row.state)?,
        certificate: row.certificate,
        sealed_private_key: row.sealed_private_key,
        created_at: Timestamp::from_micros(row.created_at),
        kid: row.kid,
    })
}
