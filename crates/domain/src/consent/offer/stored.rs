//! What the directory says of the things that are asked for.

use super::{Instance, OfferedPermission, Stored};
use crate::directory::{
    AppRole, AppRoleAssignment, Application, MemberType, PermissionGrant, PermissionScope,
    ResourceAccess, ResourceAccessType, ResourceName, Tenant,
};
use crate::oauth::error::{self, OauthError};
use crate::oauth::resource::RequestedResource;

impl<'a> Stored<'a> {
    /// A resource that the request names.
    pub(super) fn resource(
        &self,
        name: &ResourceName,
        text: &str,
    ) -> Result<Instance<'a>, OauthError> {
        let found = self.find(name).ok_or_else(|| {
            error::RESOURCE_NOT_FOUND
                .with(&[("resource", text), ("tenant", &self.tenant.display_name)])
        })?;
        self.usable(Some(found), text)
    }

    /// A resource can be a client of itself. What the tenant has under the name comes first: a
    /// client of another tenant may call itself anything.
    pub(super) fn find(&self, name: &ResourceName) -> Option<Instance<'a>> {
        let is_named = |instance: &&Instance<'a>| {
            let mut names = instance.application.service_principal_names();
            is_visible(self.tenant, instance.application)
                && names.any(|known| ResourceName::fold(&known) == *name)
        };
        let mut instances = self.resources.iter().chain([&self.client]);
        instances.find(is_named).copied()
    }

    /// A resource that has, or gets, a service principal: its own consent comes first, unless it
    /// knows the client as a part of itself (`knownClientApplications`).
    pub(super) fn usable(
        &self,
        found: Option<Instance<'a>>,
        text: &str,
    ) -> Result<Instance<'a>, OauthError> {
        let client_id = self.client.application.app_id;
        let is_made = |resource: &Instance<'a>| {
            let known = &resource.application.manifest.api.known_client_applications;
            resource.application.app_id == client_id || known.contains(&client_id)
        };
        let name = found.map_or(text, |found| &found.application.display_name);
        let app_id = found.map(|found| found.application.app_id.to_string());
        let blanks = [
            ("app_id", app_id.as_deref().unwrap_or(text)),
            ("name", name),
            ("tenant", &self.tenant.display_name),
        ];
        let resource = found
            .filter(|resource| resource.service_principal.is_some() || is_made(resource))
            .ok_or_else(|| error::RESOURCE_NOT_IN_TENANT.with(&blanks))?;
        match is_disabled(&resource) {
            true => Err(error::RESOURCE_DISABLED.with(&[("resource", name)])),
            false => Ok(resource),
        }
    }

    pub(super) fn permission(
        &self,
        resource: Instance<'a>,
        access: &ResourceAccess,
    ) -> Option<OfferedPermission<'a>> {
        let application = resource.application;
        match access.kind {
            ResourceAccessType::Role => {
                let mut roles = application.app_roles.iter();
                let role = roles.find(|role| role.id == access.id && is_grantable(role))?;
                Some(self.assignable(resource, role))
            }
            ResourceAccessType::Scope => {
                let mut scopes = application.manifest.api.oauth2_permission_scopes.iter();
                let scope = scopes.find(|scope| scope.id == Some(access.id))?;
                self.delegated(resource, scope)
            }
        }
    }

    fn assignable(&self, resource: Instance<'a>, role: &'a AppRole) -> OfferedPermission<'a> {
        let is_this = |assignment: &AppRoleAssignment| {
            let principal = self.client.service_principal.map(|principal| principal.id);
            let resource = resource.service_principal.map(|resource| resource.id);
            principal == Some(assignment.principal_id)
                && resource == Some(assignment.resource_id)
                && assignment.app_role_id == role.id
        };
        OfferedPermission {
            kind: ResourceAccessType::Role,
            id: role.id,
            value: role.value.as_deref(),
            display_name: role.display_name.as_deref(),
            description: role.description.as_deref(),
            is_granted: self.assignments.iter().any(is_this),
        }
    }

    pub(super) fn delegated(
        &self,
        resource: Instance<'a>,
        scope: &'a PermissionScope,
    ) -> Option<OfferedPermission<'a>> {
        let value = scope.value.as_deref().filter(|value| !value.is_empty())?;
        let grant = self.grant(resource);
        scope.is_enabled.then_some(OfferedPermission {
            kind: ResourceAccessType::Scope,
            id: scope.id?,
            value: Some(value),
            display_name: scope.admin_consent_display_name.as_deref(),
            description: scope.admin_consent_description.as_deref(),
            is_granted: grant.is_some_and(|grant| grant.scope.split(' ').any(|s| s == value)),
        })
    }

    /// What was granted for everybody: one person's grant does not speak for the tenant.
    pub(super) fn grant(&self, resource: Instance<'a>) -> Option<&'a PermissionGrant> {
        let client_id = self.client.service_principal?.id;
        let resource_id = resource.service_principal?.id;
        self.grants.iter().find(|grant| {
            grant.client_id == client_id
                && grant.resource_id == resource_id
                && grant.principal_id.is_none()
        })
    }
}

pub(super) fn name_of(resource: &str) -> ResourceName {
    RequestedResource::from_resource(resource).name()
}

pub(super) fn is_visible(tenant: &Tenant, application: &Application) -> bool {
    let is_of_tenant = application.tenant_id == tenant.id;
    let is_shared = application.sign_in_audience.is_multi_tenant();
    application.deleted_at.is_none() && (is_of_tenant || is_shared)
}

pub(super) fn is_disabled(instance: &Instance<'_>) -> bool {
    let principal = instance.service_principal;
    instance.application.is_disabled || principal.is_some_and(|p| !p.account_enabled)
}

fn is_grantable(role: &AppRole) -> bool {
    role.is_enabled && role.allowed_member_types.contains(&MemberType::Application)
}
