//! How long a token is good, and when to ask for the next one. Pure.

use std::time::Duration;

use crate::clock::Moment;

/// Renewed when less than this is left, as every client of this protocol does: a token that was
/// good when the request left must still be when it arrives, whatever the clocks say.
const RENEW_BEFORE_END: Duration = Duration::from_secs(5 * 60);

/// With less than this left a caller rather waits for the next token.
const CLOSING_BEFORE_END: Duration = Duration::from_secs(30);

/// However early the authority wants it, a token is not renewed more often than this.
const RENEW_AFTER_MIN: Duration = Duration::from_secs(30);

/// The longest tokens of this protocol live for a day or a little more. Whoever says longer gets
/// asked again.
const LIFE_MAX: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// What a token's age means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Hand it out.
    Fresh,
    /// Hand it out and ask for the next.
    Due,
    /// Better the next one; hand it out if that cannot be had.
    Closing,
    /// Expired, or there is none.
    Over,
}

impl Standing {
    /// Whether the token would still be accepted.
    pub(crate) fn is_usable(self) -> bool {
        self != Self::Over
    }
}

/// The life of one token, by ages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Life {
    since: Moment,
    renew_after: Duration,
    closing_after: Duration,
    over_after: Duration,
}

impl Life {
    /// The life of a token that was asked for at `since`. `spread`, from 0 to 1, moves its renewal
    /// up to a twentieth forward, so that processes started together do not stay together.
    pub(crate) fn new(
        since: Moment,
        expires_in: Duration,
        refresh_in: Option<Duration>,
        spread: f64,
    ) -> Self {
        let over_after = expires_in.min(LIFE_MAX);
        // Tokens that live for minutes only would otherwise be due from the start.
        let margin = RENEW_BEFORE_END.min(over_after / 2);
        let latest = over_after - margin;
        let wanted = refresh_in.unwrap_or(latest).min(latest);
        let spread = wanted.mul_f64(spread.clamp(0.0, 1.0) / 20.0);
        Self {
            since,
            renew_after: (wanted - spread).max(RENEW_AFTER_MIN.min(latest)),
            closing_after: over_after - CLOSING_BEFORE_END.min(over_after / 10),
            over_after,
        }
    }

    pub(crate) fn standing(&self, now: &Moment) -> Standing {
        let age = now.since(&self.since);
        if age >= self.over_after {
            Standing::Over
        } else if age >= self.closing_after {
            Standing::Closing
        } else if age >= self.renew_after {
            Standing::Due
        } else {
            Standing::Fresh
        }
    }

    /// When the token ends, by the system clock at the time it was asked for: since 1970.
    pub(crate) fn expires_at(&self) -> Duration {
        self.since.wall + self.over_after
    }

    /// When its renewal is due, likewise.
    pub(crate) fn renew_at(&self) -> Duration {
        self.since.wall + self.renew_after
    }

    /// When it was asked for, likewise.
    pub(crate) fn asked_at(&self) -> Duration {
        self.since.wall
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Moment = Moment {
        steady: Duration::from_secs(1000),
        wall: Duration::from_secs(1_800_000_000),
    };

    fn life(expires_in: u64, refresh_in: Option<u64>, spread: f64) -> Life {
        let refresh_in = refresh_in.map(Duration::from_secs);
        Life::new(START, Duration::from_secs(expires_in), refresh_in, spread)
    }

    fn after(seconds: u64) -> Moment {
        let age = Duration::from_secs(seconds);
        Moment {
            steady: START.steady + age,
            wall: START.wall + age,
        }
    }

    #[track_caller]
    fn check(life: &Life, expected: &[(u64, Standing)]) {
        for (age, standing) in expected {
            assert_eq!(life.standing(&after(*age)), *standing, "after {age} s");
        }
    }

    #[test]
    fn cli_02_an_hour_is_renewed_five_minutes_before_its_end() {
        use Standing::{Closing, Due, Fresh, Over};
        check(
            &life(3600, None, 0.0),
            &[
                (0, Fresh),
                (3299, Fresh),
                (3300, Due),
                (3360, Due),
                (3569, Due),
                (3570, Closing),
                (3599, Closing),
                (3600, Over),
                (100_000, Over),
            ],
        );
    }

    #[test]
    fn cli_03_refresh_in_is_honoured_but_never_later_than_five_minutes_before_the_end() {
        use Standing::{Due, Fresh};
        check(
            &life(86_400, Some(43_200), 0.0),
            &[(43_199, Fresh), (43_200, Due)],
        );
        check(&life(3600, Some(3590), 0.0), &[(3299, Fresh), (3300, Due)]);
        check(&life(3600, Some(0), 0.0), &[(29, Fresh), (30, Due)]);
    }

    #[test]
    fn short_lives_are_not_due_from_the_start() {
        use Standing::{Closing, Due, Fresh, Over};
        check(
            &life(100, None, 1.0),
            &[
                (0, Fresh),
                (46, Fresh),
                (50, Due),
                (89, Due),
                (90, Closing),
                (100, Over),
            ],
        );
        check(&life(1, None, 0.0), &[(0, Fresh), (1, Over)]);
        check(&life(0, None, 0.0), &[(0, Over)]);
    }

    #[test]
    fn the_spread_only_moves_the_renewal_forward() {
        use Standing::{Due, Fresh};
        check(&life(3600, None, 1.0), &[(3134, Fresh), (3135, Due)]);
        check(&life(3600, None, f64::MAX), &[(3134, Fresh), (3135, Due)]);
    }

    #[test]
    fn an_absurd_life_is_cut_to_a_week() {
        let week = 7 * 24 * 3600;
        check(
            &life(u64::MAX, Some(u64::MAX), 0.0),
            &[(week, Standing::Over)],
        );
        assert_eq!(life(60, None, 0.0).expires_at().as_secs(), 1_800_000_060);
    }

    #[test]
    fn cli_07_a_clock_set_ahead_ends_a_life_and_one_set_back_does_not_stretch_it() {
        let life = life(3600, None, 0.0);
        let set_ahead = Moment {
            wall: START.wall * 2,
            ..START
        };
        assert_eq!(life.standing(&set_ahead), Standing::Over);
        let set_back = Moment {
            wall: Duration::ZERO,
            ..after(3600)
        };
        assert_eq!(life.standing(&set_back), Standing::Over);
    }
}
