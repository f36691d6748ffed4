//! What reaches beyond one tenant: names that must be unique, and what an application may do
//! anywhere. For deciding about changes; nothing of it is shown.

use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{Application, ResourceName, SignInAudience};
use countersign_domain::ids::{AppId, AppRoleId, ServicePrincipalId, TenantId};
use serde::Deserialize;

use super::View;
use crate::row::{Guid, Place};
use crate::{StoreError, applications, service_principals};

/// How far back the sign-in log of a tenant is searched: it has no index by what it names.
const SEARCHED: i64 = 20_000;

/// Clients that are named.
const CLIENTS_MAX: i64 = 10;

/// An application that has an App ID URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UriHolder {
    /// Its home tenant.
    pub tenant_id: TenantId,
    /// Its client id.
    pub app_id: AppId,
    /// Which tenants may use it.
    pub sign_in_audience: SignInAudience,
}

/// The part of what a deleted service principal had that says what it may do.
#[derive(Deserialize)]
struct Attached {
    assignments: Vec<Held>,
}

#[derive(Deserialize)]
struct Held {
    principal_id: String,
    resource_id: String,
    app_role_id: String,
}

const ASSIGNMENTS: &str = "app_role_assignments";

/// The roles of assignments, each of which comes with its id.
fn app_roles(rows: &[(String, String)]) -> Result<Vec<AppRoleId>, StoreError> {
    rows.iter()
        .map(|(id, role)| {
            let place = Place {
                table: ASSIGNMENTS,
                id,
            };
            place.parse("app_role_id", role)
        })
        .collect()
}

impl View {
    /// The application with this client id that is not deleted, in whichever tenant.
    pub async fn application_anywhere(
        &mut self,
        app_id: AppId,
    ) -> Result<Option<Application>, StoreError> {
        applications::find(&mut self.session, app_id).await
    }

    /// Every application that has this App ID URI, in whichever tenant; letter case and one slash at
    /// the end do not count.
    pub async fn identifier_uri_holders(
        &mut self,
        uri: &str,
    ) -> Result<Vec<UriHolder>, StoreError> {
        const TABLE: &str = "application_identifier_uris";
        let name = ResourceName::fold(uri);
        if name.as_str().contains('\0') {
            return Ok(Vec::new());
        }
        let rows = fetch_all!(
            &mut self.session,
            TABLE,
            (String, String, String),
            "SELECT u.tenant_id, u.app_id, a.sign_in_audience
             FROM application_identifier_uris u JOIN applications a ON a.app_id = u.app_id
             WHERE u.folded = $1 ORDER BY u.app_id",
            name.as_str(),
        )?;
        let place = Place {
            table: TABLE,
            id: name.as_str(),
        };
        rows.iter()
            .map(|(tenant_id, app_id, audience)| {
                Ok(UriHolder {
                    tenant_id: place.parse("tenant_id", tenant_id)?,
                    app_id: place.parse("app_id", app_id)?,
                    sign_in_audience: place.parse("sign_in_audience", audience)?,
                })
            })
            .collect()
    }

    /// The app roles of a resource that the service principals of an application hold, in all
    /// tenants together: whoever can sign in as the application can sign in as each of them.
    pub async fn app_roles_held(
        &mut self,
        app_id: AppId,
        resource: AppId,
    ) -> Result<Vec<AppRoleId>, StoreError> {
        let rows = fetch_all!(
            &mut self.session,
            ASSIGNMENTS,
            (String, String),
            "SELECT g.id, g.app_role_id
             FROM service_principals p
             JOIN app_role_assignments g ON g.principal_id = p.id
             JOIN service_principals r ON r.id = g.resource_id
             WHERE p.app_id = $1 AND r.app_id = $2 ORDER BY g.id",
            Guid(app_id.uuid()),
            Guid(resource.uuid()),
        )?;
        app_roles(&rows)
    }

