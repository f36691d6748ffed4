use std::collections::HashMap;

use countersign_domain::directory::Application;
use countersign_domain::ids::{AppId, ApplicationId, TenantId};

use super::TABLE;
use crate::StoreError;
use crate::commit::Commit;
use crate::row::{Guid, Place};

/// What a write needs to know of an application before it changes it.
#[derive(Clone)]
pub(crate) struct Registered {
    tenant_id: TenantId,
    pub(crate) app_id: AppId,
    pub(crate) display_name: String,
    pub(crate) identifier_uris: Vec<String>,
}

#[derive(sqlx::FromRow)]
struct RegisteredRow {
    id: String,
    tenant_id: String,
    app_id: String,
    display_name: String,
    identifier_uris: String,
}

/// The applications that a commit itself has added, so that what is added to them next need not ask
/// the database for them. Once changed, an application is forgotten here.
#[derive(Default)]
pub(crate) struct Added {
    by_id: HashMap<ApplicationId, Registered>,
    ids: HashMap<AppId, ApplicationId>,
}

impl Added {
    pub(super) fn remember(&mut self, application: &Application) {
        if application.deleted_at.is_some() {
            return;
        }
        let registered = Registered {
            tenant_id: application.tenant_id,
            app_id: application.app_id,
            display_name: application.display_name.clone(),
            identifier_uris: application.identifier_uris.clone(),
        };
        self.ids.insert(application.app_id, application.id);
        self.by_id.insert(application.id, registered);
    }

    pub(super) fn forget(&mut self, id: ApplicationId) {
        if let Some(registered) = self.by_id.remove(&id) {
            self.ids.remove(&registered.app_id);
        }
    }

    fn find(&self, tenant_id: TenantId, id: ApplicationId) -> Option<&Registered> {
        let registered = self.by_id.get(&id)?;
        (registered.tenant_id == tenant_id).then_some(registered)
    }

    fn find_by_app_id(&self, app_id: AppId) -> Option<&Registered> {
        self.by_id.get(self.ids.get(&app_id)?)
    }
}

/// An application of this tenant that is not deleted.
pub(crate) async fn registered(
    commit: &mut Commit,
    tenant_id: TenantId,
    id: ApplicationId,
) -> Result<Registered, StoreError> {
    if let Some(registered) = commit.added.find(tenant_id, id) {
        return Ok(registered.clone());
    }
    let row = fetch_optional!(
        commit.view.session,
        TABLE,
        RegisteredRow,
        "SELECT id, tenant_id, app_id, display_name, identifier_uris FROM applications
         WHERE id = $1 AND tenant_id = $2 AND deleted_at IS NULL",
        Guid(id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    let row = row.ok_or_else(|| {
        StoreError::not_found(format!(
            "the application {id} in the tenant {tenant_id} does not exist"
        ))
    })?;
    read(row)
}

/// The application with this client id, of any tenant; `None` where there is none that is not
/// deleted.
pub(crate) async fn named(
    commit: &mut Commit,
    app_id: AppId,
) -> Result<Option<Registered>, StoreError> {
    if let Some(registered) = commit.added.find_by_app_id(app_id) {
        return Ok(Some(registered.clone()));
    }
    let row = fetch_optional!(
        commit.view.session,
        TABLE,
        RegisteredRow,
        "SELECT id, tenant_id, app_id, display_name, identifier_uris FROM applications
         WHERE app_id = $1 AND deleted_at IS NULL",
        Guid(app_id.uuid()),
    )?;
    row.map(read).transpose()
}

/// A deleted application of this tenant.
pub(crate) async fn deleted(
    commit: &mut Commit,
    tenant_id: TenantId,
    id: ApplicationId,
) -> Result<Registered, StoreError> {
    let row = fetch_optional!(
        commit.view.session,
        TABLE,
        RegisteredRow,
        "SELECT id, tenant_id, app_id, display_name, identifier_uris FROM applications
         WHERE id = $1 AND tenant_id = $2 AND deleted_at IS NOT NULL",
        Guid(id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    let row = row.ok_or_else(|| {
        StoreError::not_found(format!(
            "the deleted application {id} in the tenant {tenant_id} does not exist"
        ))
    })?;
    read(row)
}

fn read(row: RegisteredRow) -> Result<Registered, StoreError> {
    let place = Place {
        table: TABLE,
        id: &row.id,
    };
    Ok(Registered {
        tenant_id: place.parse("tenant_id", &row.tenant_id)?,
        app_id: place.parse("app_id", &row.app_id)?,
        identifier_uris: place.json("identifier_uris", &row.identifier_uris)?,
        display_name: row.display_name,
    })
}
