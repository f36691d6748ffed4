use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::StoreError;
use crate::open::ACQUIRE;

/// Who changes or views the directory waits here for its turn, and not for a connection, or with one
/// in hand for the database's own lock: whoever can call the API could otherwise take all
/// connections, and the polls and the token requests of this node need some too.
///
/// They never wait here.
pub(crate) struct Turns {
    changes: Arc<Semaphore>,
    views: Arc<Semaphore>,
}

/// A turn, until it is dropped. Never ask for one with another in hand.
pub(crate) struct Turn {
    _permit: OwnedSemaphorePermit,
}

impl Turns {
    /// One change at a time, and so many views.
    pub(crate) fn new(views: usize) -> Self {
        Self {
            changes: Arc::new(Semaphore::new(1)),
            views: Arc::new(Semaphore::new(views)),
        }
    }

    pub(crate) async fn change(&self) -> Result<Turn, StoreError> {
        wait(&self.changes).await
    }

    pub(crate) async fn view(&self) -> Result<Turn, StoreError> {
        wait(&self.views).await
    }
}

/// In the order of arrival.
async fn wait(turns: &Arc<Semaphore>) -> Result<Turn, StoreError> {
    match timeout(ACQUIRE, turns.clone().acquire_owned()).await {
        Ok(Ok(_permit)) => Ok(Turn { _permit }),
        Err(_) => Err(sqlx::Error::PoolTimedOut.into()),
        // Nobody closes it.
        Ok(Err(_)) => Err(sqlx::Error::PoolClosed.into()),
    }
}
