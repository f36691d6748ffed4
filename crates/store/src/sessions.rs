//! Sessions of people.

use countersign_domain::account::{AuthenticationMethod, Person, Session, TokenHash};
use countersign_domain::clock::Timestamp;
use countersign_domain::ids::{TenantId, UserId};

use crate::error::{hit, writing};
use crate::people::person_of;
use crate::row::{Guid, Place};
use crate::users::{UserRow, columns as user_columns};
use crate::{Db, StoreError, db};

const TABLE: &str = "sessions";

/// Under names of their own: they are read together with a user's.
macro_rules! columns {
    () => {
        "s.id AS session_id, s.user_id AS session_user_id, s.tenant_id AS session_tenant_id,
         s.method, s.created_at AS session_created_at, s.authenticated_at, s.seen_at"
    };
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    session_id: String,
    session_user_id: String,
    session_tenant_id: String,
    method: String,
    session_created_at: i64,
    authenticated_at: i64,
    seen_at: i64,
}

#[derive(sqlx::FromRow)]
struct SessionAndUserRow {
    #[sqlx(flatten)]
    session: SessionRow,
    #[sqlx(flatten)]
    user: UserRow,
}

impl Db {
    /// A session and whose it is, with the roles of this moment, in two statements. None where the
    /// account is disabled; whether the session is still alive is for [`Session::is_alive`] to say.
    pub async fn session(&self, id: &TokenHash) -> Result<Option<(Session, Person)>, StoreError> {
        let mut reader = self.reader().await?;
        let row = fetch_optional!(
            reader,
            TABLE,
            SessionAndUserRow,
            concat!(
                "SELECT ",
                columns!(),
                ", ",
                user_columns!(),
                " FROM sessions s JOIN users u ON u.id = s.user_id AND u.tenant_id = s.tenant_id
                  WHERE s.id = $1 AND u.account_enabled"
            ),
            id.as_str(),
        )?;
        let Some(row) = row else { return Ok(None) };
        let person = person_of(&mut reader, row.user).await?;
        Ok(Some((session(row.session)?, person)))
    }

    /// Begins a session of a user whose account is enabled, if nobody has ended the user's sessions
    /// since [`SignInAccount::sessions_ended`] was read: a password that was changed meanwhile, a
    /// passkey that was removed, proves nothing any more. Whoever ends them now waits for this to end,
    /// and then ends this session too.
    ///
    /// [`SignInAccount::sessions_ended`]: crate::SignInAccount::sessions_ended
    pub async fn begin_session(
        &self,
        session: &Session,
        sessions_ended: i64,
    ) -> Result<(), StoreError> {
        let mut writer = self.transaction().await?;
        // Locks the row: a condition of the insert would not see a change that is not yet committed.
        let rows = execute!(
            writer,
            "UPDATE users SET sessions_ended = $3
             WHERE id = $1 AND tenant_id = $2 AND sessions_ended = $3",
            Guid(session.user_id.uuid()),
            Guid(session.tenant_id.uuid()),
            sessions_ended,
        )?;
        hit(
            rows,
            format_args!("the sign-in of the user {}", session.user_id),
        )?;
        insert(&mut writer, session).await?;
        writer.commit().await
    }

    /// Goes on with a session under another id, if nobody has ended it.
    pub async fn renew_session(
        &self,
        before: &TokenHash,
        after: &TokenHash,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        let rows = execute!(
            writer,
            "UPDATE sessions SET id = $2, seen_at = $3 WHERE id = $1",
            before.as_str(),
            after.as_str(),
            now.micros(),
        )
        .map_err(writing("this session"))?;
        hit(rows, format_args!("this session"))
    }

