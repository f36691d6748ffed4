//! Who has which directory role.

use countersign_domain::clock::Timestamp;
use countersign_domain::directory::DirectoryRole;
use countersign_domain::ids::{TenantId, UserId};

use crate::StoreError;
use crate::commit::Commit;
use crate::db::Session;
use crate::error::hit;
use crate::row::{Guid, Place};
use crate::{setup_links, users};

pub(crate) const TABLE: &str = "directory_role_members";

/// The roles of a user, as far as this program knows them, the mightiest first.
pub(crate) async fn of_user(
    session: &mut Session,
    tenant_id: TenantId,
    user_id: UserId,
) -> Result<Vec<DirectoryRole>, StoreError> {
    let rows = fetch_all!(
        session,
        TABLE,
        (String,),
        "SELECT role_id FROM directory_role_members WHERE user_id = $1 AND tenant_id = $2",
        Guid(user_id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    let mut roles = Vec::with_capacity(rows.len());
    for (role_id,) in &rows {
        roles.extend(role(role_id)?);
    }
    roles.sort_unstable();
    Ok(roles)
}

/// The role with a stored id; `None` where a later version knows it.
pub(crate) fn role(role_id: &str) -> Result<Option<DirectoryRole>, StoreError> {
    let place = Place {
        table: TABLE,
        id: role_id,
    };
    let id = place.parse("role_id", role_id)?;
    Ok(DirectoryRole::from_template_id(id))
}

/// Gives a user of this tenant a role; once more changes nothing. A setup link of before ends: whoever
/// might make it for what the user could do then might not make one for what the user can do now.
pub(crate) async fn add(
    commit: &mut Commit,
    (tenant_id, user_id): (TenantId, UserId),
    role: DirectoryRole,
    at: Timestamp,
) -> Result<(), StoreError> {
    users::is_there(commit, tenant_id, user_id).await?;
    execute!(
        commit.view.session,
        "INSERT INTO directory_role_members (user_id, role_id, tenant_id, created_at)
         VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        Guid(user_id.uuid()),
        Guid(role.template_id()),
        Guid(tenant_id.uuid()),
        at.micros(),
    )?;
    setup_links::end(commit, (tenant_id, user_id)).await
}

/// Takes a role away.
pub(crate) async fn remove(
    commit: &mut Commit,
    (tenant_id, user_id): (TenantId, UserId),
    role: DirectoryRole,
) -> Result<(), StoreError> {
    let rows = execute!(
        commit.view.session,
        "DELETE FROM directory_role_members
         WHERE user_id = $1 AND role_id = $2 AND tenant_id = $3",
        Guid(user_id.uuid()),
        Guid(role.template_id()),
        Guid(tenant_id.uuid()),
    )?;
    hit(
        rows,
        format_args!("the role {} of the user {user_id}", role.display_name()),
    )
}

/// The users of a tenant who have a role.
pub(crate) async fn of_tenant(
    session: &mut Session,
    tenant_id: TenantId,
) -> Result<Vec<UserId>, StoreError> {
    let rows = fetch_all!(
        session,
        TABLE,
        (String,),
        "SELECT DISTINCT user_id FROM directory_role_members WHERE tenant_id = $1
         ORDER BY user_id",
        Guid(tenant_id.uuid()),
    )?;
    rows.iter()
        .map(|(id,)| Place { table: TABLE, id }.parse("user_id", id))
        .collect()
}
