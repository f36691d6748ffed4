use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign_domain::account::{Passkey, TokenHash};
use countersign_domain::clock::Timestamp;
use countersign_domain::ids::{TenantId, UserId};

use crate::commit::Commit;
use crate::error::{hit, writing};
use crate::people::account_by_id;
use crate::row::{Guid, Place};
use crate::{Db, SignInAccount, StoreError, sessions, users};

const TABLE: &str = "user_passkeys";

macro_rules! columns {
    () => {
        "k.id, k.user_id, k.tenant_id, k.display_name, k.algorithm, k.public_key, k.sign_count,
         k.is_backed_up, k.created_at, k.last_used_at"
    };
}

#[derive(sqlx::FromRow)]
struct PasskeyRow {
    id: String,
    user_id: String,
    tenant_id: String,
    display_name: String,
    algorithm: i64,
    public_key: String,
    sign_count: i64,
    is_backed_up: bool,
    created_at: i64,
    last_used_at: Option<i64>,
}

impl Db {
    /// The passkeys of a user, oldest first.
    pub async fn passkeys_of(
        &self,
        tenant_id: TenantId,
        user_id: UserId,
    ) -> Result<Vec<Passkey>, StoreError> {
        let mut session = self.reader().await?;
        let rows = fetch_all!(
            session,
            TABLE,
            PasskeyRow,
            concat!(
                "SELECT ",
                columns!(),
                " FROM user_passkeys k WHERE k.user_id = $1 AND k.tenant_id = $2
                  ORDER BY k.created_at, k.id"
            ),
            Guid(user_id.uuid()),
            Guid(tenant_id.uuid()),
        )?;
        rows.into_iter().map(passkey).collect()
    }

    /// The passkey with this credential id, and whose it is.
    pub async fn passkey(&self, id: &str) -> Result<Option<(Passkey, SignInAccount)>, StoreError> {
        let mut session = self.reader().await?;
        let row = fetch_optional!(
            session,
            TABLE,
            PasskeyRow,
            concat!(
                "SELECT ",
                columns!(),
                " FROM user_passkeys k WHERE k.id = $1"
            ),
            id,
        )?;
        let Some(row) = row else { return Ok(None) };
        let passkey = passkey(row)?;
        let whose = (passkey.tenant_id, passkey.user_id);
        let account = account_by_id(&mut session, whose).await?;
        Ok(account.map(|account| (passkey, account)))
    }

    /// Writes down that a passkey signed, if its count is still what it was before: a copy of an
    /// authenticator shows the same count, and of the two one gets `false`.
    pub async fn used_passkey(
        &self,
        before: &Passkey,
        sign_count: u32,
        is_backed_up: bool,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut session = self.writer().await?;
        let rows = execute!(
            session,
            "UPDATE user_passkeys SET sign_count = $5, is_backed_up = $6, last_used_at = $7
             WHERE id = $1 AND user_id = $2 AND tenant_id = $3 AND sign_count = $4",
            before.id.as_str(),
            Guid(before.user_id.uuid()),
            Guid(before.tenant_id.uuid()),
            i64::from(before.sign_count),
            i64::from(sign_count),
            is_backed_up,
            now.micros(),
        )?;
        Ok(rows == 1)
    }
}

/// Adds a passkey.
pub(crate) async fn add(commit: &mut Commit, passkey: &Passkey) -> Result<(), StoreError> {
    users::is_there(commit, passkey.tenant_id, passkey.user_id).await?;
    execute!(
        commit.view.session,
        "INSERT INTO user_passkeys
             (id, user_id, tenant_id, display_name, algorithm, public_key, sign_count,
              is_backed_up, created_at, last_used_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        passkey.id.as_str(),
        Guid(passkey.user_id.uuid()),
        Guid(passkey.tenant_id.uuid()),
        passkey.display_name.as_str(),
        passkey.algorithm,
        URL_SAFE_NO_PAD.encode(&passkey.public_key),
        i64::from(passkey.sign_count),
        passkey.is_backed_up,
        passkey.created_at.micros(),
        passkey.last_used_at.map(Timestamp::micros),
    )
    .map_err(writing("this passkey"))?;
    Ok(())
}

/// Removes a passkey, and ends what it may have begun.
pub(crate) async fn remove(
    commit: &mut Commit,
    (tenant_id, user_id): (TenantId, UserId),
    id: &str,
    except: &TokenHash,
) -> Result<(), StoreError> {
    sessions::end_all(&mut commit.view.session, tenant_id, user_id, Some(except)).await?;
    let rows = execute!(
        commit.view.session,
        "DELETE FROM user_passkeys WHERE id = $1 AND user_id = $2 AND tenant_id = $3",
        id,
        Guid(user_id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    hit(rows, format_args!("this passkey of the user {user_id}"))
}

fn passkey(row: PasskeyRow) -> Result<Passkey, StoreError> {
    let place = Place {
        table: TABLE,
        id: &row.id,
    };
    Ok(Passkey {
        tenant_id: place.parse("tenant_id", &row.tenant_id)?,
        user_id: place.parse("user_id", &row.user_id)?,
        display_name: row.display_name,
        algorithm: row.algorithm,
        public_key: URL_SAFE_NO_PAD
            .decode(&row.public_key)
            .map_err(|error| place.damaged("public_key", error))?,
        sign_count: u32::try_from(row.sign_count)
            .map_err(|error| place.damaged("sign_count", error))?,
        is_backed_up: row.is_backed_up,
        created_at: Timestamp::from_micros(row.created_at),
        last_used_at: row.last_used_at.map(Timestamp::from_micros),
        id: row.id,
    })
}
