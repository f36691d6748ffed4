//! Rules that concern several values of a file: what must be unique, what excludes what.

use std::collections::HashMap;
use std::hash::Hash;

use super::error::{At, Places, Problems};
use super::shape::{AppRoleEntry, ApplicationEntry, FileEntry, PasswordEntry, TenantEntry};
use crate::clock::Timestamp;
use crate::directory::{Domain, ResourceName, SignInAudience, TokenVersion};
use crate::ids::{AppId, AppRoleId, ApplicationId, KeyId, ServicePrincipalId, TenantId, UserId};

/// Redirect URIs of one application, over all platforms.
const REDIRECT_URIS_MAX: usize = 256;

const SAME_VALUE: &str = "is, letter case aside, the same value as";
const SAME_URI: &str = "is, letter case and a trailing slash aside, the same URI as";

/// Checks a whole file, without regard to the directory that it will be applied to.
pub(super) fn validate(file: &FileEntry, places: &Places, problems: &mut Problems) {
    let mut validator = Validator {
        places,
        problems,
        once: Once::default(),
    };
    let at = At::default().key("tenants");
    for (index, tenant) in file.tenants.iter().enumerate() {
        validator.tenant(tenant, index, &at.index(index));
    }
    validator.identifier_uris(file);
}

struct Validator<'a> {
    places: &'a Places,
    problems: &'a mut Problems,
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
    principal_ids: HashMap<ServicePrincipalId, At>,
    instances: HashMap<(usize, AppId), At>,
    user_ids: HashMap<UserId, At>,
    user_names: HashMap<(usize, String), At>,
}

