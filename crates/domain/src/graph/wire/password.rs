use serde_json::{Value, json};

use super::{Object, object, time};
use crate::directory::PasswordCredential;
use crate::secret::Secret;

/// A secret as it is shown ever after: its first three characters and no more.
pub fn password_credential(password: &PasswordCredential) -> Object {
    object(json!({
        "customKeyIdentifier": null,
        "displayName": password.display_name,
        "endDateTime": time(password.end_at),
        "hint": password.hint,
        "keyId": password.key_id,
        "secretText": null,
        "startDateTime": time(password.start_at),
    }))
}

/// A secret in the answer to the request that made it: the only time that its text is shown.
pub fn new_password_credential(password: &PasswordCredential, secret: &Secret) -> Object {
    let mut shown = password_credential(password);
    shown.insert("secretText".to_owned(), Value::from(secret.expose()));
    shown
}
