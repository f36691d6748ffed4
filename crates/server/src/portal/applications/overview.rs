//! `/portal/applications/{id}`: what an application is called and how it is known.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::registration::{Registration, saved};
use crate::portal::address::encoded;
use crate::portal::api::read;
use crate::portal::form::Form;
use crate::portal::page::see_other;
use crate::portal::problem::Problem;
use crate::portal::span::day;
use crate::portal::visit::{Shell, Visit};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    display_name: String,
    sign_in_audience: String,
    created_date_time: String,
    identifier_uris: Vec<String>,
    app_roles: Vec<serde_json::Value>,
    password_credentials: Vec<serde_json::Value>,
    key_credentials: Vec<serde_json::Value>,
}

impl Details {
    fn audience(&self) -> &str {
        match self.sign_in_audience.as_str() {
            "AzureADMyOrg" => "This tenant only",
            "AzureADMultipleOrgs" => "Other tenants too",
            other => other,
        }
    }

    fn created(&self) -> &str {
        day(&self.created_date_time)
    }
}

#[derive(Template)]
#[template(path = "applications/overview.html")]
struct OverviewPage {
    shell: Shell,
    application: Registration,
    details: Details,
    tenant_id: String,
    name: String,
    error: String,
}

/// `GET /portal/applications/{id}`
pub(super) async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    let page = overview(&visit, &id).await?;
    Ok(visit.page(&page))
}

/// `POST /portal/applications/{id}/properties`
pub(super) async fn rename(
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let name = form.text("display_name");
    let target = format!("/v1.0/applications/{}", encoded(&id));
    match visit
        .patch(&target, &json!({"displayName": name}), None)
        .await
    {
        Ok(()) => Ok(saved(&id, "")),
        Err(error) if error.status == 400 => {
            let mut page = overview(&visit, &id).await?;
            page.name = name.to_owned();
            page.error = error.message;
            Ok(visit.refused(&page))
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /portal/applications/{id}/delete`: it can be restored for 30 days.
pub(super) async fn delete(
    visit: Visit,
    Path(id): Path<String>,
    _form: Form,
) -> Result<Response, Problem> {
    let target = format!("/v1.0/applications/{}", encoded(&id));
    visit.delete(&target).await?;
    Ok(see_other("/portal/applications"))
}

async fn overview(visit: &Visit, id: &str) -> Result<OverviewPage, Problem> {
    let application = Registration::of(visit, id).await?;
    let target = format!("/v1.0/applications/{}", encoded(id));
    let details: Details = read(visit.get(&target).await?)?;
    Ok(OverviewPage {
        shell: visit.shell("applications", &application.display_name),
        application,
        name: details.display_name.clone(),
        details,
        tenant_id: visit.tenant.id.to_string(),
        error: String::new(),
    })
}
