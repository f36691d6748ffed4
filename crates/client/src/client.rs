//! The client: hands out tokens, and has them asked for when the plan says so.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::Url;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

use crate::cache::{Cache, Entry, Failed, Flight, Outcome};
use crate::clock::{Clock, Moment};
use crate::life::Standing;
use crate::plan::{Plan, plan};
use crate::{
    AccessToken, BuildError, ClientBuilder, Credential, Error, ErrorKind, FileCache, TokenRequest,
};

/// At most this many requests are under way at once, whatever is asked for.
pub(crate) const REQUESTS_MAX: usize = 16;

/// A request is lost when its runtime ends. A caller who meets that again and again gives up.
const LOST_MAX: usize = 3;

/// Obtains tokens for one application in one tenant, and keeps them. Cheap to clone; clones share
/// everything.
///
/// Make one per application and tenant and keep it: a new one starts with an empty cache.
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
}

/// What a client is made of.
pub(crate) struct Settings {
    pub(crate) endpoint: Url,
    pub(crate) client_id: String,
    pub(crate) credential: Credential,
    pub(crate) capabilities: Vec<String>,
    pub(crate) http: reqwest::Client,
    pub(crate) attempt_timeout: Duration,
    pub(crate) total_timeout: Duration,
    pub(crate) cache_length_max: usize,
    pub(crate) file_cache: Option<FileCache>,
    pub(crate) clock: Clock,
}

pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) requests: Semaphore,
    state: Mutex<State>,
}

struct State {
    cache: Cache,
    /// What the authority asked of this client, whatever the scope.
    pause: Option<Pause>,
    /// The last time the authority did not accept the credential itself.
    rejected: Option<Failed>,
}

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

enum Step {
    Have(Arc<AccessToken>),
    Failed(Error),
    Wait(Flight),
}

impl Client {
    /// Starts the configuration of a client: the base URL of the authority without the tenant, as
    /// `https://login.example.com:8443`; the tenant id or one of its domains; the application id.
    pub fn builder(
        authority: impl Into<String>,
        tenant: impl Into<String>,
        client_id: impl Into<String>,
    ) -> ClientBuilder {
        ClientBuilder::new(authority.into(), tenant.into(), client_id.into())
    }

    /// A client as the environment describes it; see [`ClientBuilder::from_env`].
    ///
    /// # Errors
    /// [`BuildError`] with what is missing or wrong.
    pub fn from_env() -> Result<Self, BuildError> {
        ClientBuilder::from_env()?.build()
    }

    pub(crate) fn new(settings: Settings) -> Self {
        let state = State {
            cache: Cache::new(settings.cache_length_max),
            pause: None,
            rejected: None,
        };
        Self {
            inner: Arc::new(Inner {
                settings,
                requests: Semaphore::new(REQUESTS_MAX),
                state: Mutex::new(state),
            }),
        }
    }

    /// A token for `scope`, the resource followed by `/.default`: the cached one while it is good.
    ///
    /// # Errors
    /// [`Error`], which says whether trying again can help.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn token(&self, scope: &str) -> Result<Arc<AccessToken>, Error> {
        self.token_with(&TokenRequest::new(scope)).await
    }

    /// A token as `request` describes it.
    ///
    /// Any number of callers share one request to the authority. It is made in a task of its own, so
    /// that a caller who goes away does not take it from the others.
    ///
    /// # Errors
    /// As [`Client::token`].
    ///
    /// # Panics
    /// As [`Client::token`].
    pub async fn token_with(&self, request: &TokenRequest) -> Result<Arc<AccessToken>, Error> {
        request.check()?;
        for _ in 0..LOST_MAX {
            let mut flight = match self.inner.step(request) {
                Step::Have(token) => return Ok(token),
                Step::Failed(error) => return Err(error),
                Step::Wait(flight) => flight,
            };
            let landed = flight.wait_for(Option::is_some).await;
            match landed.ok().and_then(|outcome| outcome.clone()) {
                Some(outcome) => return self.inner.delivered(request, outcome),
                None => continue,
            }
        }
        Err(Error::interrupted())
    }
}

impl Inner {
    /// Decides what one caller gets, and starts the request that the plan asks for.
    fn step(self: &Arc<Self>, request: &TokenRequest) -> Step {
        let now = self.settings.clock.now();
        let mut state = self.state();
        let State {
            cache,
            pause,
            rejected,
        } = &mut *state;
        let entry = cache.entry(request, &now);
        let standing = entry.standing(&now);
        let obstacle = self.obstacle(entry, pause.as_ref(), rejected.as_ref(), standing, &now);
        let token = entry.token.clone();
        match (
            plan(standing, entry.flight().is_some(), obstacle.is_some()),
            token,
            obstacle,
        ) {
            (Plan::Use, Some(token), _) => Step::Have(token),
            (Plan::UseAndRenew, Some(token), _) => {
                self.take_off(request, entry);
                Step::Have(token)
            }
            (Plan::Fail, _, Some(error)) => Step::Failed(error),
            _ => match entry.flight() {
                Some(flight) => Step::Wait(flight.clone()),
                None => Step::Wait(self.take_off(request, entry)),
            },
        }
    }

