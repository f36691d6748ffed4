//! Adding the token to requests, and answering a claims challenge once.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use http::{StatusCode, Uri};

use crate::challenge::claims_challenge;
use crate::{Client, Error, TokenRequest};

/// Adds the token for one scope to requests, and repeats a request once if the resource answers it
/// with a claims challenge. Cheap to clone; clones share what they learned.
///
/// Use it with `reqwest` by [`Authorizer::send`]; as a `tower` layer (feature `tower`); or as
/// middleware of `reqwest-middleware` (feature of that name).
///
/// ```no_run
/// # async fn call(client: countersign_client::Client) -> Result<(), countersign_client::SendError> {
/// use countersign_client::Authorizer;
///
/// let orders = Authorizer::new(client, "api://orders/.default");
/// let http = reqwest::Client::new();
/// let response = orders.send(http.get("https://orders.example.com/orders")).await?;
/// # Ok(())
/// # }
/// ```
///
/// A token goes to `https` only, and to this machine. That the address is one of the resource's is
/// for the caller to see to: whoever gets the token can use it there.
#[derive(Clone)]
pub struct Authorizer {
    client: Client,
    scope: Arc<str>,
    /// What the resource asked for last. Asking with it from the start saves a refused request each
    /// time.
    claims: Arc<Mutex<Option<Arc<str>>>>,
    plain_http: bool,
}

/// Why there is no response.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// There is no token.
    #[error("no token for the request")]
    Token(#[from] Error),
    /// The request failed.
    #[error("the request failed")]
    Http(#[from] reqwest::Error),
    /// The address is not `https`.
    #[error(transparent)]
    Insecure(#[from] InsecureAddress),
}

/// The token would travel in the open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a token is sent over https only; see `Authorizer::dangerous_plain_http`")]
pub struct InsecureAddress;

/// A header, and the claims that its token was asked for with.
pub(crate) struct Grant {
    pub(crate) authorization: HeaderValue,
    claims: Option<Arc<str>>,
}

impl Authorizer {
    /// Adds tokens for `scope`.
    pub fn new(client: Client, scope: impl Into<Arc<str>>) -> Self {
        Self {
            client,
            scope: scope.into(),
            claims: Arc::default(),
            plain_http: false,
        }
    }

    /// Sends tokens over plain HTTP too, where something else protects the way. It is dangerous
    /// because everybody on the way can use the token.
    #[must_use]
    pub fn dangerous_plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// Sends a request with the token. An `Authorization` header that it has is replaced. A request
    /// whose body is a stream cannot be repeated; its challenge is the response.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn send(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<reqwest::Response, SendError> {
        let (http, request) = request.build_split();
        let mut request = request?;
        self.check_address(request.url().scheme(), request.url().host_str())?;
        let repetition = request.try_clone();
        let grant = self.grant().await?;
        set_authorization(request.headers_mut(), &grant);
        let response = http.execute(request).await?;
        let Some(mut repetition) = repetition else {
            return Ok(response);
        };
        if !self.learns(response.status(), response.headers(), &grant) {
            return Ok(response);
        }
        set_authorization(repetition.headers_mut(), &self.grant().await?);
        Ok(http.execute(repetition).await?)
    }

    /// The token as it is to be sent now. If the authority does not grant the claims that the
    /// resource asked for, they are forgotten: the resource may ask for others by then.
    pub(crate) async fn grant(&self) -> Result<Grant, Error> {
        let claims = self.learned().clone();
        let mut request = TokenRequest::new(&*self.scope);
        if let Some(claims) = &claims {
            request = request.claims(&**claims);
        }
        match self.client.token_with(&request).await {
            Ok(token) => Ok(Grant {
                authorization: token.authorization(),
                claims,
            }),
            Err(error) => {
                if claims.is_some() && !error.is_transient() {
                    self.learned().take_if(|own| Some(&*own) == claims.as_ref());
                }
                Err(error)
            }
        }
    }

    /// Whether an answer is a claims challenge that another token may satisfy. A token that was
    /// asked for with the very claims of the challenge would only be sent again.
    pub(crate) fn learns(&self, status: StatusCode, headers: &HeaderMap, sent: &Grant) -> bool {
        if status != StatusCode::UNAUTHORIZED {
            return false;
        }
        match claims_challenge(headers) {
            Some(claims) if sent.claims.as_deref() != Some(claims.as_str()) => {
                *self.learned() = Some(claims.into());
                true
            }
            _ => false,
        }
    }

    /// Refuses plain HTTP to other machines. A request without a scheme goes over a connection that
    /// was made before, of which nothing is known here.
    pub(crate) fn check_address(
        &self,
        scheme: &str,
        host: Option<&str>,
    ) -> Result<(), InsecureAddress> {
        let is_loopback = || host.is_some_and(crate::authority::is_loopback);
        if self.plain_http || scheme != "http" || is_loopback() {
            Ok(())
        } else {
            Err(InsecureAddress)
        }
    }

    /// The same for an address of the `http` crate.
    #[cfg_attr(not(feature = "tower"), expect(dead_code, reason = "for the layer"))]
    pub(crate) fn check_uri(&self, uri: &Uri) -> Result<(), InsecureAddress> {
        self.check_address(uri.scheme_str().unwrap_or_default(), uri.host())
    }

    fn learned(&self) -> std::sync::MutexGuard<'_, Option<Arc<str>>> {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn set_authorization(headers: &mut HeaderMap, grant: &Grant) {
    headers.insert(AUTHORIZATION, grant.authorization.clone());
}

impl fmt::Debug for Authorizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorizer")
            .field("client", &self.client)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}
