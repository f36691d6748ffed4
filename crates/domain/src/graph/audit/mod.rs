//! The record of what was done through the API: one for each write.
//!
//! Values come from the objects as the API shows them, which never have a secret, a hash or the
//! bytes of a key.

mod activity;

use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::directory::{
    Actor, Application, AuditRecord, AuditTarget, DirectoryRole, ModifiedProperty, Owner,
    ServicePrincipal, Tenant, User,
};
use crate::directory_file::{PlanLine, Sign, changes, quoted};
use crate::ids::CorrelationId;

pub use activity::Activity;

/// An object that a record is about.
#[derive(Debug, Clone)]
pub struct Target {
    id: Uuid,
    kind: &'static str,
    words: &'static str,
    display_name: String,
}

impl Target {
    /// An application.
    pub fn application(application: &Application) -> Self {
        let name = application.display_name.clone();
        Self::new(application.id.uuid(), "Application", "application", name)
    }

    /// A service principal, which is called like its application.
    pub fn service_principal(principal: &ServicePrincipal, application: &Application) -> Self {
        let name = application.display_name.clone();
        Self::new(
            principal.id.uuid(),
            "ServicePrincipal",
            "service principal",
            name,
        )
    }

    /// A user.
    pub fn user(user: &User) -> Self {
        Self::new(user.id.uuid(), "User", "user", user.display_name.clone())
    }

    /// A tenant.
    pub fn tenant(tenant: &Tenant) -> Self {
        let name = tenant.display_name.clone();
        Self::new(tenant.id.uuid(), "Directory", "tenant", name)
    }

    /// An owner whose name is known.
    pub fn owner(owner: Owner, display_name: String) -> Self {
        match owner {
            Owner::ServicePrincipal(id) => Self::new(
                id.uuid(),
                "ServicePrincipal",
                "service principal",
                display_name,
            ),
            Owner::User(id) => Self::new(id.uuid(), "User", "user", display_name),
        }
    }

    fn new(id: Uuid, kind: &'static str, words: &'static str, display_name: String) -> Self {
        Self {
            id,
            kind,
            words,
            display_name,
        }
    }

    fn title(&self) -> String {
        format!(
            "{} {} ({})",
            self.words,
            quoted(&self.display_name),
            self.id
        )
    }

    fn modified(&self, modified_properties: Vec<ModifiedProperty>) -> AuditTarget {
        AuditTarget {
            id: self.id,
            kind: self.kind.to_owned(),
            display_name: Some(self.display_name.clone()),
            modified_properties,
        }
    }
}

/// A record that is being put together. What a write changes beside its main object is added to the
/// same record.
#[derive(Debug)]
pub struct Audit(AuditRecord);

impl Audit {
    /// A record without a target yet.
    pub fn new(
        activity: Activity,
        at: Timestamp,
        actor: Actor,
        correlation_id: CorrelationId,
    ) -> Self {
        Self(AuditRecord {
            at,
            activity: activity.name().to_owned(),
            actor: Some(actor),
            correlation_id,
            changes: Vec::new(),
            targets: Vec::new(),
        })
    }

    /// An object as it was and as it is, in its full wire form: nothing before if it was added or
    /// restored, nothing after if it was deleted.
    #[must_use]
    pub fn object(
        self,
        target: &Target,
        before: Option<&Map<String, Value>>,
        after: Option<&Map<String, Value>>,
    ) -> Self {
        let (before, after) = (before.map(shown), after.map(shown));
        let (sign, text) = match (&before, &after) {
            (None, _) => (Sign::Added, target.title()),
            (Some(_), None) => (Sign::Removed, target.title()),
            (Some(before), Some(after)) => {
                let what = changes(before, after);
                (Sign::Changed, format!("{}: {what}", target.title()))
            }
        };
        self.line(sign, text)
            .target(target.modified(modified(before.as_ref(), after.as_ref())))
    }

