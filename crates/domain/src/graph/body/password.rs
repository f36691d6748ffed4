//! Shared secrets. Their text is always made here: a secret that somebody thought up can be guessed.

use super::Context;
use super::object::{Members, invalid, is_empty, refuse_read_only};
use crate::clock::Timestamp;
use crate::directory::{Application, PasswordCredential, rules};
use crate::graph::error::GraphError;
use crate::graph::wire::{Object, password_credential};
use crate::ids::{KeyId, ServicePrincipalId};
use crate::secret::Secret;

const RESOURCE: &str = "PasswordCredential";

/// Ours: when a credential got a token last. It is shown, and ignored where clients send it back.
pub(super) const LAST_USED: &str = "lastUsedDateTime";

/// A secret that was just made, with its text.
#[derive(Debug, Clone)]
pub struct NewPassword {
    /// What is stored.
    pub credential: PasswordCredential,
    /// What is shown once.
    pub secret: Secret,
}

/// The body of `addPassword`. `service_principal_id`: the instance that the secret is for, where it
/// is added to a service principal.
pub fn add_password(
    body: Object,
    application: &Application,
    service_principal_id: Option<ServicePrincipalId>,
    context: &Context<'_>,
) -> Result<NewPassword, GraphError> {
    let mut members = Members::new(body, RESOURCE);
    let entry = members.read("passwordCredential")?;
    members.finish()?;
    let entry = entry.value().unwrap_or_default();
    new_password(entry, application, service_principal_id, context)
}

/// The body of `removePassword`: which one.
pub fn remove_password(body: Object) -> Result<KeyId, GraphError> {
    let mut members = Members::new(body, RESOURCE);
    let key_id = members.required("keyId")?;
    members.finish()?;
    Ok(key_id)
}

/// Makes a secret with the name and the dates of an entry.
pub(super) fn new_password(
    entry: Object,
    application: &Application,
    service_principal_id: Option<ServicePrincipalId>,
    context: &Context<'_>,
) -> Result<NewPassword, GraphError> {
    let mut members = Members::new(entry, RESOURCE);
    if members.take("secretText").value().is_some() {
        return Err(GraphError::bad_request(
            "Property 'secretText' is read-only and cannot be set: the secret is made here and \
             shown in the answer.",
        ));
    }
    refuse_read_only(&mut members, &["keyId", "hint", "customKeyIdentifier"])?;
    let display_name = members.read::<String>("displayName")?.value();
    let start_at = members.read::<Timestamp>("startDateTime")?.value();
    let end_at = members.read::<Timestamp>("endDateTime")?.value();
    members.finish()?;
    let display_name = display_name.filter(|name| !name.is_empty());
    if let Some(name) = &display_name {
        rules::name(name).map_err(|reason| invalid("displayName", RESOURCE, reason))?;
    }
    let start_at = start_at.unwrap_or(context.now);
    let end_at = end_at.unwrap_or_else(|| PasswordCredential::default_end(start_at));
    if end_at <= start_at {
        return Err(invalid("endDateTime", RESOURCE, "is not after the start"));
    }
    let secret = Secret::generate(context.random);
    let credential = PasswordCredential {
        key_id: KeyId::random(context.random),
        application_id: application.id,
        service_principal_id,
        display_name,
        hint: secret.hint(),
        hash: context.pepper.hash(application.app_id, &secret),
        start_at,
        end_at,
    };
    Ok(NewPassword { credential, secret })
}

/// Reads `passwordCredentials` of a change: the secrets that are left out go. None can be added or
/// changed so, because its text could not be shown.
pub(super) fn removed_passwords(
    entries: Vec<Object>,
    stored: &[&PasswordCredential],
) -> Result<Vec<KeyId>, GraphError> {
    let mut kept = Vec::new();
    for entry in entries {
        let mut members = Members::new(entry.clone(), RESOURCE);
        let key_id = members.read::<KeyId>("keyId")?.value();
        let old = stored.iter().find(|old| Some(old.key_id) == key_id);
        let Some(old) = old else {
            return Err(GraphError::bad_request(
                "A secret cannot be added so: use addPassword, which makes one and shows it.",
            ));
        };
        if kept.contains(&old.key_id) {
            return Err(GraphError::bad_request(super::application::REPEATED));
        }
        refuse_other(members, old)?;
        kept.push(old.key_id);
    }
    let ids = stored.iter().map(|old| old.key_id);
    Ok(ids.filter(|id| !kept.contains(id)).collect())
}

