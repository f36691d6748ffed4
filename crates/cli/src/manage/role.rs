//! `countersign role`: app roles, and who has them.

use anyhow::bail;
use countersign_domain::clock::Clock;
use countersign_domain::ids::AppRoleId;
use countersign_server::{SystemClock, SystemRandom};
use serde_json::{Value, json};

use super::args::{AddRole, Grant, RemoveRole, Revoke, RoleArguments, RoleCommand};
use super::find::{self, text};
use super::graph::Graph;
use super::in_use::{self, Consequences};
use super::table;
use crate::output;

/// What `default` stands for: access without a role.
const DEFAULT: &str = "default";

pub(crate) async fn run(arguments: &RoleArguments) -> anyhow::Result<()> {
    let graph = Graph::connect(&arguments.connect).await?;
    let json = arguments.connect.json;
    match &arguments.command {
        RoleCommand::List(one) => {
            let application = find::application(&graph, &one.app).await?;
            show_definitions(&application["appRoles"], json)
        }
        RoleCommand::Add(add) => define(&graph, add, json).await,
        RoleCommand::Remove(remove) => undefine(&graph, remove, json).await,
        RoleCommand::Grant(grant) => give(&graph, grant, json).await,
        RoleCommand::Revoke(revoke) => take(&graph, revoke, json).await,
        RoleCommand::Granted(one) => {
            let client = find::service_principal(&graph, &one.sp).await?;
            let path = format!(
                "servicePrincipals/{}/appRoleAssignments",
                text(&client, "id")
            );
            show_assignments(&graph, &path, json).await
        }
        RoleCommand::Holders(one) => {
            let resource = find::service_principal(&graph, &one.sp).await?;
            let path = format!(
                "servicePrincipals/{}/appRoleAssignedTo",
                text(&resource, "id")
            );
            show_assignments(&graph, &path, json).await
        }
    }
}

/// A new app role for applications.
pub(super) fn definition(value: &str, name: Option<&str>, description: Option<&str>) -> Value {
    let name = name.unwrap_or(value);
    json!({
        "id": AppRoleId::random(&SystemRandom),
        "value": value,
        "displayName": name,
        "description": description.unwrap_or(name),
        "allowedMemberTypes": ["Application"],
        "isEnabled": true,
    })
}

async fn define(graph: &Graph, add: &AddRole, json: bool) -> anyhow::Result<()> {
    let application = find::application(graph, &add.app).await?;
    let role = definition(&add.value, add.name.as_deref(), add.description.as_deref());
    let path = format!("applications/{}", text(&application, "id"));
    let with_role = |mut roles: Vec<Value>| {
        roles.push(role.clone());
        Ok(roles)
    };
    graph.change(&path, "appRoles", with_role).await?;
    if json {
        return table::print_json(&role);
    }
    let name = text(&application, "displayName");
    Ok(output::print(&format!(
        "{name} has the app role {}.\n",
        add.value
    ))?)
}

async fn undefine(graph: &Graph, remove: &RemoveRole, json: bool) -> anyhow::Result<()> {
    let application = find::application(graph, &remove.app).await?;
    let name = text(&application, "displayName");
    let roles = application["appRoles"].as_array();
    let mut roles = roles.into_iter().flatten();
    let Some(role) = roles.find(|role| is_called(role, &remove.role)) else {
        bail!(
            "{name} has no app role {:?}; `countersign role list` shows them",
            remove.role
        );
    };
    let what = format!("the app role {} of {name}", remove.role);
    let consequences = Consequences {
        what: &what,
        gone: vec![what.clone()],
        uses: holders(graph, &application, text(role, "id")).await?,
    };
    if !consequences.may_go(&remove.deletion, false)? {
        return Ok(());
    }
    let path = format!("applications/{}", text(&application, "id"));
    let id = &role["id"];
    // Two steps, as the API asks for: an enabled role may be in tokens that are used right now.
    let disabled = |mut roles: Vec<Value>| {
        for role in &mut roles {
            if role["id"] == *id {
                role["isEnabled"] = json!(false);
            }
        }
        Ok(roles)
    };
    graph.change(&path, "appRoles", disabled).await?;
    let without = |mut roles: Vec<Value>| {
        roles.retain(|role| role["id"] != *id);
        Ok(roles)
    };
    graph.change(&path, "appRoles", without).await?;
    if json {
        return table::print_json(role);
    }
    Ok(output::print(&format!(
        "{name} has no app role {} any more.\n",
        remove.role
    ))?)
}

/// Who has a role now. A role that somebody has is in use, whenever it was granted.
async fn holders(
    graph: &Graph,
    application: &Value,
    role_id: &str,
) -> anyhow::Result<Vec<(String, String)>> {
    let app_id = text(application, "appId");
    let filter = format!("appId eq '{app_id}'");
    let found = graph
        .list("servicePrincipals", &[("$filter", &filter)])
        .await?;
    let Some(resource) = found.first() else {
        return Ok(Vec::new());
    };
    let path = format!(
        "servicePrincipals/{}/appRoleAssignedTo",
        text(resource, "id")
    );
    let assignments = graph.list(&path, &[("$top", "999")]).await?;
    let now = SystemClock.now().to_string();
    let held = assignments
        .iter()
        .filter(|one| text(one, "appRoleId") == role_id);
    Ok(held
        .map(|one| {
            let since = table::seconds(text(one, "createdDateTime"));
            let who = text(one, "principalDisplayName");
            (now.clone(), format!("{who} has it, granted {since}"))
        })
        .collect())
}