    /// Why no request is to be made for this entry now.
    fn obstacle(
        &self,
        entry: &Entry,
        pause: Option<&Pause>,
        rejected: Option<&Failed>,
        standing: Standing,
        now: &Moment,
    ) -> Option<Error> {
        // A pause that ends in time is sat out by the request itself, if somebody waits for it.
        let bearable = match standing {
            Standing::Over => self.settings.total_timeout,
            _ => Duration::ZERO,
        };
        if let Some(pause) = pause.filter(|pause| pause.left(now) > bearable) {
            return Some(pause.error(now));
        }
        let failures = [entry.failed.as_ref(), rejected].into_iter().flatten();
        let mut blocking = failures.filter(|failed| failed.blocks(standing, now));
        blocking.next().map(|failed| failed.error.clone())
    }

    fn take_off(self: &Arc<Self>, request: &TokenRequest, entry: &mut Entry) -> Flight {
        let (sender, flight) = watch::channel(None);
        entry.take_off(flight.clone());
        let (inner, request) = (Arc::clone(self), request.clone());
        let own = flight.clone();
        tokio::spawn(async move {
            let outcome = inner.obtain(&request).await;
            inner.land(&request, &own, &outcome);
            sender.send_replace(Some(outcome));
        });
        flight
    }

    fn land(&self, request: &TokenRequest, flight: &Flight, outcome: &Outcome) {
        let now = self.settings.clock.now();
        let mut state = self.state();
        let entry = state.cache.entry(request, &now);
        let has_token = entry.standing(&now).is_usable();
        entry.land(flight, outcome, &now);
        match outcome {
            Ok(_) => state.rejected = None,
            Err(error) => {
                drop(state);
                log(request, error, has_token);
            }
        }
    }

    /// What a caller gets who waited for a request. One that failed leaves the token of before, if
    /// that is still good for a moment.
    fn delivered(&self, request: &TokenRequest, outcome: Outcome) -> Outcome {
        let now = self.settings.clock.now();
        outcome.or_else(|error| {
            let mut state = self.state();
            let entry = state.cache.entry(request, &now);
            let is_usable = entry.standing(&now).is_usable();
            entry.token.clone().filter(|_| is_usable).ok_or(error)
        })
    }

    /// Waits until the authority wants to hear of this client again; fails at once if that is after
    /// `deadline`, or if the credential was rejected a moment ago.
    pub(crate) async fn clearance(&self, deadline: Instant) -> Result<(), Error> {
        loop {
            let now = self.settings.clock.now();
            let left = {
                let state = self.state();
                if let Some(rejected) = &state.rejected
                    && rejected.blocks(Standing::Over, &now)
                {
                    return Err(rejected.error.clone());
                }
                let Some(pause) = &state.pause else {
                    return Ok(());
                };
                let left = pause.left(&now);
                if Instant::now() + left > deadline {
                    return Err(pause.error(&now));
                }
                left
            };
            if left.is_zero() {
                return Ok(());
            }
            tokio::time::sleep(left).await;
        }
    }

    /// Remembers what a failed attempt means for the requests of all scopes.
    pub(crate) fn remember(&self, error: &Error) {
        let now = self.settings.clock.now();
        let asked = Failed {
            error: error.clone(),
            at: now,
        };
        let mut state = self.state();
        if let Some(length) = error.retry_after() {
            let is_longer = |pause: &Pause| pause.left(&now) < length;
            if state.pause.as_ref().is_none_or(is_longer) {
                state.pause = Some(Pause { asked, length });
            }
        } else if is_rejected_credential(error) {
            state.rejected = Some(asked);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 401 is for the credential (RFC 6749 §5.2); everything else is about one scope.
fn is_rejected_credential(error: &Error) -> bool {
    error.kind() == ErrorKind::Refused && error.refusal().is_some_and(|said| said.status == 401)
}

fn log(request: &TokenRequest, error: &Error, has_token: bool) {
    let scope = request.scope();
    if has_token {
        tracing::warn!(scope, %error, "token could not be renewed; the one at hand stays in use");
    } else {
        tracing::warn!(scope, %error, "no token could be obtained");
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings {
            endpoint,
            client_id,
            credential,
            ..
        } = &self.inner.settings;
        f.debug_struct("Client")
            .field("endpoint", &endpoint.as_str())
            .field("client_id", client_id)
            .field("credential", credential)
            .finish_non_exhaustive()
    }
}
