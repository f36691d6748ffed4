//! Adding and deleting certificates.

use axum::extract::Path;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign_domain::graph::error::GraphError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::expose::told;
use super::show::{NewCertificate, credentials};
use super::{back, target};
use crate::portal::api::read;
use crate::portal::form::Form;
use crate::portal::problem::Problem;
use crate::portal::recent::Recent;
use crate::portal::visit::Visit;

/// The certificates that there are: an entry with a known id stays as it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registered {
    key_credentials: Vec<Known>,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Known {
    key_id: String,
}

/// `POST .../credentials/certificates`: registers a certificate, from a file or as text.
pub(super) async fn add(
    Recent(visit): Recent,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let (description, text) = (form.text("description"), form.text("certificate"));
    let outcome = match key_of(form.bytes("file"), text) {
        Ok(key) => {
            let mut entry = json!({"type": "AsymmetricX509Cert", "usage": "Verify", "key": key});
            if !description.is_empty() {
                entry["displayName"] = json!(description);
            }
            let added = replace(&visit, &id, |keys| keys.push(entry)).await;
            added.map_or_else(|error| told(error).map(Err), |()| Ok(Ok(())))?
        }
        Err(error) => Err(error.to_owned()),
    };
    let Err(error) = outcome else {
        return Ok(back(&id));
    };
    let mut page = credentials(&visit, &id).await?;
    // Without the text: who pastes the wrong half of a pair must not find it on a page.
    page.certificate = NewCertificate {
        description: description.to_owned(),
        error,
    };
    Ok(visit.refused(&page))
}

/// `POST .../credentials/certificates/{key}/delete`
pub(super) async fn delete(
    visit: Visit,
    Path((id, key)): Path<(String, String)>,
    _form: Form,
) -> Result<Response, Problem> {
    replace(&visit, &id, |keys| {
        keys.retain(|known| known["keyId"] != key);
    })
    .await?;
    Ok(back(&id))
}

/// What was chosen, in the API's form: PEM as it is, anything else in base64.
fn key_of(file: &[u8], text: &str) -> Result<String, &'static str> {
    match (file, text) {
        ([], "") => Err("Choose a file, or paste the certificate."),
        ([], text) => Ok(text.to_owned()),
        (file, "") => Ok(STANDARD.encode(file)),
        _ => Err("There is a file, and text beside it: leave out one of the two."),
    }
}

/// Changes the list of certificates as it is now: what somebody else changed meanwhile is not lost.
async fn replace(
    visit: &Visit,
    id: &str,
    change: impl FnOnce(&mut Vec<Value>),
) -> Result<(), GraphError> {
    let (members, etag) = visit.get_version(&target(id)).await?;
    let registered: Registered = read(members)?;
    let known = registered.key_credentials.iter();
    let mut keys: Vec<Value> = known.map(|known| json!(known)).collect();
    change(&mut keys);
    let body = json!({"keyCredentials": keys});
    visit.patch(&target(id), &body, Some(&etag)).await
}