    /// Writes down that a session was used.
    pub async fn touch_session(&self, id: &TokenHash, now: Timestamp) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        execute!(
            writer,
            "UPDATE sessions SET seen_at = $2 WHERE id = $1 AND seen_at < $2",
            id.as_str(),
            now.micros(),
        )?;
        Ok(())
    }

    /// Ends a session, if it is there.
    pub async fn end_session(&self, id: &TokenHash) -> Result<(), StoreError> {
        let mut writer = self.writer().await?;
        execute!(writer, "DELETE FROM sessions WHERE id = $1", id.as_str())?;
        Ok(())
    }

    /// Ends every session of a user but one, and answers how many that were.
    pub async fn end_sessions_of(
        &self,
        tenant_id: TenantId,
        user_id: UserId,
        except: Option<&TokenHash>,
    ) -> Result<u64, StoreError> {
        let mut writer = self.transaction().await?;
        let ended = end_all(&mut writer, tenant_id, user_id, except).await?;
        writer.commit().await?;
        Ok(ended)
    }

    /// The sessions of a user, the one used last first. Some may have ended by their age.
    pub async fn sessions_of(
        &self,
        tenant_id: TenantId,
        user_id: UserId,
    ) -> Result<Vec<Session>, StoreError> {
        let mut reader = self.reader().await?;
        let rows = fetch_all!(
            reader,
            TABLE,
            SessionRow,
            concat!(
                "SELECT ",
                columns!(),
                " FROM sessions s WHERE s.user_id = $1 AND s.tenant_id = $2
                  ORDER BY s.seen_at DESC, s.id"
            ),
            Guid(user_id.uuid()),
            Guid(tenant_id.uuid()),
        )?;
        rows.into_iter().map(session).collect()
    }

    /// Forgets the sessions that have ended, and answers how many there were. One that has reached
    /// its absolute limit is used no more, so it goes when its idle limit is over too.
    pub async fn forget_ended_sessions(&self, now: Timestamp) -> Result<u64, StoreError> {
        let (idle, _) = Session::ended_before(now);
        self.forget(
            "DELETE FROM sessions WHERE id IN (
                 SELECT id FROM sessions WHERE seen_at <= $1 ORDER BY seen_at LIMIT $2)",
            idle,
        )
        .await
    }
}

/// Ends every session of a user but one, and every sign-in that has not come to a session yet, also
/// within a change of the directory. Of what is locked for a user, the user's row comes first.
pub(crate) async fn end_all(
    session: &mut db::Session,
    tenant_id: TenantId,
    user_id: UserId,
    except: Option<&TokenHash>,
) -> Result<u64, StoreError> {
    execute!(
        session,
        "UPDATE users SET sessions_ended = sessions_ended + 1 WHERE id = $1 AND tenant_id = $2",
        Guid(user_id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    let rows = execute!(
        session,
        "DELETE FROM sessions WHERE user_id = $1 AND tenant_id = $2 AND id <> $3",
        Guid(user_id.uuid()),
        Guid(tenant_id.uuid()),
        // No session has the empty id.
        except.map_or("", TokenHash::as_str),
    )?;
    Ok(rows)
}

async fn insert(writer: &mut db::Session, session: &Session) -> Result<(), StoreError> {
    let rows = execute!(
        writer,
        "INSERT INTO sessions
             (id, user_id, tenant_id, method, created_at, authenticated_at, seen_at)
         SELECT $1, u.id, u.tenant_id, $4, $5, $6, $7 FROM users u
         WHERE u.id = $2 AND u.tenant_id = $3 AND u.account_enabled",
        session.id.as_str(),
        Guid(session.user_id.uuid()),
        Guid(session.tenant_id.uuid()),
        session.method.as_str(),
        session.created_at.micros(),
        session.authenticated_at.micros(),
        session.seen_at.micros(),
    )
    .map_err(writing("this session"))?;
    hit(
        rows,
        format_args!(
            "an enabled user {} in the tenant {}",
            session.user_id, session.tenant_id
        ),
    )
}

/// The id may be in an error: nobody gets from it to the token.
fn session(row: SessionRow) -> Result<Session, StoreError> {
    let place = Place {
        table: TABLE,
        id: &row.session_id,
    };
    Ok(Session {
        tenant_id: place.parse("tenant_id", &row.session_tenant_id)?,
        user_id: place.parse("user_id", &row.session_user_id)?,
        method: AuthenticationMethod::from_name(&row.method).ok_or_else(|| {
            place.damaged("method", format_args!("unknown value {:?}", row.method))
        })?,
        created_at: Timestamp::from_micros(row.session_created_at),
        authenticated_at: Timestamp::from_micros(row.authenticated_at),
        seen_at: Timestamp::from_micros(row.seen_at),
        id: TokenHash::stored(row.session_id),
    })
}
