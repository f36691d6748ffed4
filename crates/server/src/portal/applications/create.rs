//! `/portal/applications/new`: registering an application.

use askama::Template;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::registration::address;
use crate::portal::api::read;
use crate::portal::form::Form;
use crate::portal::page::see_other;
use crate::portal::problem::Problem;
use crate::portal::visit::{Shell, Visit};

#[derive(Template)]
#[template(path = "applications/new.html")]
struct NewPage {
    shell: Shell,
    name: String,
    is_multi_tenant: bool,
    error: String,
}

#[derive(Deserialize)]
struct Created {
    id: String,
    #[serde(rename = "appId")]
    app_id: String,
}

/// `GET /portal/applications/new`
pub(super) async fn show(visit: Visit) -> Response {
    visit.page(&NewPage {
        shell: visit.shell("applications", "Register an application"),
        name: String::new(),
        is_multi_tenant: false,
        error: String::new(),
    })
}

/// `POST /portal/applications/new`: the application and its service principal in this tenant, which
/// is what everybody needs who wants a token.
pub(super) async fn submit(visit: Visit, form: Form) -> Result<Response, Problem> {
    let name = form.text("display_name");
    let is_multi_tenant = form.text("audience") == "multiple";
    let audience = match is_multi_tenant {
        true => "AzureADMultipleOrgs",
        false => "AzureADMyOrg",
    };
    let body = json!({"displayName": name, "signInAudience": audience});
    let made = match visit.post("/v1.0/applications", &body).await {
        Ok(made) => made,
        Err(error) if error.status == 400 => {
            return Ok(visit.refused(&NewPage {
                shell: visit.shell("applications", "Register an application"),
                name: name.to_owned(),
                is_multi_tenant,
                error: error.message,
            }));
        }
        Err(error) => return Err(error.into()),
    };
    let made: Created = read(made)?;
    let principal = json!({"appId": made.app_id});
    visit.post("/v1.0/servicePrincipals", &principal).await?;
    Ok(see_other(&address(&made.id, "")))
}
