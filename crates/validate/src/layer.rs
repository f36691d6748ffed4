//! Middleware that lets only authorised requests through.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Extensions, HeaderMap, Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::claims::Accepted;
use crate::{Challenge, Policy, Rejection, Validator, grpc};

/// Puts a [`Validator`] and a [`Policy`] in front of a service.
///
/// Accepted requests carry the [`Caller`](crate::Caller) and the
/// [`RawClaims`](crate::RawClaims) in their extensions; others are answered here and never reach
/// the service.
#[derive(Clone, Debug)]
pub struct ValidateLayer {
    validator: Validator,
    guard: Arc<Guard>,
}

/// What belongs to one door.
#[derive(Clone, Debug)]
struct Guard {
    policy: Policy,
    challenge: Challenge,
    anonymous: bool,
    grpc: bool,
}

/// Left in the extensions of a request without a token where that is allowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Anonymous;

impl ValidateLayer {
    /// Lets through what `validator` accepts and `policy` allows.
    pub fn new(validator: Validator, policy: Policy) -> Self {
        let guard = Guard {
            policy,
            challenge: Challenge::default(),
            anonymous: false,
            grpc: false,
        };
        Self {
            validator,
            guard: Arc::new(guard),
        }
    }

    /// What refusals tell the client beside the error.
    #[must_use]
    pub fn challenge(self, challenge: Challenge) -> Self {
        self.with(|guard| guard.challenge = challenge)
    }

    /// Lets requests without any token through as well; handlers ask for `Option<Caller>`. A token
    /// that is not good is still refused.
    #[must_use]
    pub fn allow_anonymous(self) -> Self {
        self.with(|guard| guard.anonymous = true)
    }

    /// Refuses in gRPC's way, for services of `tonic` and their like: HTTP status 200 and the
    /// `grpc-status` UNAUTHENTICATED, PERMISSION_DENIED or UNAVAILABLE.
    #[must_use]
    pub fn grpc(self) -> Self {
        self.with(|guard| guard.grpc = true)
    }

    fn with(mut self, change: impl FnOnce(&mut Guard)) -> Self {
        change(Arc::make_mut(&mut self.guard));
        self
    }

    /// `None` where there is no token and none is needed.
    async fn admit(&self, headers: &HeaderMap) -> Result<Option<Arc<Accepted>>, Rejection> {
        match self.validator.admit(headers, &self.guard.policy).await {
            Err(Rejection::NoToken) if self.guard.anonymous => Ok(None),
            outcome => outcome.map(Some),
        }
    }
}

impl Guard {
    fn refusal<B: Default>(&self, rejection: &Rejection) -> Response<B> {
        let mut response = Response::new(B::default());
        rejection.write_to(&self.challenge, &mut response);
        if self.grpc {
            grpc::translate(rejection, &mut response);
        }
        response
    }

    /// Completes the refusal of a handler.
    fn complete<B>(&self, response: &mut Response<B>) {
        if let Some(rejection) = response.extensions_mut().remove::<Rejection>() {
            log(&rejection);
            rejection.write_to(&self.challenge, response);
        }
    }
}

impl<S> Layer<S> for ValidateLayer {
    type Service = Validate<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Validate {
            inner,
            layer: self.clone(),
        }
    }
}

/// The service that [`ValidateLayer`] makes.
#[derive(Clone)]
pub struct Validate<S> {
    inner: S,
    layer: ValidateLayer,
}

impl<S> fmt::Debug for Validate<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validate")
            .field("policy", &self.layer.guard.policy)
            .finish_non_exhaustive()
    }
}

impl<S, RequestBody, ResponseBody> Service<Request<RequestBody>> for Validate<S>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>> + Clone + Send + 'static,
    S::Future: Send,
    RequestBody: Send + 'static,
    ResponseBody: Default,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<RequestBody>) -> Self::Future {
        // The service that was polled ready is the one to call; its clone need not be ready.
        let ready = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, ready);
        let layer = self.layer.clone();
        Box::pin(async move {
            let admitted = match layer.admit(request.headers()).await {
                Ok(admitted) => admitted,
                Err(rejection) => {
                    log(&rejection);
                    return Ok(layer.guard.refusal(&rejection));
                }
            };
            introduce(request.extensions_mut(), admitted.as_deref());
            let mut response = inner.call(request).await?;
            layer.guard.complete(&mut response);
            Ok(response)
        })
    }
}

fn introduce(extensions: &mut Extensions, admitted: Option<&Accepted>) {
    if let Some(accepted) = admitted {
        extensions.insert(accepted.caller.clone());
        extensions.insert(accepted.claims.clone());
    } else {
        extensions.insert(Anonymous);
    }
}

fn log(rejection: &Rejection) {
    match rejection {
        Rejection::KeysUnavailable => tracing::error!(cause = %rejection, "request refused"),
        _ => tracing::info!(cause = %rejection, "request refused"),
    }
}
