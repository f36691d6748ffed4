//! `countersign app`: application registrations.

use serde_json::{Map, Value, json};

use super::args::{AppArguments, AppCommand, CreateApp, Listing, OwnerOf, UpdateApp};
use super::deleted::{self, Kind};
use super::find::{self, text};
use super::graph::Graph;
use super::table;
use crate::output;

const HEADINGS: [&str; 3] = ["NAME", "CLIENT ID", "IDENTIFIER URIS"];

pub(crate) async fn run(arguments: &AppArguments) -> anyhow::Result<()> {
    let graph = Graph::connect(&arguments.connect).await?;
    let json = arguments.connect.json;
    match &arguments.command {
        AppCommand::List(listing) => {
            let query = listing.query();
            let query: Vec<_> = query.iter().map(|(n, v)| (*n, v.as_str())).collect();
            let rows = graph.list("applications", &query).await?;
            show_all(rows, json, "There are no such applications.")
        }
        AppCommand::Create(create) => add(&graph, create, json).await,
        AppCommand::Show(one) => {
            let application = find::application(&graph, &one.app).await?;
            show(&graph, &application, json).await
        }
        AppCommand::Update(update) => change(&graph, update, json).await,
        AppCommand::Delete(delete) => {
            let application = find::application(&graph, &delete.app).await?;
            deleted::delete(
                &graph,
                Kind::Application,
                &application,
                &delete.deletion,
                json,
            )
            .await
        }
        AppCommand::Deleted => deleted::list(&graph, Kind::Application, json).await,
        AppCommand::Restore { id } => deleted::restore(&graph, id, json).await,
        AppCommand::Owners(one) => owners(&graph, &one.app, json).await,
        AppCommand::AddOwner(owner) => add_owner(&graph, owner).await,
        AppCommand::RemoveOwner(owner) => remove_owner(&graph, owner).await,
    }
}

impl Listing {
    /// The query options of a list.
    pub(super) fn query(&self) -> Vec<(&'static str, String)> {
        let mut query = vec![("$count", "true".to_owned()), ("$top", "999".to_owned())];
        if let Some(text) = &self.search {
            // A quote would end the text: words are what is searched for.
            let words = text.replace(['"', '\\'], " ");
            query.push(("$search", format!("\"displayName:{words}\"")));
        }
        if let Some(filter) = &self.filter {
            query.push(("$filter", filter.clone()));
        }
        query
    }
}

async fn add(graph: &Graph, create: &CreateApp, json: bool) -> anyhow::Result<()> {
    let roles: Vec<_> = create
        .role
        .iter()
        .map(|value| super::role::definition(value, None, None))
        .collect();
    let audience = if create.multi_tenant {
        "AzureADMultipleOrgs"
    } else {
        "AzureADMyOrg"
    };
    let body = json!({
        "displayName": create.name,
        "identifierUris": create.identifier_uri,
        "signInAudience": audience,
        "appRoles": roles,
        "api": { "requestedAccessTokenVersion": create.token_version },
    });
    let application = graph.post("applications", &body).await?;
    if !create.no_service_principal {
        let body = json!({ "appId": application["appId"] });
        graph.post("servicePrincipals", &body).await?;
    }
    said(&application, json, "Registered")
}

async fn show(graph: &Graph, application: &Value, json: bool) -> anyhow::Result<()> {
    let id = text(application, "id");
    // Read again by its id: a single object tells more than a row of a list.
    let application = graph.get(&format!("applications/{id}")).await?;
    if json {
        return table::print_json(&application);
    }
    let list = |member: &str| match application[member].as_array() {
        Some(values) if !values.is_empty() => {
            let texts: Vec<_> = values.iter().filter_map(Value::as_str).collect();
            texts.join(", ")
        }
        _ => "none".to_owned(),
    };
    let version = application["api"]["requestedAccessTokenVersion"]
        .as_i64()
        .unwrap_or(1);
    let state = match application["isDisabled"].as_bool() {
        Some(true) => "disabled",
        _ => "enabled",
    };
    let roles: Vec<_> = application["appRoles"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|role| text(role, "value"))
        .collect();
    output::print(&format!(
        "{}\n  client id        {}\n  object id        {id}\n  state            {state}\n  \
         identifier URIs  {}\n  app roles        {}\n  token version    {version}\n  \
         audience         {}\n  made             {}\n",
        text(&application, "displayName"),
        text(&application, "appId"),
        list("identifierUris"),
        if roles.is_empty() {
            "none".to_owned()
        } else {
            roles.join(", ")
        },
        text(&application, "signInAudience"),
        table::seconds(text(&application, "createdDateTime")),
    ))?;
    Ok(())
}

