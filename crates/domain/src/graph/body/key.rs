//! Certificates.

use std::sync::Arc;

use serde_json::Value;

use super::Context;
use super::object::{Given, Members, invalid, is_empty, missing, refuse_read_only};
use super::password::{LAST_USED, is_same_time, update_refused};
use crate::clock::Timestamp;
use crate::directory::{
    Application, CertificateSubject, KeyCredential, KeyTrust, RegisteredCertificate, rules,
};
use crate::directory_file::{certificate_dates, check_certificate, read_certificate};
use crate::graph::error::GraphError;
use crate::graph::wire::Object;
use crate::ids::{KeyId, ServicePrincipalId};

const RESOURCE: &str = "KeyCredential";

/// Ours: the certificate is an authority, and certificates under it with this subject sign.
const TRUSTED_SUBJECT: &str = "trustedSubject";

/// The body of `addKey`.
#[derive(Debug, Clone)]
pub struct AddKey {
    /// The certificate to add.
    pub credential: KeyCredential,
    /// An assertion that a registered key signed; see [`super::check_proof`].
    pub proof: String,
}

/// The body of `removeKey`.
#[derive(Debug, Clone)]
pub struct RemoveKey {
    /// The certificate to remove.
    pub key_id: KeyId,
    /// An assertion that a registered key signed; see [`super::check_proof`].
    pub proof: String,
}

/// What becomes of the certificates of an application.
#[derive(Debug, Clone, Default)]
pub(super) struct KeyChanges {
    pub(super) added: Vec<KeyCredential>,
    pub(super) changed: Vec<KeyCredential>,
    pub(super) removed: Vec<KeyId>,
}

/// Reads the body of `addKey`. `service_principal_id`: the instance that the certificate is for,
/// where it is added to a service principal.
pub fn add_key(
    body: Object,
    application: &Application,
    service_principal_id: Option<ServicePrincipalId>,
    context: &Context<'_>,
) -> Result<AddKey, GraphError> {
    let mut members = Members::new(body, RESOURCE);
    let entry = members.required("keyCredential")?;
    let proof = members.required("proof")?;
    let password = members.take("passwordCredential");
    members.finish()?;
    if password
        .value()
        .is_some_and(|password| !is_empty(&password))
    {
        return Err(invalid(
            "passwordCredential",
            RESOURCE,
            "is not supported: a private key and its password do not belong here",
        ));
    }
    let mut members = Members::new(entry, RESOURCE);
    refuse_read_only(&mut members, &["keyId"])?;
    let mut credential = new_key(members, None, application, context)?;
    credential.service_principal_id = service_principal_id;
    Ok(AddKey { credential, proof })
}

/// Reads the body of `removeKey`.
pub fn remove_key(body: Object) -> Result<RemoveKey, GraphError> {
    let mut members = Members::new(body, RESOURCE);
    let key_id = members.required("keyId")?;
    let proof = members.required("proof")?;
    members.finish()?;
    Ok(RemoveKey { key_id, proof })
}

/// Reads `keyCredentials`, which replaces the set: an entry with the id of a stored certificate
/// keeps that one, because reads do not show the bytes that it would have to send back.
///
/// `stored`: every certificate of the application; those of its instances only keep their ids.
pub(super) fn changed_keys(
    entries: Vec<Object>,
    stored: &[KeyCredential],
    application: &Application,
    context: &Context<'_>,
) -> Result<KeyChanges, GraphError> {
    let mut changes = KeyChanges::default();
    let mut seen = Vec::new();
    for entry in entries {
        let mut members = Members::new(entry, RESOURCE);
        let key_id = members.read::<KeyId>("keyId")?.value();
        if key_id.is_some_and(|key_id| seen.contains(&key_id)) {
            return Err(GraphError::bad_request(super::application::REPEATED));
        }
        seen.extend(key_id);
        match stored.iter().find(|old| Some(old.key_id) == key_id) {
            Some(old) if old.service_principal_id.is_some() => {
                return Err(update_refused(old.key_id));
            }
            Some(old) => {
                let kept = kept_key(members, old)?;
                if kept.display_name != old.display_name {
                    changes.changed.push(kept);
                }
            }
            None => {
                let new = new_key(members, key_id, application, context)?;
                changes.added.push(new);
            }
        }
    }
    let own = stored
        .iter()
        .filter(|old| old.service_principal_id.is_none());
    let ids = own.map(|old| old.key_id);
    changes.removed = ids.filter(|id| !seen.contains(id)).collect();
    Ok(changes)
}

/// An entry that names a stored certificate must say of it what is stored, but for its name.
fn kept_key(mut members: Members, old: &KeyCredential) -> Result<KeyCredential, GraphError> {
    let refused = || update_refused(old.key_id);
    if let Some(text) = members.read::<String>("key")?.value() {
        let same = read_certificate(text.as_bytes()).is_ok_and(|given| given == *old.certificate);
        if !same {
            return Err(refused());
        }
    }
    for (name, stored) in [("startDateTime", old.start_at), ("endDateTime", old.end_at)] {
        let given = members.read::<Timestamp>(name)?.value();
        if given.is_some_and(|given| !is_same_time(given, stored)) {
            return Err(refused());
        }
    }
    if let Some(given) = members.read::<CertificateSubject>(TRUSTED_SUBJECT)?.value()
        && KeyTrust::Authority(given) != old.trust
    {
        return Err(refused());
    }
    members.take(LAST_USED);
    check_constants(&mut members, &old.certificate)?;
    let display_name = members
        .read("displayName")?
        .or_keep(old.display_name.clone());
    members.finish()?;
    if let Some(name) = &display_name
        && Some(name) != old.display_name.as_ref()
    {
        rules::name(name).map_err(|reason| invalid("displayName", RESOURCE, reason))?;
    }
    Ok(KeyCredential {
        display_name,
        ..old.clone()
    })
}

