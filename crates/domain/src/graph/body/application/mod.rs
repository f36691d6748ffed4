//! Applications.

mod apply;
mod check;
mod identifier_uri;
#[cfg(test)]
mod tests;

use serde_json::Value;
use uuid::Uuid;

use self::apply::apply;
use self::check::{check, count_entries};
use super::fields::owners;
use super::key::{KeyChanges, changed_keys};
use super::object::{Given, Members, is_empty, missing, read_only, refuse_read_only, unknown};
use super::password::{new_password, removed_passwords};
use super::{Context, NewPassword};
use crate::clock::Timestamp;
use crate::directory::{
    Application, AssertionPolicy, KeyCredential, Manifest, PasswordCredential, SignInAudience,
    SigningAlgorithm, Write,
};
use crate::graph::error::GraphError;
use crate::graph::wire::{ApplicationParts, Object, application, unsupported_properties};
use crate::ids::{AppId, ApplicationId, KeyId};

pub(super) const RESOURCE: &str = "Application";

/// The message where one collection has a value twice.
pub(super) const REPEATED: &str = "Request contains a property with duplicate values.";

/// What only this platform sets.
const READ_ONLY: [&str; 5] = [
    "appId",
    "createdDateTime",
    "deletedDateTime",
    "id",
    "publisherDomain",
];

/// An application to be added.
#[derive(Debug, Clone)]
pub struct NewApplication {
    /// The registration.
    pub application: Application,
    /// Its secrets, to be shown once.
    pub passwords: Vec<NewPassword>,
    /// Its certificates.
    pub keys: Vec<KeyCredential>,
    /// The object ids in `owners@odata.bind`, each once, not looked up yet.
    pub owners: Vec<Uuid>,
}

/// An application with all of its credentials, those for single instances too.
#[derive(Debug, Clone, Copy)]
pub struct StoredApplication<'a> {
    /// The registration.
    pub application: &'a Application,
    /// Its secrets.
    pub passwords: &'a [PasswordCredential],
    /// Its certificates.
    pub keys: &'a [KeyCredential],
}

/// What becomes of an application.
#[derive(Debug, Clone)]
pub struct ApplicationChange {
    /// The registration as it will be.
    pub application: Application,
    /// Secrets that go.
    pub passwords_removed: Vec<KeyId>,
    /// Certificates that come.
    pub keys_added: Vec<KeyCredential>,
    /// Certificates that stay, with another name.
    pub keys_changed: Vec<KeyCredential>,
    /// Certificates that go.
    pub keys_removed: Vec<KeyId>,
}

impl NewApplication {
    /// The writes that add it, without its owners.
    pub fn writes(&self) -> Vec<Write> {
        let tenant_id = self.application.tenant_id;
        let passwords = self.passwords.iter().map(|new| Write::AddPassword {
            tenant_id,
            password: new.credential.clone(),
        });
        let keys = self.keys.iter().map(|key| Write::AddKey {
            tenant_id,
            key: key.clone(),
        });
        let add = Write::AddApplication(self.application.clone());
        std::iter::once(add).chain(passwords).chain(keys).collect()
    }
}

impl ApplicationChange {
    /// The writes that carry it out; none where nothing changes.
    pub fn writes(&self, current: &Application) -> Vec<Write> {
        let (tenant_id, application_id) = (current.tenant_id, current.id);
        let update = (self.application != *current)
            .then(|| Write::UpdateApplication(self.application.clone()));
        let passwords = self.passwords_removed.iter().map(|key_id| {
            let key_id = *key_id;
            Write::RemovePassword {
                tenant_id,
                application_id,
                key_id,
            }
        });
        let removed = self.keys_removed.iter().map(|key_id| Write::RemoveKey {
            tenant_id,
            application_id,
            key_id: *key_id,
        });
        let changed = self.keys_changed.iter().map(|key| Write::UpdateKey {
            tenant_id,
            key: key.clone(),
        });
        let added = self.keys_added.iter().map(|key| Write::AddKey {
            tenant_id,
            key: key.clone(),
        });
        let credentials = passwords.chain(removed).chain(changed).chain(added);
        update.into_iter().chain(credentials).collect()
    }

    /// Whether it gives the application a credential that it did not have.
    pub fn adds_credential(&self) -> bool {
        !self.keys_added.is_empty()
    }
}

