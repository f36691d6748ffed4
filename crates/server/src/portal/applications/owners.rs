//! `/portal/applications/{id}/owners`: who may change an application without being an administrator.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use countersign_domain::graph::error::GraphError;
use serde::Deserialize;
use serde_json::json;

use super::registration::{Registration, address};
use crate::portal::address::{encoded, literal};
use crate::portal::api::read_all;
use crate::portal::form::Form;
use crate::portal::page::see_other;
use crate::portal::problem::Problem;
use crate::portal::recent::Recent;
use crate::portal::visit::{Shell, Visit};

/// A person or a service principal.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Owner {
    id: String,
    display_name: Option<String>,
    user_principal_name: Option<String>,
    app_id: Option<String>,
}

impl Owner {
    fn name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.id)
    }

    fn kind(&self) -> &'static str {
        match self.user_principal_name {
            Some(_) => "Person",
            None => "Application",
        }
    }

    /// What tells owners of the same name apart.
    fn known_as(&self) -> &str {
        let name = self.user_principal_name.as_deref();
        name.or(self.app_id.as_deref()).unwrap_or(&self.id)
    }
}

#[derive(Template)]
#[template(path = "applications/owners.html")]
struct OwnersPage {
    shell: Shell,
    application: Registration,
    owners: Vec<Owner>,
    entered: String,
    error: String,
}

/// `GET /portal/applications/{id}/owners`
pub(super) async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    Ok(visit.page(&owners(&visit, &id).await?))
}

/// `POST .../owners`: a person by user principal name, or an application by client id.
pub(super) async fn add(
    Recent(visit): Recent,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let entered = form.text("owner");
    match add_owner(&visit, &id, entered).await {
        Ok(()) => Ok(see_other(&address(&id, "owners"))),
        Err(error) if matches!(error.status, 400 | 404) => {
            let mut page = owners(&visit, &id).await?;
            page.entered = entered.to_owned();
            page.error = error.message;
            Ok(visit.refused(&page))
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST .../owners/remove`
pub(super) async fn remove(
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let (id_part, owner) = (encoded(&id), encoded(form.text("owner")));
    let target = format!("/v1.0/applications/{id_part}/owners/{owner}/$ref");
    visit.delete(&target).await?;
    Ok(see_other(&address(&id, "owners")))
}

async fn owners(visit: &Visit, id: &str) -> Result<OwnersPage, Problem> {
    let application = Registration::of(visit, id).await?;
    let target = format!("/v1.0/applications/{}/owners?$top=999", encoded(id));
    Ok(OwnersPage {
        shell: visit.shell(
            "applications",
            &format!("Owners – {}", application.display_name),
        ),
        owners: read_all(visit.list(&target).await?.rows)?,
        application,
        entered: String::new(),
        error: String::new(),
    })
}

async fn add_owner(visit: &Visit, id: &str, entered: &str) -> Result<(), GraphError> {
    let owner = find(visit, entered).await?.ok_or_else(|| {
        GraphError::bad_request(
            "There is no such person or application here. Give a person's user name, such as \
             admin@contoso.example, or an application's client id.",
        )
    })?;
    let base_url = &visit.browser.state.base_url;
    let body = json!({"@odata.id": format!("{base_url}/v1.0/directoryObjects/{owner}")});
    let target = format!("/v1.0/applications/{}/owners/$ref", encoded(id));
    visit.post(&target, &body).await.map(drop)
}

/// The object id of a person or of an application's service principal.
async fn find(visit: &Visit, entered: &str) -> Result<Option<String>, GraphError> {
    let (collection, property) = match entered.contains('@') {
        true => ("users", "userPrincipalName"),
        false => ("servicePrincipals", "appId"),
    };
    let name = literal(entered);
    let target = format!("/v1.0/{collection}?$select=id&$filter={property}%20eq%20{name}");
    let found = visit.list(&target).await;
    let rows = match found {
        Ok(listed) => listed.rows,
        // What is no client id at all names nothing.
        Err(error) if error.status == 400 => Vec::new(),
        Err(error) => return Err(error),
    };
    let id = rows.first().and_then(|row| row.get("id")?.as_str());
    Ok(id.map(ToOwned::to_owned))
}