async fn give(graph: &Graph, grant: &Grant, json: bool) -> anyhow::Result<()> {
    let client = find::service_principal(graph, &grant.client).await?;
    let resource = find::service_principal(graph, &grant.resource).await?;
    let role = role_id(&resource, &grant.role)?;
    let body = json!({
        "principalId": client["id"],
        "resourceId": resource["id"],
        "appRoleId": role,
    });
    let path = format!(
        "servicePrincipals/{}/appRoleAssignments",
        text(&client, "id")
    );
    let assignment = graph.post(&path, &body).await?;
    if json {
        return table::print_json(&assignment);
    }
    let (client, resource) = (text(&client, "displayName"), text(&resource, "displayName"));
    Ok(output::print(&format!(
        "{client} has {} on {resource}; its next token says so.\n",
        grant.role
    ))?)
}

async fn take(graph: &Graph, revoke: &Revoke, json: bool) -> anyhow::Result<()> {
    let grant = &revoke.grant;
    let client = find::service_principal(graph, &grant.client).await?;
    let resource = find::service_principal(graph, &grant.resource).await?;
    let role = role_id(&resource, &grant.role)?;
    let path = format!(
        "servicePrincipals/{}/appRoleAssignments",
        text(&client, "id")
    );
    let assignments = graph.list(&path, &[]).await?;
    let (client, on) = (text(&client, "displayName"), text(&resource, "displayName"));
    let Some(assignment) = assignments
        .iter()
        .find(|a| a["resourceId"] == resource["id"] && text(a, "appRoleId") == role)
    else {
        bail!("{client} does not have {} on {on}", grant.role);
    };
    let path = format!("{path}/{}", text(assignment, "id"));
    let what = format!("{} of {client} on {on}", grant.role);
    if in_use::delete(graph, &path, &what, &revoke.deletion, json).await? && !json {
        output::print(&format!(
            "{client} has {} on {on} no more; its next token does not say it.\n",
            grant.role
        ))?;
    }
    Ok(())
}

fn role_id(resource: &Value, role: &str) -> anyhow::Result<String> {
    if role == DEFAULT {
        return Ok(AppRoleId::DEFAULT_ACCESS.to_string());
    }
    let roles = resource["appRoles"].as_array();
    let found = roles
        .into_iter()
        .flatten()
        .find(|defined| is_called(defined, role));
    match found {
        Some(found) => Ok(text(found, "id").to_owned()),
        None => bail!(
            "{} has no app role {role:?}; `countersign sp show --json` lists what it has",
            text(resource, "displayName")
        ),
    }
}

fn is_called(role: &Value, name: &str) -> bool {
    text(role, "value") == name || text(role, "id").eq_ignore_ascii_case(name)
}

fn show_definitions(roles: &Value, json: bool) -> anyhow::Result<()> {
    if json {
        return table::print_json(roles);
    }
    let line = |role: &Value| {
        let state = match role["isEnabled"].as_bool() {
            Some(true) => "enabled",
            _ => "disabled",
        };
        vec![
            text(role, "value").to_owned(),
            state.to_owned(),
            text(role, "id").to_owned(),
            text(role, "description").to_owned(),
        ]
    };
    let lines: Vec<_> = roles.as_array().into_iter().flatten().map(line).collect();
    table::print(
        &["VALUE", "STATE", "ID", "DESCRIPTION"],
        &lines,
        "It defines no app roles.",
    )
}

/// Assignments name their role by id; the resource's definition has its value.
async fn show_assignments(graph: &Graph, path: &str, json: bool) -> anyhow::Result<()> {
    let assignments = graph.list(path, &[]).await?;
    if json {
        return table::print_json(&assignments.into());
    }
    let mut resources: std::collections::HashMap<String, Value> = Default::default();
    let mut lines = Vec::new();
    for assignment in &assignments {
        let id = text(assignment, "resourceId");
        if !resources.contains_key(id) {
            let resource = graph.get(&format!("servicePrincipals/{id}")).await?;
            resources.insert(id.to_owned(), resource);
        }
        let role = text(assignment, "appRoleId");
        let defined = resources[id]["appRoles"].as_array();
        let value = defined
            .into_iter()
            .flatten()
            .find(|defined| text(defined, "id") == role)
            .map_or(DEFAULT, |defined| text(defined, "value"));
        lines.push(vec![
            text(assignment, "principalDisplayName").to_owned(),
            text(assignment, "resourceDisplayName").to_owned(),
            value.to_owned(),
            table::seconds(text(assignment, "createdDateTime")),
        ]);
    }
    table::print(
        &["CLIENT", "RESOURCE", "ROLE", "GRANTED"],
        &lines,
        "Nothing has been granted.",
    )
}