    /// One thing of an object's collection: a credential, a federated credential.
    #[must_use]
    pub fn part(
        self,
        target: &Target,
        property: &str,
        before: Option<&Map<String, Value>>,
        after: Option<&Map<String, Value>>,
    ) -> Self {
        let value = |part: Option<&Map<String, Value>>| part.map(shown).map(Value::Object);
        let (before, after) = (value(before), value(after));
        let list = |part: &Option<Value>| json!({property: Vec::from_iter(part)});
        let what = changes(&list(&before), &list(&after));
        let property = ModifiedProperty {
            display_name: property.to_owned(),
            old_value: before,
            new_value: after,
        };
        self.line(Sign::Changed, format!("{}: {what}", target.title()))
            .target(target.modified(vec![property]))
    }

    /// Somebody became an owner, or is none any more.
    #[must_use]
    pub fn owner(self, object: &Target, owner: &Target, is_added: bool) -> Self {
        let sign = if is_added { Sign::Added } else { Sign::Removed };
        let text = format!("owner {} of {}", owner.title(), object.title());
        let properties = [
            ("Owner.ObjectID", json!(owner.id)),
            ("Owner.DisplayName", json!(owner.display_name)),
        ];
        self.line(sign, text)
            .target(object.modified(on_one_side(properties, is_added)))
            .target(owner.modified(Vec::new()))
    }

    /// A user was given a directory role, or had it taken away.
    #[must_use]
    pub fn directory_role(self, user: &Target, role: DirectoryRole, is_added: bool) -> Self {
        let name = role.display_name().to_owned();
        let role = Target::new(role.template_id(), "Role", "role", name);
        let sign = if is_added { Sign::Added } else { Sign::Removed };
        let text = format!("{} of {}", role.title(), user.title());
        let properties = [
            ("Role.TemplateId", json!(role.id)),
            ("Role.DisplayName", json!(role.display_name)),
        ];
        self.line(sign, text)
            .target(user.modified(on_one_side(properties, is_added)))
            .target(role.modified(Vec::new()))
    }

    /// Something was done to an object that changes none of its properties.
    #[must_use]
    pub fn done(self, target: &Target, what: &str) -> Self {
        let text = format!("{}: {what}", target.title());
        self.line(Sign::Changed, text)
            .target(target.modified(Vec::new()))
    }

    /// An app role was granted or withdrawn. `role` is its value, where it has one.
    #[must_use]
    pub fn assignment(
        self,
        resource: &Target,
        principal: &Target,
        role: Option<&str>,
        assignment: &Map<String, Value>,
        is_added: bool,
    ) -> Self {
        let app_role_id = assignment.get("appRoleId").cloned().unwrap_or_default();
        let properties = [
            ("AppRole.Id", app_role_id),
            ("AppRole.Value", json!(role)),
            ("ServicePrincipal.ObjectID", json!(principal.id)),
            (
                "ServicePrincipal.DisplayName",
                json!(principal.display_name),
            ),
        ];
        let sign = if is_added { Sign::Added } else { Sign::Removed };
        let text = format!(
            "grant of {} on {} to {}",
            role.unwrap_or("default access"),
            quoted(&resource.display_name),
            quoted(&principal.display_name)
        );
        self.line(sign, text)
            .target(resource.modified(on_one_side(properties, is_added)))
            .target(principal.modified(Vec::new()))
    }

    /// An administrator consented to a client for the whole tenant. Detection rules read these
    /// properties.
    #[must_use]
    pub fn consent(self, client: &Target) -> Self {
        let properties = [
            ("ConsentContext.IsAdminConsent", json!("True")),
            ("ConsentContext.OnBehalfOfAll", json!("True")),
        ];
        let text = format!("consent to {}", client.title());
        self.line(Sign::Added, text)
            .target(client.modified(on_one_side(properties, true)))
    }

