//! People who administer: their roles, and what proves who they are.

use countersign_domain::account::Person;
use countersign_domain::directory::DirectoryRole;
use countersign_domain::ids::{TenantId, UserId};

use crate::db::Session;
use crate::row::{Guid, Place};
use crate::users::{UserRow, columns, user};
use crate::view::View;
use crate::{Db, StoreError};

const ROLES: &str = "directory_role_members";

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
async fn person(
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
    let Some(row) = row else {
        return Ok(None);
    };
    let rows = fetch_all!(
        session,
        ROLES,
        (String,),
        "SELECT role_id FROM directory_role_members WHERE user_id = $1 AND tenant_id = $2",
        Guid(id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    let roles = rows.iter().map(|(role_id,)| {
        let place = Place {
            table: ROLES,
            id: role_id,
        };
        let id = place.parse("role_id", role_id)?;
        Ok(DirectoryRole::from_template_id(id))
    });
    let roles: Result<Vec<Option<DirectoryRole>>, StoreError> = roles.collect();
    let mut roles: Vec<DirectoryRole> = roles?.into_iter().flatten().collect();
    roles.sort_unstable();
    Ok(Some(Person {
        user: user(row)?,
        roles,
    }))
}
