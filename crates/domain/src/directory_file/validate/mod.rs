//! Rules that concern several values of a file: what must be unique, what excludes what.

mod application;
mod credentials;
mod report;

pub(super) use self::credentials::ends_too_soon;
use self::report::Report;
use super::error::{At, Places, Problems};
use super::shape::{FileEntry, TenantEntry};
use crate::directory::{Domain, ResourceName};
use crate::graph::permission::PLATFORM_TENANT_ID;
use crate::ids::{
    AppId, ApplicationId, FederatedCredentialId, KeyId, ServicePrincipalId, TenantId, UserId,
};
use std::collections::HashMap;

const SAME_URI: &str = "is, letter case and a trailing slash aside, the same URI as";

/// Checks a whole file, without regard to the directory that it will be applied to.
pub(super) fn validate(file: &FileEntry, places: &Places, problems: &mut Problems) {
    let mut validator = Validator {
        report: Report { places, problems },
        once: Once::default(),
    };
    let at = At::default().key("tenants");
    for (index, tenant) in file.tenants.iter().enumerate() {
        validator.tenant(tenant, index, &at.index(index));
    }
    validator.identifier_uris(file);
}

struct Validator<'a> {
    report: Report<'a>,
    once: Once,
}

/// What must occur once in the file, with the place of its first occurrence.
#[derive(Default)]
struct Once {
    tenant_ids: HashMap<TenantId, At>,
    domains: HashMap<Domain, At>,
    tenant_names: HashMap<String, At>,
    default: HashMap<(), At>,
    app_ids: HashMap<AppId, At>,
    application_ids: HashMap<ApplicationId, At>,
    unique_names: HashMap<(usize, String), At>,
    application_names: HashMap<(usize, String), At>,
    key_ids: HashMap<KeyId, At>,
    federated_ids: HashMap<FederatedCredentialId, At>,
    principal_ids: HashMap<ServicePrincipalId, At>,
    instances: HashMap<(usize, AppId), At>,
    user_ids: HashMap<UserId, At>,
    user_names: HashMap<(usize, String), At>,
}

impl Validator<'_> {
    fn tenant(&mut self, tenant: &TenantEntry, index: usize, at: &At) {
        if let Some(id) = tenant.id {
            self.report.once(
                &mut self.once.tenant_ids,
                id,
                &at.key("id"),
                ["is the same tenant id as", "merge the two tenants"],
            );
            if id == PLATFORM_TENANT_ID {
                self.report.problem(
                    &at.key("id"),
                    "is the tenant of the platform's own applications; choose another id",
                );
            }
        }
        if tenant.is_default == Some(true) {
            let at = at.key("isDefault");
            self.report.once(
                &mut self.once.default,
                (),
                &at,
                [
                    "is a second default beside",
                    "one tenant at most is the default",
                ],
            );
        }
        for (index, domain) in tenant.domains.iter().enumerate() {
            let at = at.key("domains").index(index);
            self.report.once(
                &mut self.once.domains,
                domain.clone(),
                &at,
                ["is the same domain as", "a domain belongs to one tenant"],
            );
        }
        if tenant.id.is_none() && tenant.domains.is_empty() {
            let at = at.key("displayName");
            self.report.once(
                &mut self.once.tenant_names,
                tenant.display_name.clone(),
                &at,
                [
                    "is the same name as",
                    "give one of the two an `id` or a domain",
                ],
            );
        }
        for (position, application) in tenant.applications.iter().enumerate() {
            self.application(application, index, &at.key("applications").index(position));
        }
        self.service_principals(tenant, index, at);
        self.users(tenant, index, at);
    }

    fn service_principals(&mut self, tenant: &TenantEntry, index: usize, at: &At) {
        for (position, application) in tenant.applications.iter().enumerate() {
            if let Some(app_id) = application.app_id {
                let at = at.key("applications").index(position);
                self.once.instances.entry((index, app_id)).or_insert(at);
            }
        }
        for (position, principal) in tenant.service_principals.iter().enumerate() {
            let at = at.key("servicePrincipals").index(position);
            self.principal_id(principal.id, &at.key("id"));
            let at = at.key("appId");
            self.report.once(
                &mut self.once.instances,
                (index, principal.app_id),
                &at,
                [
                    "is an application that has its service principal in this tenant by",
                    "remove one",
                ],
            );
        }
    }

    fn principal_id(&mut self, id: Option<ServicePrincipalId>, at: &At) {
        if let Some(id) = id {
            self.report.once(
                &mut self.once.principal_ids,
                id,
                at,
                [
                    "is the same object id as",
                    "choose another, or leave the key out and one is made",
                ],
            );
        }
    }

    fn users(&mut self, tenant: &TenantEntry, index: usize, at: &At) {
        for (position, user) in tenant.users.iter().enumerate() {
            let at = at.key("users").index(position);
            if let Some(id) = user.id {
                self.report.once(
                    &mut self.once.user_ids,
                    id,
                    &at.key("id"),
                    [
                        "is the same object id as",
                        "choose another, or leave the key out and one is made",
                    ],
                );
            }
            let at = at.key("userPrincipalName");
            let name = (index, user.user_principal_name.to_lowercase());
            self.report.once(
                &mut self.once.user_names,
                name,
                &at,
                ["is, letter case aside, the same name as", "choose another"],
            );
        }
    }

    /// A client's word for a resource must mean one application: within a tenant, and across
    /// tenants where one of the two applications is multi-tenant.
    fn identifier_uris(&mut self, file: &FileEntry) {
        let mut seen: HashMap<ResourceName, Vec<(usize, bool, At)>> = HashMap::new();
        let tenants = At::default().key("tenants");
        for (tenant, entry) in file.tenants.iter().enumerate() {
            for (position, application) in entry.applications.iter().enumerate() {
                let shared = application.sign_in_audience.is_multi_tenant();
                let at = tenants.index(tenant).key("applications").index(position);
                for (index, uri) in application.identifier_uris.iter().enumerate() {
                    let at = at.key("identifierUris").index(index);
                    let others = seen.entry(ResourceName::fold(uri)).or_default();
                    let first = others
                        .iter()
                        .find(|other| other.0 == tenant || other.1 || shared);
                    if let Some((.., first)) = first {
                        let clash = [SAME_URI, "a name stands for one application"];
                        self.report.repeated(&at, first, clash);
                    }
                    others.push((tenant, shared, at));
                }
            }
        }
    }
}
