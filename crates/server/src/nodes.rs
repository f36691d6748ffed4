//! Telling the other servers of this database that this one runs.

use std::time::Duration;

use countersign_domain::node::{Node, REPORT_SECONDS};

use crate::state::AppState;

/// How long a stopping server waits for the database: its row is forgotten anyway, a day later.
const LEAVING_MAX: Duration = Duration::from_secs(1);

/// Reports for ever.
pub(crate) async fn report(state: &AppState) {
    loop {
        // That the database is away is told by who asks it for changes.
        if let Err(error) = state.db.report_node(&this_node(state)).await {
            tracing::debug!(%error, "cannot report to the list of nodes; trying again");
        }
        tokio::time::sleep(Duration::from_secs(REPORT_SECONDS)).await;
    }
}

/// Takes this server off the list.
pub(crate) async fn leave(state: &AppState) {
    let removed = state.db.remove_node(state.node_id);
    match tokio::time::timeout(LEAVING_MAX, removed).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "cannot leave the list of nodes"),
        Err(_) => tracing::debug!("cannot leave the list of nodes: the database does not answer"),
    }
}

/// What this server says of itself.
pub(crate) fn this_node(state: &AppState) -> Node {
    Node {
        id: state.node_id,
        name: state.node_name.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: state.started_at,
        seen_at: state.clock.now(),
        change_number: state.directory.change_number(),
    }
}
