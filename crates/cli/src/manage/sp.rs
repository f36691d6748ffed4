//! `countersign sp`: service principals, the applications that this tenant can use.

use serde_json::{Map, Value, json};

use super::args::{SpArguments, SpCommand, UpdateSp};
use super::deleted::{self, Kind};
use super::find::{self, text};
use super::graph::Graph;
use super::table;
use crate::output;

pub(crate) async fn run(arguments: &SpArguments) -> anyhow::Result<()> {
    let graph = Graph::connect(&arguments.connect).await?;
    let json = arguments.connect.json;
    match &arguments.command {
        SpCommand::List(listing) => {
            let query = listing.query();
            let query: Vec<_> = query.iter().map(|(n, v)| (*n, v.as_str())).collect();
            show_all(graph.list("servicePrincipals", &query).await?, json)
        }
        SpCommand::Create { app_id } => {
            let body = json!({ "appId": app_id });
            let principal = graph.post("servicePrincipals", &body).await?;
            if json {
                return table::print_json(&principal);
            }
            let (name, id) = (text(&principal, "displayName"), text(&principal, "id"));
            Ok(output::print(&format!(
                "{name} can be used in this tenant; its object id is {id}.\n"
            ))?)
        }
        SpCommand::Show(one) => {
            let principal = find::service_principal(&graph, &one.sp).await?;
            if json {
                return table::print_json(&principal);
            }
            show(&principal)
        }
        SpCommand::Update(update) => change(&graph, update, json).await,
        SpCommand::Delete(delete) => {
            let principal = find::service_principal(&graph, &delete.sp).await?;
            let kind = Kind::ServicePrincipal;
            deleted::delete(&graph, kind, &principal, &delete.deletion, json).await
        }
        SpCommand::Deleted => deleted::list(&graph, Kind::ServicePrincipal, json).await,
        SpCommand::Restore { id } => deleted::restore(&graph, id, json).await,
    }
}

async fn change(graph: &Graph, update: &UpdateSp, json: bool) -> anyhow::Result<()> {
    let mut body = Map::new();
    if update.enable || update.disable {
        body.insert("accountEnabled".into(), json!(update.enable));
    }
    if let Some(required) = update.assignment_required {
        body.insert("appRoleAssignmentRequired".into(), json!(required));
    }
    if body.is_empty() {
        anyhow::bail!("nothing to change: give --enable, --disable or --assignment-required");
    }
    let principal = find::service_principal(graph, &update.sp).await?;
    let path = format!("servicePrincipals/{}", text(&principal, "id"));
    graph.patch(&path, &Value::Object(body)).await?;
    let principal = graph.get(&path).await?;
    if json {
        return table::print_json(&principal);
    }
    let name = text(&principal, "displayName");
    Ok(output::print(&format!(
        "Changed {name}. The next token request honours it.\n"
    ))?)
}

fn show(principal: &Value) -> anyhow::Result<()> {
    let is = |member: &str| principal[member].as_bool().unwrap_or(false);
    Ok(output::print(&format!(
        "{}\n  client id            {}\n  object id            {}\n  state                {}\n  \
         assignment required  {}\n  home tenant          {}\n",
        text(principal, "displayName"),
        text(principal, "appId"),
        text(principal, "id"),
        if is("accountEnabled") {
            "enabled"
        } else {
            "disabled"
        },
        if is("appRoleAssignmentRequired") {
            "yes"
        } else {
            "no"
        },
        text(principal, "appOwnerOrganizationId"),
    ))?)
}

fn show_all(rows: Vec<Value>, json: bool) -> anyhow::Result<()> {
    if json {
        return table::print_json(&rows.into());
    }
    let line = |principal: &Value| {
        let state = match principal["accountEnabled"].as_bool() {
            Some(false) => "disabled",
            _ => "enabled",
        };
        vec![
            text(principal, "displayName").to_owned(),
            text(principal, "appId").to_owned(),
            text(principal, "id").to_owned(),
            state.to_owned(),
        ]
    };
    let mut lines: Vec<_> = rows.iter().map(line).collect();
    lines.sort();
    table::print(
        &["NAME", "CLIENT ID", "OBJECT ID", "STATE"],
        &lines,
        "There are no such service principals.",
    )
}
