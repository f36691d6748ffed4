//! The servers that share this database.

use countersign_domain::clock::Timestamp;
use countersign_domain::ids::NodeId;
use countersign_domain::node::Node;

use crate::error::writing;
use crate::row::{Guid, Place};
use crate::{Db, StoreError};

const TABLE: &str = "nodes";

/// Nodes that are told at most: a server that starts again and again leaves a row each time.
const TOLD_MAX: i64 = 100;

#[derive(sqlx::FromRow)]
struct NodeRow {
    id: String,
    name: String,
    version: String,
    started_at: i64,
    seen_at: i64,
    change_number: i64,
}

impl Db {
    /// Keeps what a node says of itself, instead of what it said before.
    pub async fn report_node(&self, node: &Node) -> Result<(), StoreError> {
        let mut session = self.writer().await?;
        execute!(
            session,
            "INSERT INTO nodes (id, name, version, started_at, seen_at, change_number)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (id) DO UPDATE
             SET seen_at = excluded.seen_at, change_number = excluded.change_number",
            Guid(node.id.uuid()),
            node.name.as_str(),
            node.version.as_str(),
            node.started_at.micros(),
            node.seen_at.micros(),
            node.change_number,
        )
        .map_err(writing(format_args!("the node {}", node.id)))?;
        Ok(())
    }

    /// The hundred nodes that reported last, the newest report first.
    pub async fn nodes(&self) -> Result<Vec<Node>, StoreError> {
        let mut session = self.reader().await?;
        let rows = fetch_all!(
            session,
            TABLE,
            NodeRow,
            "SELECT id, name, version, started_at, seen_at, change_number FROM nodes
             ORDER BY seen_at DESC, id LIMIT $1",
            TOLD_MAX,
        )?;
        rows.into_iter().map(node).collect()
    }

    /// Forgets a node that stops.
    pub async fn remove_node(&self, id: NodeId) -> Result<(), StoreError> {
        let mut session = self.writer().await?;
        execute!(session, "DELETE FROM nodes WHERE id = $1", Guid(id.uuid()))?;
        Ok(())
    }

    /// Forgets the nodes that reported last by this instant, and answers how many there were.
    pub async fn forget_nodes(&self, seen_until: Timestamp) -> Result<u64, StoreError> {
        self.forget(
            "DELETE FROM nodes WHERE id IN (
                 SELECT id FROM nodes WHERE seen_at <= $1 ORDER BY seen_at LIMIT $2)",
            seen_until,
        )
        .await
    }
}

fn node(row: NodeRow) -> Result<Node, StoreError> {
    let place = Place {
        table: TABLE,
        id: &row.id,
    };
    Ok(Node {
        id: place.parse("id", &row.id)?,
        name: row.name,
        version: row.version,
        started_at: Timestamp::from_micros(row.started_at),
        seen_at: Timestamp::from_micros(row.seen_at),
        change_number: row.change_number,
    })
}
