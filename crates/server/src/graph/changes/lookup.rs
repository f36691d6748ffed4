//! Reads inside the commit lock. Each is of the caller's tenant unless it says otherwise.

use countersign_domain::directory::{
    AppRoleAssignment, Application, DeletedServicePrincipal, FederatedIdentityCredential, Owned,
    Owner, PermissionGrant, User,
};
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::filter::Comparison;
use countersign_domain::graph::permission::GRAPH_APP_ID;
use countersign_domain::graph::policy::PermissionSet;
use countersign_domain::graph::route::{self, ObjectKey};
use countersign_domain::graph::selection::{Condition, PermissionGrantField, Selection, Value};
use countersign_domain::ids::{
    AppId, ApplicationId, PermissionGrantId, ServicePrincipalId, UserId,
};
use countersign_store::{ApplicationRecord, DirectoryObject, StoreError};
use uuid::Uuid;

use super::found::{About, Found};
use super::work::Work;
use crate::graph::errors::of_store;
use crate::graph::find;

impl Work<'_> {
    /// An application or a service principal, whoever owns it.
    pub(super) async fn lookup(&mut self, key: &ObjectKey) -> Result<Option<Found>, GraphError> {
        let found = match key {
            ObjectKey::Application(key) => self.application(key).await,
            ObjectKey::ServicePrincipal(key) => self.instance(key).await,
        };
        let Some(mut found) = found.map_err(of_store)? else {
            return Ok(None);
        };
        found.owners = self.owners(found.object()).await?;
        Ok(Some(found))
    }

    async fn application(
        &mut self,
        key: &route::ApplicationKey,
    ) -> Result<Option<Found>, StoreError> {
        let tenant_id = self.ask.tenant_id();
        let record = self.change.view().application(tenant_id, key).await?;
        Ok(record.map(|record| Found {
            application: record.application,
            about: About::Application,
            passwords: record.passwords,
            keys: record.keys,
            owners: Vec::new(),
        }))
    }

    async fn instance(
        &mut self,
        key: &route::ServicePrincipalKey,
    ) -> Result<Option<Found>, StoreError> {
        let tenant_id = self.ask.tenant_id();
        let view = self.change.view();
        let record = view.service_principal(tenant_id, key).await?;
        Ok(record.map(|record| Found {
            application: record.application,
            about: About::ServicePrincipal(Box::new(record.principal)),
            passwords: record.passwords,
            keys: record.keys,
            owners: Vec::new(),
        }))
    }

    /// The owners of an object.
    pub(super) async fn owners(&mut self, object: Owned) -> Result<Vec<Owner>, GraphError> {
        let tenant_id = self.ask.tenant_id();
        let owners = self.change.view().owners(tenant_id, object).await;
        owners.map_err(of_store)
    }

    /// A service principal or a user, with its name.
    pub(super) async fn owner(&mut self, id: Uuid) -> Result<Option<(Owner, String)>, GraphError> {
        let tenant_id = self.ask.tenant_id();
        let view = self.change.view();
        let found = view.directory_objects(tenant_id, &[id], false).await;
        Ok(match found.map_err(of_store)?.into_iter().next() {
            Some(DirectoryObject::ServicePrincipal(record)) => {
                let owner = Owner::ServicePrincipal(record.principal.id);
                Some((owner, record.application.display_name))
            }
            Some(DirectoryObject::User(user)) => Some((Owner::User(user.id), user.display_name)),
            Some(DirectoryObject::Application(_)) | None => None,
        })
    }

    /// Whom an application trusts.
    pub(super) async fn federated(
        &mut self,
        found: &Found,
    ) -> Result<Vec<FederatedIdentityCredential>, GraphError> {
        let application = &found.application;
        let view = self.change.view();
        let found = view.federated_credentials(application.tenant_id, application.id);
        found.await.map_err(of_store)
    }

    /// What a service principal has been granted.
    pub(super) async fn held(
        &mut self,
        id: ServicePrincipalId,
    ) -> Result<Vec<AppRoleAssignment>, GraphError> {
        let tenant_id = self.ask.tenant_id();
        let held = self.change.view().held(tenant_id, id).await;
        held.map_err(of_store)
    }

    /// An application of this tenant, or one of another that is for every tenant.
    pub(super) async fn usable_application(
        &mut self,
        app_id: AppId,
    ) -> Result<Option<Application>, GraphError> {
        let tenant_id = self.ask.tenant_id();
        let found = self.change.view().application_anywhere(app_id).await;
        Ok(found.map_err(of_store)?.filter(|application| {
            application.tenant_id == tenant_id || application.sign_in_audience.is_multi_tenant()
        }))
    }

    /// The roles of Graph that come with being able to sign in as this object. The credential of a
    /// service principal is good for that one alone.
    pub(super) async fn graph_roles(&mut self, found: &Found) -> Result<PermissionSet, GraphError> {
        let Some(id) = found.instance() else {
            let app_id = found.application.app_id;
            return self.graph_roles_when_restored(app_id).await;
        };
        let tenant_id = self.ask.tenant_id();
        let view = self.change.view();
        let held = view.app_roles_held_by(tenant_id, id, GRAPH_APP_ID);
        Ok(held.await.map_err(of_store)?.into_iter().collect())
    }

    /// The roles of an application once everything deleted of it is back. Its credential is good in
    /// every tenant that has it, and outlives a service principal that is deleted: who restores that
    /// one does not see who has added what meanwhile.
    pub(super) async fn graph_roles_when_restored(
        &mut self,
        app_id: AppId,
    ) -> Result<PermissionSet, GraphError> {
        let view = self.change.view();
        let held = view.app_roles_held(app_id, GRAPH_APP_ID).await;
        let mut roles = held.map_err(of_store)?;
        let view = self.change.view();
        let deleted = view.app_roles_of_deleted(app_id, GRAPH_APP_ID).await;
        roles.extend(deleted.map_err(of_store)?);
        Ok(roles.into_iter().collect())
    }

    pub(super) async fn deleted_application(
        &mut self,
        id: ApplicationId,
    ) -> Result<Option<ApplicationRecord>, GraphError> {
        let tenant_id = self.ask.tenant_id();
        let found = self.change.view().deleted_application(tenant_id, id).await;
        found.map_err(of_store)
    }

    pub(super) async fn deleted_service_principal(
        &mut self,
        id: ServicePrincipalId,
    ) -> Result<Option<DeletedServicePrincipal>, GraphError> {
        let tenant_id = self.ask.tenant_id();
        let view = self.change.view();
        let found = view.deleted_service_principal(tenant_id, id).await;
        found.map_err(of_store)
    }

    pub(super) async fn find_permission_grant(
        &mut self,
        id: PermissionGrantId,
    ) -> Result<Option<PermissionGrant>, GraphError> {
        let tenant_id = self.ask.tenant_id();
        let found = self.change.view().permission_grant(tenant_id, id).await;
        found.map_err(of_store)
    }

    /// Whether the client has a grant on the resource already, for the same people.
    pub(super) async fn has_permission_grant(
        &mut self,
        new: &PermissionGrant,
    ) -> Result<bool, GraphError> {
        let is = |field, value| Condition::Is(field, Comparison::Eq, value);
        let whom = match new.principal_id {
            Some(id) => Value::Guid(id.uuid()),
            None => Value::Null,
        };
        let same = Selection {
            condition: Some(Condition::All(vec![
                is(
                    PermissionGrantField::ClientId,
                    Value::Guid(new.client_id.uuid()),
                ),
                is(
                    PermissionGrantField::ResourceId,
                    Value::Guid(new.resource_id.uuid()),
                ),
                is(PermissionGrantField::PrincipalId, whom),
            ])),
            search: None,
            order: None,
            after: None,
            limit: 1,
            counts: false,
        };
        let tenant_id = self.ask.tenant_id();
        let found = self.change.view().permission_grants(tenant_id, &same).await;
        Ok(!found.map_err(of_store)?.items.is_empty())
    }

    /// The user that a path names.
    pub(super) async fn user(&mut self, key: &route::UserKey) -> Result<User, GraphError> {
        find::user(self.change.view(), self.ask.tenant_id(), key).await
    }

    /// The user with a sign-in name, in any letter case.
    pub(super) async fn user_named(&mut self, name: &str) -> Result<Option<User>, GraphError> {
        let key = route::UserKey::UserPrincipalName(name.to_owned());
        let tenant_id = self.ask.tenant_id();
        let found = self.change.view().user(tenant_id, &key).await;
        found.map_err(of_store)
    }

    pub(super) async fn has_user(&mut self, id: UserId) -> Result<bool, GraphError> {
        let key = route::UserKey::Id(id);
        let tenant_id = self.ask.tenant_id();
        let found = self.change.view().user(tenant_id, &key).await;
        Ok(found.map_err(of_store)?.is_some())
    }
}
