//! Trust in tokens of other issuers.

use countersign_domain::directory::{FederatedIdentityCredential, Write};
use countersign_domain::graph::audit::Activity;
use countersign_domain::graph::body;
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::etag::ETag;
use countersign_domain::graph::route::{ApplicationKey, FederatedCredentialKey};
use countersign_domain::graph::wire::federated_credential;
use countersign_domain::ids::KeyId;

use super::dry_run;
use super::found::Found;
use super::work::{Work, body_of};
use crate::graph::answer::Answer;
use crate::graph::ask::Ask;
use countersign_domain::graph::wire::Object as Members;

const PROPERTY: &str = "federatedIdentityCredentials";

/// Adds a federated credential.
pub(super) async fn create(ask: &Ask<'_>, key: ApplicationKey) -> Result<Answer, GraphError> {
    let body = body_of(ask)?;
    let mut work = Work::begin(ask).await?;
    let found = work.container(key).await?;
    create_in(work, found, body, None).await
}

/// Changes a federated credential; creates it under its name where that is asked for.
pub(super) async fn update(
    ask: &Ask<'_>,
    key: ApplicationKey,
    credential: FederatedCredentialKey,
) -> Result<Answer, GraphError> {
    let body = body_of(ask)?;
    let mut work = Work::begin(ask).await?;
    let found = work.container(key).await?;
    let stored = work.federated(&found).await?;
    let current = match (find(&stored, &credential), &credential) {
        (Some(current), _) => current.clone(),
        (None, FederatedCredentialKey::Name(name)) if ask.prefers("create-if-missing") => {
            ask.refuse_if_match()?;
            return create_in(work, found, body, Some(name)).await;
        }
        (None, credential) => return Err(not_found(credential)),
    };
    let before = federated_credential(&current);
    work.check_version(&before)?;
    let new = body::change_federated_credential(body, &current, &stored, &work.context())?;
    if new == current {
        return Ok(Answer::NoContent);
    }
    work.check_takeover(&found).await?;
    let after = federated_credential(&new);
    let update = Write::UpdateFederatedCredential {
        tenant_id: ask.tenant_id(),
        credential: new,
    };
    record(work, &found, update, Some(&before), Some(&after)).await?;
    Ok(Answer::NoContent)
}

/// Removes a federated credential.
pub(super) async fn delete(
    ask: &Ask<'_>,
    key: ApplicationKey,
    credential: FederatedCredentialKey,
) -> Result<Answer, GraphError> {
    let mut work = Work::begin(ask).await?;
    let found = work.container(key).await?;
    let stored = work.federated(&found).await?;
    let current = find(&stored, &credential).ok_or_else(|| not_found(&credential))?;
    let before = federated_credential(current);
    work.check_version(&before)?;
    if ask.prefers("dry-run") {
        let key_id = KeyId::new(current.id.uuid());
        return dry_run::credential(work, &found, key_id, before).await;
    }
    let remove = Write::RemoveFederatedCredential {
        tenant_id: ask.tenant_id(),
        application_id: current.application_id,
        id: current.id,
    };
    record(work, &found, remove, Some(&before), None).await?;
    Ok(Answer::NoContent)
}

async fn create_in(
    mut work: Work<'_>,
    found: Found,
    body: Members,
    name: Option<&str>,
) -> Result<Answer, GraphError> {
    work.check_takeover(&found).await?;
    let application_id = found.application.id;
    let stored = work.federated(&found).await?;
    let context = work.context();
    let new = body::new_federated_credential(body, application_id, &stored, name, &context)?;
    let shown = federated_credential(&new);
    let context = format!("applications('{application_id}')/{PROPERTY}/$entity");
    let location = format!("/applications/{application_id}/{PROPERTY}/{}", new.id);
    let add = Write::AddFederatedCredential {
        tenant_id: work.ask.tenant_id(),
        credential: new,
    };
    record(work, &found, add, None, Some(&shown)).await?;
    let etag = ETag::of(&shown);
    Ok(Answer::created(context, shown, location).with_etag(etag))
}

async fn record(
    work: Work<'_>,
    found: &Found,
    write: Write,
    before: Option<&Members>,
    after: Option<&Members>,
) -> Result<(), GraphError> {
    let audit =
        work.audit(Activity::UpdateApplication)
            .part(&found.target(), PROPERTY, before, after);
    work.commit(&[write], audit).await
}

/// A name may look like an id: where none has the id, the name is meant.
fn find<'f>(
    stored: &'f [FederatedIdentityCredential],
    key: &FederatedCredentialKey,
) -> Option<&'f FederatedIdentityCredential> {
    let by_name = |name: &str| stored.iter().find(|one| one.name == name);
    match key {
        FederatedCredentialKey::Id(id) => {
            let by_id = stored.iter().find(|one| one.id == *id);
            by_id.or_else(|| by_name(&id.to_string()))
        }
        FederatedCredentialKey::Name(name) => by_name(name),
    }
}

fn not_found(key: &FederatedCredentialKey) -> GraphError {
    match key {
        FederatedCredentialKey::Id(id) => GraphError::not_found(id),
        FederatedCredentialKey::Name(name) => GraphError::not_found(name),
    }
}
