//! The [`Authorizer`] as middleware of `reqwest-middleware`.

use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next, Result};

use crate::Authorizer;
use crate::authorize::set_authorization;

#[async_trait::async_trait]
impl Middleware for Authorizer {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        self.check_address(request.url().scheme(), request.url().host_str())
            .map_err(Error::middleware)?;
        let repetition = request.try_clone();
        let grant = self.grant().await.map_err(Error::middleware)?;
        set_authorization(request.headers_mut(), &grant);
        let response = next.clone().run(request, extensions).await?;
        let Some(mut repetition) = repetition else {
            return Ok(response);
        };
        if !self.learns(response.status(), response.headers(), &grant) {
            return Ok(response);
        }
        let grant = self.grant().await.map_err(Error::middleware)?;
        set_authorization(repetition.headers_mut(), &grant);
        next.run(repetition, extensions).await
    }
}
