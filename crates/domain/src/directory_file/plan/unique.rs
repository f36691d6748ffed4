//! What the file gives must not be taken already: ids anywhere in the directory, URIs in tenants
//! that the file does not name.

use std::collections::HashMap;

use super::principals::PrincipalTarget;
use super::tenants::Target;
use super::{After, Planner};
use crate::directory::{Application, ResourceName, TenantState};
use crate::directory_file::error::quoted;
use crate::ids::{AppId, ApplicationId, KeyId, ServicePrincipalId, UserId};

pub(super) fn check(
    planner: &mut Planner<'_>,
    targets: &[Target<'_>],
    principals: &[Vec<PrincipalTarget<'_>>],
    after: &After<'_>,
) {
    let taken = Taken::of(planner.situation.current);
    for target in targets {
        application_ids(planner, target, &taken);
        key_ids(planner, target, &taken);
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
    user_ids: HashMap<UserId, &'a TenantState>,
}

impl<'a> Taken<'a> {
    fn of(current: &'a [TenantState]) -> Self {
        let mut taken = Self {
            app_ids: HashMap::new(),
            application_ids: HashMap::new(),
            principal_ids: HashMap::new(),
            key_ids: HashMap::new(),
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
            taken
                .key_ids
                .extend(passwords.map(|password| (password.key_id, password.application_id)));
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

fn key_ids(planner: &mut Planner<'_>, target: &Target<'_>, taken: &Taken<'_>) {
    for application in &target.applications {
        let passwords = application
            .entry
            .password_credentials
            .as_deref()
            .unwrap_or_default();
        for (index, password) in passwords.iter().enumerate() {
            let owner = password
                .key_id
                .and_then(|key_id| taken.key_ids.get(&key_id));
            if owner.is_some_and(|owner| *owner != application.new.id) {
                let at = application
                    .at
                    .key("passwordCredentials")
                    .index(index)
                    .key("keyId");
                planner.problem(
                    &at,
                    "a secret of another application has this id; choose another",
                );
            }
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
            let others = owners.get(&ResourceName::fold(uri)).into_iter().flatten();
            let mut rivals =
                others.filter(|other| is_shared || other.sign_in_audience.is_multi_tenant());
            if let Some(rival) = rivals.next() {
                let reason = format!(
                    "the application {} ({}) of another tenant has this URI, and one of the two is \
                     multi-tenant; choose another URI",
                    quoted(&rival.display_name),
                    rival.app_id
                );
                planner.problem(&application.at.key("identifierUris").index(index), reason);
            }
        }
    }
}
