//! Reading the directory as Microsoft Graph shows it: objects of one tenant, by key or by pages, each
//! read from one state of the database.
//!
//! Every read takes the tenant, and what belongs to another is not found.

mod applications;
mod assignments;
mod charts;
mod credentials;
mod expiring;
mod last_use;
mod logs;
mod objects;
mod owners;
mod people;
mod permission_grants;
#[cfg(test)]
mod plans;
mod reach;
mod service_principals;
mod users;

use countersign_domain::graph::filter::Comparison;
use countersign_domain::graph::selection::{Condition, Page, Selection, Value};

use crate::db::Session;
use crate::turns::Turn;
use crate::{Db, StoreError};

pub use applications::ApplicationRecord;
pub use assignments::{AssignmentRecord, AssignmentsOf};
pub use charts::{ClientActivity, SignInCount};
pub use expiring::ExpiringCredential;
pub use last_use::{LastUse, UseOf};
pub use logs::{SignInRecord, StoredAuditRecord};
pub use objects::DirectoryObject;
pub use people::SignInMeans;
pub use reach::UriHolder;
pub use service_principals::ServicePrincipalRecord;

/// One state of the directory. Inside a [`DirectoryChange`](crate::DirectoryChange) it is the state
/// that the change will be made to.
pub struct View {
    pub(crate) session: Session,
    /// Given back after the connection.
    pub(crate) _turn: Turn,
}

impl Db {
    /// The directory as it is now; later changes do not show. Ask for no other view with one in hand:
    /// there are few at a time.
    pub async fn view(&self) -> Result<View, StoreError> {
        let turn = self.turns.view().await?;
        let session = self.bounded_snapshot().await?;
        Ok(View {
            session,
            _turn: turn,
        })
    }
}

/// The selection of the one object whose property has a value.
fn only<F>(field: F, value: Value) -> Selection<F> {
    Selection {
        condition: Some(Condition::Is(field, Comparison::Eq, value)),
        search: None,
        order: None,
        after: None,
        limit: 1,
        counts: false,
    }
}

/// The same page with other items.
fn map<T, U>(
    page: Page<T>,
    items: impl FnOnce(Vec<T>) -> Result<Vec<U>, StoreError>,
) -> Result<Page<U>, StoreError> {
    Ok(Page {
        items: items(page.items)?,
        next: page.next,
        count: page.count,
    })
}

#[cfg(test)]
mod tests {
    use countersign_testkit::postgres::Postgres;

    use super::*;

    async fn statement_timeout(session: &mut Session) -> String {
        let sql = "SHOW statement_timeout";
        let found = fetch_optional!(session, "settings", (String,), sql);
        found.expect("it answers").expect("a row").0
    }

    #[tokio::test]
    async fn only_views_give_up_on_slow_statements() {
        let db = Db::open(&Postgres::shared().database()).await;
        let db = db.expect("it opens");
        let mut view = db.view().await.expect("it answers");
        assert_eq!(statement_timeout(&mut view.session).await, "10s");
        drop(view);
        for session in [db.reader().await, db.snapshot().await] {
            let mut session = session.expect("it answers");
            assert_eq!(statement_timeout(&mut session).await, "0");
        }
    }
}
