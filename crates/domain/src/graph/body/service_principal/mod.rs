use uuid::Uuid;

use crate::directory::rules::{page, prose, word};
use crate::directory::{
    Application, KeyCredential, ServicePrincipal, ServicePrincipalDetails, Write,
};
use crate::graph::body::Context;
use crate::graph::body::fields::{owners, set, set_text, take_unchanged};
use crate::graph::body::key::{KeyChanges, changed_keys};
use crate::graph::body::object::{Given, Members, invalid, missing};
use crate::graph::body::password::removed_passwords;
use crate::graph::error::GraphError;
use crate::graph::wire::{Object, ServicePrincipalParts, service_principal};
use crate::ids::{AppId, KeyId, ServicePrincipalId};

const RESOURCE: &str = "ServicePrincipal";

/// Entries of all lists of a service principal; the original's limit for a whole object.
const ENTRIES_MAX: usize = 1_200;

/// A service principal to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewServicePrincipal {
    /// The instance.
    pub principal: ServicePrincipal,
    /// The object ids in `owners@odata.bind`, not looked up yet.
    pub owners: Vec<Uuid>,
}

/// What becomes of a service principal.
#[derive(Debug, Clone)]
pub struct ServicePrincipalChange {
    /// The instance as it will be.
    pub principal: ServicePrincipal,
    /// Secrets that go.
    pub passwords_removed: Vec<KeyId>,
    /// Certificates that come.
    pub keys_added: Vec<KeyCredential>,
    /// Certificates that stay, with another name.
    pub keys_changed: Vec<KeyCredential>,
    /// Certificates that go.
    pub keys_removed: Vec<KeyId>,
}

impl ServicePrincipalChange {
    /// The writes that carry it out; none where nothing changes.
    pub fn writes(&self, current: &ServicePrincipal, application: &Application) -> Vec<Write> {
        // Its own credentials are of its tenant, whichever the application's is.
        let (tenant_id, application_id) = (current.tenant_id, application.id);
        let mut writes = Vec::new();
        if self.principal != *current {
            writes.push(Write::UpdateServicePrincipal(self.principal.clone()));
        }
        let passwords = self.passwords_removed.iter();
        writes.extend(passwords.map(|&key_id| Write::RemovePassword {
            tenant_id,
            application_id,
            key_id,
        }));
        let removed = self.keys_removed.iter();
        writes.extend(removed.map(|&key_id| Write::RemoveKey {
            tenant_id,
            application_id,
            key_id,
        }));
        let changed = self.keys_changed.iter().cloned();
        writes.extend(changed.map(|key| Write::UpdateKey { tenant_id, key }));
        let added = self.keys_added.iter().cloned();
        writes.extend(added.map(|key| Write::AddKey { tenant_id, key }));
        writes
    }

    /// Whether it gives the service principal a credential that it did not have.
    pub fn adds_credential(&self) -> bool {
        !self.keys_added.is_empty()
    }
}

/// The application that a body asks a service principal of, for looking it up. `key`: the client id
/// in the path of an upsert.
pub fn requested_app_id(body: &Object, key: Option<AppId>) -> Result<AppId, GraphError> {
    let mut members = Members::new(body.clone(), RESOURCE);
    match (members.read("appId")?.value(), key) {
        (Some(given), Some(key)) if given != key => Err(invalid(
            "appId",
            RESOURCE,
            "is not the client id of the path",
        )),
        (given, key) => given.or(key).ok_or_else(|| missing("appId", RESOURCE)),
    }
}

/// Reads a service principal to be added, of the application that [`requested_app_id`] named.
pub fn new_service_principal(
    body: Object,
    application: &Application,
    context: &Context<'_>,
) -> Result<NewServicePrincipal, GraphError> {
    let mut members = Members::new(body, RESOURCE);
    let owners = owners(&mut members, RESOURCE)?;
    members.take("appId");
    let principal = ServicePrincipal {
        id: ServicePrincipalId::random(context.random),
        tenant_id: context.tenant.id,
        app_id: application.app_id,
        account_enabled: true,
        app_role_assignment_required: false,
        details: ServicePrincipalDetails::default(),
        created_at: context.now,
    };
    let principal = changed(&mut members, principal)?;
    let parts = ServicePrincipalParts {
        principal: &principal,
        application,
        passwords: &[],
        keys: &[],
        deleted_at: None,
        shows_keys: false,
    };
    take_unchanged(&mut members, &service_principal(&parts))?;
    Ok(NewServicePrincipal { principal, owners })
}

