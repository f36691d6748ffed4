//! The sign-in log: records are queued on the request's path and written in batches off it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use countersign_domain::clock::Timestamp;
use countersign_domain::directory::SignIn;
use countersign_store::Db;
use quick_cache::sync::Cache;
use tokio::sync::Notify;

/// How long a record waits for company. While a batch is written, grants wait for the processor, so
/// many small batches are better than few large ones; with ten a second, beginning and ending them
/// does not weigh yet.
const INTERVAL: Duration = Duration::from_millis(100);

/// Records that wait at the most. Beyond it the newest are counted and dropped: a database that
/// does not answer must not fill the memory or stop tokens.
const QUEUE_MAX: usize = 50_000;

/// Records per transaction.
const BATCH_MAX: usize = 1_000;

/// For how long one record stands for all who came too often.
const THROTTLED_SECONDS: i64 = 60;

/// Of whom such records are remembered; the least used are forgotten first.
const THROTTLED_MAX: usize = 10_000;

/// Collects sign-in records.
#[derive(Default)]
pub(crate) struct SignInLog {
    throttled: Throttled,
    queue: Mutex<Vec<SignIn>>,
    dropped: AtomicU64,
    closing: Notify,
}

impl SignInLog {
    /// Queues a record; never waits.
    pub(crate) fn record(&self, sign_in: SignIn) {
        let mut queue = self.lock();
        if queue.len() < QUEUE_MAX {
            queue.push(sign_in);
        } else {
            drop(queue);
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether somebody who came too often is recorded, and how many of the same `key` were not since
    /// the record before: a flood must not fill the log with what nobody looked at.
    pub(crate) fn admit_throttled(&self, key: &str, now: Timestamp) -> Option<u32> {
        self.throttled.admit(key, now)
    }

    /// Writes batches until [`SignInLog::close`], then writes what is left.
    pub(crate) async fn run(&self, db: &Db) {
        let mut waiting = Vec::new();
        loop {
            let is_closing = tokio::select! {
                () = self.closing.notified() => true,
                () = tokio::time::sleep(INTERVAL) => false,
            };
            self.flush(db, &mut waiting).await;
            if is_closing {
                return;
            }
        }
    }

    /// Lets [`SignInLog::run`] end after one last batch.
    pub(crate) fn close(&self) {
        self.closing.notify_one();
    }

    /// `waiting` is empty before and after; its room is used again.
    async fn flush(&self, db: &Db, waiting: &mut Vec<SignIn>) {
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        if dropped > 0 {
            tracing::error!(dropped, "the sign-in log is full: records were dropped");
        }
        std::mem::swap(&mut *self.lock(), waiting);
        for batch in waiting.chunks(BATCH_MAX) {
            if let Err(error) = db.record_sign_ins(batch).await {
                tracing::error!(%error, records = batch.len(), "cannot write the sign-in log");
                self.put_back(batch);
            }
        }
        waiting.clear();
        waiting.shrink_to(BATCH_MAX);
    }

    /// Keeps what could not be written for the next try, as far as there is room.
    fn put_back(&self, batch: &[SignIn]) {
        for sign_in in batch {
            self.record(sign_in.clone());
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<SignIn>> {
        // A panic elsewhere cannot leave a vector half pushed.
        self.queue
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// When somebody was recorded last, and how many were not since then.
struct Throttled(Cache<String, (Timestamp, u32)>);

impl Default for Throttled {
    fn default() -> Self {
        Self(Cache::new(THROTTLED_MAX))
    }
}

impl Throttled {
    fn admit(&self, key: &str, now: Timestamp) -> Option<u32> {
        let known = self.0.get(key);
        let (entry, admitted) = match known {
            Some((at, left_out)) if now < at.plus_seconds(THROTTLED_SECONDS) => {
                ((at, left_out.saturating_add(1)), None)
            }
            known => ((now, 0), Some(known.map_or(0, |(_, left_out)| left_out))),
        };
        self.0.insert(key.to_owned(), entry);
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_flood_one_a_minute_is_recorded() {
        let log = SignInLog::default();
        let now = Timestamp::from_unix_seconds(1_800_000_000);
        assert_eq!(log.admit_throttled("one", now), Some(0));
        for seconds in [0, 1, 59] {
            let now = now.plus_seconds(seconds);
            assert_eq!(log.admit_throttled("one", now), None);
        }
        assert_eq!(log.admit_throttled("other", now), Some(0));
        let later = now.plus_seconds(60);
        assert_eq!(log.admit_throttled("one", later), Some(3));
        assert_eq!(log.admit_throttled("one", later), None);
    }
}
