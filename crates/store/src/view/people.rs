use std::collections::HashMap;

use countersign_domain::account::Person;
use countersign_domain::clock::Timestamp;
use countersign_domain::directory::DirectoryRole;
use countersign_domain::ids::{TenantId, UserId};

use super::View;
use crate::StoreError;
use crate::role_members::{TABLE, role};
use crate::row::{Guid, Place};
use crate::users::{UserRow, columns, user};

#[derive(sqlx::FromRow)]
struct MemberRow {
    #[sqlx(flatten)]
    user: UserRow,
    role_id: String,
}

/// What somebody has to sign in with, and when that was last done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SignInMeans {
    /// A password.
    pub has_password: bool,
    /// An authenticator app, asked for beside the password.
    pub has_authenticator: bool,
    /// How many passkeys.
    pub passkeys: u64,
    /// When a setup link that was not used ends, or ended.
    pub link_expires_at: Option<Timestamp>,
    /// The last sign-in, as far as the browser of it is still remembered.
    pub last_sign_in_at: Option<Timestamp>,
}

impl SignInMeans {
    /// Whether it is enough to sign in.
    pub fn can_sign_in(&self) -> bool {
        self.has_password || self.passkeys > 0
    }
}

#[derive(sqlx::FromRow)]
struct MeansRow {
    id: String,
    passwords: i64,
    authenticators: i64,
    passkeys: i64,
    link_expires_at: Option<i64>,
    last_sign_in_at: Option<i64>,
}

macro_rules! means {
    ($condition:literal) => {
        concat!(
            "SELECT u.id,
                 (SELECT COUNT(*) FROM user_passwords p WHERE p.user_id = u.id) AS passwords,
                 (SELECT COUNT(*) FROM user_authenticators o WHERE o.user_id = u.id)
                     AS authenticators,
                 (SELECT COUNT(*) FROM user_passkeys k WHERE k.user_id = u.id) AS passkeys,
                 (SELECT MAX(l.expires_at) FROM setup_links l WHERE l.user_id = u.id)
                     AS link_expires_at,
                 (SELECT MAX(d.seen_at) FROM known_devices d WHERE d.user_id = u.id)
                     AS last_sign_in_at
             FROM users u WHERE u.tenant_id = $1 AND ",
            $condition
        )
    };
}

impl View {
    /// What the users of a tenant that have a role sign in with.
    pub async fn sign_in_means(
        &mut self,
        tenant_id: TenantId,
    ) -> Result<HashMap<UserId, SignInMeans>, StoreError> {
        let rows = fetch_all!(
            self.session,
            TABLE,
            MeansRow,
            means!(
                "u.id IN (SELECT m.user_id FROM directory_role_members m WHERE m.tenant_id = $1)"
            ),
            Guid(tenant_id.uuid()),
        )?;
        rows.iter().map(means).collect()
    }

    /// What a user signs in with: nothing, where the tenant has no such user.
    pub async fn sign_in_means_of(
        &mut self,
        tenant_id: TenantId,
        user_id: UserId,
    ) -> Result<SignInMeans, StoreError> {
        let row = fetch_optional!(
            self.session,
            TABLE,
            MeansRow,
            means!("u.id = $2"),
            Guid(tenant_id.uuid()),
            Guid(user_id.uuid()),
        )?;
        let means = row.as_ref().map(means).transpose()?;
        Ok(means.map_or_else(SignInMeans::default, |(_, means)| means))
    }

    /// The users of a tenant that have a role, by display name.
    pub async fn role_members(&mut self, tenant_id: TenantId) -> Result<Vec<Person>, StoreError> {
        let rows = fetch_all!(
            self.session,
            TABLE,
            MemberRow,
            concat!(
                "SELECT ",
                columns!(),
                ", m.role_id FROM directory_role_members m
                  JOIN users u ON u.id = m.user_id AND u.tenant_id = m.tenant_id
                  WHERE m.tenant_id = $1 ORDER BY u.display_name_folded, u.id"
            ),
            Guid(tenant_id.uuid()),
        )?;
        let mut people: Vec<Person> = Vec::new();
        for row in rows {
            let Some(role) = role(&row.role_id)? else {
                continue;
            };
            let user = user(row.user)?;
            match people.last_mut().filter(|last| last.user.id == user.id) {
                Some(person) => person.roles.push(role),
                None => people.push(Person {
                    user,
                    roles: vec![role],
                }),
            }
        }
        for person in &mut people {
            person.roles.sort_unstable();
        }
        Ok(people)
    }

    /// How many users of a tenant have a role and can sign in: the account is enabled, and has a
    /// password or a passkey.
    pub async fn people_with_role(
        &mut self,
        tenant_id: TenantId,
        role: DirectoryRole,
    ) -> Result<u64, StoreError> {
        let row = fetch_optional!(
            self.session,
            TABLE,
            (i64,),
            "SELECT COUNT(*) FROM directory_role_members m
             JOIN users u ON u.id = m.user_id AND u.tenant_id = m.tenant_id
             WHERE m.tenant_id = $1 AND m.role_id = $2 AND u.account_enabled
               AND (EXISTS (SELECT 1 FROM user_passwords p WHERE p.user_id = u.id)
                    OR EXISTS (SELECT 1 FROM user_passkeys k WHERE k.user_id = u.id))",
            Guid(tenant_id.uuid()),
            Guid(role.template_id()),
        )?;
        Ok(row.map_or(0, |(count,)| count.unsigned_abs()))
    }
}

fn means(row: &MeansRow) -> Result<(UserId, SignInMeans), StoreError> {
    let place = Place {
        table: "users",
        id: &row.id,
    };
    let means = SignInMeans {
        has_password: row.passwords > 0,
        has_authenticator: row.authenticators > 0,
        passkeys: row.passkeys.unsigned_abs(),
        link_expires_at: row.link_expires_at.map(Timestamp::from_micros),
        last_sign_in_at: row.last_sign_in_at.map(Timestamp::from_micros),
    };
    Ok((place.parse("id", &row.id)?, means))
}
