//! What tests of consent share: Contoso, where people sign in, and Fabrikam, whose applications
//! ask.

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::directory::{
    AppRole, Application, AssertionPolicy, Manifest, MemberType, PermissionScope,
    RequiredResourceAccess, ResourceAccess, ResourceAccessType, ServicePrincipal, SignInAudience,
    SigningAlgorithm, Tenant,
};
use crate::ids::{AppId, AppRoleId, ApplicationId, ServicePrincipalId, TenantId};

pub(super) const NOW: Timestamp = Timestamp::from_unix_seconds(1_795_251_600);

pub(super) const CONTOSO: TenantId = TenantId::new(Uuid::from_u128(0xc0));

pub(super) const FABRIKAM: TenantId = TenantId::new(Uuid::from_u128(0xfa));

pub(super) fn contoso() -> Tenant {
    Tenant {
        id: CONTOSO,
        display_name: "Contoso".to_owned(),
        domains: Vec::new(),
        is_default: false,
        assertion_policy: AssertionPolicy::default(),
        created_at: NOW,
    }
}

/// A multi-tenant application of Fabrikam.
pub(super) fn application(number: u128, name: &str) -> Application {
    Application {
        id: ApplicationId::new(Uuid::from_u128(number + 0x1000)),
        tenant_id: FABRIKAM,
        app_id: AppId::new(Uuid::from_u128(number)),
        display_name: name.to_owned(),
        sign_in_audience: SignInAudience::AzureADMultipleOrgs,
        identifier_uris: vec![format!("api://{}", name.to_lowercase())],
        app_roles: Vec::new(),
        requested_access_token_version: None,
        is_fallback_public_client: false,
        is_disabled: false,
        access_token_lifetime: None,
        access_token_signing_algorithm: SigningAlgorithm::Rs256,
        assertion_policy: AssertionPolicy::default(),
        manifest: Manifest::default(),
        created_at: NOW,
        deleted_at: None,
    }
}

/// Its instance in Contoso.
pub(super) fn principal(application: &Application) -> ServicePrincipal {
    let number = application.app_id.uuid().as_u128() + 0x2000;
    ServicePrincipal {
        id: ServicePrincipalId::new(Uuid::from_u128(number)),
        tenant_id: CONTOSO,
        app_id: application.app_id,
        account_enabled: true,
        app_role_assignment_required: false,
        details: Default::default(),
        created_at: NOW,
    }
}

/// An API with the role 1 `Orders.Read`, the disabled role 2, the role 3 for people only, and the
/// scopes 4 `Orders.Show` and 5 `Orders.Edit`.
pub(super) fn orders() -> Application {
    let role = |number: u128, value: &str| AppRole {
        id: AppRoleId::new(Uuid::from_u128(number)),
        value: Some(value.to_owned()),
        display_name: Some("Read orders".to_owned()),
        description: Some("See every order.".to_owned()),
        allowed_member_types: vec![MemberType::Application],
        is_enabled: true,
    };
    let mut orders = application(0x0d, "Orders");
    orders.app_roles = vec![
        role(1, "Orders.Read"),
        AppRole {
            is_enabled: false,
            ..role(2, "Orders.Old")
        },
        AppRole {
            allowed_member_types: vec![MemberType::User],
            ..role(3, "Orders.Clerk")
        },
    ];
    orders.manifest.api.oauth2_permission_scopes =
        vec![scope(4, "Orders.Show"), scope(5, "Orders.Edit")];
    orders
}

fn scope(number: u128, value: &str) -> PermissionScope {
    PermissionScope {
        id: Some(AppRoleId::new(Uuid::from_u128(number))),
        value: Some(value.to_owned()),
        kind: Some("Admin".to_owned()),
        is_enabled: true,
        admin_consent_display_name: Some(format!("{value} for people")),
        admin_consent_description: Some("On behalf of people.".to_owned()),
        ..PermissionScope::default()
    }
}

/// What a registration asks for of one resource, as roles and scopes by number.
pub(super) fn required(
    resource: &Application,
    roles: &[u128],
    scopes: &[u128],
) -> RequiredResourceAccess {
    let access = |kind: ResourceAccessType| {
        move |number: &u128| ResourceAccess {
            id: AppRoleId::new(Uuid::from_u128(*number)),
            kind,
        }
    };
    let roles = roles.iter().map(access(ResourceAccessType::Role));
    let scopes = scopes.iter().map(access(ResourceAccessType::Scope));
    RequiredResourceAccess {
        resource_app_id: resource.app_id,
        resource_access: roles.chain(scopes).collect(),
    }
}
