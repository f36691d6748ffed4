//! Middleware that lets only authorised requests through.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::{Policy, Rejection, Validator};

/// Puts a [`Validator`] and a [`Policy`] in front of a service.
///
/// Accepted requests carry the [`Caller`](crate::Caller) in their extensions; others are answered
/// here and never reach the service.
#[derive(Clone, Debug)]
pub struct ValidateLayer {
    validator: Validator,
    policy: Arc<Policy>,
}

impl ValidateLayer {
    /// Lets through what `validator` accepts and `policy` allows.
    pub fn new(validator: Validator, policy: Policy) -> Self {
        Self {
            validator,
            policy: Arc::new(policy),
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
            .field("policy", &self.layer.policy)
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
        let ValidateLayer { validator, policy } = self.layer.clone();
        Box::pin(async move {
            match validator.authorize(request.headers(), &policy).await {
                Ok(caller) => {
                    request.extensions_mut().insert(caller);
                    inner.call(request).await
                }
                Err(rejection) => {
                    log(&rejection);
                    Ok(rejection.to_response())
                }
            }
        })
    }
}

fn log(rejection: &Rejection) {
    match rejection {
        Rejection::KeysUnavailable => tracing::error!(cause = %rejection, "request refused"),
        _ => tracing::info!(cause = %rejection, "request refused"),
    }
}
