//! What a client knows, and what follows from it. No I/O and no clock: `client` acts on it under a
//! lock.

use std::sync::Arc;
use std::time::Duration;

use crate::cache::{Cache, Entry, Failed, Flight, Outcome};
use crate::clock::Moment;
use crate::life::Standing;
use crate::plan::{Plan, plan};
use crate::{AccessToken, Error, ErrorKind, TokenRequest};

/// What is to be done for one caller.
#[derive(Debug)]
pub(crate) enum Step {
    /// Hand this out.
    Have(Arc<AccessToken>),
    /// Hand this out and start a request.
    Renew(Arc<AccessToken>),
    /// Start a request and wait for it.
    Fetch,
    /// Wait for this request.
    Wait(Flight),
    /// Answer with this.
    Fail(Error),
}

/// Whether a request may be sent.
#[derive(Debug)]
pub(crate) enum Clearance {
    /// Now.
    Given,
    /// After this pause; the error is for whoever cannot wait that long.
    After(Duration, Error),
    /// Not before something else has been tried.
    Refused(Error),
}

#[derive(Debug)]
pub(crate) struct State {
    cache: Cache,
    /// How long a caller waits in all.
    patience: Duration,
    /// What the authority asked of this client, whatever the scope.
    pause: Option<Pause>,
    /// The last time the authority did not accept the credential itself.
    rejected: Option<Failed>,
}

#[derive(Debug)]
struct Pause {
    asked: Failed,
    length: Duration,
}

impl Pause {
    fn left(&self, now: &Moment) -> Duration {
        self.length.saturating_sub(now.since(&self.asked.at))
    }

    fn error(&self, now: &Moment) -> Error {
        self.asked.error.still_throttled(self.left(now))
    }
}

impl State {
    pub(crate) fn new(cache_length_max: usize, patience: Duration) -> Self {
        Self {
            cache: Cache::new(cache_length_max),
            patience,
            pause: None,
            rejected: None,
        }
    }

    /// Decides what one caller gets.
    pub(crate) fn step(&mut self, request: &TokenRequest, now: &Moment) -> Step {
        let entry = self.cache.entry(request, now);
        let standing = entry.standing(now);
        let (token, flight) = (entry.token.clone(), entry.flight().cloned());
        let failed = entry.failed.clone();
        let obstacle = self.obstacle(failed.as_ref(), standing, now);
        let made = plan(standing, flight.is_some(), obstacle.is_some());
        match (made, token, flight, obstacle) {
            (Plan::Use, Some(token), _, _) => Step::Have(token),
            (Plan::UseAndRenew, Some(token), _, _) => Step::Renew(token),
            (Plan::Wait, _, Some(flight), _) => Step::Wait(flight),
            (Plan::Fail, _, _, Some(error)) => Step::Fail(error),
            _ => Step::Fetch,
        }
    }

    /// Why no request is to be made now for an entry that failed like this.
    fn obstacle(&self, failed: Option<&Failed>, standing: Standing, now: &Moment) -> Option<Error> {
        // A pause that ends in time is sat out by the request itself, if somebody waits for it.
        let bearable = match standing {
            Standing::Over => self.patience,
            _ => Duration::ZERO,
        };
        if let Some(pause) = self
            .pause
            .as_ref()
            .filter(|pause| pause.left(now) > bearable)
        {
            return Some(pause.error(now));
        }
        [failed, self.rejected.as_ref()]
            .into_iter()
            .flatten()
            .find(|failed| failed.blocks(standing, now))
            .map(|failed| failed.error.clone())
    }

    pub(crate) fn take_off(&mut self, request: &TokenRequest, flight: Flight, now: &Moment) {
        self.cache.entry(request, now).take_off(flight);
    }

    /// Keeps the outcome of a request; whether there is a usable token after it.
    pub(crate) fn land(
        &mut self,
        request: &TokenRequest,
        flight: &Flight,
        outcome: &Outcome,
        now: &Moment,
    ) -> bool {
        if outcome.is_ok() {
            self.rejected = None;
        }
        let entry = self.cache.entry(request, now);
        entry.land(flight, outcome, now);
        entry.standing(now).is_usable()
    }

    /// The token at hand, unless it has expired.
    pub(crate) fn usable(
        &mut self,
        request: &TokenRequest,
        now: &Moment,
    ) -> Option<Arc<AccessToken>> {
        let entry: &Entry = self.cache.entry(request, now);
        entry
            .token
            .clone()
            .filter(|_| entry.standing(now).is_usable())
    }

    /// Whether a request may be sent now.
    pub(crate) fn clearance(&self, now: &Moment) -> Clearance {
        let rejected = self.rejected.as_ref();
        if let Some(failed) = rejected.filter(|failed| failed.blocks(Standing::Over, now)) {
            return Clearance::Refused(failed.error.clone());
        }
        match &self.pause {
            Some(pause) if !pause.left(now).is_zero() => {
                Clearance::After(pause.left(now), pause.error(now))
            }
            _ => Clearance::Given,
        }
    }

    /// Remembers what a failed attempt means for the requests of all scopes.
    pub(crate) fn remember(&mut self, error: &Error, now: &Moment) {
        let asked = Failed {
            error: error.clone(),
            at: *now,
        };
        if let Some(length) = error.retry_after() {
            let is_longer = |pause: &Pause| pause.left(now) < length;
            if self.pause.as_ref().is_none_or(is_longer) {
                self.pause = Some(Pause { asked, length });
            }
        } else if is_rejected_credential(error) {
            self.rejected = Some(asked);
        }
    }
}

