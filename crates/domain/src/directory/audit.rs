use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::ids::{AppId, CorrelationId, ServicePrincipalId, UserId};

/// Who did what, when: one record for each commit.
#[derive(Debug, Clone)]
pub struct AuditRecord {
    /// When it happened.
    pub at: Timestamp,
    /// What was done, in the original's words where it has some: `Add application`.
    pub activity: String,
    /// Who did it; nobody for commands on the machine itself.
    pub actor: Option<Actor>,
    /// The request's id.
    pub correlation_id: CorrelationId,
    /// The changed things, in plain words; secrets are never named.
    pub changes: Vec<String>,
    /// The changed objects, property by property; empty where a whole directory was applied.
    pub targets: Vec<AuditTarget>,
}

impl AuditRecord {
    /// The record of a command on the machine itself.
    pub fn of_command(
        at: Timestamp,
        activity: impl Into<String>,
        correlation_id: CorrelationId,
        changes: Vec<String>,
    ) -> Self {
        Self {
            at,
            activity: activity.into(),
            actor: None,
            correlation_id,
            changes,
            targets: Vec::new(),
        }
    }
}

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// An application, by the API.
    Application {
        /// Its client id.
        app_id: AppId,
        /// Its instance in the tenant.
        service_principal_id: Option<ServicePrincipalId>,
    },
    /// A person, on the pages.
    User(UserId),
}

/// One object that was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditTarget {
    /// The object id.
    pub id: Uuid,
    /// What it is: `Application`, `ServicePrincipal`, `User`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it was called when it was changed.
    pub display_name: Option<String>,
    /// The properties that have another value now.
    pub modified_properties: Vec<ModifiedProperty>,
}

/// A property with its old and new value. Never a secret: of credentials there are names and dates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModifiedProperty {
    /// The property, as Microsoft Graph names it.
    pub display_name: String,
    /// Before; nothing where the object was added.
    pub old_value: Option<Value>,
    /// After; nothing where the object was removed.
    pub new_value: Option<Value>,
}
