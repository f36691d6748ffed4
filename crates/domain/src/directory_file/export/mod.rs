//! The stored directory as the text of a directory file.

mod credentials;
mod grants;
mod written;

use std::collections::HashSet;

pub(crate) use self::credentials::certificate_dates;
pub(super) use self::credentials::{certificate_entry, federated_entry, password_entry};
use self::grants::Instances;
use self::written::Written;
use super::keys;
use super::shape::{
    ApiEntry, AppRoleEntry, ApplicationEntry, ExtensionsEntry, FileEntry, ForeignEntry,
    ServicePrincipalEntry, TenantEntry, UserEntry,
};
use crate::directory::{Application, ServicePrincipal, Tenant, TenantState, User};
use crate::graph::permission::{GRAPH_APP_ID, PLATFORM_TENANT_ID};
use crate::ids::AppId;

/// Writes tenants as YAML with every id, so that applying the text changes nothing.
///
/// The order is that of the arguments, and of the keys in the reference; keys with their default
/// are left out. Of a secret only `keyId`, `displayName`, `hint` and the dates are written; certificates and
/// uploaded keys are public and written whole.
/// Applications of tenants that are not among the arguments are named by their `appId`. What the
/// platform makes itself, its own tenant and the Graph resource, is left out.
pub fn export(tenants: &[TenantState]) -> String {
    let file = FileEntry {
        tenants: tenants
            .iter()
            .filter(|state| state.tenant.id != PLATFORM_TENANT_ID)
            .map(|state| tenant_file(state, tenants))
            .collect(),
    };
    let value = serde_json::to_value(&file).expect("entries are plain values with string keys");
    let document = Written {
        kind: &keys::DOCUMENT,
        value: &value,
    };
    serde_saphyr::to_string(&document).expect("a string can always be written to")
}

fn tenant_file(state: &TenantState, tenants: &[TenantState]) -> TenantEntry {
    let instances = Instances::of(state, tenants);
    let home: HashSet<AppId> = state
        .applications
        .iter()
        .map(|application| application.app_id)
        .collect();
    let foreign = state
        .service_principals
        .iter()
        .filter(|principal| !home.contains(&principal.app_id) && !is_given(principal));
    let ordinary = state.users.iter();
    let ordinary = ordinary.filter(|user| !state.administrators.contains(&user.id));
    TenantEntry {
        applications: state
            .applications
            .iter()
            .map(|application| full_application(application, state, &instances))
            .collect(),
        service_principals: foreign
            .map(|principal| ForeignEntry {
                grants: instances.grants(principal.id, state),
                ..foreign_entry(principal)
            })
            .collect(),
        users: ordinary.map(user_entry).collect(),
        ..tenant_entry(&state.tenant)
    }
}

/// The Graph resource as every tenant gets it from the platform.
fn is_given(principal: &ServicePrincipal) -> bool {
    principal.app_id == GRAPH_APP_ID
        && principal.account_enabled
        && !principal.app_role_assignment_required
}

fn full_application(
    application: &Application,
    state: &TenantState,
    instances: &Instances<'_>,
) -> ApplicationEntry {
    let principal = state
        .service_principals
        .iter()
        .find(|principal| principal.app_id == application.app_id);
    let id = application.id;
    let passwords = state
        .passwords
        .iter()
        .filter(|one| one.application_id == id);
    let certificates = state.keys.iter().filter(|one| one.application_id == id);
    let federated = state
        .federated
        .iter()
        .filter(|one| one.application_id == id);
    ApplicationEntry {
        password_credentials: Some(passwords.map(password_entry).collect()),
        key_credentials: Some(certificates.map(certificate_entry).collect()),
        federated_identity_credentials: Some(federated.map(federated_entry).collect()),
        service_principal: principal.map(principal_entry),
        grants: principal.map_or_else(Vec::new, |principal| instances.grants(principal.id, state)),
        ..application_entry(application)
    }
}

/// A tenant's own properties.
pub(in crate::directory_file) fn tenant_entry(tenant: &Tenant) -> TenantEntry {
    TenantEntry {
        id: Some(tenant.id),
        display_name: tenant.display_name.clone(),
        domains: tenant.domains.clone(),
        is_default: Some(tenant.is_default),
        assertion_policy: tenant.assertion_policy,
        applications: Vec::new(),
        service_principals: Vec::new(),
        users: Vec::new(),
    }
}

/// An application's own properties.
pub(in crate::directory_file) fn application_entry(application: &Application) -> ApplicationEntry {
    let manifest = application.manifest.clone();
    ApplicationEntry {
        id: Some(application.id),
        app_id: Some(application.app_id),
        display_name: application.display_name.clone(),
        unique_name: manifest.unique_name,
        description: manifest.description,
        notes: manifest.notes,
        tags: manifest.tags,
        sign_in_audience: application.sign_in_audience,
        identifier_uris: application.identifier_uris.clone(),
        app_roles: application
            .app_roles
            .iter()
            .map(|role| AppRoleEntry {
                id: Some(role.id),
                value: role.value.clone(),
                display_name: role.display_name.clone(),
                description: role.description.clone(),
                allowed_member_types: role.allowed_member_types.clone(),
                is_enabled: role.is_enabled,
            })
            .collect(),
        api: ApiEntry::new(application.requested_access_token_version, manifest.api),
        is_fallback_public_client: application.is_fallback_public_client,
        is_disabled: application.is_disabled,
        web: manifest.web,
        spa: manifest.spa,
        public_client: manifest.public_client,
        info: manifest.info,
        required_resource_access: manifest.required_resource_access,
        optional_claims: manifest.optional_claims,
        group_membership_claims: manifest.group_membership_claims,
        countersign: ExtensionsEntry {
            access_token_lifetime_seconds: application.access_token_lifetime,
            access_token_signing_algorithm: application.access_token_signing_algorithm,
            redirect_uri_matching: manifest.redirect_uri_matching,
        },
        assertion_policy: application.assertion_policy,
        password_credentials: None,
        key_credentials: None,
        federated_identity_credentials: None,
        service_principal: None,
        grants: Vec::new(),
    }
}

/// A service principal in its application's home tenant.
pub(in crate::directory_file) fn principal_entry(
    principal: &ServicePrincipal,
) -> ServicePrincipalEntry {
    ServicePrincipalEntry {
        id: Some(principal.id),
        account_enabled: principal.account_enabled,
        app_role_assignment_required: principal.app_role_assignment_required,
    }
}

fn foreign_entry(principal: &ServicePrincipal) -> ForeignEntry {
    ForeignEntry {
        app_id: principal.app_id,
        id: Some(principal.id),
        account_enabled: principal.account_enabled,
        app_role_assignment_required: principal.app_role_assignment_required,
        grants: Vec::new(),
    }
}

/// A user's own properties.
pub(in crate::directory_file) fn user_entry(user: &User) -> UserEntry {
    UserEntry {
        id: Some(user.id),
        user_principal_name: user.user_principal_name.clone(),
        display_name: user.display_name.clone(),
        given_name: user.given_name.clone(),
        surname: user.surname.clone(),
        mail: user.mail.clone(),
        job_title: user.job_title.clone(),
        account_enabled: user.account_enabled,
    }
}
