//! Whole views of the directory, each read from one state of the database.

use countersign_domain::directory::{ApplicationInTenant, TenantState};
use countersign_domain::ids::{AppId, TenantId};

use crate::db::Session;
use crate::{Db, StoreError};
use crate::{
    applications, assignments, federated_credentials, key_credentials, passwords, role_members,
    service_principals, tenants, users,
};

impl Db {
    /// Everything that a token request in this tenant needs to know of an application; `None` where
    /// no application that is not deleted has this client id, in any tenant.
    pub async fn application_in_tenant(
        &self,
        tenant_id: TenantId,
        app_id: AppId,
    ) -> Result<Option<ApplicationInTenant>, StoreError> {
        let mut session = self.snapshot().await?;
        let found = application_in_tenant(&mut session, tenant_id, app_id).await?;
        session.commit().await?;
        Ok(found)
    }

    /// All of a tenant's directory; `None` where there is no such tenant.
    pub async fn tenant_state(
        &self,
        tenant_id: TenantId,
    ) -> Result<Option<TenantState>, StoreError> {
        let mut session = self.snapshot().await?;
        let found = tenant_state(&mut session, tenant_id).await?;
        session.commit().await?;
        Ok(found)
    }
}

async fn application_in_tenant(
    session: &mut Session,
    tenant_id: TenantId,
    app_id: AppId,
) -> Result<Option<ApplicationInTenant>, StoreError> {
    let Some(application) = applications::find(session, app_id).await? else {
        return Ok(None);
    };
    let service_principal = service_principals::find(session, tenant_id, app_id).await?;
    let (home, id) = (application.tenant_id, application.id);
    let principal = service_principal.as_ref().map(|principal| principal.id);
    let passwords = passwords::of_application(session, home, id, principal).await?;
    let keys = key_credentials::of_application(session, home, id, principal).await?;
    let federated = federated_credentials::of_application(session, home, id).await?;
    let assignments = match &service_principal {
        Some(principal) => assignments::of_principal(session, tenant_id, principal.id).await?,
        None => Vec::new(),
    };
    Ok(Some(ApplicationInTenant {
        tenant_id,
        application,
        service_principal,
        passwords,
        keys,
        federated,
        assignments,
    }))
}

async fn tenant_state(
    session: &mut Session,
    tenant_id: TenantId,
) -> Result<Option<TenantState>, StoreError> {
    let Some(tenant) = tenants::find(session, tenant_id).await? else {
        return Ok(None);
    };
    Ok(Some(TenantState {
        tenant,
        applications: applications::of_tenant(session, tenant_id).await?,
        service_principals: service_principals::of_tenant(session, tenant_id).await?,
        passwords: passwords::of_tenant(session, tenant_id).await?,
        keys: key_credentials::of_tenant(session, tenant_id).await?,
        federated: federated_credentials::of_tenant(session, tenant_id).await?,
        assignments: assignments::of_tenant(session, tenant_id).await?,
        users: users::of_tenant(session, tenant_id).await?,
        administrators: role_members::of_tenant(session, tenant_id).await?,
    }))
}
