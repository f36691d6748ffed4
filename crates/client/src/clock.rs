//! The one place that reads the time.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// A reading of both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Since the client was made, by a clock that never jumps but may stand still while the machine
    /// sleeps.
    pub(crate) steady: Duration,
    /// Since 1970, by a clock that may be set at any time but runs on while the machine sleeps.
    pub(crate) wall: Duration,
}

impl Moment {
    /// How long ago `earlier` was, by whichever clock says longer: a system clock that is set back
    /// makes nothing younger, and a machine that slept finds everything as old as it is.
    pub(crate) fn since(&self, earlier: &Self) -> Duration {
        let steady = self.steady.saturating_sub(earlier.steady);
        steady.max(self.wall.saturating_sub(earlier.wall))
    }

    /// Seconds since 1970.
    pub(crate) fn unix(&self) -> u64 {
        self.wall.as_secs()
    }
}

type WallClock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// Both clocks. The steady one is the runtime's, which tests can move.
#[derive(Clone)]
pub(crate) struct Clock {
    origin: Instant,
    wall: WallClock,
}

impl Clock {
    pub(crate) fn new(wall: Option<WallClock>) -> Self {
        Self {
            origin: Instant::now(),
            wall: wall.unwrap_or_else(|| Arc::new(system_time)),
        }
    }

    pub(crate) fn now(&self) -> Moment {
        Moment {
            steady: self.origin.elapsed(),
            // A clock before 1970 reads as 1970.
            wall: (self.wall)().duration_since(UNIX_EPOCH).unwrap_or_default(),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").finish_non_exhaustive()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the clock; `ClientBuilder::wall_clock` takes another"
)]
fn system_time() -> SystemTime {
    SystemTime::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(steady: u64, wall: u64) -> Moment {
        Moment {
            steady: Duration::from_secs(steady),
            wall: Duration::from_secs(wall),
        }
    }

    #[test]
    fn cli_07_the_longer_of_two_ages_counts() {
        const DAY: u64 = 86_400;
        let then = moment(100, 50 * DAY);
        for (now, seconds) in [
            (moment(160, 50 * DAY + 60), 60),
            // Set a day ahead, set a day back, slept for two hours, before 1970.
            (moment(160, 51 * DAY + 60), DAY + 60),
            (moment(160, 49 * DAY + 60), 60),
            (moment(160, 50 * DAY + 7200), 7200),
            (moment(160, 0), 60),
        ] {
            assert_eq!(now.since(&then), Duration::from_secs(seconds), "{now:?}");
        }
    }
}