async fn change(graph: &Graph, update: &UpdateApp, json: bool) -> anyhow::Result<()> {
    let mut body = Map::new();
    if let Some(name) = &update.name {
        body.insert("displayName".into(), json!(name));
    }
    if let Some(uris) = &update.identifier_uri {
        body.insert("identifierUris".into(), json!(uris));
    }
    if let Some(version) = update.token_version {
        let api = json!({ "requestedAccessTokenVersion": version });
        body.insert("api".into(), api);
    }
    if update.enable || update.disable {
        body.insert("isDisabled".into(), json!(update.disable));
    }
    if body.is_empty() {
        anyhow::bail!("nothing to change: `countersign app update --help` shows what can be");
    }
    let application = find::application(graph, &update.app).await?;
    let path = format!("applications/{}", text(&application, "id"));
    graph.patch(&path, &Value::Object(body)).await?;
    let application = graph.get(&path).await?;
    if json {
        return table::print_json(&application);
    }
    let name = text(&application, "displayName");
    Ok(output::print(&format!(
        "Changed {name}. The next token request honours it.\n"
    ))?)
}

async fn owners(graph: &Graph, app: &str, json: bool) -> anyhow::Result<()> {
    let application = find::application(graph, app).await?;
    let path = format!("applications/{}/owners", text(&application, "id"));
    let owners = graph.list(&path, &[]).await?;
    if json {
        return table::print_json(&owners.into());
    }
    let rows: Vec<_> = owners
        .iter()
        .map(|owner| {
            let kind = text(owner, "@odata.type").trim_start_matches("#microsoft.graph.");
            vec![
                text(owner, "displayName").to_owned(),
                kind.to_owned(),
                text(owner, "id").to_owned(),
            ]
        })
        .collect();
    table::print(&["NAME", "KIND", "OBJECT ID"], &rows, "It has no owners.")
}

async fn add_owner(graph: &Graph, owner: &OwnerOf) -> anyhow::Result<()> {
    let application = find::application(graph, &owner.app).await?;
    let found = find_owner(graph, &owner.owner).await?;
    let path = format!("applications/{}/owners/$ref", text(&application, "id"));
    let body = json!({ "@odata.id": graph.reference(text(&found, "id")) });
    graph.post(&path, &body).await?;
    let (owner, name) = (
        text(&found, "displayName"),
        text(&application, "displayName"),
    );
    Ok(output::print(&format!("{owner} is an owner of {name}.\n"))?)
}

async fn remove_owner(graph: &Graph, owner: &OwnerOf) -> anyhow::Result<()> {
    let application = find::application(graph, &owner.app).await?;
    let found = find_owner(graph, &owner.owner).await?;
    let (app, id) = (text(&application, "id"), text(&found, "id"));
    graph
        .delete(&format!("applications/{app}/owners/{id}/$ref"))
        .await?;
    let (owner, name) = (
        text(&found, "displayName"),
        text(&application, "displayName"),
    );
    Ok(output::print(&format!(
        "{owner} is no owner of {name} any more.\n"
    ))?)
}

/// A service principal by any of its names, or a user by sign-in name or object id.
async fn find_owner(graph: &Graph, owner: &str) -> anyhow::Result<Value> {
    if owner.contains('@') {
        return graph.get(&format!("users/{owner}")).await;
    }
    match find::service_principal(graph, owner).await {
        Ok(principal) => Ok(principal),
        Err(error) => graph.get(&format!("users/{owner}")).await.or(Err(error)),
    }
}

fn show_all(rows: Vec<Value>, json: bool, none: &str) -> anyhow::Result<()> {
    if json {
        return table::print_json(&rows.into());
    }
    let line = |application: &Value| {
        let uris: Vec<_> = application["identifierUris"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        vec![
            text(application, "displayName").to_owned(),
            text(application, "appId").to_owned(),
            uris.join(" "),
        ]
    };
    let mut lines: Vec<_> = rows.iter().map(line).collect();
    lines.sort();
    table::print(&HEADINGS, &lines, none)
}

fn said(application: &Value, json: bool, done: &str) -> anyhow::Result<()> {
    if json {
        return table::print_json(application);
    }
    Ok(output::print(&format!(
        "{done} {}: client id {}, object id {}.\n",
        text(application, "displayName"),
        text(application, "appId"),
        text(application, "id"),
    ))?)
}
