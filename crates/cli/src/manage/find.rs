//! From the name that a person writes to the one object that is meant.

use anyhow::bail;
use countersign_domain::graph::permission::GRAPH_APP_ID;
use serde_json::Value;

use super::graph::Graph;

/// What people call the resource of this API.
const GRAPH_NAME: &str = "Microsoft Graph";

/// The one application with this client id, object id, identifier URI or display name.
pub(crate) async fn application(graph: &Graph, name: &str) -> anyhow::Result<Value> {
    let text = quoted(name);
    let mut filters = vec![format!(
        "displayName eq {text} or identifierUris/any(u:u eq {text})"
    )];
    if is_guid(name) {
        filters.insert(0, format!("appId eq {text} or id eq {text}"));
    }
    one(graph, "applications", "application", name, &filters).await
}

/// The one service principal with this client id, object id, name or display name.
pub(crate) async fn service_principal(graph: &Graph, name: &str) -> anyhow::Result<Value> {
    // Whatever else is called so: the name stands for the platform's own resource.
    let graph_id = GRAPH_APP_ID.to_string();
    let name = if name == GRAPH_NAME { &graph_id } else { name };
    let text = quoted(name);
    let mut filters = vec![format!(
        "displayName eq {text} or servicePrincipalNames/any(n:n eq {text})"
    )];
    if is_guid(name) {
        filters.insert(0, format!("appId eq {text} or id eq {text}"));
    }
    one(
        graph,
        "servicePrincipals",
        "service principal",
        name,
        &filters,
    )
    .await
}

/// An id is unique and wins; several objects of one name are an error, because the wrong one could
/// be changed.
async fn one(
    graph: &Graph,
    collection: &str,
    what: &str,
    name: &str,
    filters: &[String],
) -> anyhow::Result<Value> {
    for filter in filters {
        let mut found = graph
            .list(collection, &[("$filter", filter), ("$top", "2")])
            .await?;
        match found.len() {
            0 => {}
            1 => return Ok(found.remove(0)),
            _ => bail!("several objects are called {name:?}: name one by its client id"),
        }
    }
    let list = if collection == "applications" {
        "app list"
    } else {
        "sp list"
    };
    bail!("there is no {what} {name:?}; `countersign {list}` shows them all")
}

/// A member that every object of the API has.
pub(crate) fn text<'v>(object: &'v Value, member: &str) -> &'v str {
    object[member].as_str().unwrap_or_default()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn is_guid(text: &str) -> bool {
    text.parse::<countersign_domain::ids::AppId>().is_ok()
}