    /// The app roles of a resource that one service principal of this tenant holds.
    pub async fn app_roles_held_by(
        &mut self,
        tenant_id: TenantId,
        id: ServicePrincipalId,
        resource: AppId,
    ) -> Result<Vec<AppRoleId>, StoreError> {
        let rows = fetch_all!(
            &mut self.session,
            ASSIGNMENTS,
            (String, String),
            "SELECT g.id, g.app_role_id
             FROM app_role_assignments g JOIN service_principals r ON r.id = g.resource_id
             WHERE g.principal_id = $1 AND g.tenant_id = $2 AND r.app_id = $3 ORDER BY g.id",
            Guid(id.uuid()),
            Guid(tenant_id.uuid()),
            Guid(resource.uuid()),
        )?;
        app_roles(&rows)
    }

    /// Whether a service principal of this tenant can sign in: it is there and enabled, and so is its
    /// application.
    pub async fn is_active(
        &mut self,
        tenant_id: TenantId,
        id: ServicePrincipalId,
    ) -> Result<bool, StoreError> {
        let found = fetch_optional!(
            &mut self.session,
            "service_principals",
            (String,),
            "SELECT p.id FROM service_principals p JOIN applications a ON a.app_id = p.app_id
             WHERE p.id = $1 AND p.tenant_id = $2 AND p.account_enabled
               AND a.deleted_at IS NULL AND NOT a.is_disabled",
            Guid(id.uuid()),
            Guid(tenant_id.uuid()),
        )?;
        Ok(found.is_some())
    }

    /// The app roles of a resource that the deleted service principals of an application had, in all
    /// tenants together: what they would hold again once restored.
    pub async fn app_roles_of_deleted(
        &mut self,
        app_id: AppId,
        resource: AppId,
    ) -> Result<Vec<AppRoleId>, StoreError> {
        const TABLE: &str = "deleted_service_principals";
        let rows = fetch_all!(
            &mut self.session,
            TABLE,
            (String, String, String),
            "SELECT d.id, d.tenant_id, d.attached
             FROM deleted_service_principals d WHERE d.app_id = $1 ORDER BY d.id",
            Guid(app_id.uuid()),
        )?;
        let mut roles = Vec::new();
        for (id, tenant_id, attached) in &rows {
            let place = Place { table: TABLE, id };
            let tenant_id = place.parse("tenant_id", tenant_id)?;
            let resource = service_principals::find(&mut self.session, tenant_id, resource).await?;
            let Some(resource) = resource.map(|resource| resource.id.to_string()) else {
                continue;
            };
            let attached: Attached = place.json("attached", attached)?;
            for held in &attached.assignments {
                if held.principal_id == *id && held.resource_id == resource {
                    roles.push(place.parse("app_role_id", &held.app_role_id)?);
                }
            }
        }
        Ok(roles)
    }

    /// The clients that got a token for a resource among the tenant's last sign-ins, and when each
    /// did last, the latest first; only one client where it is named.
    pub async fn last_clients(
        &mut self,
        tenant_id: TenantId,
        resource: AppId,
        client: Option<AppId>,
    ) -> Result<Vec<(AppId, Timestamp)>, StoreError> {
        const TABLE: &str = "sign_ins";
        let client = client.map(|id| id.to_string()).unwrap_or_default();
        let rows = fetch_all!(
            &mut self.session,
            TABLE,
            (String, i64),
            "SELECT i.app_id, MAX(i.at)
             FROM (SELECT * FROM sign_ins WHERE tenant_id = $1 ORDER BY at DESC LIMIT $2) i
             WHERE i.error_code = 0 AND i.resource_app_id = $3 AND i.app_id IS NOT NULL
               AND ($4 = '' OR i.app_id = $4)
             GROUP BY i.app_id ORDER BY 2 DESC, 1 LIMIT $5",
            Guid(tenant_id.uuid()),
            SEARCHED,
            Guid(resource.uuid()),
            client,
            CLIENTS_MAX,
        )?;
        rows.iter()
            .map(|(app_id, at)| {
                let place = Place {
                    table: TABLE,
                    id: app_id,
                };
                Ok((place.parse("app_id", app_id)?, Timestamp::from_micros(*at)))
            })
            .collect()
    }
}
