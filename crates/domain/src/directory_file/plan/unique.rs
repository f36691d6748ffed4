//! What the file gives must not be taken already: ids anywhere in the directory, URIs in tenants
//! that the file does not name.

use std::collections::HashMap;

use super::applications::ApplicationTarget;
use super::principals::PrincipalTarget;
use super::tenants::Target;
use super::{After, Planner};
use crate::directory::{Application, ResourceName, TenantState};
use crate::directory_file::error::quoted;
use crate::graph::permission::{GRAPH_URI, graph_names};
use crate::ids::{AppId, ApplicationId, FederatedCredentialId, KeyId, ServicePrincipalId, UserId};

pub(super) fn check(
    planner: &mut Planner<'_>,
    targets: &[Target<'_>],
    principals: &[Vec<PrincipalTarget<'_>>],
    after: &After<'_>,
) {
    let taken = Taken::of(planner.situation.current);
    for target in targets {
        application_ids(planner, target, &taken);
        for application in &target.applications {
            credential_ids(planner, application, &taken);
        }
        user_ids(planner, target, &taken);
    }
    for principal in principals.iter().flatten() {
        if let (Some(at), None) = (&principal.id_at, principal.old)
            && taken.principal_ids.contains_key(&principal.new.id)
        {
            planner.problem(at, "another service principal has this id; choose another");
        }
    }
    identifier_uris(planner, targets, after);
}

/// Every id of the stored directory.
struct Taken<'a> {
    app_ids: HashMap<AppId, &'a TenantState>,
    application_ids: HashMap<ApplicationId, &'a TenantState>,
    principal_ids: HashMap<ServicePrincipalId, ()>,
    key_ids: HashMap<KeyId, ApplicationId>,
    federated_ids: HashMap<FederatedCredentialId, ApplicationId>,
    user_ids: HashMap<UserId, &'a TenantState>,
}

impl<'a> Taken<'a> {
    fn of(current: &'a [TenantState]) -> Self {
        let mut taken = Self {
            app_ids: HashMap::new(),
            application_ids: HashMap::new(),
            principal_ids: HashMap::new(),
            key_ids: HashMap::new(),
            federated_ids: HashMap::new(),
            user_ids: HashMap::new(),
        };
        for state in current {
            for application in &state.applications {
                taken.app_ids.insert(application.app_id, state);
                taken.application_ids.insert(application.id, state);
            }
            let principals = state.service_principals.iter();
            taken
                .principal_ids
                .extend(principals.map(|principal| (principal.id, ())));
            let passwords = state.passwords.iter();
            let passwords = passwords.map(|password| (password.key_id, password.application_id));
            let keys = state
                .keys
                .iter()
                .map(|key| (key.key_id, key.application_id));
            taken.key_ids.extend(passwords.chain(keys));
            let federated = state.federated.iter();
            taken
                .federated_ids
                .extend(federated.map(|one| (one.id, one.application_id)));
            taken
                .user_ids
                .extend(state.users.iter().map(|user| (user.id, state)));
        }
        taken
    }
}

fn application_ids(planner: &mut Planner<'_>, target: &Target<'_>, taken: &Taken<'_>) {
    for application in &target.applications {
        if application.old.is_some() {
            continue;
        }
        let at = &application.at;
        if let Some(app_id) = application.entry.app_id {
            if let Some(owner) = taken.app_ids.get(&app_id) {
                planner.problem(&at.key("appId"), taken_in(owner, "application"));
            } else if planner.situation.deleted_app_ids.contains(&app_id) {
                let reason = "a deleted application has this appId and could be restored; choose \
                              another, or leave the key out and one is made";
                planner.problem(&at.key("appId"), reason);
            }
        }
        if let Some(owner) = application
            .entry
            .id
            .and_then(|id| taken.application_ids.get(&id))
        {
            planner.problem(&at.key("id"), taken_in(owner, "application"));
        }
    }
}

fn credential_ids(
    planner: &mut Planner<'_>,
    application: &ApplicationTarget<'_>,
    taken: &Taken<'_>,
) {
    let id = application.new.id;
    let entry = application.entry;
    let is_foreign = |owner: Option<&ApplicationId>| owner.is_some_and(|owner| *owner != id);
    let mut refuse = |list: &str, index: usize, key: &str| {
        let at = application.at.key(list).index(index).key(key);
        let reason = "a credential of another application has this id; choose another";
        planner.problem(&at, reason);
    };
    let passwords = entry.password_credentials.as_deref().unwrap_or_default();
    for (index, password) in passwords.iter().enumerate() {
        if is_foreign(password.key_id.and_then(|id| taken.key_ids.get(&id))) {
            refuse("passwordCredentials", index, "keyId");
        }
    }
    let certificates = entry.key_credentials.as_deref().unwrap_or_default();
    for (index, certificate) in certificates.iter().enumerate() {
        if is_foreign(certificate.key_id.and_then(|id| taken.key_ids.get(&id))) {
            refuse("keyCredentials", index, "keyId");
        }
    }
    let federated = entry
        .federated_identity_credentials
        .as_deref()
        .unwrap_or_default();
    for (index, credential) in federated.iter().enumerate() {
        if is_foreign(credential.id.and_then(|id| taken.federated_ids.get(&id))) {
            refuse("federatedIdentityCredentials", index, "id");
        }
    }
}

fn user_ids(planner: &mut Planner<'_>, target: &Target<'_>, taken: &Taken<'_>) {
    for (index, user) in target.entry.users.iter().enumerate() {
        let owner = user.id.and_then(|id| taken.user_ids.get(&id));
        if let Some(owner) = owner.filter(|owner| owner.tenant.id != target.tenant.id) {
            let at = target.at.key("users").index(index).key("id");
            planner.problem(&at, taken_in(owner, "user"));
        }
    }
}

fn taken_in(owner: &TenantState, what: &str) -> String {
    format!(
        "another {what}, in the tenant {}, has this id; choose another, or leave the key out and \
         one is made",
        quoted(&owner.tenant.display_name)
    )
}

/// Within the file `validate` has looked; here the file meets the tenants that it does not name.
fn identifier_uris(planner: &mut Planner<'_>, targets: &[Target<'_>], after: &After<'_>) {
    let mut owners: HashMap<ResourceName, Vec<&Application>> = HashMap::new();
    let base_url = planner.situation.base_url.unwrap_or(GRAPH_URI);
    let graph: Vec<_> = graph_names(base_url)
        .iter()
        .map(|name| ResourceName::fold(name))
        .collect();
    for application in after.others.iter().flat_map(|state| &state.applications) {
        for uri in &application.identifier_uris {
            owners
                .entry(ResourceName::fold(uri))
                .or_default()
                .push(application);
        }
    }
    for application in targets.iter().flat_map(|target| &target.applications) {
        let is_shared = application.new.sign_in_audience.is_multi_tenant();
        for (index, uri) in application.new.identifier_uris.iter().enumerate() {
            let name = ResourceName::fold(uri);
            let at = application.at.key("identifierUris").index(index);
            if graph.contains(&name) {
                // With such a name an application could be sent tokens that the Graph API takes.
                planner.problem(
                    &at,
                    "stands for the Graph API of this server; choose another URI",
                );
                continue;
            }
            let others = owners.get(&name).into_iter().flatten();
            let mut rivals =
                others.filter(|other| is_shared || other.sign_in_audience.is_multi_tenant());
            if let Some(rival) = rivals.next() {
                let reason = format!(
                    "the application {} ({}) of another tenant has this URI, and one of the two is \
                     multi-tenant; choose another URI",
                    quoted(&rival.display_name),
                    rival.app_id
                );
                planner.problem(&at, reason);
            }
        }
    }
}
