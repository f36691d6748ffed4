//! Which application a resource name stands for.

use std::collections::HashSet;

use countersign_domain::directory::{Change, ResourceName};
use countersign_domain::ids::{AppId, TenantId};

use crate::commit::Commit;
use crate::db::Session;
use crate::error::writing;
use crate::row::{Guid, Place};
use crate::{Db, StoreError};

const TABLE: &str = "application_identifier_uris";

impl Db {
    /// The client id of the application that is not deleted, has this App ID URI and has a service
    /// principal in the tenant. Where there are several, the tenant's own application comes first.
    pub async fn app_id_by_resource_name(
        &self,
        tenant_id: TenantId,
        name: &ResourceName,
    ) -> Result<Option<AppId>, StoreError> {
        // PostgreSQL has no text with a NUL in it, so nothing can have such a name.
        if name.as_str().contains('\0') {
            return Ok(None);
        }
        let mut session = self.reader().await?;
        // Not a join: while PostgreSQL has no statistics it joins from another table's end and reads
        // all of that. A subquery is carried out for each application with this name.
        let row = fetch_optional!(
            session,
            TABLE,
            (String,),
            "SELECT u.app_id FROM application_identifier_uris u
             WHERE u.folded = $2
               AND (SELECT s.id FROM service_principals s
                    WHERE s.app_id = u.app_id AND s.tenant_id = $1) IS NOT NULL
             ORDER BY CASE WHEN u.tenant_id = $1 THEN 0 ELSE 1 END, u.app_id
             LIMIT 1",
            Guid(tenant_id.uuid()),
            name.as_str(),
        )?;
        row.map(|(app_id,)| {
            let place = Place {
                table: TABLE,
                id: name.as_str(),
            };
            place.parse("app_id", &app_id)
        })
        .transpose()
    }
}

/// The client id of the tenant's own application that has this App ID URI.
pub(crate) async fn holder(
    session: &mut Session,
    tenant_id: TenantId,
    name: &ResourceName,
) -> Result<Option<AppId>, StoreError> {
    if name.as_str().contains('\0') {
        return Ok(None);
    }
    let row = fetch_optional!(
        session,
        TABLE,
        (String,),
        "SELECT app_id FROM application_identifier_uris WHERE folded = $1 AND tenant_id = $2",
        name.as_str(),
        Guid(tenant_id.uuid()),
    )?;
    row.map(|(app_id,)| {
        let place = Place {
            table: TABLE,
            id: name.as_str(),
        };
        place.parse("app_id", &app_id)
    })
    .transpose()
}

/// The names that an application's URIs fold to, in their order; two URIs may fold to one.
pub(crate) fn fold(uris: &[String]) -> Vec<ResourceName> {
    let mut seen = HashSet::new();
    uris.iter()
        .map(|uri| ResourceName::fold(uri))
        .filter(|name| seen.insert(name.clone()))
        .collect()
}

/// Gives names to an application of this tenant.
pub(crate) async fn take(
    commit: &mut Commit,
    tenant_id: TenantId,
    app_id: AppId,
    names: &[ResourceName],
) -> Result<(), StoreError> {
    for name in names {
        execute!(
            commit.view.session,
            "INSERT INTO application_identifier_uris (folded, tenant_id, app_id)
             VALUES ($1, $2, $3)",
            name.as_str(),
            Guid(tenant_id.uuid()),
            Guid(app_id.uuid()),
        )
        .map_err(writing(format_args!(
            "an application with the identifier URI {name} in the tenant {tenant_id}"
        )))?;
    }
    Ok(())
}

/// Takes names away from an application of this tenant.
pub(crate) async fn release(
    commit: &mut Commit,
    tenant_id: TenantId,
    app_id: AppId,
    names: &[ResourceName],
) -> Result<(), StoreError> {
    for name in names {
        execute!(
            commit.view.session,
            "DELETE FROM application_identifier_uris
             WHERE folded = $1 AND tenant_id = $2 AND app_id = $3",
            name.as_str(),
            Guid(tenant_id.uuid()),
            Guid(app_id.uuid()),
        )?;
    }
    Ok(())
}

/// Notes that these names may stand for something else from now on.
pub(crate) fn note<'a>(commit: &mut Commit, names: impl IntoIterator<Item = &'a ResourceName>) {
    for name in names {
        commit.note(&Change::ResourceName(name.clone()));
    }
}
