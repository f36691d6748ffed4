//! The [`Authorizer`] as a `tower` layer around an HTTP client.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::Authorizer;
use crate::authorize::set_authorization;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl<S> Layer<S> for Authorizer {
    type Service = Authorize<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Authorize {
            inner,
            authorizer: self.clone(),
        }
    }
}

/// The service that [`Authorizer`] makes as a layer. Its requests must be cloneable, to be sent
/// once more after a claims challenge; put it outside of whatever turns bodies into streams.
///
/// ```no_run
/// # fn wrap(client: countersign_client::Client) {
/// use countersign_client::Authorizer;
/// use http_body_util::Full;
/// use hyper::body::Bytes;
/// use hyper_util::{client::legacy::Client, rt::TokioExecutor};
/// use tower::Layer;
///
/// let http = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
/// let orders = Authorizer::new(client, "api://orders/.default").layer(http);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Authorize<S> {
    inner: S,
    authorizer: Authorizer,
}

impl<S, RequestBody, ResponseBody> Service<Request<RequestBody>> for Authorize<S>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    RequestBody: Clone + Send + 'static,
    ResponseBody: Send,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request<RequestBody>) -> Self::Future {
        // The service that was polled ready is the one to call; its clone need not be ready.
        let ready = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, ready);
        let authorizer = self.authorizer.clone();
        Box::pin(async move {
            authorizer.check_uri(request.uri())?;
            let mut repetition = request.clone();
            let grant = authorizer.grant().await?;
            set_authorization(request.headers_mut(), &grant);
            let response = inner.call(request).await.map_err(Into::into)?;
            if !authorizer.learns(response.status(), response.headers(), &grant) {
                return Ok(response);
            }
            // Its connection is free for the repetition.
            drop(response);
            set_authorization(repetition.headers_mut(), &authorizer.grant().await?);
            poll_fn(|context| inner.poll_ready(context))
                .await
                .map_err(Into::into)?;
            inner.call(repetition).await.map_err(Into::into)
        })
    }
}
