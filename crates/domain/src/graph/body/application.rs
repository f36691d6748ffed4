use uuid::Uuid;

use super::object::missing;
use super::{Context, NewPassword};
use crate::directory::{Application, KeyCredential, PasswordCredential, Write};
use crate::graph::error::GraphError;
use crate::graph::wire::Object;
use crate::ids::KeyId;

const RESOURCE: &str = "Application";

/// An application to be added.
#[derive(Debug, Clone)]
pub struct NewApplication {
    /// The registration.
    pub application: Application,
    /// Its secrets, to be shown once.
    pub passwords: Vec<NewPassword>,
    /// Its certificates.
    pub keys: Vec<KeyCredential>,
    /// The object ids in `owners@odata.bind`, not looked up yet.
    pub owners: Vec<Uuid>,
}

/// An application with its credentials: those of the application itself, not of an instance.
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
        Vec::new()
    }
}

impl ApplicationChange {
    /// The writes that carry it out; none where nothing changes.
    pub fn writes(&self, current: &Application) -> Vec<Write> {
        let _ = current;
        Vec::new()
    }

    /// Whether it gives the application a credential that it did not have.
    pub fn adds_credential(&self) -> bool {
        !self.keys_added.is_empty()
    }
}

/// Reads an application to be added. `unique_name`: the key of an upsert.
pub fn new_application(
    body: Object,
    unique_name: Option<&str>,
    context: &Context<'_>,
) -> Result<NewApplication, GraphError> {
    let _ = (body, unique_name, context);
    Err(missing("displayName", RESOURCE))
}

/// Reads a change of an application. Whether its names are free is for the caller to see.
pub fn change_application(
    body: Object,
    current: StoredApplication<'_>,
    context: &Context<'_>,
) -> Result<ApplicationChange, GraphError> {
    let _ = (body, context);
    Ok(ApplicationChange {
        application: current.application.clone(),
        passwords_removed: Vec::new(),
        keys_added: Vec::new(),
        keys_changed: Vec::new(),
        keys_removed: Vec::new(),
    })
}
