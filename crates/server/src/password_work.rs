//! Where passwords are hashed and compared: a few at a time, beside the threads that serve.
//!
//! Each takes some 20 ms of a processor and 19 MiB. A flood of sign-ins must neither fill the memory
//! nor keep services waiting for their tokens.

use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

/// Passwords that wait or are worked on: beyond it people are asked to come back.
const PLACES: usize = 64;

/// The work on passwords.
pub(crate) struct PasswordWork {
    places: Arc<Semaphore>,
    hands: Arc<Semaphore>,
}

/// A place among those that wait.
pub(crate) struct Place {
    place: OwnedSemaphorePermit,
    hands: Arc<Semaphore>,
}

/// Too many passwords wait already.
#[derive(Debug)]
pub(crate) struct Busy;

impl PasswordWork {
    pub(crate) fn new() -> Self {
        let processors = available_parallelism().map_or(1, NonZero::get);
        Self {
            places: Arc::new(Semaphore::new(PLACES)),
            // Half of the machine stays free for tokens.
            hands: Arc::new(Semaphore::new((processors / 2).max(1))),
        }
    }

    /// Takes a place, for who counts an attempt only if it is looked at.
    pub(crate) fn place(&self) -> Result<Place, Busy> {
        let place = self.places.clone().try_acquire_owned();
        Ok(Place {
            place: place.map_err(|_| Busy)?,
            hands: self.hands.clone(),
        })
    }

    /// Hashes or compares a password, if there is a place.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        self.place()?.run(work).await
    }
}

impl Place {
    /// Hashes or compares a password. It goes on to its end where nobody waits for it any more, and
    /// holds its place until then.
    pub(crate) async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let hand = self.hands.acquire_owned().await;
        let hand = hand.map_err(|_| Busy)?;
        let place = self.place;
        let worked = spawn_blocking(move || {
            let _held = (place, hand);
            work()
        });
        match worked.await {
            Ok(done) => Ok(done),
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The server is stopping.
                Err(_) => Err(Busy),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn beyond_the_places_nobody_waits() {
        let work = Arc::new(PasswordWork::new());
        let (begin, begun) = mpsc::channel::<()>();
        let begun = Arc::new(std::sync::Mutex::new(begun));
        let waiting: Vec<_> = (0..PLACES)
            .map(|_| {
                let (work, begun) = (work.clone(), begun.clone());
                tokio::spawn(async move {
                    let wait = move || begun.lock().expect("nobody panics").recv().is_ok();
                    work.run(wait).await
                })
            })
            .collect();
        while work.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(work.run(|| ()).await, Err(Busy)));
        assert!(work.place().is_err());
        for _ in 0..PLACES {
            begin.send(()).expect("somebody waits");
        }
        for one in waiting {
            assert!(matches!(one.await, Ok(Ok(true))));
        }
        assert!(matches!(work.run(|| 1).await, Ok(1)));
        // A place that is not used is free again.
        let places: Vec<_> = (0..PLACES).map(|_| work.place()).collect();
        assert!(places.iter().all(Result::is_ok) && work.place().is_err());
        drop(places);
        assert!(work.place().is_ok());
    }
}