fn new_key(
    mut members: Members,
    key_id: Option<KeyId>,
    application: &Application,
    context: &Context<'_>,
) -> Result<KeyCredential, GraphError> {
    let text: String = match members.read("key")? {
        Given::Value(text) => text,
        Given::Absent | Given::Null => return Err(missing("key", RESOURCE)),
    };
    let certificate = read_certificate(text.as_bytes()).map_err(|reason| unreadable(&reason))?;
    check_constants(&mut members, &certificate)?;
    let (first, last) = certificate_dates(&certificate);
    let start_at = members.read("startDateTime")?.value().unwrap_or(first);
    let end_at = members.read("endDateTime")?.value().unwrap_or(last);
    let display_name = members.read::<String>("displayName")?.value();
    let subject = members.read::<CertificateSubject>(TRUSTED_SUBJECT)?.value();
    let trust = subject.map_or(KeyTrust::Certificate, KeyTrust::Authority);
    members.finish()?;
    check_dates((start_at, end_at), (first, last))?;
    let subject = certificate.certificate().subject();
    let display_name = display_name.filter(|name| !name.is_empty());
    let credential = KeyCredential {
        key_id: key_id.unwrap_or_else(|| KeyId::random(context.random)),
        application_id: application.id,
        service_principal_id: None,
        display_name: display_name
            .or_else(|| rules::name(subject).is_ok().then(|| subject.to_owned())),
        certificate: Arc::new(certificate),
        trust,
        start_at,
        end_at,
    };
    check_certificate(&credential)
        .map_err(|reason| GraphError::bad_request(format!("Invalid key credential: {reason}.")))?;
    Ok(credential)
}

fn unreadable(reason: &str) -> GraphError {
    // Of a private key it says that it is one, and nothing more.
    let subject = if reason.starts_with("this ") {
        ""
    } else {
        "the value "
    };
    GraphError::bad_request(format!(
        "Key value is invalid certificate: {subject}{reason}."
    ))
}

fn check_dates(
    (start, end): (Timestamp, Timestamp),
    (first, last): (Timestamp, Timestamp),
) -> Result<(), GraphError> {
    let refused = |code, which: &str| {
        let valid = format!("The certificate is valid from {first} to {last}.");
        let message = format!("Key credential {which} date is invalid. {valid}");
        Err(GraphError::new(400, code, message))
    };
    if start < first || start > last {
        return refused("KeyCredentialsInvalidStartDate", "start");
    }
    if end > last || end <= start {
        return refused("KeyCredentialsInvalidEndDate", "end");
    }
    Ok(())
}

/// What follows from the certificate, or is the only value that this platform takes.
fn check_constants(
    members: &mut Members,
    certificate: &RegisteredCertificate,
) -> Result<(), GraphError> {
    for (name, only) in [("type", "AsymmetricX509Cert"), ("usage", "Verify")] {
        let given = members.read::<String>(name)?.value();
        if given.is_some_and(|given| given != only) {
            let reason = format!("must be {only}: other kinds of keys are not supported");
            return Err(invalid(name, RESOURCE, reason));
        }
    }
    let given = members.take("customKeyIdentifier").value();
    let thumbprint = certificate.certificate().thumbprint_sha1();
    let is_right = |given: &Value| match given.as_str() {
        Some("") => true,
        Some(text) => text == base64(thumbprint) || text.eq_ignore_ascii_case(&hex(thumbprint)),
        None => false,
    };
    if given.is_some_and(|given| !is_right(&given)) {
        let reason = "is not the certificate's SHA-1 thumbprint: leave it out";
        return Err(invalid("customKeyIdentifier", RESOURCE, reason));
    }
    Ok(())
}

fn base64(thumbprint: [u8; 20]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(thumbprint)
}

fn hex(thumbprint: [u8; 20]) -> String {
    thumbprint
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::graph::body::fixtures::{TWO, body, context, refused, stored};

    #[test]
    fn add_key_and_remove_key_carry_a_proof() {
        let add = |value| add_key(body(value), &stored(), None, &context());
        let key = json!({"type": "AsymmetricX509Cert", "usage": "Verify", "key": TWO.der()});
        let whole = json!({"keyCredential": key, "passwordCredential": null, "proof": "a.b.c"});
        let added = add(whole).expect("accepted");
        assert_eq!(added.proof, "a.b.c");
        assert_eq!(added.credential.certificate, TWO.certificate);
        refused(
            add(json!({"keyCredential": key})),
            "required for property 'proof'",
        );
        refused(
            add(json!({"proof": "a.b.c"})),
            "required for property 'keyCredential'",
        );
        let password = json!({
            "keyCredential": key, "proof": "a.b.c",
            "passwordCredential": {"secretText": "of the private key"},
        });
        refused(add(password), "do not belong here");
        let id = Uuid::from_u128(1);
        let mut named = key.clone();
        named["keyId"] = json!(id);
        let named = json!({"keyCredential": named, "proof": "a.b.c"});
        refused(add(named), "Property 'keyId' is read-only");
        let removed = remove_key(body(json!({"keyId": id, "proof": "a.b.c"})));
        assert_eq!(removed.expect("accepted").key_id.uuid(), id);
        refused(
            remove_key(body(json!({"keyId": id}))),
            "required for property 'proof'",
        );
    }
}
