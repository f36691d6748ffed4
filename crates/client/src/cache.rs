//! What is known about each token that was asked for. Bounded; no I/O and no clock.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Moment;
use crate::life::Standing;
use crate::{AccessToken, Error, ErrorKind, TokenRequest};

/// How a request ended, for all who wait for it.
pub(crate) type Outcome = Result<Arc<AccessToken>, Error>;
/// A request under way; `None` until it has ended.
pub(crate) type Flight = watch::Receiver<Option<Outcome>>;

/// A failure without a pause from the authority is not repeated for this long. A refusal does not
/// become a grant by asking again, but somebody may be mending it right now.
const REFUSAL_HELD: Duration = Duration::from_secs(10);
const FAILURE_HELD: Duration = Duration::from_secs(5);
/// While there is a token, there is no hurry.
const RENEWAL_HELD: Duration = Duration::from_secs(30);

/// A failure, and when it was.
#[derive(Clone, Debug)]
pub(crate) struct Failed {
    pub(crate) error: Error,
    pub(crate) at: Moment,
}

impl Failed {
    /// Whether no new request is to be made yet for a token of this standing.
    pub(crate) fn blocks(&self, standing: Standing, now: &Moment) -> bool {
        let held = match (standing, self.error.kind()) {
            (Standing::Due, _) => RENEWAL_HELD,
            (_, ErrorKind::Refused | ErrorKind::Protocol) => REFUSAL_HELD,
            _ => FAILURE_HELD,
        };
        now.since(&self.at) < held
    }
}

/// What is known about one token.
#[derive(Debug, Default)]
pub(crate) struct Entry {
    pub(crate) token: Option<Arc<AccessToken>>,
    pub(crate) failed: Option<Failed>,
    flight: Option<Flight>,
    /// Grows with each use of any entry.
    used: u64,
}

impl Entry {
    pub(crate) fn standing(&self, now: &Moment) -> Standing {
        let token = self.token.as_ref();
        token.map_or(Standing::Over, |token| token.life().standing(now))
    }

    /// The request under way, unless the runtime that made it has ended without an answer.
    pub(crate) fn flight(&self) -> Option<&Flight> {
        let flight = self.flight.as_ref();
        flight.filter(|flight| flight.has_changed().is_ok())
    }

    pub(crate) fn take_off(&mut self, flight: Flight) {
        self.flight = Some(flight);
    }

    /// Keeps the outcome, and forgets the flight if it is this one.
    pub(crate) fn land(&mut self, flight: &Flight, outcome: &Outcome, now: &Moment) {
        if self
            .flight
            .as_ref()
            .is_some_and(|own| own.same_channel(flight))
        {
            self.flight = None;
        }
        match outcome {
            Ok(token) => {
                self.token = Some(Arc::clone(token));
                self.failed = None;
            }
            Err(error) => {
                let error = error.clone();
                self.failed = Some(Failed { error, at: *now });
            }
        }
    }
}

/// All entries, at most `length_max`.
#[derive(Debug)]
pub(crate) struct Cache {
    entries: HashMap<TokenRequest, Entry>,
    length_max: usize,
    uses: u64,
}

impl Cache {
    pub(crate) fn new(length_max: usize) -> Self {
        Self {
            entries: HashMap::new(),
            length_max: length_max.max(1),
            uses: 0,
        }
    }

    /// The entry for this request; an empty one if it is new.
    pub(crate) fn entry(&mut self, request: &TokenRequest, now: &Moment) -> &mut Entry {
        self.uses += 1;
        // The key is copied for a new entry only.
        if !self.entries.contains_key(request) {
            if self.entries.len() >= self.length_max {
                self.make_room(now);
            }
            self.entries.insert(request.clone(), Entry::default());
        }
        let entry = self
            .entries
            .get_mut(request)
            .expect("it was just put there");
        entry.used = self.uses;
        entry
    }

