use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use countersign_domain::graph::error::GraphError;
use serde::Deserialize;

use super::listed::{Line, Permissions, Resource, resource};
use crate::portal::address::encoded;
use crate::portal::api::read_all;
use crate::portal::applications::registration::Registration;
use crate::portal::problem::Problem;
use crate::portal::query::Asked;
use crate::portal::visit::{Shell, Visit};

/// How many APIs are offered at once.
const OFFERED: usize = 20;

/// Which API's roles are offered for a request.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    search: String,
    #[serde(default)]
    api: String,
}

#[derive(Template)]
#[template(path = "applications/permissions.html")]
pub(super) struct PermissionsPage {
    pub(super) shell: Shell,
    application: Registration,
    lines: Vec<Line>,
    /// Something can be granted now.
    is_waiting: bool,
    consent_link: String,
    search: String,
    found: Vec<Resource>,
    chosen: Option<Resource>,
}

/// `GET /portal/applications/{id}/permissions`
pub(super) async fn show(
    visit: Visit,
    Path(id): Path<String>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Problem> {
    Ok(visit.page(&permissions(&visit, &id, &wanted).await?))
}

/// The page, as it is now.
pub(super) async fn permissions(
    visit: &Visit,
    id: &str,
    wanted: &Wanted,
) -> Result<PermissionsPage, Problem> {
    let application = Registration::of(visit, id).await?;
    let known = Permissions::of(visit, id).await?;
    let chosen = match wanted.api.as_str() {
        "" => None,
        api => resource(visit, api).await?,
    };
    let found = match (&chosen, wanted.search.trim()) {
        (None, search) if !search.is_empty() => apis(visit, search).await?,
        _ => Vec::new(),
    };
    let (base_url, tenant_id) = (&visit.browser.state.base_url, visit.tenant.id);
    let app_id = &application.app_id;
    Ok(PermissionsPage {
        shell: visit.shell(
            "applications",
            &format!("API permissions – {}", application.display_name),
        ),
        is_waiting: known.lines.iter().any(Line::is_waiting),
        lines: known.lines,
        consent_link: format!("{base_url}/{tenant_id}/adminconsent?client_id={app_id}"),
        search: wanted.search.clone(),
        found,
        chosen,
        application,
    })
}

/// APIs with roles for applications, by name.
async fn apis(visit: &Visit, search: &str) -> Result<Vec<Resource>, GraphError> {
    let words = search.replace(['"', '\\'], " ");
    let search = encoded(&format!("\"displayName:{words}\""));
    let fields = "$select=id,appId,appDisplayName,appRoles&$top=50";
    let target = format!("/v1.0/servicePrincipals?{fields}&$search={search}");
    let found: Vec<Resource> = read_all(visit.list(&target).await?.rows)?;
    let with_roles = found
        .into_iter()
        .filter(|resource| resource.roles().next().is_some());
    Ok(with_roles.take(OFFERED).collect())
}