/// 401 is for the credential (RFC 6749 §5.2); everything else is about one scope.
fn is_rejected_credential(error: &Error) -> bool {
    error.kind() == ErrorKind::Refused && error.refusal().is_some_and(|said| said.status == 401)
}

#[cfg(test)]
mod tests {
    use tokio::sync::watch;

    use super::*;
    use crate::Refusal;
    use crate::life::Life;
    use crate::response::authorization;

    const PATIENCE: Duration = Duration::from_secs(30);

    fn at(seconds: u64) -> Moment {
        Moment {
            steady: Duration::from_secs(seconds),
            wall: Duration::from_secs(1_800_000_000 + seconds),
        }
    }

    fn state() -> State {
        State::new(10, PATIENCE)
    }

    fn request() -> TokenRequest {
        TokenRequest::new("api://x/.default")
    }

    /// A request that was made at `asked` and ended at `ended`.
    fn fly(state: &mut State, asked: u64, ended: u64, outcome: Result<u64, &Error>) {
        let (_sender, flight) = watch::channel(None);
        state.take_off(&request(), flight.clone(), &at(asked));
        let outcome = outcome.map_err(Clone::clone).map(|expires_in| {
            let life = Life::new(at(asked), Duration::from_secs(expires_in), None, 0.0);
            Arc::new(AccessToken::new(
                authorization("t").expect("a header"),
                life,
            ))
        });
        state.land(&request(), &flight, &outcome, &at(ended));
    }

    fn rejected() -> Error {
        let body = br#"{"error":"invalid_client"}"#;
        Error::refused(Refusal::read(401, body, "secret", "id"))
    }

    fn throttled(seconds: u64) -> Error {
        Error::throttled(Refusal::default(), Duration::from_secs(seconds))
    }

    #[test]
    fn cli_02_a_token_goes_through_its_life() {
        let mut state = state();
        assert!(matches!(state.step(&request(), &at(0)), Step::Fetch));
        fly(&mut state, 0, 1, Ok(3600));
        assert!(matches!(state.step(&request(), &at(3299)), Step::Have(_)));
        assert!(matches!(state.step(&request(), &at(3300)), Step::Renew(_)));
        let (sender, flight) = watch::channel(None);
        state.take_off(&request(), flight, &at(3300));
        assert!(matches!(state.step(&request(), &at(3400)), Step::Have(_)));
        assert!(matches!(state.step(&request(), &at(3570)), Step::Wait(_)));
        assert!(matches!(state.step(&request(), &at(9999)), Step::Wait(_)));
        // The request is lost with its runtime.
        drop(sender);
        assert!(matches!(state.step(&request(), &at(3400)), Step::Renew(_)));
        assert!(matches!(state.step(&request(), &at(3600)), Step::Fetch));
        assert!(state.usable(&request(), &at(3599)).is_some());
        assert!(state.usable(&request(), &at(3600)).is_none());
    }

    #[test]
    fn cli_03_a_failed_renewal_leaves_the_token_and_is_not_repeated_at_once() {
        let mut state = state();
        fly(&mut state, 0, 0, Ok(3600));
        fly(&mut state, 3300, 3300, Err(&Error::lost()));
        assert!(matches!(state.step(&request(), &at(3329)), Step::Have(_)));
        assert!(matches!(state.step(&request(), &at(3330)), Step::Renew(_)));
        assert!(matches!(state.step(&request(), &at(3600)), Step::Fetch));
    }

    #[test]
    fn cli_05_a_pause_is_for_all_and_the_longest_counts() {
        let mut state = state();
        fly(&mut state, 0, 0, Ok(3600));
        state.remember(&throttled(60), &at(3300));
        state.remember(&throttled(5), &at(3301));
        assert!(matches!(state.step(&request(), &at(3302)), Step::Have(_)));
        let other = TokenRequest::new("api://y/.default");
        let Step::Fail(error) = state.step(&other, &at(3310)) else {
            panic!("a pause")
        };
        assert_eq!(error.retry_after(), Some(Duration::from_secs(50)));
        // What ends within a caller's patience is waited for.
        assert!(matches!(state.step(&other, &at(3330)), Step::Fetch));
        let Clearance::After(left, _) = state.clearance(&at(3330)) else {
            panic!("a pause")
        };
        assert_eq!(left, PATIENCE);
        assert!(matches!(state.clearance(&at(3360)), Clearance::Given));
        assert!(matches!(state.step(&request(), &at(3360)), Step::Renew(_)));
    }

    #[test]
    fn cli_09_a_rejected_credential_is_for_all_scopes_until_a_token_or_ten_seconds() {
        let mut state = state();
        state.remember(&rejected(), &at(0));
        assert!(matches!(state.step(&request(), &at(9)), Step::Fail(_)));
        assert!(matches!(state.clearance(&at(9)), Clearance::Refused(_)));
        assert!(matches!(state.step(&request(), &at(10)), Step::Fetch));
        assert!(matches!(state.clearance(&at(10)), Clearance::Given));
        state.remember(&rejected(), &at(10));
        fly(&mut state, 10, 11, Ok(3600));
        assert!(matches!(state.clearance(&at(11)), Clearance::Given));
    }

    #[test]
    fn cli_09_another_refusal_is_for_its_scope_only() {
        let mut state = state();
        let body = br#"{"error":"invalid_scope"}"#;
        let error = Error::refused(Refusal::read(400, body, "secret", "id"));
        state.remember(&error, &at(0));
        fly(&mut state, 0, 0, Err(&error));
        assert!(matches!(state.step(&request(), &at(1)), Step::Fail(_)));
        let other = TokenRequest::new("api://y/.default");
        assert!(matches!(state.step(&other, &at(1)), Step::Fetch));
    }
}
