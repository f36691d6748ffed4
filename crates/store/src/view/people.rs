use countersign_domain::account::Person;
use countersign_domain::directory::DirectoryRole;
use countersign_domain::ids::TenantId;

use super::View;
use crate::StoreError;
use crate::role_members::{TABLE, role};
use crate::row::Guid;
use crate::users::{UserRow, columns, user};

#[derive(sqlx::FromRow)]
struct MemberRow {
    #[sqlx(flatten)]
    user: UserRow,
    role_id: String,
}

impl View {
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
