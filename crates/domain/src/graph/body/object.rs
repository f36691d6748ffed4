//! The members of JSON objects.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::strict::read;
use crate::graph::error::GraphError;
use crate::graph::wire::Object;

/// Characters of a property's name that an error repeats.
const NAME_SHOWN_MAX: usize = 120;

/// Reads the body of a `$ref`: `{"@odata.id":"https://../directoryObjects/{id}"}`.
pub fn read_reference(body: &[u8]) -> Result<Uuid, GraphError> {
    let mut object = read(body)?;
    let id = object.remove("@odata.id");
    Members::new(object, "Reference").finish()?;
    let id = id.as_ref().and_then(Value::as_str).and_then(reference);
    id.ok_or_else(|| {
        GraphError::bad_request(
            "Invalid value specified for property '@odata.id' of resource 'Reference': write the \
             address of the object, e.g. `https://../v1.0/directoryObjects/{id}`.",
        )
    })
}

/// The object that an address ends with: `../directoryObjects/{id}` or `../directoryObjects('{id}')`.
pub(super) fn reference(address: &str) -> Option<Uuid> {
    let (before, last) = address.trim_end_matches('/').rsplit_once('/')?;
    let (collection, id) = match last
        .strip_suffix("')")
        .and_then(|last| last.split_once("('"))
    {
        Some(parts) => parts,
        None => (before.rsplit('/').next()?, last),
    };
    let is_collection = [
        "directoryObjects",
        "servicePrincipals",
        "users",
        "applications",
    ]
    .iter()
    .any(|known| known.eq_ignore_ascii_case(collection));
    (is_collection && id.len() == 36)
        .then(|| Uuid::try_parse(id).ok())
        .flatten()
}

/// What a member says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given<T> {
    /// The member is not there: the value stays.
    Absent,
    /// `null`: the value is cleared.
    Null,
    /// A new value.
    Value(T),
}

impl<T> Given<T> {
    /// The value, where there is one.
    pub fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// What the value becomes.
    pub fn or_keep(self, current: Option<T>) -> Option<T> {
        match self {
            Self::Absent => current,
            Self::Null => None,
            Self::Value(value) => Some(value),
        }
    }
}

/// The members of an object, taken one by one: what is left at the end is unknown.
#[derive(Debug)]
pub struct Members {
    members: Object,
    resource: &'static str,
}

impl Members {
    /// Takes an object apart. Annotations, which say nothing that is not known, are passed over;
    /// `..@odata.bind` links objects and is a member as any other.
    ///
    /// `resource` is the type as messages name it, e.g. `Application`.
    pub fn new(mut object: Object, resource: &'static str) -> Self {
        strip_annotations(&mut object);
        Self {
            members: object,
            resource,
        }
    }

    /// Takes a member of any type.
    pub fn take(&mut self, name: &str) -> Given<Value> {
        match self.members.remove(name) {
            None => Given::Absent,
            Some(Value::Null) => Given::Null,
            Some(value) => Given::Value(value),
        }
    }

    /// Takes a member of a type that serde reads.
    pub fn read<T: DeserializeOwned>(&mut self, name: &str) -> Result<Given<T>, GraphError> {
        Ok(match self.take(name) {
            Given::Absent => Given::Absent,
            Given::Null => Given::Null,
            Given::Value(value) => Given::Value(from_value(value, name, self.resource)?),
        })
    }

    /// Takes a member that has to be there.
    pub fn required<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, GraphError> {
        let given = self.read(name)?;
        given.value().ok_or_else(|| missing(name, self.resource))
    }

    /// The names that were not taken.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.keys().map(String::as_str)
    }

    /// What was not taken.
    pub fn rest(self) -> impl Iterator<Item = (String, Value)> {
        self.members.into_iter()
    }

    /// Refuses what was not taken.
    pub fn finish(self) -> Result<(), GraphError> {
        match self.members.keys().next() {
            Some(name) => Err(unknown(name)),
            None => Ok(()),
        }
    }
}

/// Reads the value of a property. The error names the property and never repeats the value.
pub(super) fn from_value<T: DeserializeOwned>(
    value: Value,
    name: &str,
    resource: &str,
) -> Result<T, GraphError> {
    serde_json::from_value(value).map_err(|error| {
        let text = error.to_string();
        let after = |prefix: &str| text.strip_prefix(prefix);
        let member = |prefix: &str| after(prefix)?.split_once('`').map(|(member, _)| member);
        if let Some(member) = member("unknown field `") {
            unknown(&format!("{name}/{member}"))
        } else if let Some(member) = member("missing field `") {
            missing(&format!("{name}/{member}"), resource)
        } else if let Some(form) = after("not a") {
            invalid(name, resource, format_args!("is not a{form}"))
        } else if let Some((_, words)) =
            after("unknown variant `").and_then(|rest| rest.rsplit_once("`, expected "))
        {
            let words = words.trim_start_matches("one of ").replace('`', "");
            invalid(name, resource, format_args!("must be one of {words}"))
        } else {
            invalid(name, resource, "is of another kind than the property")
        }
    })
}

