//! The client: hands out tokens, and has them asked for when the state says so.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::Url;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

use crate::cache::{Flight, Outcome};
use crate::clock::{Clock, Moment};
use crate::state::{Clearance, State, Step};
use crate::{AccessToken, BuildError, ClientBuilder, Credential, Error, FileCache, TokenRequest};

/// At most this many requests are under way at once, whatever is asked for.
const REQUESTS_MAX: usize = 16;

/// A request is lost when its runtime ends, and a token may have expired when it comes. A caller who
/// meets that again and again gives up.
const LOST_MAX: usize = 3;

/// Obtains tokens for one application in one tenant, and keeps them. Cheap to clone; clones share
/// everything.
///
/// Make one per application and tenant and keep it: a new one starts with an empty cache.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
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
        let state = State::new(settings.cache_length_max, settings.total_timeout);
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
                ControlFlow::Break(outcome) => return outcome,
                ControlFlow::Continue(flight) => flight,
            };
            let landed = flight.wait_for(Option::is_some).await;
            let outcome = landed.ok().and_then(|outcome| outcome.clone());
            if let Some(delivered) = outcome.and_then(|o| self.inner.delivered(request, o)) {
                return delivered;
            }
        }
        Err(Error::lost())
    }
}

impl Inner {
    /// Decides what one caller gets, at once or from a flight, and starts the request that this
    /// takes. Both are done under one lock, so that nobody else starts the same.
    fn step(self: &Arc<Self>, request: &TokenRequest) -> ControlFlow<Outcome, Flight> {
        let now = self.now();
        let mut state = self.state();
        match state.step(request, &now) {
            Step::Have(token) => ControlFlow::Break(Ok(token)),
            Step::Fail(error) => ControlFlow::Break(Err(error)),
            Step::Wait(flight) => ControlFlow::Continue(flight),
            Step::Fetch => ControlFlow::Continue(self.take_off(request, &mut state, &now)),
            Step::Renew(token) => {
                self.take_off(request, &mut state, &now);
                ControlFlow::Break(Ok(token))
            }
        }
    }

    fn take_off(
        self: &Arc<Self>,
        request: &TokenRequest,
        state: &mut State,
        now: &Moment,
    ) -> Flight {
        let (sender, flight) = watch::channel(None);
        state.take_off(request, flight.clone(), now);
        let (inner, request, own) = (Arc::clone(self), request.clone(), flight.clone());
        tokio::spawn(async move {
            let outcome = inner.obtain(&request).await;
            let has_token = inner.state().land(&request, &own, &outcome, &inner.now());
            if let Err(error) = &outcome {
                log(&request, error, has_token);
            }
            sender.send_replace(Some(outcome));
        });
        flight
    }

    /// What a caller gets who waited for a request. One that failed leaves the token of before, if
    /// that is still good for a moment. `None` if the token expired on its way.
    fn delivered(&self, request: &TokenRequest, outcome: Outcome) -> Option<Outcome> {
        let now = self.now();
        match outcome {
            Ok(token) => token.life().standing(&now).is_usable().then_some(Ok(token)),
            Err(error) => Some(self.state().usable(request, &now).ok_or(error)),
        }
    }

    /// Waits until the authority wants to hear of this client again; fails at once if that is after
    /// `deadline`, or if the credential was rejected a moment ago.
    pub(crate) async fn clearance(&self, deadline: Instant) -> Result<(), Error> {
        loop {
            let clearance = self.state().clearance(&self.now());
            match clearance {
                Clearance::Given => return Ok(()),
                Clearance::Refused(error) => return Err(error),
                Clearance::After(left, error) if Instant::now() + left > deadline => {
                    return Err(error);
                }
                Clearance::After(left, _) => tokio::time::sleep(left).await,
            }
        }
    }

    pub(crate) fn remember(&self, error: &Error) {
        let now = self.now();
        self.state().remember(error, &now);
    }

    pub(crate) fn now(&self) -> Moment {
        self.settings.clock.now()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn log(request: &TokenRequest, error: &Error, has_token: bool) {
    let scope = request.scope();
    if has_token {
        tracing::warn!(scope, %error, "token not renewed; the one at hand stays in use");
    } else {
        tracing::warn!(scope, %error, "no token could be obtained");
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("endpoint", &self.inner.settings.endpoint.as_str())
            .field("client_id", &self.inner.settings.client_id)
            .field("credential", &self.inner.settings.credential)
            .finish_non_exhaustive()
    }
}
