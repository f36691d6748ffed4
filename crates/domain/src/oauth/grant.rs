//! What the client gets: the resource's state, the assignment requirement, the roles.

use super::error::{self, OauthError};
use super::resource::RequestedResource;
use crate::directory::{ApplicationInTenant, ServicePrincipal, Tenant};

/// A decision to issue a token.
#[derive(Debug, PartialEq, Eq)]
pub struct Grant<'d> {
    /// Values for `roles`, in the order in which the resource defines them; empty means that the
    /// claim is left out.
    pub roles: Vec<&'d str>,
}

/// The resource's service principal, if tokens are issued for it.
pub fn usable_resource<'d>(
    tenant: &Tenant,
    requested: &RequestedResource<'_>,
    resource: Option<&'d ApplicationInTenant>,
) -> Result<(&'d ApplicationInTenant, &'d ServicePrincipal), OauthError> {
    let blanks = [
        ("resource", requested.as_str()),
        ("tenant", tenant.display_name.as_str()),
    ];
    let found = resource
        .filter(|resource| resource.is_visible())
        .and_then(|resource| Some((resource, resource.service_principal.as_ref()?)));
    let (resource, service_principal) =
        found.ok_or_else(|| error::RESOURCE_NOT_FOUND.with(&blanks))?;
    if resource.application.is_disabled || !service_principal.account_enabled {
        return Err(error::RESOURCE_DISABLED.with(&blanks));
    }
    Ok((resource, service_principal))
}

/// Decides what an authenticated client gets on a usable resource.
///
/// No consent is needed for a token: without grants it simply has no `roles`, unless the resource
/// requires an assignment.
pub fn decide<'d>(
    client: &ApplicationInTenant,
    resource: &'d ApplicationInTenant,
    resource_principal: &ServicePrincipal,
) -> Result<Grant<'d>, OauthError> {
    let granted = |role_id| {
        client
            .assignments_on(resource_principal.id)
            .any(|a| a.app_role_id == role_id)
    };
    let is_assigned = client
        .assignments_on(resource_principal.id)
        .next()
        .is_some();
    if resource_principal.app_role_assignment_required && !is_assigned {
        return Err(error::ASSIGNMENT_REQUIRED.with(&[
            ("app_id", &client.application.app_id.to_string()),
            ("name", &client.application.display_name),
            ("resource_app_id", &resource.application.app_id.to_string()),
            ("resource_name", &resource.application.display_name),
        ]));
    }
    let roles = resource
        .application
        .app_roles
        .iter()
        .filter(|role| granted(role.id))
        .filter_map(|role| role.application_value())
        .collect();
    Ok(Grant { roles })
}

