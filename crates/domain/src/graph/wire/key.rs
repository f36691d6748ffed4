use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{Object, object, time};
use crate::directory::{KeyCredential, KeyTrust};

/// A certificate. Its bytes are shown only where a single object's `keyCredentials` are selected
/// by name, as the original does.
pub fn key_credential(key: &KeyCredential, shows_key: bool) -> Object {
    let certificate = key.certificate.certificate();
    let mut shown = object(json!({
        "customKeyIdentifier": STANDARD.encode(certificate.thumbprint_sha1()),
        "displayName": key.display_name,
        "endDateTime": time(key.end_at),
        "key": shows_key.then(|| STANDARD.encode(certificate.der())),
        "keyId": key.key_id,
        "startDateTime": time(key.start_at),
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
    }));
    // Ours: the original registers authorities elsewhere.
    if let KeyTrust::Authority(subject) = &key.trust {
        shown.insert("trustedSubject".to_owned(), json!(subject));
    }
    shown
}
