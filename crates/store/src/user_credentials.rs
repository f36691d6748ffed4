//! Passwords and authenticator apps of people.

use countersign_domain::account::{Authenticator, PasswordHash, TokenHash};
use countersign_domain::clock::Timestamp;
use countersign_domain::ids::{TenantId, UserId};

use crate::commit::Commit;
use crate::error::hit;
use crate::row::Guid;
use crate::view::View;
use crate::{Db, StoreError, sessions, users};

impl Db {
    /// Uses up the one-time codes up to a time step, and answers `true` to exactly one of all that
    /// ask for this step, on whichever node; `false` where the step or a later one was used.
    pub async fn use_code_step(
        &self,
        tenant_id: TenantId,
        user_id: UserId,
        step: i64,
    ) -> Result<bool, StoreError> {
        let mut session = self.writer().await?;
        let rows = execute!(
            session,
            "UPDATE user_authenticators SET last_step = $3
             WHERE user_id = $1 AND tenant_id = $2 AND last_step < $3",
            Guid(user_id.uuid()),
            Guid(tenant_id.uuid()),
            step,
        )?;
        Ok(rows == 1)
    }
}

impl View {
    /// In how many ways a user can sign in again and again: with the password, with each passkey.
    pub async fn ways_to_sign_in(
        &mut self,
        tenant_id: TenantId,
        user_id: UserId,
    ) -> Result<u64, StoreError> {
        self.count_of_user(
            "SELECT (SELECT COUNT(*) FROM user_passwords WHERE user_id = $1 AND tenant_id = $2)
                  + (SELECT COUNT(*) FROM user_passkeys WHERE user_id = $1 AND tenant_id = $2)",
            (tenant_id, user_id),
        )
        .await
    }

    /// How many passkeys a user has.
    pub async fn passkey_count(
        &mut self,
        tenant_id: TenantId,
        user_id: UserId,
    ) -> Result<u64, StoreError> {
        self.count_of_user(
            "SELECT COUNT(*) FROM user_passkeys WHERE user_id = $1 AND tenant_id = $2",
            (tenant_id, user_id),
        )
        .await
    }

    async fn count_of_user(
        &mut self,
        sql: &'static str,
        (tenant_id, user_id): (TenantId, UserId),
    ) -> Result<u64, StoreError> {
        let row = fetch_optional!(
            self.session,
            "users",
            (i64,),
            sql,
            Guid(user_id.uuid()),
            Guid(tenant_id.uuid()),
        )?;
        Ok(row.map_or(0, |(count,)| count.unsigned_abs()))
    }
}

impl Db {
    /// Keeps another hash of the same password, and answers whether it is still the password.
    pub async fn replace_password_hash(
        &self,
        (tenant_id, user_id): (TenantId, UserId),
        before: &PasswordHash,
        after: &PasswordHash,
    ) -> Result<bool, StoreError> {
        let mut session = self.writer().await?;
        let rows = execute!(
            session,
            "UPDATE user_passwords SET hash = $4
             WHERE user_id = $1 AND tenant_id = $2 AND hash = $3",
            Guid(user_id.uuid()),
            Guid(tenant_id.uuid()),
            before.as_str(),
            after.as_str(),
        )?;
        Ok(rows == 1)
    }
}

/// Sets or replaces a password. Whoever knows the one before must not stay signed in, except in the
/// session in which it is done.
pub(crate) async fn set_password(
    commit: &mut Commit,
    (tenant_id, user_id): (TenantId, UserId),
    (hash, at): (&PasswordHash, Timestamp),
    except: Option<&TokenHash>,
) -> Result<(), StoreError> {
    users::is_there(commit, tenant_id, user_id).await?;
    sessions::end_all(&mut commit.view.session, tenant_id, user_id, except).await?;
    execute!(
        commit.view.session,
        "INSERT INTO user_passwords (user_id, tenant_id, hash, changed_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (user_id) DO UPDATE SET
             hash = excluded.hash, changed_at = excluded.changed_at",
        Guid(user_id.uuid()),
        Guid(tenant_id.uuid()),
        hash.as_str(),
        at.micros(),
    )?;
    Ok(())
}

/// Removes a password, and ends what it may have begun.
pub(crate) async fn remove_password(
    commit: &mut Commit,
    (tenant_id, user_id): (TenantId, UserId),
    except: &TokenHash,
) -> Result<(), StoreError> {
    sessions::end_all(&mut commit.view.session, tenant_id, user_id, Some(except)).await?;
    let rows = execute!(
        commit.view.session,
        "DELETE FROM user_passwords WHERE user_id = $1 AND tenant_id = $2",
        Guid(user_id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    hit(rows, format_args!("the password of the user {user_id}"))
}

/// Sets or replaces an authenticator app.
pub(crate) async fn set_authenticator(
    commit: &mut Commit,
    authenticator: &Authenticator,
) -> Result<(), StoreError> {
    users::is_there(commit, authenticator.tenant_id, authenticator.user_id).await?;
    execute!(
        commit.view.session,
        "INSERT INTO user_authenticators
             (user_id, tenant_id, sealed_secret, last_step, created_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (user_id) DO UPDATE SET
             sealed_secret = excluded.sealed_secret, last_step = excluded.last_step,
             created_at = excluded.created_at",
        Guid(authenticator.user_id.uuid()),
        Guid(authenticator.tenant_id.uuid()),
        authenticator.sealed_secret.as_str(),
        authenticator.last_step,
        authenticator.created_at.micros(),
    )?;
    Ok(())
}

/// Removes an authenticator app, and ends what it may have begun.
pub(crate) async fn remove_authenticator(
    commit: &mut Commit,
    (tenant_id, user_id): (TenantId, UserId),
    except: &TokenHash,
) -> Result<(), StoreError> {
    sessions::end_all(&mut commit.view.session, tenant_id, user_id, Some(except)).await?;
    let rows = execute!(
        commit.view.session,
        "DELETE FROM user_authenticators WHERE user_id = $1 AND tenant_id = $2",
        Guid(user_id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    hit(
        rows,
        format_args!("the authenticator app of the user {user_id}"),
    )
}
