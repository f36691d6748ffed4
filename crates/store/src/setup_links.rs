use countersign_domain::account::{Person, SetupLink, TokenHash};
use countersign_domain::clock::Timestamp;
use countersign_domain::ids::{TenantId, UserId};

use crate::commit::Commit;
use crate::error::{hit, writing};
use crate::people::person_of;
use crate::row::Guid;
use crate::users::{UserRow, columns};
use crate::{Db, StoreError, users};

impl Db {
    /// Whose setup link this is: not used, not expired, of an enabled account.
    pub async fn setup_link(
        &self,
        hash: &TokenHash,
        now: Timestamp,
    ) -> Result<Option<Person>, StoreError> {
        let mut session = self.reader().await?;
        let row = fetch_optional!(
            session,
            "users",
            UserRow,
            concat!(
                "SELECT ",
                columns!(),
                " FROM setup_links l JOIN users u ON u.id = l.user_id AND u.tenant_id = l.tenant_id
                  WHERE l.hash = $1 AND l.expires_at > $2 AND u.account_enabled"
            ),
            hash.as_str(),
            now.micros(),
        )?;
        match row {
            Some(row) => person_of(&mut session, row).await.map(Some),
            None => Ok(None),
        }
    }
}

/// Gives a user a link, in place of the one before.
pub(crate) async fn set(commit: &mut Commit, link: &SetupLink) -> Result<(), StoreError> {
    users::is_there(commit, link.tenant_id, link.user_id).await?;
    execute!(
        commit.view.session,
        "INSERT INTO setup_links (user_id, tenant_id, hash, expires_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id) DO UPDATE SET
             hash = excluded.hash, expires_at = excluded.expires_at",
        Guid(link.user_id.uuid()),
        Guid(link.tenant_id.uuid()),
        link.hash.as_str(),
        link.expires_at.micros(),
    )
    .map_err(writing("this setup link"))?;
    Ok(())
}

/// Uses a link up, with every passkey and authenticator app of the user: the link is a fresh start.
pub(crate) async fn use_up(
    commit: &mut Commit,
    (tenant_id, user_id): (TenantId, UserId),
    hash: &TokenHash,
    at: Timestamp,
) -> Result<(), StoreError> {
    let rows = execute!(
        commit.view.session,
        "DELETE FROM setup_links
         WHERE user_id = $1 AND tenant_id = $2 AND hash = $3 AND expires_at > $4",
        Guid(user_id.uuid()),
        Guid(tenant_id.uuid()),
        hash.as_str(),
        at.micros(),
    )?;
    hit(rows, format_args!("this setup link of the user {user_id}"))?;
    // Somebody else may have been in the account, and left a key behind.
    execute!(
        commit.view.session,
        "DELETE FROM user_passkeys WHERE user_id = $1",
        Guid(user_id.uuid()),
    )?;
    execute!(
        commit.view.session,
        "DELETE FROM user_authenticators WHERE user_id = $1",
        Guid(user_id.uuid()),
    )?;
    Ok(())
}

/// Ends the link that a user has, if there is one.
pub(crate) async fn end(
    commit: &mut Commit,
    (tenant_id, user_id): (TenantId, UserId),
) -> Result<(), StoreError> {
    execute!(
        commit.view.session,
        "DELETE FROM setup_links WHERE user_id = $1 AND tenant_id = $2",
        Guid(user_id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    Ok(())
}
