//! `/portal/applications/{id}/expose`: an application as an API: its URIs, its app roles, its tokens.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use countersign_domain::graph::error::GraphError;
use countersign_domain::ids::AppRoleId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::registration::{Registration, saved};
use crate::portal::address::encoded;
use crate::portal::api::read;
use crate::portal::form::Form;
use crate::portal::problem::Problem;
use crate::portal::visit::{Shell, Visit};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Api {
    identifier_uris: Vec<String>,
    app_roles: Vec<Role>,
    api: Settings,
    #[serde(default)]
    countersign: Extensions,
}

/// This platform's own settings.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Extensions {
    access_token_lifetime_seconds: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    requested_access_token_version: Option<u8>,
}

/// An app role, in the API's own shape.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Role {
    id: String,
    allowed_member_types: Vec<String>,
    display_name: Option<String>,
    description: Option<String>,
    value: Option<String>,
    is_enabled: bool,
}

#[derive(Template)]
#[template(path = "applications/expose.html")]
struct ExposePage {
    shell: Shell,
    application: Registration,
    api: Api,
    base_url: String,
    lifetime: String,
    lifetime_error: String,
    /// What was entered, if it was refused.
    uris: String,
    uris_error: String,
    role: NewRole,
    role_error: String,
}

impl ExposePage {
    fn example_uri(&self) -> String {
        format!("api://{}", self.application.app_id)
    }

    fn role_address(&self, role: &Role) -> String {
        self.application.tab(&format!("expose/roles/{}", role.id))
    }

    fn version(&self) -> &'static str {
        match self.api.api.requested_access_token_version {
            Some(2) => "2.0",
            _ => "1.0",
        }
    }

    fn shown_lifetime(&self) -> &str {
        match self.lifetime.as_str() {
            "" => "60, the default",
            minutes => minutes,
        }
    }

    fn version_2(&self) -> String {
        let base_url = &self.base_url;
        format!("The issuer is {base_url}/TENANT/v2.0, and the audience is the client id.")
    }
}

/// The form for a new role.
#[derive(Debug, Default)]
struct NewRole {
    display_name: String,
    value: String,
    description: String,
}

/// `GET /portal/applications/{id}/expose`
pub(super) async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let page = expose(&visit, &id).await?;
    Ok(visit.page(&page))
}

/// `POST .../expose/uris`: replaces the App ID URIs.
pub(super) async fn set_uris(
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let entered = form.text("uris");
    let uris: Vec<&str> = entered.split_whitespace().collect();
    let body = json!({"identifierUris": uris});
    match visit.patch(&target(&id), &body, None).await {
        Ok(()) => Ok(saved(&id, "expose")),
        Err(error) => {
            let text = told(error)?;
            let mut page = expose(&visit, &id).await?;
            page.uris = entered.to_owned();
            page.uris_error = text;
            Ok(visit.refused(&page))
        }
    }
}

/// `POST .../expose/tokens`: the form of the tokens that the API gets, and how long they live.
pub(super) async fn set_tokens(
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let version = match form.text("version") {
        "2" => json!(2),
        _ => Value::Null,
    };
    let minutes = form.text("lifetime");
    let body = json!({
        "api": {"requestedAccessTokenVersion": version},
        "countersign": {"accessTokenLifetimeSeconds": seconds(minutes)},
    });
    match visit.patch(&target(&id), &body, None).await {
        Ok(()) => Ok(saved(&id, "expose")),
        Err(error) => {
            let text = told(error)?;
            let mut page = expose(&visit, &id).await?;
            page.lifetime = minutes.to_owned();
            page.lifetime_error = text;
            Ok(visit.refused(&page))
        }
    }
}

/// Minutes in seconds. Nothing is the default; what is no number is left to the API to refuse.
fn seconds(minutes: &str) -> Value {
    match minutes.parse::<u32>() {
        _ if minutes.is_empty() => Value::Null,
        Ok(minutes) => json!(minutes.saturating_mul(60)),
        Err(_) => json!(minutes),
    }
}

/// `POST .../expose/roles`: one more app role, for applications.
pub(super) async fn add_role(
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let entered = NewRole {
        display_name: form.text("display_name").to_owned(),
        value: form.text("value").to_owned(),
        description: form.text("description").to_owned(),
    };
    let role = Role {
        id: AppRoleId::random(visit.browser.state.random.as_ref()).to_string(),
        allowed_member_types: vec!["Application".to_owned()],
        display_name: Some(entered.display_name.clone()),
        description: Some(entered.description.clone()),
        value: Some(entered.value.clone()),
        is_enabled: true,
    };
    match change_roles(&visit, &id, |roles| roles.push(role)).await {
        Ok(()) => Ok(saved(&id, "expose")),
        Err(error) => {
            let text = told(error)?;
            let mut page = expose(&visit, &id).await?;
            page.role = entered;
            page.role_error = text;
            Ok(visit.refused(&page))
        }
    }
}

/// `POST .../expose/roles/{role}`: disables a role, enables it again, or deletes it. Deleting takes
/// two steps, as in the original: who disables first sees what stops working.
pub(super) async fn change_role(
    visit: Visit,
    Path((id, role)): Path<(String, String)>,
    form: Form,
) -> Result<Response, Problem> {
    let action = form.text("action");
    let changed = change_roles(&visit, &id, |roles| match action {
        "delete" => roles.retain(|known| known.id != role),
        _ => {
            let mut known = roles.iter_mut();
            if let Some(known) = known.find(|known| known.id == role) {
                known.is_enabled = action == "enable";
            }
        }
    });
    match changed.await {
        Ok(()) => Ok(saved(&id, "expose")),
        Err(error) => {
            let text = told(error)?;
            let mut page = expose(&visit, &id).await?;
            page.shell.problem = Some(text);
            Ok(visit.refused(&page))
        }
    }
}

async fn expose(visit: &Visit, id: &str) -> Result<ExposePage, Problem> {
    let application = Registration::of(visit, id).await?;
    let api: Api = read(visit.get(&target(id)).await?)?;
    Ok(ExposePage {
        shell: visit.shell(
            "applications",
            &format!("Expose an API – {}", application.display_name),
        ),
        application,
        base_url: visit.browser.state.base_url.to_string(),
        lifetime: minutes(&api),
        lifetime_error: String::new(),
        uris: api.identifier_uris.join("\n"),
        uris_error: String::new(),
        role: NewRole::default(),
        role_error: String::new(),
        api,
    })
}

fn minutes(api: &Api) -> String {
    let seconds = api.countersign.access_token_lifetime_seconds;
    seconds.map_or_else(String::new, |seconds| (seconds / 60).to_string())
}

/// Changes the list of roles as it is now: what somebody else changed meanwhile is not lost.
async fn change_roles(
    visit: &Visit,
    id: &str,
    change: impl FnOnce(&mut Vec<Role>),
) -> Result<(), GraphError> {
    let (members, etag) = visit.get_version(&target(id)).await?;
    let mut api: Api = read(members)?;
    change(&mut api.app_roles);
    let body = json!({"appRoles": api.app_roles});
    visit.patch(&target(id), &body, Some(&etag)).await
}

fn target(id: &str) -> String {
    format!("/v1.0/applications/{}", encoded(id))
}

/// What a form did wrong, for showing it beside the form; anything else is a page of its own.
pub(super) fn told(error: GraphError) -> Result<String, Problem> {
    match error.status {
        400 | 409 | 412 => Ok(error.message),
        _ => Err(error.into()),
    }
}
