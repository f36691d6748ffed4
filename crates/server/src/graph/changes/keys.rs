//! `addKey` and `removeKey`: certificates that are rolled with proof of possession of another.
//!
//! The proof is asked for whatever the caller's permissions are, as in the original; with it an
//! application needs no permission to roll its own keys.

use countersign_domain::directory::Write;
use countersign_domain::graph::body;
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::route::ObjectKey;
use countersign_domain::graph::wire::key_credential;

use super::dry_run;
use super::found::Found;
use super::passwords::{added, check_room, removed};
use super::work::{Work, body_of};
use crate::graph::answer::Answer;
use crate::graph::ask::Ask;

/// Adds a certificate.
pub(super) async fn add(ask: &Ask<'_>, key: impl Into<ObjectKey>) -> Result<Answer, GraphError> {
    let body = body_of(ask)?;
    let mut work = Work::begin(ask).await?;
    let found = work.object(key).await?;
    let context = work.context();
    let new = body::add_key(body, &found.application, found.instance(), &context)?;
    check_proof(ask, &found, &new.proof)?;
    if !ask.caller.is_application(found.application.app_id) {
        work.check_takeover(&found).await?;
    }
    check_room(&found)?;
    let shown = key_credential(&new.credential, false);
    let add = Write::AddKey {
        tenant_id: ask.tenant_id(),
        key: new.credential,
    };
    let audit =
        work.audit(added(&found))
            .part(&found.target(), "keyCredentials", None, Some(&shown));
    work.commit(&[add], audit).await?;
    Ok(Answer::object("microsoft.graph.keyCredential", shown))
}

/// Removes a certificate.
pub(super) async fn remove(ask: &Ask<'_>, key: impl Into<ObjectKey>) -> Result<Answer, GraphError> {
    let asked = body::remove_key(body_of(ask)?)?;
    let mut work = Work::begin(ask).await?;
    let found = work.object(key).await?;
    check_proof(ask, &found, &asked.proof)?;
    let key_id = asked.key_id;
    let mut keys = found.keys.iter();
    let key = keys.find(|key| key.key_id == key_id);
    let key = key.ok_or_else(|| {
        GraphError::bad_request(format!("No key credential found with keyId '{key_id}'."))
    })?;
    let shown = key_credential(key, false);
    if ask.prefers("dry-run") {
        return dry_run::credential(work, &found, key_id, shown).await;
    }
    let remove = Write::RemoveKey {
        tenant_id: ask.tenant_id(),
        application_id: found.application.id,
        key_id,
    };
    let audit =
        work.audit(removed(&found))
            .part(&found.target(), "keyCredentials", Some(&shown), None);
    work.commit(&[remove], audit).await?;
    Ok(Answer::NoContent)
}

fn check_proof(ask: &Ask<'_>, found: &Found, proof: &str) -> Result<(), GraphError> {
    let object_id = found.object().uuid();
    body::check_proof(proof, object_id, &found.keys, ask.context.now)
}
