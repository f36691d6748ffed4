//! When credentials were used last, which the original does not tell.

use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::wire::{self, Object as Members};
use countersign_domain::ids::{ApplicationId, KeyId};
use countersign_store::View;
use serde_json::Value;

use super::ask::Ask;
use super::errors;

/// Collections of credentials, each with the member that is its id.
const CREDENTIALS: [(&str, &str); 3] = [
    ("passwordCredentials", "keyId"),
    ("keyCredentials", "keyId"),
    ("federatedIdentityCredentials", "id"),
];

/// Adds `lastUsedDateTime` to the credentials of one application. Not part of its ETag: a use changes
/// nothing that somebody could overwrite.
pub(super) async fn of_application(
    ask: &Ask<'_>,
    view: &mut View,
    id: ApplicationId,
    shown: &mut Members,
) -> Result<(), GraphError> {
    if !CREDENTIALS
        .iter()
        .any(|(name, _)| shown.contains_key(*name))
    {
        return Ok(());
    }
    let uses = view.credentials_last_used(ask.tenant_id(), id);
    let uses = uses.await.map_err(errors::of_store)?;
    for (name, key) in CREDENTIALS {
        let credentials = shown.get_mut(name).and_then(Value::as_array_mut);
        for credential in credentials.into_iter().flatten() {
            let id = credential[key].as_str().and_then(|id| id.parse().ok());
            let of_id = |(known, _): &&(KeyId, _)| Some(*known) == id;
            let at = uses.iter().find(of_id).and_then(|(_, at)| *at);
            credential["lastUsedDateTime"] = at.map_or(Value::Null, wire::time);
        }
    }
    Ok(())
}
