//! What objects of several types read in the same way.

use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::object::{Given, Members, invalid, is_empty, read_only, reference, unknown};
use crate::directory::rules::Check;
use crate::graph::error::GraphError;
use crate::graph::wire::Object;

/// Owners of one object.
const OWNERS_MAX: usize = 100;

/// Sets a value that cannot be cleared.
pub(super) fn set<T: DeserializeOwned>(
    members: &mut Members,
    name: &str,
    resource: &str,
    value: &mut T,
) -> Result<(), GraphError> {
    match members.read(name)? {
        Given::Absent => Ok(()),
        Given::Null => Err(invalid(name, resource, "must not be null")),
        Given::Value(given) => {
            *value = given;
            Ok(())
        }
    }
}

/// Sets or clears a text; an empty one is none.
pub(super) fn set_text(
    members: &mut Members,
    name: &str,
    resource: &str,
    value: &mut Option<String>,
    rule: Check,
) -> Result<(), GraphError> {
    let given = match members.read::<String>(name)? {
        Given::Value(text) if text.is_empty() => Given::Null,
        given => given,
    };
    if let Given::Value(text) = &given {
        rule(text).map_err(|reason| invalid(name, resource, reason))?;
    }
    *value = given.or_keep(value.take());
    Ok(())
}

/// The objects that `owners@odata.bind` links, each once: of the addresses only the ids are read.
pub(super) fn owners(members: &mut Members, resource: &str) -> Result<Vec<Uuid>, GraphError> {
    let name = "owners@odata.bind";
    let addresses: Vec<String> = members.read(name)?.value().unwrap_or_default();
    if addresses.len() > OWNERS_MAX {
        return Err(invalid(name, resource, "names more than 100 owners"));
    }
    let mut owners = Vec::new();
    for address in &addresses {
        let reason = "is no address of an object, e.g. `https://../v1.0/directoryObjects/{id}`";
        let id = reference(address).ok_or_else(|| invalid(name, resource, reason))?;
        if !owners.contains(&id) {
            owners.push(id);
        }
    }
    Ok(owners)
}

/// Takes what is left of a body: properties that cannot be set are passed over where they say what
/// is so anyway, because clients send whole objects back.
///
/// `current` is the object as it is shown; for a new object, as it would be.
pub(super) fn take_unchanged(members: &mut Members, current: &Object) -> Result<(), GraphError> {
    let names: Vec<String> = members.names().map(str::to_owned).collect();
    for name in names {
        let Some(shown) = current.get(&name) else {
            return Err(unknown(&name));
        };
        let given = match members.take(&name) {
            Given::Value(value) => value,
            Given::Absent | Given::Null => Value::Null,
        };
        let is_same = &given == shown || (is_empty(&given) && is_empty(shown));
        if !is_same {
            return Err(read_only(&name));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::graph::wire::object;

    #[test]
    fn only_what_is_so_anyway_is_passed_over() {
        let current = object(json!({"id": "a", "saml": null, "uris": ["x"], "n": false}));
        let take = |body: Value| {
            let mut members = Members::new(object(body), "Test");
            take_unchanged(&mut members, &current).map_err(|error| error.message)
        };
        assert_eq!(take(json!({"id": "a", "uris": ["x"], "n": false})), Ok(()));
        assert_eq!(take(json!({"saml": {"relayState": ""}})), Ok(()));
        for name in ["id", "saml", "uris", "n"] {
            let message = format!("Property '{name}' is read-only and cannot be set.");
            assert_eq!(take(json!({name: "b"})), Err(message));
        }
        assert!(take(json!({"uris": []})).is_err());
        assert!(take(json!({"id": null})).is_err());
        assert_eq!(
            take(json!({"xyz": null})),
            Err("Invalid property 'xyz'.".to_owned())
        );
    }
}
