//! The servers that share a database: each reports that it runs, and one that falls silent shows.

use crate::clock::Timestamp;
use crate::ids::NodeId;

/// How often a node reports.
pub const REPORT_SECONDS: u64 = 10;

/// Three reports missed, and the database's own delay.
const SILENT_AFTER_SECONDS: i64 = 35;

/// Long enough for who comes to work in the morning to see what ended in the night.
const KEPT_SECONDS: i64 = 86_400;

/// What a node says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The id of this run: a restarted server is another node.
    pub id: NodeId,
    /// The name of its machine.
    pub name: String,
    /// The version of its program.
    pub version: String,
    /// When it started.
    pub started_at: Timestamp,
    /// When it reported last, by its own clock.
    pub seen_at: Timestamp,
    /// The number of the last change of the directory that it knows.
    pub change_number: i64,
}

impl Node {
    /// Whether it has not reported for so long that it has stopped, or cannot reach the database.
    pub fn is_silent(&self, now: Timestamp) -> bool {
        self.seen_at.plus_seconds(SILENT_AFTER_SECONDS) <= now
    }
}

/// Nodes that reported last before this instant are forgotten.
pub fn forgotten_before(now: Timestamp) -> Timestamp {
    now.plus_seconds(-KEPT_SECONDS)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn three_missed_reports_are_silence() {
        let now = Timestamp::from_unix_seconds(1_800_000_000);
        let node = Node {
            id: NodeId::new(Uuid::from_u128(1)),
            name: "node-1".to_owned(),
            version: "1.0.0".to_owned(),
            started_at: now,
            seen_at: now,
            change_number: 1,
        };
        assert!(!node.is_silent(now.plus_seconds(34)));
        assert!(node.is_silent(now.plus_seconds(35)));
        // Its clock is ahead of the one that judges.
        assert!(!node.is_silent(now.plus_seconds(-60)));
    }
}