    /// Drops the least useful eighth at once, so that a flood of new keys is cheap: first what holds
    /// no token, then what was not used for longest; what somebody waits for goes last.
    fn make_room(&mut self, now: &Moment) {
        let mut ranks: Vec<_> = self
            .entries
            .values()
            .map(|entry| rank(entry, now))
            .collect();
        let dropped = (self.length_max / 8).max(1).min(ranks.len());
        let (_, last_dropped, _) = ranks.select_nth_unstable(dropped - 1);
        let last_dropped = *last_dropped;
        self.entries
            .retain(|_, entry| rank(entry, now) > last_dropped);
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.entries.len()
    }
}

/// The use counter makes each rank unique.
fn rank(entry: &Entry, now: &Moment) -> (bool, bool, u64) {
    (
        entry.flight().is_some(),
        entry.standing(now).is_usable(),
        entry.used,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::life::Life;
    use crate::response::authorization;

    fn at(seconds: u64) -> Moment {
        Moment {
            steady: Duration::from_secs(seconds),
            wall: Duration::from_secs(1_800_000_000 + seconds),
        }
    }

    fn token(expires_in: u64) -> Arc<AccessToken> {
        let life = Life::new(at(0), Duration::from_secs(expires_in), None, 0.0);
        Arc::new(AccessToken::new(
            authorization("t").expect("a header"),
            life,
        ))
    }

    fn request(number: usize) -> TokenRequest {
        TokenRequest::new(format!("api://{number}/.default"))
    }

    #[test]
    fn cli_11_a_flood_of_keys_stays_bounded_and_what_is_used_stays() {
        let mut cache = Cache::new(1000);
        let favourite = request(usize::MAX);
        cache.entry(&favourite, &at(0)).token = Some(token(3600));
        for number in 0..100_000 {
            cache.entry(&request(number), &at(1)).token = Some(token(3600));
            assert!(cache.len() <= 1000);
            if number % 100 == 0 {
                assert!(cache.entry(&favourite, &at(1)).token.is_some(), "{number}");
            }
        }
    }

    #[test]
    fn cli_11_entries_without_a_token_go_before_tokens_and_flights_go_last() {
        let mut cache = Cache::new(8);
        let (sender, flight) = watch::channel(None);
        cache.entry(&request(0), &at(0)).take_off(flight);
        cache.entry(&request(1), &at(0)).token = Some(token(3600));
        for number in 2..50 {
            cache.entry(&request(number), &at(1)).token = Some(token(1));
        }
        assert!(cache.entry(&request(0), &at(2)).flight().is_some());
        assert!(cache.entry(&request(1), &at(2)).token.is_some());
        drop(sender);
        assert!(cache.entry(&request(0), &at(2)).flight().is_none());
    }

    #[test]
    fn cli_04_scope_and_claims_are_the_key() {
        let mut cache = Cache::new(8);
        let plain = request(1);
        let claims = request(1).claims("{}");
        cache.entry(&plain, &at(0)).token = Some(token(3600));
        assert!(cache.entry(&claims, &at(0)).token.is_none());
        assert!(cache.entry(&request(2), &at(0)).token.is_none());
        assert!(cache.entry(&plain, &at(0)).token.is_some());
    }

    #[test]
    fn cli_09_failures_are_held_longer_while_there_is_a_token() {
        let refused = Failed {
            error: Error::protocol("x"),
            at: at(0),
        };
        let down = Failed {
            error: Error::lost(),
            at: at(0),
        };
        for (failed, standing, seconds) in [
            (&refused, Standing::Over, 10),
            (&refused, Standing::Closing, 10),
            (&refused, Standing::Due, 30),
            (&down, Standing::Over, 5),
            (&down, Standing::Due, 30),
        ] {
            assert!(failed.blocks(standing, &at(seconds - 1)), "{standing:?}");
            assert!(!failed.blocks(standing, &at(seconds)), "{standing:?}");
        }
    }
}
