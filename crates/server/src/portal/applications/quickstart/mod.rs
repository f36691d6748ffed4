//! `/portal/applications/{id}/quickstart`: lines that get a token for this application, ready to run.

mod snippets;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use countersign_domain::graph::error::GraphError;
use serde::Deserialize;

use self::snippets::{Client, Snippet, Values};
use super::registration::Registration;
use crate::portal::address::{encoded, literal};
use crate::portal::api::{read, read_all};
use crate::portal::problem::Problem;
use crate::portal::query::Asked;
use crate::portal::visit::{Shell, Visit};
use crate::state::AppState;

/// What stands for an API until this application may call one.
const NO_API: &str = "api://YOUR-API/.default";

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
struct Wanted {
    /// The client whose lines are shown.
    #[serde(default, rename = "for")]
    client: String,
}

#[derive(Deserialize)]
struct Principal {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assignment {
    resource_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    app_id: String,
    service_principal_names: Vec<String>,
}

#[derive(Template)]
#[template(path = "applications/quickstart.html")]
struct QuickstartPage {
    shell: Shell,
    application: Registration,
    chosen: Client,
    snippets: Vec<Snippet>,
    has_api: bool,
}

impl QuickstartPage {
    fn clients(&self) -> [Client; 8] {
        Client::ALL
    }

    fn client_address(&self, client: &Client) -> String {
        let tab = format!("quickstart?for={}", client.name());
        self.application.tab(&tab)
    }

    fn is_chosen(&self, client: &Client) -> bool {
        self.chosen == *client
    }

    fn snippet_id(&self, index: &usize) -> String {
        format!("snippet-{index}")
    }
}

/// The address of the tab.
pub(super) fn routes() -> Router<Arc<AppState>> {
    Router::new().route("/portal/applications/{id}/quickstart", get(show))
}

async fn show(
    visit: Visit,
    Path(id): Path<String>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Problem> {
    let application = Registration::of(&visit, &id).await?;
    let scope = scope(&visit, &application.app_id).await?;
    let chosen = Client::from_name(&wanted.client).unwrap_or(Client::Curl);
    let values = Values {
        base_url: visit.browser.state.base_url.as_str(),
        tenant_id: &visit.tenant.id.to_string(),
        client_id: &application.app_id,
        scope: scope.as_deref().unwrap_or(NO_API),
    };
    let snippets = chosen.snippets(&values);
    Ok(visit.page(&QuickstartPage {
        shell: visit.shell(
            "applications",
            &format!("Quickstart – {}", application.display_name),
        ),
        application,
        chosen,
        snippets,
        has_api: scope.is_some(),
    }))
}

/// The scope of the first API that the application was granted a role of.
async fn scope(visit: &Visit, app_id: &str) -> Result<Option<String>, GraphError> {
    let filter = format!("$filter=appId%20eq%20{}&$select=id", literal(app_id));
    let found = visit
        .list(&format!("/v1.0/servicePrincipals?{filter}"))
        .await?;
    let Some(principal) = read_all::<Principal>(found.rows)?.pop() else {
        return Ok(None);
    };
    let id = encoded(&principal.id);
    let target = format!("/v1.0/servicePrincipals/{id}/appRoleAssignments?$top=1");
    let assignments: Vec<Assignment> = read_all(visit.list(&target).await?.rows)?;
    let Some(assignment) = assignments.first() else {
        return Ok(None);
    };
    let id = encoded(&assignment.resource_id);
    let target = format!("/v1.0/servicePrincipals/{id}?$select=appId,servicePrincipalNames");
    let resource: Resource = read(visit.get(&target).await?)?;
    Ok(Some(format!("{}/.default", name_of(&resource))))
}

/// What a token is asked for by. The lines are run by whoever copies them, so only a name without
/// characters that mean something there is put in; the client id always serves.
fn name_of(resource: &Resource) -> &str {
    let is_plain = |name: &&String| {
        let of_uri = |byte: u8| byte.is_ascii_alphanumeric() || b":/.-_~".contains(&byte);
        name.contains("://") && name.bytes().all(of_uri)
    };
    let mut names = resource.service_principal_names.iter();
    names.find(is_plain).unwrap_or(&resource.app_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_get_into_commands() {
        let named = |name: &str| {
            let resource = Resource {
                app_id: "id".to_owned(),
                service_principal_names: vec!["id".to_owned(), name.to_owned()],
            };
            name_of(&resource).to_owned()
        };
        assert_eq!(named("api://orders"), "api://orders");
        for name in [
            "api://a'b",
            "api://$(id)",
            "api://a\"",
            "api://a b",
            "api://`a`",
        ] {
            assert_eq!(named(name), "id", "{name}");
        }
    }
}
