//! One token from the authority: attempts, waits between them, and the HTTP request itself. What is
//! sent and how the answer is read is in `request` and `response`.

use std::sync::Arc;

use http::header::{ACCEPT, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use tokio::time::Instant;

use crate::cache::Outcome;
use crate::client::Inner;
use crate::credential::AssertionContext;
use crate::life::Life;
use crate::response::{self, Answer, Asked, Granted};
use crate::{AccessToken, Error, TokenRequest, backoff, random, request};

/// A token is at most 64 KiB long.
const BODY_LENGTH_MAX: usize = 256 * 1024;

const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");

impl Inner {
    /// Obtains a token: from the shared file if another process left one there, or else from the
    /// authority, within the total time.
    pub(crate) async fn obtain(&self, request: &TokenRequest) -> Outcome {
        if let Some(token) = self.load(request).await {
            return Ok(Arc::new(token));
        }
        let within = self.settings.total_timeout;
        let deadline = Instant::now() + within;
        let token = tokio::time::timeout_at(deadline, self.attempts(request, deadline))
            .await
            .unwrap_or_else(|_| Err(Error::timed_out(within)))?;
        self.store(request, &token).await;
        Ok(Arc::new(token))
    }

    /// Asks until there is a token, an error that asking again would not change, or no attempt left.
    async fn attempts(
        &self,
        request: &TokenRequest,
        deadline: Instant,
    ) -> Result<AccessToken, Error> {
        for attempts in 1.. {
            self.clearance(deadline).await?;
            let answered = {
                let _permit = self.requests.acquire().await.map_err(|_| Error::lost())?;
                // Things may have changed in the queue.
                self.clearance(deadline).await?;
                self.attempt(request).await
            };
            let error = match answered {
                Ok(token) => return Ok(token),
                Err(error) => error,
            };
            self.remember(&error);
            let delay = backoff::delay(attempts, random::fraction()?);
            let Some(delay) = delay.filter(|_| error.is_transient()) else {
                return Err(error);
            };
            if Instant::now() + delay >= deadline {
                return Err(error);
            }
            // A pause that the authority asked for is kept by `clearance`, for all scopes alike.
            if error.retry_after().is_none() {
                tokio::time::sleep(delay).await;
            }
        }
        Err(Error::timed_out(self.settings.total_timeout))
    }

    async fn attempt(&self, request: &TokenRequest) -> Result<AccessToken, Error> {
        let within = self.settings.attempt_timeout;
        tokio::time::timeout(within, self.ask(request))
            .await
            .unwrap_or_else(|_| Err(Error::timed_out(within)))
    }

    async fn ask(&self, request: &TokenRequest) -> Result<AccessToken, Error> {
        let settings = &self.settings;
        // The token's life starts when it is asked for: it may have been granted at any time since.
        let asked_at = self.now();
        let context = AssertionContext {
            audience: settings.endpoint.to_string(),
            client_id: settings.client_id.clone(),
            now_unix: asked_at.unix(),
        };
        let proof = settings.credential.proof(&context).await?;
        let form = request::form(&settings.client_id, request, &settings.capabilities, &proof);
        let correlation_id = random::guid()?;
        let answer = self.post(&form, &correlation_id).await?;
        let asked = Asked {
            proof: proof.expose(),
            correlation_id: &correlation_id,
            now: self.now().wall,
        };
        let Granted {
            authorization,
            expires_in,
            refresh_in,
        } = response::process(&answer, &asked)?;
        let life = Life::new(asked_at, expires_in, refresh_in, random::fraction()?);
        Ok(AccessToken::new(authorization, life))
    }

    async fn post(
        &self,
        form: &[(&'static str, String)],
        correlation_id: &str,
    ) -> Result<Answer, Error> {
        let endpoint = &self.settings.endpoint;
        let sent = self
            .settings
            .http
            .post(endpoint.clone())
            .headers(headers(correlation_id))
            .form(form)
            .send();
        let mut response = sent.await.map_err(Error::unreachable)?;
        let text = |name: HeaderName| {
            let value = response.headers().get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        let (status, retry_after, date) =
            (response.status().as_u16(), text(RETRY_AFTER), text(DATE));
        // A given HTTP client that follows redirects is found out here, if too late.
        if response.url() != endpoint {
            return Err(Error::protocol(
                "the HTTP client given followed a redirect; give one that does not",
            ));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(Error::unreachable)? {
            if body.len() + chunk.len() > BODY_LENGTH_MAX {
                return Err(Error::protocol("the answer is longer than 256 KiB"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status,
            retry_after,
            date,
            body,
        })
    }

    async fn load(&self, request: &TokenRequest) -> Option<AccessToken> {
        let cache = self.settings.file_cache.as_ref()?;
        let spread = random::fraction().ok()?;
        let stored = cache.load(self.file_key(request)).await?;
        stored.token(self.now(), spread)
    }

    async fn store(&self, request: &TokenRequest, token: &AccessToken) {
        if let Some(cache) = &self.settings.file_cache {
            let now = self.now().wall;
            cache.store(self.file_key(request), token, now).await;
        }
    }

    fn file_key(&self, request: &TokenRequest) -> String {
        crate::file_cache::key(&self.settings.endpoint, &self.settings.client_id, request)
    }
}

/// What the clients of this platform say of themselves: by the id a request is found in the
/// authority's log, and by the capability it knows that it may throttle.
fn headers(correlation_id: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut insert = |name, value| headers.insert(HeaderName::from_static(name), value);
    insert(
        "x-client-sku",
        HeaderValue::from_static(env!("CARGO_PKG_NAME")),
    );
    insert(
        "x-client-ver",
        HeaderValue::from_static(env!("CARGO_PKG_VERSION")),
    );
    insert(
        "x-ms-lib-capability",
        HeaderValue::from_static("retry-after, h429"),
    );
    insert("return-client-request-id", HeaderValue::from_static("true"));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Ok(id) = HeaderValue::from_str(correlation_id) {
        headers.insert(CLIENT_REQUEST_ID, id);
    }
    headers
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_request_names_itself() {
        let headers = headers("7f1d");
        assert_eq!(headers["client-request-id"], "7f1d");
        assert_eq!(headers["x-client-sku"], "countersign-client");
        let longest_wait = backoff::delay(1, 0.0).zip(backoff::delay(2, 0.0));
        assert!(longest_wait.is_some_and(|(a, b)| a + b < Duration::from_secs(30)));
    }
}
