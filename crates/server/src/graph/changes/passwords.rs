//! `addPassword` and `removePassword`, of applications and of service principals.

use countersign_domain::directory::Write;
use countersign_domain::graph::audit::Activity;
use countersign_domain::graph::body;
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::route::ObjectKey;
use countersign_domain::graph::wire::{new_password_credential, password_credential};

use super::dry_run;
use super::found::{About, Found};
use super::work::{Work, body_of};
use crate::graph::answer::Answer;
use crate::graph::ask::Ask;

/// Secrets, certificates and other entries of one object: the original's limit of a manifest.
pub(super) const CREDENTIALS_MAX: usize = 1_200;

/// Adds a secret, whose text is in this answer and in no other.
pub(super) async fn add(ask: &Ask<'_>, key: impl Into<ObjectKey>) -> Result<Answer, GraphError> {
    let body = body_of(ask)?;
    let mut work = Work::begin(ask).await?;
    let found = work.object(key).await?;
    work.check_takeover(&found).await?;
    check_room(&found)?;
    let context = work.context();
    let new = body::add_password(body, &found.application, found.instance(), &context)?;
    let add = Write::AddPassword {
        tenant_id: ask.tenant_id(),
        password: new.credential.clone(),
    };
    let stored = password_credential(&new.credential);
    let audit =
        work.audit(added(&found))
            .part(&found.target(), "passwordCredentials", None, Some(&stored));
    work.commit(&[add], audit).await?;
    let shown = new_password_credential(&new.credential, &new.secret);
    Ok(Answer::object("microsoft.graph.passwordCredential", shown))
}

/// Removes a secret.
pub(super) async fn remove(ask: &Ask<'_>, key: impl Into<ObjectKey>) -> Result<Answer, GraphError> {
    let key_id = body::remove_password(body_of(ask)?)?;
    let mut work = Work::begin(ask).await?;
    let found = work.object(key).await?;
    let password = found
        .passwords
        .iter()
        .find(|password| password.key_id == key_id)
        .ok_or_else(|| {
            GraphError::bad_request(format!(
                "No password credential found with keyId '{key_id}'."
            ))
        })?;
    let shown = password_credential(password);
    if ask.prefers("dry-run") {
        return dry_run::credential(work, &found, key_id, shown).await;
    }
    let remove = Write::RemovePassword {
        tenant_id: ask.tenant_id(),
        application_id: found.application.id,
        key_id,
    };
    let audit = work.audit(removed(&found)).part(
        &found.target(),
        "passwordCredentials",
        Some(&shown),
        None,
    );
    work.commit(&[remove], audit).await?;
    Ok(Answer::NoContent)
}

/// Refuses to add a credential to an object that has as many as it may have.
pub(super) fn check_room(found: &Found) -> Result<(), GraphError> {
    if found.passwords.len() + found.keys.len() < CREDENTIALS_MAX {
        return Ok(());
    }
    Err(GraphError::bad_request(format!(
        "The object has {CREDENTIALS_MAX} credentials, the most that there may be; remove one."
    )))
}

/// What it is called to add a credential.
pub(super) fn added(found: &Found) -> Activity {
    match found.about {
        About::Application => Activity::UpdateApplicationCredentials,
        About::ServicePrincipal(_) => Activity::AddServicePrincipalCredentials,
    }
}

/// What it is called to remove a credential.
pub(super) fn removed(found: &Found) -> Activity {
    match found.about {
        About::Application => Activity::UpdateApplicationCredentials,
        About::ServicePrincipal(_) => Activity::RemoveServicePrincipalCredentials,
    }
}
