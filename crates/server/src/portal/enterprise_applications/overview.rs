//! `/portal/enterprise-applications/{id}`: what a service principal is, and its switches.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use countersign_domain::graph::error::GraphError;
use serde::Deserialize;
use serde_json::{Value, json};

use super::principal::{Principal, address, kind, target};
use crate::portal::address::{encoded, literal};
use crate::portal::api::read_all;
use crate::portal::form::Form;
use crate::portal::page::see_other;
use crate::portal::problem::Problem;
use crate::portal::span::day;
use crate::portal::visit::{Shell, Visit};

#[derive(Template)]
#[template(path = "enterprise_applications/overview.html")]
struct OverviewPage {
    shell: Shell,
    principal: Principal,
    kind: &'static str,
    /// The page about its registration, where that is in this tenant.
    registration: String,
}

impl OverviewPage {
    fn created(&self) -> &str {
        day(&self.principal.created_date_time)
    }
}

#[derive(Deserialize)]
struct Registered {
    id: String,
}

/// `GET /portal/enterprise-applications/{id}`
pub(super) async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    Ok(visit.page(&overview(&visit, &id).await?))
}

/// `POST .../enabled`: whether it gets tokens and tokens are issued for it.
pub(super) async fn set_enabled(
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let is_on = form.text("action") == "on";
    set(&visit, &id, json!({"accountEnabled": is_on})).await
}

/// `POST .../required`: whether callers need a role of it.
pub(super) async fn set_required(
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let is_on = form.text("action") == "on";
    set(&visit, &id, json!({"appRoleAssignmentRequired": is_on})).await
}

/// `POST .../delete`: it can be restored for 30 days.
pub(super) async fn delete(
    visit: Visit,
    Path(id): Path<String>,
    _form: Form,
) -> Result<Response, Problem> {
    visit.delete(&target(&id)).await?;
    Ok(see_other("/portal/enterprise-applications"))
}

async fn set(visit: &Visit, id: &str, body: Value) -> Result<Response, Problem> {
    match visit.patch(&target(id), &body, None).await {
        Ok(()) => Ok(see_other(&address(id, ""))),
        Err(error) if error.status == 400 => {
            let mut page = overview(visit, id).await?;
            page.shell.problem = Some(error.message);
            Ok(visit.refused(&page))
        }
        Err(error) => Err(error.into()),
    }
}

async fn overview(visit: &Visit, id: &str) -> Result<OverviewPage, Problem> {
    let principal = Principal::of(visit, id).await?;
    let kind = kind(visit, &principal.app_owner_organization_id);
    let registration = match kind {
        "This tenant" => registration(visit, &principal.app_id).await?,
        _ => String::new(),
    };
    Ok(OverviewPage {
        shell: visit.shell("enterprise-applications", &principal.display_name),
        principal,
        kind,
        registration,
    })
}

async fn registration(visit: &Visit, app_id: &str) -> Result<String, GraphError> {
    let app_id = literal(app_id);
    let target = format!("/v1.0/applications?$select=id&$filter=appId%20eq%20{app_id}");
    let found: Vec<Registered> = read_all(visit.list(&target).await?.rows)?;
    let found = found.first();
    Ok(found.map_or_else(String::new, |found| {
        format!("/portal/applications/{}", encoded(&found.id))
    }))
}