/// Reads an application to be added. `unique_name`: the key of an upsert.
///
/// Whether its names are free, and who its owners are, is for the caller to see.
pub fn new_application(
    body: Object,
    unique_name: Option<&str>,
    context: &Context<'_>,
) -> Result<NewApplication, GraphError> {
    let mut members = Members::new(body, RESOURCE);
    refuse_read_only(&mut members, &READ_ONLY)?;
    let owners = owners(&mut members, RESOURCE)?;
    let passwords: Vec<Object> = members
        .read("passwordCredentials")?
        .value()
        .unwrap_or_default();
    let keys: Vec<Object> = members.read("keyCredentials")?.value().unwrap_or_default();
    let mut application = blank(unique_name, context);
    apply(&mut members, &mut application)?;
    if application.display_name.is_empty() {
        return Err(missing("displayName", RESOURCE));
    }
    refuse_unsupported(members, &unsupported_properties())?;
    let entries = count_entries(&application) + passwords.len() + keys.len();
    check(&application, None, entries, context)?;
    let passwords = passwords
        .into_iter()
        .map(|entry| new_password(entry, &application, None, context))
        .collect::<Result<_, _>>()?;
    let keys = changed_keys(keys, &[], &application, context)?.added;
    Ok(NewApplication {
        application,
        passwords,
        keys,
        owners,
    })
}

/// Reads a change of an application. Whether its names are free is for the caller to see.
pub fn change_application(
    body: Object,
    current: StoredApplication<'_>,
    context: &Context<'_>,
) -> Result<ApplicationChange, GraphError> {
    let mut members = Members::new(body, RESOURCE);
    let old = current.application;
    let own: Vec<_> = current
        .passwords
        .iter()
        .filter(|password| password.service_principal_id.is_none())
        .collect();
    let passwords_removed = match credentials(&mut members, "passwordCredentials")? {
        Some(entries) => removed_passwords(entries, &own)?,
        None => Vec::new(),
    };
    let keys = match credentials(&mut members, "keyCredentials")? {
        Some(entries) => changed_keys(entries, current.keys, old, context)?,
        None => KeyChanges::default(),
    };
    let mut application = old.clone();
    apply(&mut members, &mut application)?;
    let shown = shown(current, context);
    refuse_changed(&mut members, &shown)?;
    refuse_unsupported(members, &shown)?;
    let credentials = current.passwords.len() + current.keys.len() + keys.added.len();
    let entries = count_entries(&application) + credentials;
    let entries = entries.saturating_sub(passwords_removed.len() + keys.removed.len());
    check(&application, Some(old), entries, context)?;
    Ok(ApplicationChange {
        application,
        passwords_removed,
        keys_added: keys.added,
        keys_changed: keys.changed,
        keys_removed: keys.removed,
    })
}

/// A set of credentials. It is emptied by `[]` and not by `null`, which is easily sent by mistake.
fn credentials(members: &mut Members, name: &str) -> Result<Option<Vec<Object>>, GraphError> {
    match members.read(name)? {
        Given::Absent => Ok(None),
        Given::Null => Err(missing(name, RESOURCE)),
        Given::Value(entries) => Ok(Some(entries)),
    }
}

fn blank(unique_name: Option<&str>, context: &Context<'_>) -> Application {
    Application {
        id: ApplicationId::random(context.random),
        tenant_id: context.tenant.id,
        app_id: AppId::random(context.random),
        display_name: String::new(),
        sign_in_audience: SignInAudience::default(),
        identifier_uris: Vec::new(),
        app_roles: Vec::new(),
        requested_access_token_version: None,
        is_fallback_public_client: false,
        is_disabled: false,
        access_token_lifetime: None,
        access_token_signing_algorithm: SigningAlgorithm::default(),
        assertion_policy: AssertionPolicy::default(),
        manifest: Manifest {
            unique_name: unique_name.map(str::to_owned),
            ..Manifest::default()
        },
        created_at: context.now,
        deleted_at: None,
    }
}

fn shown(current: StoredApplication<'_>, context: &Context<'_>) -> Object {
    application(&ApplicationParts {
        application: current.application,
        passwords: &[],
        keys: &[],
        publisher_domain: context.tenant.domains.first(),
        shows_keys: false,
    })
}

/// Clients send back what they read; only another value is refused.
fn refuse_changed(members: &mut Members, shown: &Object) -> Result<(), GraphError> {
    for name in READ_ONLY {
        let is_same = match members.take(name) {
            Given::Absent => true,
            Given::Null => shown.get(name).is_none_or(Value::is_null),
            Given::Value(given) => shown.get(name).is_some_and(|shown| is_same(&given, shown)),
        };
        if !is_same {
            return Err(read_only(name));
        }
    }
    Ok(())
}

fn is_same(given: &Value, shown: &Value) -> bool {
    let time = |value: &Value| value.as_str()?.parse::<Timestamp>().ok();
    given == shown
        || time(given).is_some_and(|given| {
            time(shown).is_some_and(|shown| super::password::is_same_time(given, shown))
        })
}

/// What is left is unknown, or known and not there: that may be sent as long as it says nothing.
fn refuse_unsupported(members: Members, shown: &Object) -> Result<(), GraphError> {
    let unsupported = unsupported_properties();
    for (name, value) in members.rest() {
        if !unsupported.contains_key(&name) {
            return Err(unknown(&name));
        }
        if !is_empty(&value) && shown.get(&name) != Some(&value) {
            return Err(GraphError::bad_request(format!(
                "Property '{name}' is not supported here and can only be null or empty."
            )));
        }
    }
    Ok(())
}
