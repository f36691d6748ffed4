//! What the directory says about a consent request, read from one state of it.

use std::collections::HashMap;
use std::sync::Arc;

use countersign_domain::consent::offer::{
    Instance, Offer, Stored, offer, resource_names, usable_client,
};
use countersign_domain::directory::{
    AppRoleAssignment, Application, PermissionGrant, ResourceName, ServicePrincipal, Tenant,
};
use countersign_domain::graph::filter::Comparison;
use countersign_domain::graph::permission::{GRAPH_APP_ID, graph_names};
use countersign_domain::graph::selection::{
    Condition, PermissionGrantField, Selection, ServicePrincipalField, Value,
};
use countersign_domain::ids::AppId;
use countersign_domain::oauth::error::OauthError;
use countersign_store::{StoreError, View};

use super::asked::Asked;
use crate::state::AppState;

/// Applications of one name that are looked at: the tenant's own, and some that share it.
const HOLDERS_MAX: usize = 10;

/// The tenant, who asks, and what is asked for.
pub(super) struct World<'a> {
    pub(super) tenant: Arc<Tenant>,
    pub(super) asked: &'a Asked,
    client: Known,
    resources: Vec<Known>,
    /// What the client has been granted in the tenant.
    pub(super) assignments: Vec<AppRoleAssignment>,
    grants: Vec<PermissionGrant>,
}

/// An application with its service principal in the tenant.
struct Known {
    application: Application,
    service_principal: Option<ServicePrincipal>,
}

impl Known {
    fn instance(&self) -> Instance<'_> {
        Instance {
            application: &self.application,
            service_principal: self.service_principal.as_ref(),
        }
    }
}

impl<'a> World<'a> {
    pub(super) async fn read(
        view: &mut View,
        state: &AppState,
        tenant: &Arc<Tenant>,
        asked: &'a Asked,
    ) -> Result<Self, StoreError> {
        let mut reader = Reader {
            view,
            tenant,
            graph_names: graph_names(state.base_url.as_str())
                .iter()
                .map(|name| ResourceName::fold(name))
                .collect(),
        };
        let app_ids = reader.resources(asked).await?;
        let mut principals = reader.principals(&asked.client, &app_ids).await?;
        let mut resources = Vec::new();
        for app_id in app_ids {
            let found = reader.view.application_anywhere(app_id).await?;
            resources.extend(found.map(|application| Known {
                service_principal: principals.get(&app_id).cloned(),
                application,
            }));
        }
        let client = Known {
            application: asked.client.clone(),
            service_principal: principals.remove(&asked.client.app_id),
        };
        let (assignments, grants) = reader.granted(&client, &resources).await?;
        Ok(Self {
            tenant: tenant.clone(),
            asked,
            client,
            resources,
            assignments,
            grants,
        })
    }

    /// The resources, for [`Self::offer`].
    pub(super) fn instances(&self) -> Vec<Instance<'_>> {
        self.resources.iter().map(Known::instance).collect()
    }

    /// What is asked for.
    pub(super) fn offer<'w>(
        &'w self,
        resources: &'w [Instance<'w>],
    ) -> Result<Offer<'w>, OauthError> {
        let request = &self.asked.request;
        let client = Some(self.client.instance());
        let stored = Stored {
            tenant: &self.tenant,
            client: usable_client(&self.tenant, request.client_id, client)?,
            resources,
            assignments: &self.assignments,
            grants: &self.grants,
        };
        offer(&stored, &request.permissions)
    }
}

struct Reader<'v> {
    view: &'v mut View,
    tenant: &'v Tenant,
    /// Names of the Graph resource, whatever is stored.
    graph_names: Vec<ResourceName>,
}

impl Reader<'_> {
    /// The client ids of all that the request may mean as a resource, each once.
    async fn resources(&mut self, asked: &Asked) -> Result<Vec<AppId>, StoreError> {
        let mut app_ids: Vec<AppId> = Vec::new();
        for name in resource_names(&asked.client, &asked.request.permissions) {
            for app_id in self.named(&name).await? {
                if !app_ids.contains(&app_id) {
                    app_ids.push(app_id);
                }
            }
        }
        Ok(app_ids)
    }

    /// The client ids of what has a name, the tenant's own application first.
    async fn named(&mut self, name: &ResourceName) -> Result<Vec<AppId>, StoreError> {
        if let Ok(app_id) = name.as_str().parse() {
            return Ok(vec![app_id]);
        }
        if self.graph_names.contains(name) {
            return Ok(vec![GRAPH_APP_ID]);
        }
        let holders = self.view.identifier_uri_holders(name.as_str()).await?;
        let home = self.tenant.id;
        let (own, others): (Vec<_>, Vec<_>) = holders
            .into_iter()
            .filter(|holder| holder.tenant_id == home || holder.sign_in_audience.is_multi_tenant())
            .partition(|holder| holder.tenant_id == home);
        let all = own.into_iter().chain(others);
        Ok(all.map(|holder| holder.app_id).take(HOLDERS_MAX).collect())
    }

    /// The service principals of these in the tenant.
    async fn principals(
        &mut self,
        client: &Application,
        resources: &[AppId],
    ) -> Result<HashMap<AppId, ServicePrincipal>, StoreError> {
        let ids = [client.app_id].into_iter().chain(resources.iter().copied());
        let ids: Vec<_> = ids.map(|id| Value::Guid(id.uuid())).collect();
        let selection = all_of(
            ids.len(),
            Condition::OneOf(ServicePrincipalField::AppId, ids),
        );
        let page = self
            .view
            .service_principals(self.tenant.id, &selection, false);
        let found = page.await?.items.into_iter();
        Ok(found
            .map(|record| (record.principal.app_id, record.principal))
            .collect())
    }

    /// What the client has already, of app roles and of delegated permissions.
    async fn granted(
        &mut self,
        client: &Known,
        resources: &[Known],
    ) -> Result<(Vec<AppRoleAssignment>, Vec<PermissionGrant>), StoreError> {
        let Some(principal) = &client.service_principal else {
            return Ok((Vec::new(), Vec::new()));
        };
        let assignments = self.view.held(self.tenant.id, principal.id).await?;
        let all = resources.iter().chain([client]);
        let ids = all.filter_map(|known| known.service_principal.as_ref());
        let ids: Vec<_> = ids.map(|one| Value::Guid(one.id.uuid())).collect();
        let is = |field, value| Condition::Is(field, Comparison::Eq, value);
        let client_id = Value::Guid(principal.id.uuid());
        let selection = all_of(
            ids.len(),
            Condition::All(vec![
                is(PermissionGrantField::ClientId, client_id),
                is(PermissionGrantField::PrincipalId, Value::Null),
                Condition::OneOf(PermissionGrantField::ResourceId, ids),
            ]),
        );
        let page = self.view.permission_grants(self.tenant.id, &selection);
        Ok((assignments, page.await?.items))
    }
}

fn all_of<F>(count: usize, condition: Condition<F>) -> Selection<F> {
    Selection {
        condition: Some(condition),
        search: None,
        order: None,
        after: None,
        limit: u32::try_from(count).unwrap_or(u32::MAX),
        counts: false,
    }
}
