//! `/portal/enterprise-applications/{id}/permissions`: what a service principal may do to others.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use countersign_domain::graph::error::GraphError;
use serde::Deserialize;

use super::principal::{Principal, address, target};
use crate::portal::address::encoded;
use crate::portal::api::read_all;
use crate::portal::form::Form;
use crate::portal::page::see_other;
use crate::portal::problem::Problem;
use crate::portal::query::Asked;
use crate::portal::span::day;
use crate::portal::visit::{Shell, Visit};

/// Which page of the permissions.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    page: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assignment {
    id: String,
    app_role_id: String,
    created_date_time: String,
    resource_display_name: Option<String>,
    resource_id: String,
}

/// A role of another API, as a row.
struct Row {
    id: String,
    resource: String,
    resource_address: String,
    value: String,
    created: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Grant {
    id: String,
    consent_type: String,
    resource_id: String,
    scope: Option<String>,
}

/// Delegated permissions, as a row.
struct Delegated {
    id: String,
    resource: String,
    scope: String,
    for_whom: &'static str,
}

#[derive(Template)]
#[template(path = "enterprise_applications/permissions.html")]
struct PermissionsPage {
    shell: Shell,
    principal: Principal,
    rows: Vec<Row>,
    delegated: Vec<Delegated>,
    next: String,
    first: String,
}

/// `GET .../permissions`
pub(super) async fn show(
    visit: Visit,
    Path(id): Path<String>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Problem> {
    Ok(visit.page(&permissions(&visit, &id, &wanted.page).await?))
}

/// `POST .../permissions/revoke`: tokens that were issued before live to their end.
pub(super) async fn revoke(
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let assignment = encoded(form.text("assignment"));
    let target = format!("{}/appRoleAssignments/{assignment}", target(&id));
    let revoked = visit.delete(&target).await;
    done(&visit, &id, revoked).await
}

/// `POST .../permissions/revoke-delegated`, of a grant that this service principal has.
pub(super) async fn revoke_delegated(
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let grant = form.text("grant");
    let is_its_own = grants(&visit, &id).await?.iter().any(|own| own.id == grant);
    if !is_its_own {
        return Err(Problem::not_found());
    }
    let target = format!("/v1.0/oauth2PermissionGrants/{}", encoded(grant));
    let revoked = visit.delete(&target).await;
    done(&visit, &id, revoked).await
}

async fn permissions(visit: &Visit, id: &str, page: &str) -> Result<PermissionsPage, Problem> {
    let principal = Principal::of(visit, id).await?;
    let query = match page {
        "" => "$top=100",
        page => page,
    };
    let listed = visit
        .list(&format!("{}/appRoleAssignments?{query}", target(id)))
        .await?;
    let next = listed.next.as_ref();
    let next =
        next.map(|query| format!("{}?page={}", principal.tab("permissions"), encoded(query)));
    let held: Vec<Assignment> = read_all(listed.rows)?;
    let grants = grants(visit, id).await?;
    let of_roles = held.iter().map(|one| &one.resource_id);
    let of_grants = grants.iter().map(|one| &one.resource_id);
    let resources = resources(visit, of_roles.chain(of_grants)).await?;
    Ok(PermissionsPage {
        shell: visit.shell(
            "enterprise-applications",
            &format!("Permissions – {}", principal.display_name),
        ),
        first: match page {
            "" => String::new(),
            _ => principal.tab("permissions"),
        },
        principal,
        rows: held.into_iter().map(|one| row(one, &resources)).collect(),
        delegated: grants
            .into_iter()
            .map(|one| delegated(one, &resources))
            .collect(),
        next: next.unwrap_or_default(),
    })
}

/// The delegated permissions of a service principal. One API has one grant for everybody, and one
/// for each person.
async fn grants(visit: &Visit, id: &str) -> Result<Vec<Grant>, GraphError> {
    let target = format!("{}/oauth2PermissionGrants?$top=999", target(id));
    read_all(visit.list(&target).await?.rows)
}

/// The APIs with these object ids, as far as they are still there.
async fn resources(
    visit: &Visit,
    ids: impl Iterator<Item = &String>,
) -> Result<BTreeMap<String, Principal>, GraphError> {
    let mut found = BTreeMap::new();
    for id in ids {
        if !found.contains_key(id)
            && let Some(resource) = Principal::find(visit, id).await?
        {
            found.insert(id.clone(), resource);
        }
    }
    Ok(found)
}

fn row(one: Assignment, resources: &BTreeMap<String, Principal>) -> Row {
    let resource = resources.get(&one.resource_id);
    let value = resource.map(|resource| resource.role_value(&one.app_role_id));
    Row {
        id: one.id,
        resource: one.resource_display_name.unwrap_or_default(),
        resource_address: address(&one.resource_id, ""),
        value: value.unwrap_or(one.app_role_id),
        created: day(&one.created_date_time).to_owned(),
    }
}

fn delegated(one: Grant, resources: &BTreeMap<String, Principal>) -> Delegated {
    let resource = resources.get(&one.resource_id);
    Delegated {
        id: one.id,
        resource: resource.map_or(one.resource_id, |found| found.display_name.clone()),
        scope: one.scope.unwrap_or_default().trim().to_owned(),
        for_whom: match one.consent_type.as_str() {
            "AllPrincipals" => "Everybody",
            _ => "One person",
        },
    }
}

/// Back to the page, with what went wrong.
async fn done(
    visit: &Visit,
    id: &str,
    outcome: Result<(), GraphError>,
) -> Result<Response, Problem> {
    match outcome {
        Ok(()) => Ok(see_other(&address(id, "permissions"))),
        Err(error) if error.status == 400 => {
            let mut page = permissions(visit, id, "").await?;
            page.shell.problem = Some(error.message);
            Ok(visit.refused(&page))
        }
        Err(error) => Err(error.into()),
    }
}