    /// Delegated permissions were granted, changed or withdrawn: the grant in its wire form before
    /// and after.
    #[must_use]
    pub fn permission_grant(
        self,
        resource: &Target,
        client: &Target,
        before: Option<&Map<String, Value>>,
        after: Option<&Map<String, Value>>,
    ) -> Self {
        let sign = match (before, after) {
            (None, _) => Sign::Added,
            (Some(_), None) => Sign::Removed,
            (Some(_), Some(_)) => Sign::Changed,
        };
        let scope = after.or(before).and_then(|grant| grant.get("scope"));
        let text = format!(
            "delegated grant of {} on {} to {}",
            scope.and_then(Value::as_str).unwrap_or_default().trim(),
            quoted(&resource.display_name),
            quoted(&client.display_name)
        );
        let property = |name: &str| {
            let value = |grant: Option<&Map<String, Value>>| grant?.get(name).cloned();
            (value(before), value(after))
        };
        let properties = [
            ("DelegatedPermissionGrant.Scope", property("scope")),
            (
                "DelegatedPermissionGrant.ConsentType",
                property("consentType"),
            ),
            ("ServicePrincipal.ObjectID", property("clientId")),
        ];
        let properties = properties
            .into_iter()
            .filter(|(_, (old, new))| old != new)
            .map(|(name, (old_value, new_value))| ModifiedProperty {
                display_name: name.to_owned(),
                old_value,
                new_value,
            })
            .collect();
        self.line(sign, text)
            .target(resource.modified(properties))
            .target(client.modified(Vec::new()))
    }

    /// The finished record.
    pub fn record(self) -> AuditRecord {
        self.0
    }

    fn line(mut self, sign: Sign, text: String) -> Self {
        self.0.changes.push(PlanLine { sign, text }.to_string());
        self
    }

    fn target(mut self, target: AuditTarget) -> Self {
        self.0.targets.push(target);
        self
    }
}

/// Properties of something that was added or removed as a whole.
fn on_one_side<const N: usize>(
    properties: [(&str, Value); N],
    is_added: bool,
) -> Vec<ModifiedProperty> {
    properties
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| {
            let (new_value, old_value) = if is_added {
                (Some(value), None)
            } else {
                (None, Some(value))
            };
            ModifiedProperty {
                display_name: name.to_owned(),
                old_value,
                new_value,
            }
        })
        .collect()
}

/// The properties in which two versions differ. Of an object that is new or gone, those that say
/// something.
fn modified(
    before: Option<&Map<String, Value>>,
    after: Option<&Map<String, Value>>,
) -> Vec<ModifiedProperty> {
    let value = |object: Option<&Map<String, Value>>, name: &str| {
        object?
            .get(name)
            .filter(|value| says_something(value))
            .cloned()
    };
    let names = after.or(before).into_iter().flat_map(Map::keys);
    names
        .filter(|name| *name != "id")
        .filter_map(|name| {
            let (old_value, new_value) = (value(before, name), value(after, name));
            (old_value != new_value).then(|| ModifiedProperty {
                display_name: name.clone(),
                old_value,
                new_value,
            })
        })
        .collect()
}

/// An object without its annotations, and without what must never be kept, should a caller have
/// shown it: the text of a secret in the answer that made it. Bytes of certificates are left out
/// because their ids say enough.
fn shown(object: &Map<String, Value>) -> Map<String, Value> {
    let is_shown = |name: &str| {
        !name.contains("@odata.") && !matches!(name, "secretText" | "key" | "passwordProfile")
    };
    let members = object.iter().filter(|(name, _)| is_shown(name));
    members
        .map(|(name, value)| (name.clone(), shown_value(value)))
        .collect()
}

fn shown_value(value: &Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(shown(object)),
        Value::Array(items) => items.iter().map(shown_value).collect(),
        plain => plain.clone(),
    }
}

fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => members.values().any(says_something),
        _ => true,
    }
}

#[cfg(test)]
mod tests;