/// Refuses members that only this platform sets, unless they say nothing.
pub(super) fn refuse_read_only(members: &mut Members, names: &[&str]) -> Result<(), GraphError> {
    for name in names {
        if members
            .take(name)
            .value()
            .is_some_and(|value| !is_empty(&value))
        {
            return Err(read_only(name));
        }
    }
    Ok(())
}

/// Whether a value says no more than that there is none.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) | Value::Number(_) => false,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(object) => object.values().all(is_empty),
    }
}

/// A property that only this platform sets.
pub(super) fn read_only(name: &str) -> GraphError {
    GraphError::bad_request(format!("Property '{name}' is read-only and cannot be set."))
}

/// A property that does not exist.
pub(super) fn unknown(name: &str) -> GraphError {
    GraphError::bad_request(format!("Invalid property '{}'.", shown(name)))
}

/// A value that a property cannot have; `reason` goes on after "the value".
pub(super) fn invalid(name: &str, resource: &str, reason: impl fmt::Display) -> GraphError {
    GraphError::bad_request(format!(
        "Invalid value specified for property '{}' of resource '{resource}': the value {reason}.",
        shown(name)
    ))
}

/// A property that has to be there.
pub(super) fn missing(name: &str, resource: &str) -> GraphError {
    GraphError::bad_request(format!(
        "A value is required for property '{name}' of resource '{resource}'."
    ))
}

/// A name of the caller's, fit for a line of a log.
fn shown(name: &str) -> String {
    let fit = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    name.chars().take(NAME_SHOWN_MAX).map(fit).collect()
}

fn strip_annotations(object: &mut Object) {
    object.retain(|name, _| match name.split_once("@odata.") {
        Some((_, annotation)) => annotation == "bind",
        None => true,
    });
    for value in object.values_mut() {
        strip_nested(value);
    }
}

fn strip_nested(value: &mut Value) {
    match value {
        Value::Object(object) => strip_annotations(object),
        Value::Array(items) => items.iter_mut().for_each(strip_nested),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_address_ends_with_an_object() {
        let id = Uuid::from_u128(0xab);
        for address in [
            format!("https://graph.microsoft.com/v1.0/directoryObjects/{id}"),
            format!("https://graph.microsoft.com/beta/servicePrincipals/{id}/"),
            format!("https://graph.microsoft.com/v1.0/directoryObjects('{id}')"),
            format!("/users/{}", id.to_string().to_uppercase()),
        ] {
            let body = json!({"@odata.id": address}).to_string();
            assert_eq!(read_reference(body.as_bytes()), Ok(id), "{address}");
        }
        for address in [
            "",
            "/",
            "https://graph.microsoft.com/v1.0/directoryObjects/me",
            &format!("https://graph.microsoft.com/v1.0/groups/{id}"),
            &id.to_string(),
            &format!("/users/{{{id}}}"),
        ] {
            let body = json!({"@odata.id": address}).to_string();
            let error = read_reference(body.as_bytes()).expect_err(address);
            assert!(error.message.contains("'@odata.id'"), "{address}");
        }
        assert!(read_reference(b"{\"@odata.id\":1}").is_err());
        assert!(read_reference(b"{}").is_err());
    }

    #[test]
    fn a_wrong_word_is_answered_with_the_possible_ones() {
        let message = |value: Value| {
            let read = from_value::<crate::directory::SignInAudience>(value, "audience", "Test");
            read.expect_err("no audience").message
        };
        let expected = "Invalid value specified for property 'audience' of resource 'Test': the \
                        value must be one of AzureADMyOrg, AzureADMultipleOrgs, \
                        AzureADandPersonalMicrosoftAccount, PersonalMicrosoftAccount.";
        assert_eq!(message(json!("Nope")), expected);
        assert_eq!(message(json!("`, expected one of `Nope`")), expected);
        assert!(message(json!(7)).contains("of another kind"));
    }

    #[test]
    fn annotations_are_passed_over_and_bindings_are_not() {
        let body = json!({
            "@odata.type": "t", "a@odata.type": "t", "a": {"@odata.id": 1, "b": [{"@odata.x": 1}]},
            "owners@odata.bind": [],
        });
        let Value::Object(body) = body else {
            unreachable!("it is written as one")
        };
        let mut members = Members::new(body, "Test");
        assert_eq!(members.take("a"), Given::Value(json!({"b": [{}]})));
        assert_eq!(
            members.finish(),
            Err(GraphError::bad_request(
                "Invalid property 'owners@odata.bind'."
            ))
        );
    }
}
