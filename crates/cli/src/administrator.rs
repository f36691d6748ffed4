//! Administrators: applications that may do everything that the Graph API can do.

use anyhow::{Context, bail};
use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{
    AppRoleAssignment, Application, AssertionPolicy, Manifest, PasswordCredential,
    ServicePrincipal, ServicePrincipalDetails, SignInAudience, SigningAlgorithm, TenantState,
    Write,
};
use countersign_domain::graph::permission::{GRAPH_APP_ID, Permission, WellKnownPermission};
use countersign_domain::ids::{
    AppId, AppRoleId, ApplicationId, AssignmentId, KeyId, ServicePrincipalId, TenantId,
};
use countersign_domain::secret::{Pepper, Secret};
use countersign_server::SystemRandom;

/// What an administrator may do, in the order in which it is shown.
pub(crate) const PERMISSIONS: [&str; 10] = [
    "Application.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "AuditLog.Read.All",
    "DelegatedPermissionGrant.ReadWrite.All",
    "Directory.ReadWrite.All",
    "Domain.Read.All",
    "Organization.Read.All",
    "Policy.Read.All",
    "RoleManagement.ReadWrite.Directory",
    "User.ReadWrite.All",
];

/// How long its secret can be used: as long as secrets that Microsoft Graph makes.
const SECRET_SECONDS: i64 = 2 * 365 * 86_400;

/// A tenant, and what its administrators are made with.
pub(crate) struct Office<'a> {
    /// The tenant, with the Graph resource in it.
    pub(crate) tenant: &'a TenantState,
    pub(crate) pepper: &'a Pepper,
    pub(crate) now: Timestamp,
}

/// An application with what makes it an administrator.
pub(crate) struct Registration {
    pub(crate) application: Application,
    pub(crate) principal: ServicePrincipal,
    /// What is still to be done.
    pub(crate) writes: Vec<Write>,
}

impl Office<'_> {
    /// A new application with every permission. It has no credential yet.
    pub(crate) fn register(
        &self,
        display_name: &str,
        unique_name: Option<&str>,
    ) -> anyhow::Result<Registration> {
        let application = Application {
            id: ApplicationId::random(&SystemRandom),
            tenant_id: self.tenant.tenant.id,
            app_id: AppId::random(&SystemRandom),
            display_name: display_name.to_owned(),
            sign_in_audience: SignInAudience::default(),
            identifier_uris: Vec::new(),
            app_roles: Vec::new(),
            requested_access_token_version: None,
            is_fallback_public_client: false,
            is_disabled: false,
            access_token_lifetime: None,
            access_token_signing_algorithm: SigningAlgorithm::default(),
            assertion_policy: AssertionPolicy::default(),
            manifest: Manifest {
                unique_name: unique_name.map(ToOwned::to_owned),
                ..Manifest::default()
            },
            created_at: self.now,
            deleted_at: None,
        };
        let mut registration = self.complete(&application)?;
        let add = Write::AddApplication(application);
        registration.writes.insert(0, add);
        Ok(registration)
    }

    /// A known application, with what it lacks of an administrator.
    pub(crate) fn complete(&self, application: &Application) -> anyhow::Result<Registration> {
        let mut writes = Vec::new();
        let mut principals = self.tenant.service_principals.iter();
        let known = principals.find(|principal| principal.app_id == application.app_id);
        let principal = known.cloned().unwrap_or_else(|| {
            let made = self.principal(application.app_id);
            writes.push(Write::AddServicePrincipal(made.clone()));
            made
        });
        let graph = graph(self.tenant)?;
        for role in roles()? {
            let mut held = self.tenant.assignments.iter();
            if !held.any(|one| is_grant(one, principal.id, graph, role)) {
                writes.push(Write::AddAssignment(AppRoleAssignment {
                    id: AssignmentId::random(&SystemRandom),
                    tenant_id: self.tenant_id(),
                    principal_id: principal.id,
                    resource_id: graph,
                    app_role_id: role,
                    created_at: self.now,
                }));
            }
        }
        Ok(Registration {
            application: application.clone(),
            principal,
            writes,
        })
    }

    /// A new secret for an application.
    pub(crate) fn secret(&self, application: &Application) -> (Secret, Write) {
        let secret = Secret::generate(&SystemRandom);
        let micros = SECRET_SECONDS.saturating_mul(1_000_000);
        let password = PasswordCredential {
            key_id: KeyId::random(&SystemRandom),
            application_id: application.id,
            service_principal_id: None,
            display_name: Some("Administrator".to_owned()),
            hint: secret.hint(),
            hash: self.pepper.hash(application.app_id, &secret),
            start_at: self.now,
            end_at: Timestamp::from_micros(self.now.micros().saturating_add(micros)),
        };
        let add = Write::AddPassword {
            tenant_id: self.tenant_id(),
            password,
        };
        (secret, add)
    }

    fn tenant_id(&self) -> TenantId {
        self.tenant.tenant.id
    }

    fn principal(&self, app_id: AppId) -> ServicePrincipal {
        ServicePrincipal {
            id: ServicePrincipalId::random(&SystemRandom),
            tenant_id: self.tenant_id(),
            app_id,
            account_enabled: true,
            app_role_assignment_required: false,
            details: ServicePrincipalDetails::default(),
            created_at: self.now,
        }
    }
}

/// The applications of a tenant that could grant themselves everything.
pub(crate) fn administrators(tenant: &TenantState) -> anyhow::Result<Vec<&Application>> {
    let graph = graph(tenant)?;
    let role = Permission::RoleManagementReadWriteDirectory.app_role_id();
    let is_administrator = |application: &&Application| {
        let mut principals = tenant.service_principals.iter();
        principals
            .find(|principal| principal.app_id == application.app_id)
            .is_some_and(|principal| {
                let mut held = tenant.assignments.iter();
                held.any(|one| is_grant(one, principal.id, graph, role))
            })
    };
    Ok(tenant
        .applications
        .iter()
        .filter(is_administrator)
        .collect())
}

fn graph(tenant: &TenantState) -> anyhow::Result<ServicePrincipalId> {
    let mut principals = tenant.service_principals.iter();
    principals
        .find(|principal| principal.app_id == GRAPH_APP_ID)
        .map(|principal| principal.id)
        .with_context(|| {
            format!(
                "the tenant {:?} has no Graph API yet: start its server once",
                tenant.tenant.display_name
            )
        })
}

fn roles() -> anyhow::Result<Vec<AppRoleId>> {
    let role = |value: &str| match WellKnownPermission::find(value).map(|known| known.app_role_id) {
        Some(Some(id)) => Ok(AppRoleId::new(id)),
        _ => bail!("the Graph API has no application permission {value}"),
    };
    PERMISSIONS.into_iter().map(role).collect()
}

fn is_grant(
    assignment: &AppRoleAssignment,
    principal: ServicePrincipalId,
    resource: ServicePrincipalId,
    role: AppRoleId,
) -> bool {
    assignment.principal_id == principal
        && assignment.resource_id == resource
        && assignment.app_role_id == role
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_is_one_of_graph() {
        assert_eq!(roles().map(|roles| roles.len()).ok(), Some(10));
    }
}
