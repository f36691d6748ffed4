use serde_json::{Value, json};

use super::{Object, object};
use crate::directory::{FederatedIdentityCredential, SubjectMatcher};

/// Trust in another issuer. `claimsMatchingExpression`, and `keys` which the original does not have,
/// are there only where they are set, so that clients of v1.0 see what they know.
pub fn federated_credential(credential: &FederatedIdentityCredential) -> Object {
    let mut shown = object(json!({
        "id": credential.id,
        "name": credential.name,
        "issuer": credential.issuer,
        "subject": null,
        "description": credential.description,
        "audiences": credential.audiences,
    }));
    match &credential.subject {
        SubjectMatcher::Subject(subject) => {
            shown.insert("subject".to_owned(), Value::from(subject.as_str()));
        }
        SubjectMatcher::Expression(expression) => {
            let expression = json!({"value": expression.to_string(), "languageVersion": 1});
            shown.insert("claimsMatchingExpression".to_owned(), expression);
        }
    }
    if let Some(keys) = &credential.keys {
        shown.insert("keys".to_owned(), json!(keys.as_ref()));
    }
    shown
}
