//! The list of changes that other nodes read to learn what they must forget.

use std::collections::HashSet;
use std::sync::LazyLock;

use countersign_domain::directory::{Change, ResourceName};

use crate::db::Session;
use crate::row::Place;
use crate::values::{Insert, chunks};
use crate::{Db, StoreError};

/// How many changes are kept. A node that has slept through more forgets everything.
pub const CHANGES_KEPT: i64 = 10_000;

/// From this many changes in one commit on, forgetting everything is cheaper than reading the list.
const LISTED_PER_COMMIT: usize = 1_000;

static INSERT: LazyLock<Insert> =
    LazyLock::new(|| Insert::new("INSERT INTO changes (number, kind, name)", 3, ""));

#[derive(sqlx::FromRow)]
struct ChangeRow {
    latest: i64,
    number: Option<i64>,
    kind: Option<String>,
    name: Option<String>,
}

impl Db {
    /// The number of the last change; 0 before the first.
    pub async fn latest_change(&self) -> Result<i64, StoreError> {
        let mut session = self.reader().await?;
        let row = fetch_optional!(session, "revision", (i64,), "SELECT number FROM revision")?;
        row.map(|(number,)| number).ok_or_else(revision_missing)
    }

    /// What has changed after change number `since`, and the number to ask from next time.
    ///
    /// [`Change::Everything`] where the list does not reach back that far, or where the database was
    /// taken back to an older state.
    pub async fn changes_since(&self, since: i64) -> Result<(i64, Vec<Change>), StoreError> {
        let mut session = self.reader().await?;
        // One statement, hence one state: in two, a commit in between could drop what is asked for.
        let rows = fetch_all!(
            session,
            "changes",
            ChangeRow,
            "SELECT r.number AS latest, c.number, c.kind, c.name
             FROM revision r LEFT JOIN changes c ON c.number > $1
             ORDER BY c.number",
            since,
        )?;
        let latest = rows.first().ok_or_else(revision_missing)?.latest;
        if since > latest || since < latest.saturating_sub(CHANGES_KEPT) {
            return Ok((latest, vec![Change::Everything]));
        }
        let changes = rows.iter().filter_map(change).collect::<Result<_, _>>()?;
        Ok((latest, changes))
    }
}

/// The changes of one commit, each noted once.
#[derive(Default)]
pub(crate) struct Noted {
    changes: Vec<(&'static str, String)>,
    seen: HashSet<(&'static str, String)>,
}

impl Noted {
    pub(crate) fn add(&mut self, change: &Change) {
        if self.seen.len() > LISTED_PER_COMMIT {
            return;
        }
        let stored = stored(change);
        if self.seen.insert(stored.clone()) {
            self.changes.push(stored);
        }
    }

    fn listed(self) -> Vec<(&'static str, String)> {
        if self.seen.len() > LISTED_PER_COMMIT {
            return vec![stored(&Change::Everything)];
        }
        self.changes
    }
}

/// Takes the lock that orders commits, and the next number with it.
pub(crate) async fn lock(session: &mut Session) -> Result<i64, StoreError> {
    let row = fetch_optional!(
        session,
        "revision",
        (i64,),
        "UPDATE revision SET number = number + 1 RETURNING number",
    )?;
    row.map(|(number,)| number).ok_or_else(revision_missing)
}

/// Writes down the changes of a commit whose first number is `first`, and drops the oldest.
pub(crate) async fn write(
    session: &mut Session,
    first: i64,
    noted: Noted,
) -> Result<(), StoreError> {
    let rows: Vec<(i64, (&'static str, String))> = (first..).zip(noted.listed()).collect();
    for chunk in chunks(&rows) {
        insert_rows!(session, INSERT, chunk, (number, (kind, name)) => [
            *number, *kind, name.as_str()
        ])?;
    }
    let Some((latest, _)) = rows.last() else {
        return Ok(());
    };
    if *latest > first {
        execute!(session, "UPDATE revision SET number = $1", *latest)?;
    }
    execute!(
        session,
        "DELETE FROM changes WHERE number <= $1",
        *latest - CHANGES_KEPT
    )?;
    Ok(())
}

fn revision_missing() -> StoreError {
    let place = Place {
        table: "revision",
        id: "1",
    };
    place.damaged("number", "the row is missing")
}

fn stored(change: &Change) -> (&'static str, String) {
    match change {
        Change::Tenants => ("tenants", String::new()),
        Change::Application(app_id) => ("application", app_id.to_string()),
        Change::ResourceName(name) => ("resourceName", name.to_string()),
        Change::SigningKeys => ("signingKeys", String::new()),
        Change::Everything => ("everything", String::new()),
    }
}

/// `None` for the row that says there is no change.
fn change(row: &ChangeRow) -> Option<Result<Change, StoreError>> {
    let (number, kind, name) = (row.number?, row.kind.as_deref()?, row.name.as_deref()?);
    let number = number.to_string();
    let place = Place {
        table: "changes",
        id: &number,
    };
    Some(match kind {
        "tenants" => Ok(Change::Tenants),
        "application" => place.parse("name", name).map(Change::Application),
        // Folding is idempotent: what is stored is folded already.
        "resourceName" => Ok(Change::ResourceName(ResourceName::fold(name))),
        "signingKeys" => Ok(Change::SigningKeys),
        "everything" => Ok(Change::Everything),
        other => Err(place.damaged("kind", format_args!("unknown value {other:?}"))),
    })
}
