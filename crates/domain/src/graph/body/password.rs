use super::Context;
use super::object::{Members, missing};
use crate::directory::{Application, PasswordCredential};
use crate::graph::error::GraphError;
use crate::graph::wire::Object;
use crate::ids::{KeyId, ServicePrincipalId};
use crate::secret::Secret;

const RESOURCE: &str = "PasswordCredential";

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
    let _ = (body, service_principal_id, application, context);
    Err(missing("passwordCredential", RESOURCE))
}

/// The body of `removePassword`: which one.
pub fn remove_password(body: Object) -> Result<KeyId, GraphError> {
    let mut members = Members::new(body, RESOURCE);
    let key_id = members.required("keyId")?;
    members.finish()?;
    Ok(key_id)
}
