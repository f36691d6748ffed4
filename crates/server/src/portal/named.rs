//! From what people type to what the logs know: an application by its name, a person by theirs.

use countersign_domain::graph::error::GraphError;
use serde::Deserialize;
use uuid::Uuid;

use super::address::{encoded, literal};
use super::api::{read, read_all};
use super::visit::Visit;

/// Names that begin alike are several; a filter takes so many.
const MATCHES_MAX: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Application {
    app_id: String,
}

/// A credential that a log entry names.
pub(super) struct Credential {
    pub(super) name: String,
    /// Where it is shown.
    pub(super) address: String,
}

/// A service principal of the person's tenant.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Principal {
    pub(super) id: String,
    pub(super) app_id: String,
    pub(super) display_name: Option<String>,
}

impl Principal {
    pub(super) fn address(&self) -> String {
        principal_address(&self.id)
    }

    pub(super) fn name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.app_id)
    }
}

/// The page about a part of an application.
fn registration_address(id: &str, tab: &str) -> String {
    format!("/portal/applications/{}/{tab}", encoded(id))
}

/// The page about a service principal.
pub(super) fn principal_address(id: &str) -> String {
    format!("/portal/enterprise-applications/{}", encoded(id))
}

/// The client ids that a text stands for: one that it is itself, or those of applications with such
/// a name, registered here or used here.
pub(super) async fn app_ids(visit: &Visit, text: &str) -> Result<Vec<String>, GraphError> {
    let text = text.trim();
    if let Ok(id) = text.parse::<Uuid>() {
        return Ok(vec![id.to_string()]);
    }
    let words = text.replace(['"', '\\'], " ");
    let search = encoded(&format!("\"displayName:{words}\""));
    let mut found: Vec<String> = Vec::new();
    for collection in ["servicePrincipals", "applications"] {
        let target =
            format!("/v1.0/{collection}?$select=appId&$top={MATCHES_MAX}&$search={search}");
        let rows: Vec<Application> = read_all(visit.list(&target).await?.rows)?;
        for row in rows {
            if !found.contains(&row.app_id) {
                found.push(row.app_id);
            }
        }
    }
    found.truncate(MATCHES_MAX);
    Ok(found)
}

/// The service principal of an application here, if the person may see one.
pub(super) async fn principal(visit: &Visit, condition: &str) -> Option<Principal> {
    let target = format!(
        "/v1.0/servicePrincipals?$select=id,appId,displayName&$count=true&$top=1&$filter={}",
        encoded(condition)
    );
    let rows = visit.list(&target).await.ok()?.rows;
    read(rows.into_iter().next()?).ok()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registered {
    id: String,
    password_credentials: Vec<Key>,
    key_credentials: Vec<Key>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Key {
    key_id: String,
    display_name: Option<String>,
}

#[derive(Deserialize)]
struct Federated {
    name: String,
}

/// The secret or certificate with this id, of an application of this tenant. Nothing where it was
/// removed since, or where the application is of another tenant.
pub(super) async fn credential(visit: &Visit, app_id: &str, key_id: &str) -> Option<Credential> {
    let registered = registered(visit, app_id).await?;
    let keys = registered.password_credentials.iter();
    let mut keys = keys.chain(&registered.key_credentials);
    let key = keys.find(|key| key.key_id == key_id)?;
    let name = key.display_name.as_deref().unwrap_or(key_id).to_owned();
    Some(Credential {
        name,
        address: registration_address(&registered.id, "credentials"),
    })
}

/// The same of a federated credential.
pub(super) async fn federated(visit: &Visit, app_id: &str, id: &str) -> Option<Credential> {
    let registered = registered(visit, app_id).await?;
    let (application, id) = (encoded(&registered.id), encoded(id));
    let target = format!("/v1.0/applications/{application}/federatedIdentityCredentials/{id}");
    let found: Federated = read(visit.get(&target).await.ok()?).ok()?;
    Some(Credential {
        name: found.name,
        address: registration_address(&registered.id, "federated"),
    })
}

async fn registered(visit: &Visit, app_id: &str) -> Option<Registered> {
    let app_id = literal(&app_id.parse::<Uuid>().ok()?.to_string());
    let target =
        format!("/v1.0/applications(appId={app_id})?$select=id,passwordCredentials,keyCredentials");
    read(visit.get(&target).await.ok()?).ok()
}
