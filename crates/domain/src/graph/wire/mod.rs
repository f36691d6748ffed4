//! Objects of the directory as Microsoft Graph shows them.
//!
//! Each function makes the whole object, with every property that clients know of it: what this
//! platform does not have is null or empty. `$select`, context and ETag come later.

mod application;
mod directory_audit;
mod directory_object;
mod federated;
mod grant;
mod key;
mod password;
mod service_principal;
mod sign_in;
mod tenant;
mod user;

pub(crate) use application::unsupported_properties;
pub use application::{ApplicationParts, EXTENSIONS, application, extensions};
pub use directory_audit::directory_audit;
pub use directory_object::{ObjectType, reference, typed};
pub use federated::federated_credential;
pub use grant::{
    app_role_assignment, assignment_id, permission_grant, permission_grant_id, read_assignment_id,
    read_permission_grant_id,
};
pub use key::key_credential;
pub use password::{new_password_credential, password_credential};
pub use service_principal::{ServicePrincipalParts, service_principal};
pub use sign_in::{SignInEntry, sign_in};
pub use tenant::{domain, domains, organization};
pub use user::{USER_DEFAULT, user};

use serde_json::{Map, Value};

use super::error::GraphError;
use crate::clock::Timestamp;

/// A JSON object.
pub type Object = Map<String, Value>;

/// Keeps what `$select` asks for; nothing named, or `*`, is everything. Annotations stay.
///
/// `type_name` is the type as the message names it, e.g. `application`.
pub fn select(mut object: Object, names: &[String], type_name: &str) -> Result<Object, GraphError> {
    if names.is_empty() || names.iter().any(|name| name == "*") {
        return Ok(object);
    }
    // A part of a property, `web/redirectUris`, selects the property.
    let first = |name: &'_ str| name.split('/').next().unwrap_or_default().to_owned();
    let asked: Vec<String> = names.iter().map(|name| first(name)).collect();
    for name in &asked {
        if name.starts_with('@') || !object.keys().any(|key| key.eq_ignore_ascii_case(name)) {
            return Err(GraphError::malformed(format!(
                "Could not find a property named '{name}' on type 'microsoft.graph.{type_name}'."
            )));
        }
    }
    object.retain(|key, _| {
        key.starts_with("@odata.") || asked.iter().any(|name| name.eq_ignore_ascii_case(key))
    });
    Ok(object)
}

/// An instant, with seven digits after the second.
pub fn time(at: Timestamp) -> Value {
    Value::String(at.to_seven_digits())
}

/// A value that may be missing.
pub fn optional<T: Into<Value>>(value: Option<T>) -> Value {
    value.map_or(Value::Null, Into::into)
}

/// The object of a `json!({..})` literal.
pub(crate) fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn select_keeps_what_is_asked_for() {
        let whole = || object(json!({"@odata.type": "t", "id": "a", "web": {}, "tags": []}));
        let select = |names: &[&str]| {
            let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
            select(whole(), &names, "application").map(Value::Object)
        };
        assert_eq!(select(&[]), Ok(Value::Object(whole())));
        assert_eq!(select(&["*"]), Ok(Value::Object(whole())));
        assert_eq!(
            select(&["Tags"]),
            Ok(json!({"@odata.type": "t", "tags": []}))
        );
        assert_eq!(
            select(&["web/redirectUris", "id"]),
            Ok(json!({"@odata.type": "t", "id": "a", "web": {}}))
        );
        let error = select(&["id", "x"]).expect_err("no such property");
        assert_eq!(
            error.to_string(),
            "BadRequest: Could not find a property named 'x' on type \
             'microsoft.graph.application'."
        );
        assert!(select(&["@odata.type"]).is_err());
    }
}