#[cfg(test)]
pub(super) mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::clock::Timestamp;
    use crate::directory::{
        AppRole, AppRoleAssignment, Application, Manifest, MemberType, SignInAudience,
        SigningAlgorithm,
    };
    use crate::ids::{AppId, AppRoleId, ApplicationId, AssignmentId, ServicePrincipalId, TenantId};

    const EPOCH: Timestamp = Timestamp::from_micros(0);

    pub(in crate::oauth) fn tenant(number: u128) -> Tenant {
        Tenant {
            id: TenantId::new(Uuid::from_u128(number)),
            display_name: format!("Tenant {number}"),
            domains: Vec::new(),
            is_default: false,
            assertion_policy: crate::directory::AssertionPolicy::default(),
            created_at: EPOCH,
        }
    }

    pub(in crate::oauth) fn application(tenant: u128, number: u128) -> Application {
        Application {
            id: ApplicationId::new(Uuid::from_u128(number + 1_000)),
            tenant_id: TenantId::new(Uuid::from_u128(tenant)),
            app_id: AppId::new(Uuid::from_u128(number)),
            display_name: format!("Application {number}"),
            sign_in_audience: SignInAudience::AzureADMyOrg,
            identifier_uris: vec![format!("api://{number}")],
            app_roles: Vec::new(),
            requested_access_token_version: None,
            is_fallback_public_client: false,
            is_disabled: false,
            access_token_lifetime: None,
            access_token_signing_algorithm: SigningAlgorithm::Rs256,
            manifest: Manifest::default(),
            assertion_policy: crate::directory::AssertionPolicy::default(),
            created_at: EPOCH,
            deleted_at: None,
        }
    }

    pub(in crate::oauth) fn instance(
        tenant: &Tenant,
        application: Application,
    ) -> ApplicationInTenant {
        let service_principal = ServicePrincipal {
            id: ServicePrincipalId::new(Uuid::from_u128(application.id.uuid().as_u128() + 1_000)),
            tenant_id: tenant.id,
            app_id: application.app_id,
            account_enabled: true,
            app_role_assignment_required: false,
            details: Default::default(),
            created_at: EPOCH,
        };
        ApplicationInTenant {
            tenant_id: tenant.id,
            application,
            service_principal: Some(service_principal),
            keys: Vec::new(),
            federated: Vec::new(),
            passwords: Vec::new(),
            assignments: Vec::new(),
        }
    }

    fn role(number: u128, value: &str) -> AppRole {
        AppRole {
            id: AppRoleId::new(Uuid::from_u128(number)),
            value: Some(value.into()),
            display_name: None,
            description: None,
            allowed_member_types: vec![MemberType::Application],
            is_enabled: true,
        }
    }

    fn assign(client: &mut ApplicationInTenant, resource: &ServicePrincipal, role: AppRoleId) {
        client.assignments.push(AppRoleAssignment {
            id: AssignmentId::new(Uuid::from_u128(client.assignments.len() as u128)),
            tenant_id: client.tenant_id,
            principal_id: client
                .service_principal
                .as_ref()
                .expect("made by instance")
                .id,
            resource_id: resource.id,
            app_role_id: role,
            created_at: EPOCH,
        });
    }

    #[test]
    fn roles_are_the_granted_ones_in_the_resources_order() {
        let tenant = tenant(1);
        let mut client = instance(&tenant, application(1, 2));
        let mut resource = instance(&tenant, application(1, 3));
        resource.application.app_roles =
            vec![role(1, "C"), role(2, "A"), role(3, "B"), role(4, "D")];
        resource.application.app_roles[2].is_enabled = false;
        let principal = resource
            .service_principal
            .clone()
            .expect("made by instance");
        assert_eq!(
            decide(&client, &resource, &principal),
            Ok(Grant { roles: vec![] })
        );
        for id in [2, 1, 3] {
            assign(&mut client, &principal, AppRoleId::new(Uuid::from_u128(id)));
        }
        assert_eq!(
            decide(&client, &resource, &principal),
            Ok(Grant {
                roles: vec!["C", "A"]
            })
        );
    }

    #[test]
    fn a_required_assignment_may_be_default_access() {
        let tenant = tenant(1);
        let mut client = instance(&tenant, application(1, 2));
        let resource = instance(&tenant, application(1, 3));
        let mut principal = resource
            .service_principal
            .clone()
            .expect("made by instance");
        principal.app_role_assignment_required = true;
        let refused = decide(&client, &resource, &principal).map_err(|error| error.kind.number);
        assert_eq!(refused, Err(501_051));
        assign(&mut client, &principal, AppRoleId::DEFAULT_ACCESS);
        assert_eq!(
            decide(&client, &resource, &principal),
            Ok(Grant { roles: vec![] })
        );
    }

    #[test]
    fn a_resource_must_be_found_and_enabled() {
        let tenant = tenant(1);
        let requested = RequestedResource::from_resource("api://3");
        let number = |resource: Option<&ApplicationInTenant>| {
            usable_resource(&tenant, &requested, resource)
                .map(drop)
                .map_err(|error| error.kind.number)
        };
        let mut resource = instance(&tenant, application(1, 3));
        assert_eq!(number(Some(&resource)), Ok(()));
        assert_eq!(number(None), Err(500_011));
        resource
            .service_principal
            .as_mut()
            .expect("made by instance")
            .account_enabled = false;
        assert_eq!(number(Some(&resource)), Err(500_014));
        resource.service_principal = None;
        assert_eq!(number(Some(&resource)), Err(500_011));
    }
}
