//! The stored directory as the text of a directory file.

use std::collections::HashMap;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use super::keys;
use super::schema::{Kind, Presence};
use super::shape::{
    ApiEntry, AppRoleEntry, ApplicationEntry, ExtensionsEntry, FileEntry, ForeignEntry, GrantEntry,
    PasswordEntry, ServicePrincipalEntry, TenantEntry, UserEntry,
};
use crate::directory::{
    Application, PasswordCredential, ResourceName, ServicePrincipal, Tenant, TenantState, User,
};
use crate::ids::{AppId, AppRoleId, ServicePrincipalId};

/// Writes tenants as YAML with every id, so that applying the text changes nothing.
///
/// The order is that of the arguments, and of the keys in the reference; keys with their default
/// are left out. Of a secret only `keyId`, `displayName`, `hint` and the dates are written.
/// Applications of tenants that are not among the arguments are named by their `appId`.
pub fn export(tenants: &[TenantState]) -> String {
    let file = FileEntry {
        tenants: tenants
            .iter()
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
    let home: HashMap<AppId, &Application> = state
        .applications
        .iter()
        .map(|application| (application.app_id, application))
        .collect();
    let foreign = state
        .service_principals
        .iter()
        .filter(|principal| !home.contains_key(&principal.app_id));
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
        users: state.users.iter().map(user_entry).collect(),
        ..tenant_entry(&state.tenant)
    }
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
    let passwords = state
        .passwords
        .iter()
        .filter(|password| password.application_id == application.id);
    ApplicationEntry {
        password_credentials: Some(passwords.map(password_entry).collect()),
        service_principal: principal.map(principal_entry),
        grants: principal.map_or_else(Vec::new, |principal| instances.grants(principal.id, state)),
        ..application_entry(application)
    }
}

/// A tenant's own properties.
pub(super) fn tenant_entry(tenant: &Tenant) -> TenantEntry {
    TenantEntry {
        id: Some(tenant.id),
        display_name: tenant.display_name.clone(),
        domains: tenant.domains.clone(),
        is_default: Some(tenant.is_default),
        applications: Vec::new(),
        service_principals: Vec::new(),
        users: Vec::new(),
    }
}

/// An application's own properties.
pub(super) fn application_entry(application: &Application) -> ApplicationEntry {
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
        },
        password_credentials: None,
        service_principal: None,
        grants: Vec::new(),
    }
}

/// A service principal in its application's home tenant.
pub(super) fn principal_entry(principal: &ServicePrincipal) -> ServicePrincipalEntry {
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

/// What may be shown of a secret.
pub(super) fn password_entry(password: &PasswordCredential) -> PasswordEntry {
    PasswordEntry {
        key_id: Some(password.key_id),
        display_name: password.display_name.clone(),
        secret_text: None,
        secret_text_file: None,
        hint: Some(password.hint.clone()),
        start_date_time: Some(password.start_at),
        end_date_time: Some(password.end_at),
    }
}

/// A user's own properties.
pub(super) fn user_entry(user: &User) -> UserEntry {
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

/// The service principals of a tenant with what they are instances of, so that grants can name
/// resources and roles by words.
struct Instances<'a> {
    by_id: HashMap<ServicePrincipalId, (AppId, Option<&'a Application>)>,
    /// How many resources of the tenant have a name: one with two owners says nothing.
    owners: HashMap<ResourceName, usize>,
}

impl<'a> Instances<'a> {
    fn of(state: &'a TenantState, tenants: &'a [TenantState]) -> Self {
        let applications: HashMap<AppId, &Application> = tenants
            .iter()
            .flat_map(|state| &state.applications)
            .map(|application| (application.app_id, application))
            .collect();
        let by_id: HashMap<_, _> = state
            .service_principals
            .iter()
            .map(|principal| {
                let application = applications.get(&principal.app_id).copied();
                (principal.id, (principal.app_id, application))
            })
            .collect();
        let mut owners = HashMap::new();
        for uri in by_id.values().flat_map(|(_, application)| {
            application.map_or(&[][..], |application| &application.identifier_uris)
        }) {
            *owners.entry(ResourceName::fold(uri)).or_default() += 1;
        }
        Self { by_id, owners }
    }

    /// What a service principal has been granted, one entry per resource.
    fn grants(&self, principal: ServicePrincipalId, state: &TenantState) -> Vec<GrantEntry> {
        let mut grants: Vec<GrantEntry> = Vec::new();
        let mut positions = HashMap::new();
        for assignment in &state.assignments {
            if assignment.principal_id != principal {
                continue;
            }
            let Some((app_id, application)) = self.by_id.get(&assignment.resource_id) else {
                continue;
            };
            let position = *positions.entry(assignment.resource_id).or_insert_with(|| {
                grants.push(GrantEntry {
                    resource: self.resource_word(*app_id, *application),
                    roles: Vec::new(),
                });
                grants.len() - 1
            });
            grants[position]
                .roles
                .push(role_word(assignment.app_role_id, *application));
        }
        let default_access = [AppRoleId::DEFAULT_ACCESS.to_string()];
        for grant in &mut grants {
            if grant.roles == default_access {
                grant.roles.clear();
            }
        }
        grants
    }

    fn resource_word(&self, app_id: AppId, application: Option<&Application>) -> String {
        let uris = application.map_or(&[][..], |application| &application.identifier_uris);
        uris.iter()
            .find(|uri| self.owners.get(&ResourceName::fold(uri)) == Some(&1))
            .cloned()
            .unwrap_or_else(|| app_id.to_string())
    }
}

/// The role's value where it says which role is meant, else its id.
fn role_word(id: AppRoleId, application: Option<&Application>) -> String {
    let roles = application.map_or(&[][..], |application| &application.app_roles);
    let value = roles
        .iter()
        .find(|role| role.id == id)
        .and_then(|role| role.value.as_ref());
    match value {
        Some(value)
            if value.parse::<AppRoleId>().is_err()
                && roles
                    .iter()
                    .filter(|role| role.value.as_ref() == Some(value))
                    .count()
                    == 1 =>
        {
            value.clone()
        }
        _ => id.to_string(),
    }
}

/// A value in the order of the table of keys, without what is the default anyway.
struct Written<'a> {
    kind: &'static Kind,
    value: &'a Value,
}

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.kind, self.value) {
            (Kind::Object(section), Value::Object(object)) => {
                let mut map = serializer.serialize_map(None)?;
                for key in section.keys {
                    let Some(value) = object.get(key.name) else {
                        continue;
                    };
                    if is_written(&key.kind, key.presence, value) {
                        let kind = &key.kind;
                        map.serialize_entry(key.name, &Written { kind, value })?;
                    }
                }
                map.end()
            }
            (Kind::List(kind), Value::Array(list)) => {
                serializer.collect_seq(list.iter().map(|value| Written { kind, value }))
            }
            (_, value) => value.serialize(serializer),
        }
    }
}

fn is_written(kind: &Kind, presence: Presence, value: &Value) -> bool {
    match presence {
        Presence::Required | Presence::AbsentOrNull(_) => true,
        Presence::Absent(_) => !value.is_null(),
        Presence::Default("{}") => match (kind, value) {
            (Kind::Object(section), Value::Object(object)) => section.keys.iter().any(|key| {
                object
                    .get(key.name)
                    .is_some_and(|value| is_written(&key.kind, key.presence, value))
            }),
            _ => true,
        },
        Presence::Default(default) => value != &default_value(default),
    }
}

/// The table's defaults are JSON texts.
fn default_value(text: &str) -> Value {
    serde_json::from_str(text).expect("a test reads every default of the table")
}
