//! When a failed request is made again. Pure.

use std::time::Duration;

/// How often one token is asked for before its callers get the error.
pub(crate) const ATTEMPTS_MAX: u32 = 3;

/// Before the second attempt, doubled before each further one.
const DELAY_FIRST: Duration = Duration::from_secs(1);

/// The wait before the next attempt after `attempts` have failed, or `None` if that was the last
/// one. `jitter`, from 0 to 1, takes away up to half, so that clients that failed together do not
/// come back together.
pub(crate) fn delay(attempts: u32, jitter: f64) -> Option<Duration> {
    if attempts >= ATTEMPTS_MAX {
        return None;
    }
    let whole = DELAY_FIRST * 2_u32.pow(attempts.saturating_sub(1));
    Some(whole.mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cli_06_two_repetitions_with_growing_and_jittered_waits() {
        let seconds = |attempts, jitter| delay(attempts, jitter).map(|d| d.as_secs_f64());
        assert_eq!(seconds(1, 0.0), Some(1.0));
        assert_eq!(seconds(1, 1.0), Some(0.5));
        assert_eq!(seconds(2, 0.0), Some(2.0));
        assert_eq!(seconds(2, 0.5), Some(1.5));
        assert_eq!(seconds(3, 0.0), None);
        assert_eq!(seconds(u32::MAX, 0.0), None);
    }
}