/// Reads a change of a service principal. What it has from its application is changed there.
pub fn change_service_principal(
    body: Object,
    current: &ServicePrincipalParts<'_>,
    context: &Context<'_>,
) -> Result<ServicePrincipalChange, GraphError> {
    let mut members = Members::new(body, RESOURCE);
    let id = current.principal.id;
    let own: Vec<_> = current
        .passwords
        .iter()
        .filter(|password| password.service_principal_id == Some(id))
        .collect();
    let passwords_removed = match credentials(&mut members, "passwordCredentials")? {
        Some(entries) => removed_passwords(entries, &own)?,
        None => Vec::new(),
    };
    let keys = match credentials(&mut members, "keyCredentials")? {
        Some(entries) => own_keys(entries, current, context)?,
        None => KeyChanges::default(),
    };
    let principal = changed(&mut members, current.principal.clone())?;
    take_unchanged(&mut members, &service_principal(current))?;
    Ok(ServicePrincipalChange {
        principal,
        passwords_removed,
        keys_added: keys.added,
        keys_changed: keys.changed,
        keys_removed: keys.removed,
    })
}

/// No application that this tenant can see has the client id. Clients compare the message.
pub fn no_such_application(app_id: AppId) -> GraphError {
    GraphError::bad_request(format!(
        "The appId '{app_id}' of the service principal does not reference a valid application \
         object."
    ))
}

/// The application has a service principal in this tenant already.
pub fn service_principal_exists(app_id: AppId) -> GraphError {
    GraphError::new(
        400,
        "Request_MultipleObjectsWithSameKeyValue",
        format!(
            "The service principal cannot be created, updated, or restored because the service \
             principal name {app_id} is already in use."
        ),
    )
}

/// A set of credentials. It is emptied by `[]` and not by `null`, which is easily sent by mistake.
fn credentials(members: &mut Members, name: &str) -> Result<Option<Vec<Object>>, GraphError> {
    match members.read(name)? {
        Given::Absent => Ok(None),
        Given::Null => Err(invalid(
            name,
            RESOURCE,
            "must be a list; send [] to empty it",
        )),
        Given::Value(entries) => Ok(Some(entries)),
    }
}

/// The set of an application's own certificates is that of those which belong to no instance, so
/// the two change places here.
fn own_keys(
    entries: Vec<Object>,
    current: &ServicePrincipalParts<'_>,
    context: &Context<'_>,
) -> Result<KeyChanges, GraphError> {
    let id = Some(current.principal.id);
    let stored: Vec<_> = current
        .keys
        .iter()
        .map(|key| KeyCredential {
            service_principal_id: if key.service_principal_id == id {
                None
            } else {
                id
            },
            ..key.clone()
        })
        .collect();
    let mut changes = changed_keys(entries, &stored, current.application, context)?;
    for key in changes.added.iter_mut().chain(&mut changes.changed) {
        key.service_principal_id = id;
    }
    Ok(changes)
}

fn changed(
    members: &mut Members,
    mut principal: ServicePrincipal,
) -> Result<ServicePrincipal, GraphError> {
    set(
        members,
        "accountEnabled",
        RESOURCE,
        &mut principal.account_enabled,
    )?;
    let required = &mut principal.app_role_assignment_required;
    set(members, "appRoleAssignmentRequired", RESOURCE, required)?;
    let details = &mut principal.details;
    set_text(
        members,
        "description",
        RESOURCE,
        &mut details.description,
        prose,
    )?;
    set_text(members, "notes", RESOURCE, &mut details.notes, prose)?;
    set_text(members, "loginUrl", RESOURCE, &mut details.login_url, page)?;
    let mode = &mut details.preferred_single_sign_on_mode;
    set_text(members, "preferredSingleSignOnMode", RESOURCE, mode, word)?;
    list(members, "alternativeNames", &mut details.alternative_names)?;
    let addresses = &mut details.notification_email_addresses;
    list(members, "notificationEmailAddresses", addresses)?;
    list(members, "tags", &mut details.tags)?;
    Ok(principal)
}

fn list(members: &mut Members, name: &str, value: &mut Vec<String>) -> Result<(), GraphError> {
    let given: Given<Vec<String>> = members.read(name)?;
    if given == Given::Absent {
        return Ok(());
    }
    let mut items = given.value().unwrap_or_default();
    if items.len() > ENTRIES_MAX {
        let reason = format!("has {} entries; use at most {ENTRIES_MAX}", items.len());
        return Err(invalid(name, RESOURCE, reason));
    }
    for item in &items {
        word(item)
            .map_err(|reason| invalid(name, RESOURCE, format!("has an entry that {reason}")))?;
    }
    let mut seen = std::collections::HashSet::new();
    items.retain(|item| seen.insert(item.clone()));
    *value = items;
    Ok(())
}

#[cfg(test)]
mod tests;
