//! The resource whose roles the permissions are.

use aws_lc_rs::digest::{SHA256, digest};
use uuid::Uuid;

use super::{GRAPH_APP_ID, GRAPH_URI, PLATFORM_TENANT_ID, WellKnownPermission};
use crate::clock::Timestamp;
use crate::directory::{
    Api, Application, AssertionPolicy, Manifest, OptionalClaim, OptionalClaims, ServicePrincipal,
    ServicePrincipalDetails, SignInAudience, SigningAlgorithm,
};
use crate::ids::{ApplicationId, ServicePrincipalId, TenantId};

/// The names of the Graph resource: the server's own address, the same without its port, and
/// Microsoft Graph's.
///
/// Without the port because the Graph SDKs of Python and Go leave it out of the scope that they make
/// of an address.
pub fn graph_names(base_url: &str) -> Vec<String> {
    let (scheme, authority) = base_url.split_once("://").unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let mut names = vec![base_url.to_owned()];
    for name in [format!("{scheme}://{host}"), GRAPH_URI.to_owned()] {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The Graph resource as an application of the platform's tenant.
pub fn graph_application(base_url: &str, created_at: Timestamp) -> Application {
    let known = WellKnownPermission::all().iter();
    Application {
        id: graph_application_id(),
        tenant_id: PLATFORM_TENANT_ID,
        app_id: GRAPH_APP_ID,
        display_name: "Microsoft Graph".to_owned(),
        sign_in_audience: SignInAudience::AzureADMultipleOrgs,
        identifier_uris: graph_names(base_url),
        app_roles: known
            .clone()
            .filter_map(WellKnownPermission::app_role)
            .collect(),
        requested_access_token_version: None,
        is_fallback_public_client: false,
        is_disabled: false,
        access_token_lifetime: None,
        access_token_signing_algorithm: SigningAlgorithm::Rs256,
        assertion_policy: AssertionPolicy::default(),
        manifest: Manifest {
            api: Api {
                oauth2_permission_scopes: known.filter_map(WellKnownPermission::scope).collect(),
                ..Api::default()
            },
            optional_claims: OptionalClaims {
                access_token: vec![OptionalClaim {
                    name: "idtyp".to_owned(),
                    ..OptionalClaim::default()
                }],
                ..OptionalClaims::default()
            },
            ..Manifest::default()
        },
        created_at,
        deleted_at: None,
    }
}

/// The Graph resource's instance in a tenant.
pub fn graph_service_principal(tenant_id: TenantId, created_at: Timestamp) -> ServicePrincipal {
    ServicePrincipal {
        id: graph_service_principal_id(tenant_id),
        tenant_id,
        app_id: GRAPH_APP_ID,
        account_enabled: true,
        app_role_assignment_required: false,
        details: ServicePrincipalDetails::default(),
        created_at,
    }
}

/// The object id of the Graph application: the same in every installation.
pub fn graph_application_id() -> ApplicationId {
    ApplicationId::new(derived_id("application", PLATFORM_TENANT_ID))
}

/// The object id of the Graph resource in a tenant. Derived, so that nodes that start at the same
/// time make the same object.
pub fn graph_service_principal_id(tenant_id: TenantId) -> ServicePrincipalId {
    ServicePrincipalId::new(derived_id("service principal", tenant_id))
}

/// RFC 9562, version 8: the first bytes of a hash.
fn derived_id(kind: &str, tenant_id: TenantId) -> Uuid {
    let name = format!("{GRAPH_APP_ID} {kind} {tenant_id}");
    let hash = digest(&SHA256, name.as_bytes());
    let mut bytes = [0; 16];
    for (byte, hashed) in bytes.iter_mut().zip(hash.as_ref()) {
        *byte = *hashed;
    }
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_the_servers_address_with_and_without_port_and_the_originals() {
        let check = |base_url: &str, expected: &[&str]| {
            assert_eq!(graph_names(base_url), expected);
        };
        check(
            "https://localhost:8443",
            &["https://localhost:8443", "https://localhost", GRAPH_URI],
        );
        check(
            "https://[::1]:8443",
            &["https://[::1]:8443", "https://[::1]", GRAPH_URI],
        );
        check("https://[::1]", &["https://[::1]", GRAPH_URI]);
        check("https://id.example", &["https://id.example", GRAPH_URI]);
    }

    #[test]
    fn the_graph_application_is_the_same_everywhere() {
        let at = Timestamp::from_unix_seconds(0);
        let application = graph_application("https://id.contoso.example", at);
        assert_eq!(
            application
                .service_principal_names()
                .collect::<Vec<_>>()
                .join(" "),
            "https://id.contoso.example https://graph.microsoft.com \
             00000003-0000-0000-c000-000000000000"
        );
        assert_eq!(application.app_roles.len(), 40);
        assert_eq!(application.manifest.api.oauth2_permission_scopes.len(), 44);
        assert_eq!(
            graph_application_id().to_string(),
            "62aaf513-490e-8246-a862-f8ce7fa24d05"
        );
        let other = TenantId::new(Uuid::from_u128(1));
        assert_ne!(
            graph_service_principal_id(other),
            graph_service_principal_id(PLATFORM_TENANT_ID)
        );
    }
}
