//! `/portal/enterprise-applications/{id}/assigned`: who has roles of this API.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use countersign_domain::graph::error::GraphError;
use serde::Deserialize;
use serde_json::json;

use super::principal::{DEFAULT_ACCESS, Principal, address, target};
use crate::portal::address::encoded;
use crate::portal::api::read_all;
use crate::portal::form::Form;
use crate::portal::page::see_other;
use crate::portal::problem::Problem;
use crate::portal::query::Asked;
use crate::portal::recent::Recent;
use crate::portal::span::day;
use crate::portal::visit::{Shell, Visit};

/// Which client is to get a role, and which page of those who have one.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    search: String,
    #[serde(default)]
    client: String,
    #[serde(default)]
    page: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assignment {
    id: String,
    app_role_id: String,
    created_date_time: String,
    principal_display_name: Option<String>,
    principal_id: String,
}

impl Assignment {
    fn client(&self) -> &str {
        self.principal_display_name
            .as_deref()
            .unwrap_or(&self.principal_id)
    }

    fn client_address(&self) -> String {
        address(&self.principal_id, "")
    }

    fn created(&self) -> &str {
        day(&self.created_date_time)
    }
}

/// A client to choose.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Client {
    id: String,
    app_id: String,
    display_name: String,
}

#[derive(Template)]
#[template(path = "enterprise_applications/assigned.html")]
struct AssignedPage {
    shell: Shell,
    principal: Principal,
    rows: Vec<Assignment>,
    next: String,
    first: String,
    search: String,
    found: Vec<Client>,
    chosen: Option<Principal>,
    default_access: &'static str,
}

/// `GET .../assigned`
pub(super) async fn show(
    visit: Visit,
    Path(id): Path<String>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Problem> {
    Ok(visit.page(&assigned(&visit, &id, wanted).await?))
}

/// `POST .../assigned`: gives a client roles of this API.
pub(super) async fn assign(
    Recent(visit): Recent,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let client = form.text("client");
    let roles = form.all("role");
    let assigned = async {
        if roles.is_empty() {
            return Err(GraphError::bad_request("Choose at least one role."));
        }
        for role in roles {
            let body = json!({"principalId": client, "resourceId": id, "appRoleId": role});
            let target = format!("{}/appRoleAssignedTo", target(&id));
            visit.post(&target, &body).await?;
        }
        Ok(())
    };
    let wanted = Wanted {
        client: client.to_owned(),
        ..Wanted::default()
    };
    done(&visit, &id, wanted, assigned.await).await
}

/// `POST .../assigned/revoke`: tokens that were issued before live to their end.
pub(super) async fn revoke(
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let assignment = encoded(form.text("assignment"));
    let target = format!("{}/appRoleAssignedTo/{assignment}", target(&id));
    let revoked = visit.delete(&target).await;
    done(&visit, &id, Wanted::default(), revoked).await
}

async fn assigned(visit: &Visit, id: &str, wanted: Wanted) -> Result<AssignedPage, Problem> {
    let principal = Principal::of(visit, id).await?;
    let query = match wanted.page.as_str() {
        "" => "$top=100",
        page => page,
    };
    let listed = visit
        .list(&format!("{}/appRoleAssignedTo?{query}", target(id)))
        .await?;
    let chosen = match wanted.client.as_str() {
        "" => None,
        client => Principal::find(visit, client).await?,
    };
    let found = match (&chosen, wanted.search.trim()) {
        (None, search) if !search.is_empty() => clients(visit, search).await?,
        _ => Vec::new(),
    };
    let page = |query: &String| format!("{}?page={}", principal.tab("assigned"), encoded(query));
    Ok(AssignedPage {
        shell: visit.shell(
            "enterprise-applications",
            &format!("Assigned – {}", principal.display_name),
        ),
        next: listed.next.as_ref().map(page).unwrap_or_default(),
        first: match wanted.page.is_empty() {
            true => String::new(),
            false => principal.tab("assigned"),
        },
        rows: read_all(listed.rows)?,
        principal,
        search: wanted.search,
        found,
        chosen,
        default_access: DEFAULT_ACCESS,
    })
}

/// Service principals of this tenant by name.
async fn clients(visit: &Visit, search: &str) -> Result<Vec<Client>, GraphError> {
    let words = search.replace(['"', '\\'], " ");
    let search = encoded(&format!("\"displayName:{words}\""));
    let fields = "$select=id,appId,displayName&$top=20";
    let target = format!("/v1.0/servicePrincipals?{fields}&$search={search}");
    read_all(visit.list(&target).await?.rows)
}

/// Back to the page, with what went wrong.
async fn done(
    visit: &Visit,
    id: &str,
    wanted: Wanted,
    outcome: Result<(), GraphError>,
) -> Result<Response, Problem> {
    match outcome {
        Ok(()) => Ok(see_other(&address(id, "assigned"))),
        Err(error) if error.status == 400 => {
            let mut page = assigned(visit, id, wanted).await?;
            page.shell.problem = Some(error.message);
            Ok(visit.refused(&page))
        }
        Err(error) => Err(error.into()),
    }
}
