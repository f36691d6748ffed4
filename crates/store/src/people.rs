//! People who administer: who they are, with their roles, and what they sign in with.

use countersign_domain::account::{Authenticator, PasswordHash, Person};
use countersign_domain::clock::Timestamp;
use countersign_domain::directory::Domain;
use countersign_domain::ids::{TenantId, UserId};

use crate::db::Session;
use crate::folded::fold;
use crate::role_members;
use crate::row::Guid;
use crate::users::{UserRow, columns, user};
use crate::view::View;
use crate::{Db, StoreError};

/// A person, and what is kept of their password and their authenticator app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInAccount {
    /// Who it is. A disabled account is found too.
    pub person: Person,
    /// The password.
    pub password: Option<PasswordHash>,
    /// The authenticator app.
    pub authenticator: Option<Authenticator>,
    /// How often all sessions of the user were ended: whoever signs in shows the number of before.
    pub sessions_ended: i64,
}

#[derive(sqlx::FromRow)]
struct AccountRow {
    #[sqlx(flatten)]
    user: UserRow,
    sessions_ended: i64,
    password_hash: Option<String>,
    sealed_secret: Option<String>,
    last_step: Option<i64>,
    authenticator_created_at: Option<i64>,
}

macro_rules! account {
    ($from:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            ", u.sessions_ended, p.hash AS password_hash, o.sealed_secret, o.last_step,
             o.created_at AS authenticator_created_at FROM ",
            $from,
            " LEFT JOIN user_passwords p ON p.user_id = u.id AND p.tenant_id = u.tenant_id
              LEFT JOIN user_authenticators o ON o.user_id = u.id AND o.tenant_id = u.tenant_id "
        )
    };
}

pub(crate) const NAMED: &str = concat!(
    account!("tenant_domains d JOIN users u ON u.tenant_id = d.tenant_id"),
    "WHERE d.domain = $1 AND u.user_principal_name_folded = $2"
);

impl Db {
    /// A user with the roles of this moment.
    pub async fn person(
        &self,
        tenant_id: TenantId,
        id: UserId,
    ) -> Result<Option<Person>, StoreError> {
        let mut session = self.reader().await?;
        person(&mut session, tenant_id, id).await
    }

    /// The account with this user principal name, in any case, in the tenant that has the name's
    /// domain. A name whose domain is of another tenant, or of none, is nobody's.
    pub async fn account_named(
        &self,
        user_principal_name: &str,
    ) -> Result<Option<SignInAccount>, StoreError> {
        let folded = fold(user_principal_name);
        let domain = folded.rsplit_once('@').map(|(_, domain)| domain);
        // PostgreSQL has no text with a NUL in it.
        let Some(Ok(domain)) = domain.map(Domain::parse).filter(|_| !folded.contains('\0')) else {
            return Ok(None);
        };
        let mut session = self.reader().await?;
        let row = fetch_optional!(
            session,
            "users",
            AccountRow,
            NAMED,
            domain.as_str(),
            folded.as_str(),
        )?;
        account(&mut session, row).await
    }

    /// The account of a user.
    pub async fn account_of(
        &self,
        tenant_id: TenantId,
        user_id: UserId,
    ) -> Result<Option<SignInAccount>, StoreError> {
        account_by_id(&mut self.reader().await?, (tenant_id, user_id)).await
    }
}

impl View {
    /// A user with its roles.
    pub async fn person(
        &mut self,
        tenant_id: TenantId,
        id: UserId,
    ) -> Result<Option<Person>, StoreError> {
        person(&mut self.session, tenant_id, id).await
    }
}

/// A user with the roles that this program knows.
pub(crate) async fn person(
    session: &mut Session,
    tenant_id: TenantId,
    id: UserId,
) -> Result<Option<Person>, StoreError> {
    let row = fetch_optional!(
        session,
        "users",
        UserRow,
        concat!(
            "SELECT ",
            columns!(),
            " FROM users u WHERE u.id = $1 AND u.tenant_id = $2"
        ),
        Guid(id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    match row {
        Some(row) => person_of(session, row).await.map(Some),
        None => Ok(None),
    }
}

/// A user that was read, with its roles.
pub(crate) async fn person_of(session: &mut Session, row: UserRow) -> Result<Person, StoreError> {
    let user = user(row)?;
    let roles = role_members::of_user(session, user.tenant_id, user.id).await?;
    Ok(Person { user, roles })
}

/// The account of a user.
pub(crate) async fn account_by_id(
    session: &mut Session,
    (tenant_id, user_id): (TenantId, UserId),
) -> Result<Option<SignInAccount>, StoreError> {
    let row = fetch_optional!(
        session,
        "users",
        AccountRow,
        concat!(account!("users u"), "WHERE u.id = $1 AND u.tenant_id = $2"),
        Guid(user_id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    account(session, row).await
}

async fn account(
    session: &mut Session,
    row: Option<AccountRow>,
) -> Result<Option<SignInAccount>, StoreError> {
    let Some(row) = row else { return Ok(None) };
    let person = person_of(session, row.user).await?;
    let kept = (
        row.sealed_secret,
        row.last_step,
        row.authenticator_created_at,
    );
    let authenticator = match kept {
        (Some(sealed_secret), Some(last_step), Some(created_at)) => Some(Authenticator {
            tenant_id: person.user.tenant_id,
            user_id: person.user.id,
            sealed_secret,
            last_step,
            created_at: Timestamp::from_micros(created_at),
        }),
        _ => None,
    };
    Ok(Some(SignInAccount {
        person,
        password: row.password_hash.map(PasswordHash::stored),
        authenticator,
        sessions_ended: row.sessions_ended,
    }))
}