/// An entry that names a stored secret must say of it what is stored.
fn refuse_other(mut members: Members, old: &PasswordCredential) -> Result<(), GraphError> {
    let refused = || update_refused(old.key_id);
    for (name, stored) in [("startDateTime", old.start_at), ("endDateTime", old.end_at)] {
        let given = members.read::<Timestamp>(name)?.value();
        if given.is_some_and(|given| !is_same_time(given, stored)) {
            return Err(refused());
        }
    }
    members.take(LAST_USED);
    let shown = password_credential(old);
    for name in ["displayName", "hint", "secretText", "customKeyIdentifier"] {
        let given = members.take(name).value();
        if given.is_some_and(|given| !is_empty(&given) && Some(&given) != shown.get(name)) {
            return Err(refused());
        }
    }
    members.finish()
}

/// Clients keep times in fewer digits than we send.
pub(super) fn is_same_time(one: Timestamp, other: Timestamp) -> bool {
    one.micros().abs_diff(other.micros()) < 1_000_000
}

pub(super) fn update_refused(key_id: KeyId) -> GraphError {
    GraphError::bad_request(format!(
        "Update to existing credential with KeyId '{key_id}' is not allowed."
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::graph::body::fixtures::{NOW, body, context, refused, stored};
    use crate::graph::wire::new_password_credential;

    fn add(value: Value) -> Result<NewPassword, GraphError> {
        add_password(body(value), &stored(), None, &context())
    }

    #[test]
    fn a_secret_is_made_here_and_lives_two_years() {
        for value in [
            json!({}),
            json!({"passwordCredential": null}),
            json!({"passwordCredential": {}}),
            json!({"passwordCredential": {"displayName": "", "secretText": null, "hint": null}}),
        ] {
            let new = add(value).expect("accepted");
            let credential = &new.credential;
            assert_eq!(credential.start_at, NOW);
            assert_eq!(Ok(credential.end_at), "2028-11-21T09:00:00Z".parse());
            assert_eq!(credential.display_name, None);
            let hash = context().pepper.hash(stored().app_id, &new.secret);
            assert!(credential.hash.matches(&hash));
            let shown = new_password_credential(credential, &new.secret);
            assert_eq!(shown["secretText"], new.secret.expose());
            assert!(new.secret.expose().starts_with(&credential.hint));
        }
        // As the Azure CLI sends it.
        let named = json!({"passwordCredential": {
            "displayName": "ci", "startDateTime": "2026-11-21T10:00:00Z",
            "endDateTime": "2299-12-31T00:00:00+00:00",
        }});
        let new = add(named).expect("accepted").credential;
        assert_eq!(new.display_name.as_deref(), Some("ci"));
        assert_eq!(Ok(new.end_at), "2299-12-31T00:00:00Z".parse());
    }

    #[test]
    fn a_secret_of_ones_own_and_bad_dates_are_refused() {
        for (entry, expected) in [
            (
                json!({"secretText": "correct horse battery"}),
                "Property 'secretText' is read-only",
            ),
            (
                json!({"hint": "cor"}),
                "Property 'hint' is read-only and cannot be set.",
            ),
            (
                json!({"keyId": stored().id}),
                "Property 'keyId' is read-only",
            ),
            (
                json!({"customKeyIdentifier": "AAAA"}),
                "Property 'customKeyIdentifier' is read-only",
            ),
            (json!({"x": 1}), "Invalid property 'x'."),
            (json!({"displayName": "a\u{202e}b"}), "U+202E"),
            (
                json!({"endDateTime": "2026-11-21T09:00:00Z"}),
                "is not after the start",
            ),
            (
                json!({"startDateTime": "2030-01-01T00:00:00Z", "endDateTime": "2029-01-01T00:00:00Z"}),
                "is not after the start",
            ),
            (
                json!({"endDateTime": "tomorrow"}),
                "is not a time of the form",
            ),
            (json!({"endDateTime": 5}), "for property 'endDateTime'"),
            (
                json!({"startDateTime": "9999-12-30T00:00:00Z"}),
                "is not after the start",
            ),
        ] {
            refused(add(json!({"passwordCredential": entry})), expected);
        }
        refused(
            add(json!({"passwordCredential": []})),
            "for property 'passwordCredential'",
        );
        refused(
            add(json!({"displayName": "x"})),
            "Invalid property 'displayName'.",
        );
    }

    #[test]
    fn removing_names_one() {
        let id = KeyId::new(uuid::Uuid::from_u128(1));
        assert_eq!(remove_password(body(json!({"keyId": id}))), Ok(id));
        refused(
            remove_password(body(json!({}))),
            "A value is required for property 'keyId'",
        );
        refused(
            remove_password(body(json!({"keyId": "1"}))),
            "is not a GUID",
        );
    }
}
