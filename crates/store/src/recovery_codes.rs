use countersign_domain::account::TokenHash;
use countersign_domain::ids::{TenantId, UserId};

use crate::commit::Commit;
use crate::error::writing;
use crate::row::Guid;
use crate::{Db, StoreError, users};

const TABLE: &str = "user_recovery_codes";

impl Db {
    /// Uses a recovery code up, and answers `true` to exactly one of all that ask, on whichever
    /// node.
    pub async fn use_recovery_code(
        &self,
        tenant_id: TenantId,
        user_id: UserId,
        hash: &TokenHash,
    ) -> Result<bool, StoreError> {
        let mut session = self.writer().await?;
        let rows = execute!(
            session,
            "DELETE FROM user_recovery_codes
             WHERE user_id = $1 AND hash = $2 AND tenant_id = $3",
            Guid(user_id.uuid()),
            hash.as_str(),
            Guid(tenant_id.uuid()),
        )?;
        Ok(rows == 1)
    }

    /// How many recovery codes a user has left.
    pub async fn recovery_codes_left(
        &self,
        tenant_id: TenantId,
        user_id: UserId,
    ) -> Result<u64, StoreError> {
        let mut session = self.reader().await?;
        let row = fetch_optional!(
            session,
            TABLE,
            (i64,),
            "SELECT COUNT(*) FROM user_recovery_codes WHERE user_id = $1 AND tenant_id = $2",
            Guid(user_id.uuid()),
            Guid(tenant_id.uuid()),
        )?;
        Ok(row.map_or(0, |(count,)| count.unsigned_abs()))
    }
}

/// Replaces all recovery codes of a user.
pub(crate) async fn set(
    commit: &mut Commit,
    (tenant_id, user_id): (TenantId, UserId),
    hashes: &[TokenHash],
) -> Result<(), StoreError> {
    users::is_there(commit, tenant_id, user_id).await?;
    execute!(
        commit.view.session,
        "DELETE FROM user_recovery_codes WHERE user_id = $1 AND tenant_id = $2",
        Guid(user_id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    for hash in hashes {
        execute!(
            commit.view.session,
            "INSERT INTO user_recovery_codes (user_id, hash, tenant_id) VALUES ($1, $2, $3)",
            Guid(user_id.uuid()),
            hash.as_str(),
            Guid(tenant_id.uuid()),
        )
        .map_err(writing(format_args!(
            "a recovery code of the user {user_id}"
        )))?;
    }
    Ok(())
}
