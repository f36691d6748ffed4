use axum::extract::Path;
use axum::response::Response;
use countersign_domain::graph::error::GraphError;
use serde_json::json;

use super::listed::{Access, Client, Permissions, Required};
use super::show::{Wanted, permissions};
use crate::portal::address::encoded;
use crate::portal::api::read;
use crate::portal::applications::registration::address;
use crate::portal::form::Form;
use crate::portal::page::see_other;
use crate::portal::problem::Problem;
use crate::portal::recent::Recent;
use crate::portal::visit::Visit;

/// `POST .../permissions/request`: writes roles of an API into the registration. It has them when
/// somebody grants them.
pub(super) async fn request(
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let (api, roles) = (form.text("api"), form.all("role"));
    let changed = change_required(&visit, &id, |required| {
        let known = required.iter().position(|one| one.resource_app_id == api);
        let known = known.unwrap_or_else(|| {
            required.push(Required {
                resource_app_id: api.to_owned(),
                resource_access: Vec::new(),
            });
            required.len() - 1
        });
        for role in roles {
            let access = Access {
                id: role.to_owned(),
                kind: "Role".to_owned(),
            };
            if !required[known].resource_access.contains(&access) {
                required[known].resource_access.push(access);
            }
        }
        required.retain(|one| !one.resource_access.is_empty());
    });
    done(&visit, &id, changed.await).await
}

/// `POST .../permissions/forget`: takes a permission out of the registration. What was granted
/// stays granted until it is revoked.
pub(super) async fn forget(
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let (api, permission) = (form.text("api"), form.text("permission"));
    let changed = change_required(&visit, &id, |required| {
        for one in required.iter_mut().filter(|one| one.resource_app_id == api) {
            one.resource_access.retain(|access| access.id != permission);
        }
        required.retain(|one| !one.resource_access.is_empty());
    });
    done(&visit, &id, changed.await).await
}

/// `POST .../permissions/grant`: the roles that the form names with their APIs. Another API may have
/// a role with the same id, and more may be requested since the page was read: what the person did
/// not see is not granted.
pub(super) async fn grant(
    Recent(visit): Recent,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let shown = form.all("grant");
    if shown.is_empty() {
        return Err(Problem::bad_form("It names no permission."));
    }
    let granted = grant_shown(&visit, &id, &shown).await;
    done(&visit, &id, granted).await
}

/// `POST .../permissions/revoke`: takes a role away. Tokens that were issued before live to their
/// end.
pub(super) async fn revoke(
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let revoked = async {
        let known = Permissions::of(&visit, &id).await?;
        let Some(principal) = known.principal_id else {
            return Ok(());
        };
        let assignment = encoded(form.text("assignment"));
        let target = format!("/v1.0/servicePrincipals/{principal}/appRoleAssignments/{assignment}");
        visit.delete(&target).await
    };
    done(&visit, &id, revoked.await).await
}

async fn grant_shown(visit: &Visit, id: &str, shown: &[&str]) -> Result<(), GraphError> {
    let known = Permissions::of(visit, id).await?;
    let waiting = known.lines.iter().filter(|line| line.is_waiting());
    let wanted = waiting.filter(|line| shown.contains(&line.grant().as_str()));
    let wanted: Vec<_> = wanted.collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let principal = match known.principal_id {
        Some(id) => id,
        None => make_principal(visit, &known.client.app_id).await?,
    };
    for line in wanted {
        let body = json!({
            "principalId": principal,
            "resourceId": line.resource_id,
            "appRoleId": line.id,
        });
        let target = format!("/v1.0/servicePrincipals/{principal}/appRoleAssignments");
        visit.post(&target, &body).await?;
    }
    Ok(())
}

async fn make_principal(visit: &Visit, app_id: &str) -> Result<String, GraphError> {
    let made = visit
        .post("/v1.0/servicePrincipals", &json!({"appId": app_id}))
        .await?;
    let id = made.get("id").and_then(|id| id.as_str());
    Ok(id.unwrap_or_default().to_owned())
}

/// Changes the list as it is now: what somebody else changed meanwhile is not lost.
async fn change_required(
    visit: &Visit,
    id: &str,
    change: impl FnOnce(&mut Vec<Required>),
) -> Result<(), GraphError> {
    let target = format!("/v1.0/applications/{}", encoded(id));
    let (members, etag) = visit.get_version(&target).await?;
    let mut client: Client = read(members)?;
    change(&mut client.required_resource_access);
    let body = json!({"requiredResourceAccess": client.required_resource_access});
    visit.patch(&target, &body, Some(&etag)).await
}

/// Back to the page, with what went wrong.
async fn done(
    visit: &Visit,
    id: &str,
    outcome: Result<(), GraphError>,
) -> Result<Response, Problem> {
    match outcome {
        Ok(()) => Ok(see_other(&address(id, "permissions"))),
        Err(error) if matches!(error.status, 400 | 403 | 409 | 412) => {
            let mut page = permissions(visit, id, &Wanted::default()).await?;
            page.shell.problem = Some(error.message);
            Ok(visit.refused(&page))
        }
        Err(error) => Err(error.into()),
    }
}