impl Validator<'_> {
    fn problem(&mut self, at: &At, reason: impl Into<String>) {
        self.problems.add(self.places.of(at), at, reason);
    }

    /// Reports a value that another place has already: `is the same domain as ...; advice`.
    fn repeated(&mut self, at: &At, first: Option<At>, what: &str, advice: &str) {
        if let Some(first) = first {
            let line = self.places.of(&first).line;
            let reason = format!("{what} `{}` (line {line}); {advice}", first.as_str());
            self.problem(at, reason);
        }
    }

    fn tenant(&mut self, tenant: &TenantEntry, index: usize, at: &At) {
        if let Some(id) = tenant.id {
            let first = first(&mut self.once.tenant_ids, id, &at.key("id"));
            self.repeated(
                &at.key("id"),
                first,
                "is the same tenant id as",
                "merge the two tenants",
            );
        }
        if tenant.is_default == Some(true) {
            let at = at.key("isDefault");
            let first = first(&mut self.once.default, (), &at);
            self.repeated(
                &at,
                first,
                "is a second default beside",
                "one tenant at most is the default",
            );
        }
        for (index, domain) in tenant.domains.iter().enumerate() {
            let at = at.key("domains").index(index);
            let first = first(&mut self.once.domains, domain.clone(), &at);
            self.repeated(
                &at,
                first,
                "is the same domain as",
                "a domain belongs to one tenant",
            );
        }
        if tenant.id.is_none() && tenant.domains.is_empty() {
            let at = at.key("displayName");
            let first = first(
                &mut self.once.tenant_names,
                tenant.display_name.clone(),
                &at,
            );
            self.repeated(
                &at,
                first,
                "is the same name as",
                "give one of the two an `id` or a domain",
            );
        }
        for (position, application) in tenant.applications.iter().enumerate() {
            self.application(application, index, &at.key("applications").index(position));
        }
        self.service_principals(tenant, index, at);
        self.users(tenant, index, at);
    }

    fn application(&mut self, application: &ApplicationEntry, tenant: usize, at: &At) {
        self.application_names(application, tenant, at);
        self.app_roles(&application.app_roles, &at.key("appRoles"));
        self.scopes(application, &at.key("api").key("oauth2PermissionScopes"));
        self.redirect_uris(application, at);
        let takes_personal_accounts = matches!(
            application.sign_in_audience,
            SignInAudience::AzureADandPersonalMicrosoftAccount
                | SignInAudience::PersonalMicrosoftAccount
        );
        if takes_personal_accounts
            && application.api.requested_access_token_version != Some(TokenVersion::V2)
        {
            self.problem(
                &at.key("signInAudience"),
                "this audience takes version 2 tokens only; set \
                 `api.requestedAccessTokenVersion` to 2",
            );
        }
        let passwords = application
            .password_credentials
            .as_deref()
            .unwrap_or_default();
        for (index, password) in passwords.iter().enumerate() {
            self.password(password, &at.key("passwordCredentials").index(index));
        }
        match &application.service_principal {
            Some(principal) => {
                let at = at.key("servicePrincipal").key("id");
                self.principal_id(principal.id, &at);
            }
            None if !application.grants.is_empty() => self.problem(
                &at.key("grants"),
                "a grant needs a service principal, and `servicePrincipal` is null; remove one \
                 of the two",
            ),
            None => {}
        }
    }

    fn application_names(&mut self, application: &ApplicationEntry, tenant: usize, at: &At) {
        if let Some(app_id) = application.app_id {
            let at = at.key("appId");
            let first = first(&mut self.once.app_ids, app_id, &at);
            self.repeated(
                &at,
                first,
                "is the same appId as",
                "choose another, or leave the key out and one is made",
            );
        }
        if let Some(id) = application.id {
            let at = at.key("id");
            let first = first(&mut self.once.application_ids, id, &at);
            self.repeated(
                &at,
                first,
                "is the same object id as",
                "choose another, or leave the key out and one is made",
            );
        }
        if let Some(name) = &application.unique_name {
            let at = at.key("uniqueName");
            let first = first(&mut self.once.unique_names, (tenant, name.clone()), &at);
            self.repeated(&at, first, "is the same uniqueName as", "choose another");
        } else if application.app_id.is_none() && application.id.is_none() {
            let at = at.key("displayName");
            let name = (tenant, application.display_name.clone());
            let first = first(&mut self.once.application_names, name, &at);
            self.repeated(
                &at,
                first,
                "is the same name as",
                "give both an `appId` or a `uniqueName`",
            );
        }
    }

    fn app_roles(&mut self, roles: &[AppRoleEntry], at: &At) {
        let mut ids = HashMap::new();
        let mut values = HashMap::new();
        for (index, role) in roles.iter().enumerate() {
            let at = at.index(index);
            if let Some(id) = role.id {
                let at = at.key("id");
                let first = first(&mut ids, id, &at);
                self.repeated(
                    &at,
                    first,
                    "is the same role id as",
                    "choose another, or leave the key out and one is made",
                );
                if id == AppRoleId::DEFAULT_ACCESS {
                    self.problem(&at, "all zeros means default access; choose another id");
                }
            }
            match &role.value {
                Some(value) => {
                    let at = at.key("value");
                    let first = first(&mut values, value.to_ascii_lowercase(), &at);
                    self.repeated(&at, first, SAME_VALUE, "choose another");
                }
                None if role.id.is_none() => {
                    self.problem(&at, "needs a `value` or an `id` to be known by; add one");
                }
                None => {}
            }
            if role.allowed_member_types.is_empty() {
                let reason = "nobody could be assigned; write `[Application]` or leave the key out";
                self.problem(&at.key("allowedMemberTypes"), reason);
            }
        }
    }

    fn scopes(&mut self, application: &ApplicationEntry, at: &At) {
        let mut ids = HashMap::new();
        let mut values = HashMap::new();
        for (index, scope) in application.api.oauth2_permission_scopes.iter().enumerate() {
            let at = at.index(index);
            if let Some(id) = scope.id {
                let first = first(&mut ids, id, &at.key("id"));
                self.repeated(&at.key("id"), first, "is the same id as", "choose another");
            }
            if let Some(value) = &scope.value {
                let first = first(&mut values, value.to_ascii_lowercase(), &at.key("value"));
                self.repeated(&at.key("value"), first, SAME_VALUE, "choose another");
            }
        }
    }

    fn redirect_uris(&mut self, application: &ApplicationEntry, at: &At) {
        let count = application.web.redirect_uris.len()
            + application.spa.redirect_uris.len()
            + application.public_client.redirect_uris.len();
        if count > REDIRECT_URIS_MAX {
            let reason = format!("{count} redirect URIs; an application has at most 256");
            self.problem(at, reason);
        }
    }

    fn password(&mut self, password: &PasswordEntry, at: &At) {
        if let Some(key_id) = password.key_id {
            let at = at.key("keyId");
            let first = first(&mut self.once.key_ids, key_id, &at);
            self.repeated(
                &at,
                first,
                "is the same keyId as",
                "choose another, or leave the key out and one is made",
            );
        }
        if password.secret_text.is_some() && password.secret_text_file.is_some() {
            let reason = "`secretText` and `secretTextFile` both say the secret; remove one";
            self.problem(&at.key("secretTextFile"), reason);
        }
        if let (Some(start), Some(end)) = (password.start_date_time, password.end_date_time)
            && let Some(reason) = ends_too_soon(start, end)
        {
            self.problem(&at.key("endDateTime"), reason);
        }
    }

    fn service_principals(&mut self, tenant: &TenantEntry, index: usize, at: &At) {
        for (position, application) in tenant.applications.iter().enumerate() {
            if let Some(app_id) = application.app_id {
                let at = at.key("applications").index(position);
                first(&mut self.once.instances, (index, app_id), &at);
            }
        }
        for (position, principal) in tenant.service_principals.iter().enumerate() {
            let at = at.key("servicePrincipals").index(position);
            self.principal_id(principal.id, &at.key("id"));
            let at = at.key("appId");
            let first = first(&mut self.once.instances, (index, principal.app_id), &at);
            self.repeated(
                &at,
                first,
                "is an application that has its service principal in this tenant by",
                "remove one",
            );
        }
    }

    fn principal_id(&mut self, id: Option<ServicePrincipalId>, at: &At) {
        if let Some(id) = id {
            let first = first(&mut self.once.principal_ids, id, at);
            self.repeated(
                at,
                first,
                "is the same object id as",
                "choose another, or leave the key out and one is made",
            );
        }
    }

    fn users(&mut self, tenant: &TenantEntry, index: usize, at: &At) {
        for (position, user) in tenant.users.iter().enumerate() {
            let at = at.key("users").index(position);
            if let Some(id) = user.id {
                let first = first(&mut self.once.user_ids, id, &at.key("id"));
                self.repeated(
                    &at.key("id"),
                    first,
                    "is the same object id as",
                    "choose another, or leave the key out and one is made",
                );
            }
            let at = at.key("userPrincipalName");
            let name = (index, user.user_principal_name.to_lowercase());
            let first = first(&mut self.once.user_names, name, &at);
            self.repeated(
                &at,
                first,
                "is, letter case aside, the same name as",
                "choose another",
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
                        .find(|other| other.0 == tenant || other.1 || shared)
                        .map(|other| other.2.clone());
                    others.push((tenant, shared, at.clone()));
                    self.repeated(&at, first, SAME_URI, "a name stands for one application");
                }
            }
        }
    }
}

/// Why a secret with these dates could never be used.
pub(super) fn ends_too_soon(start: Timestamp, end: Timestamp) -> Option<String> {
    (end <= start).then(|| format!("the secret ends at {end}, not after its start at {start}"))
}

/// Notes the place of a value; where it had one already, answers that one.
fn first<K: Eq + Hash>(seen: &mut HashMap<K, At>, value: K, at: &At) -> Option<At> {
    match seen.entry(value) {
        std::collections::hash_map::Entry::Occupied(first) => Some(first.get().clone()),
        std::collections::hash_map::Entry::Vacant(vacant) => {
            vacant.insert(at.clone());
            None
        }
    }
}
