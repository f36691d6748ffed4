//! What is deleted, and comes back: applications and service principals.

use serde_json::{Value, json};

use super::args::Deletion;
use super::find::text;
use super::graph::Graph;
use super::{in_use, table};
use crate::output;

/// A kind of object that can be restored.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Application,
    ServicePrincipal,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Application => "application",
            Self::ServicePrincipal => "service principal",
        }
    }

    fn collection(self) -> &'static str {
        match self {
            Self::Application => "applications",
            Self::ServicePrincipal => "servicePrincipals",
        }
    }

    fn command(self) -> &'static str {
        match self {
            Self::Application => "app",
            Self::ServicePrincipal => "sp",
        }
    }

    fn cast(self) -> &'static str {
        match self {
            Self::Application => "microsoft.graph.application",
            Self::ServicePrincipal => "microsoft.graph.servicePrincipal",
        }
    }
}

/// Deletes an object and says how it comes back.
pub(crate) async fn delete(
    graph: &Graph,
    kind: Kind,
    object: &Value,
    deletion: &Deletion,
    json: bool,
) -> anyhow::Result<()> {
    let id = text(object, "id");
    let path = format!("{}/{id}", kind.collection());
    let what = format!("the {} {}", kind.name(), text(object, "displayName"));
    let is_deleted = in_use::delete(graph, &path, &what, deletion, json).await?;
    if is_deleted && !json {
        let command = kind.command();
        output::print(&format!(
            "Deleted {what}. For 30 days it can be restored: countersign {command} restore {id}\n"
        ))?;
    }
    Ok(())
}

/// Lists what can be restored.
pub(crate) async fn list(graph: &Graph, kind: Kind, json: bool) -> anyhow::Result<()> {
    let path = format!("directory/deletedItems/{}", kind.cast());
    let rows = graph.list(&path, &[]).await?;
    if json {
        return table::print_json(&rows.into());
    }
    let line = |object: &Value| {
        vec![
            text(object, "displayName").to_owned(),
            text(object, "id").to_owned(),
            table::seconds(text(object, "deletedDateTime")),
        ]
    };
    let mut lines: Vec<_> = rows.iter().map(line).collect();
    lines.sort();
    let none = format!("No deleted {} can be restored.", kind.name());
    table::print(&["NAME", "OBJECT ID", "DELETED"], &lines, &none)
}

/// Brings an object back.
pub(crate) async fn restore(graph: &Graph, id: &str, json: bool) -> anyhow::Result<()> {
    let path = format!("directory/deletedItems/{id}/restore");
    let restored = graph.post(&path, &json!({})).await?;
    if json {
        return table::print_json(&restored);
    }
    let name = text(&restored, "displayName");
    Ok(output::print(&format!("Restored {name}.\n"))?)
}
