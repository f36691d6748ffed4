//! Refusals, and the one function that turns them into HTTP.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use countersign_token::encrypted::OpenError;
use countersign_token::{TimeError, VerifyError};
use http::header::{HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Response, StatusCode};
use serde_json::{Value, json};

use crate::Challenge;

/// Why a request is not served. The peer sees the kind, the log sees the cause.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The request carries no bearer token.
    #[error("the request carries no bearer token")]
    NoToken,
    /// The token is not accepted.
    #[error("the token is not accepted: {0}")]
    InvalidToken(#[from] InvalidToken),
    /// The token is good, but its bearer lacks what the policy asks for.
    #[error("the caller lacks the roles, or is not on the access list")]
    InsufficientScope,
    /// The token is good, but the API asks for one with other claims. For handlers to return; no
    /// policy makes it.
    #[error("the API asks for a token with other claims")]
    InsufficientClaims(ClaimsRequest),
    /// The token was good, and its issuer has withdrawn it: its credential, its assignment or its
    /// application is gone. The claims ask for a newer one.
    #[error("the issuer has withdrawn the token")]
    Withdrawn(ClaimsRequest),
    /// The authority's list of withdrawn tokens is older than
    /// [`revocations_age_max`](crate::ValidatorBuilder::revocations_age_max).
    #[error("the authority's list of withdrawn tokens cannot be fetched")]
    RevocationsUnavailable,
    /// The authority's keys have not been fetched yet, so nothing can be decided.
    #[error("the authority's signing keys cannot be fetched")]
    KeysUnavailable,
}

/// Why a token is not accepted. For the log of the resource, never for the peer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidToken {
    /// More than one `Authorization` header.
    #[error("there is more than one Authorization header")]
    AuthorizationRepeated,
    /// The `Authorization` header has no readable token.
    #[error("the Authorization header has no readable token")]
    AuthorizationMalformed,
    /// Malformed, unsigned, forged, or with claims of the wrong shape.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// Encrypted, and cannot be opened.
    #[error(transparent)]
    Encrypted(#[from] OpenError),
    /// The header's `typ` is neither `JWT` nor `at+jwt`.
    #[error("the header's `typ` is not that of an access token")]
    Type,
    /// `iss` is not one of the two issuers of an accepted tenant.
    #[error("`iss` is not an issuer of an accepted tenant")]
    Issuer,
    /// The header has no `kid`, or none that the issuer publishes.
    #[error("the issuer publishes no key with the token's `kid`")]
    UnknownKey,
    /// The key is published for another issuer, or for none where any tenant is accepted.
    #[error("the key is not published for the token's issuer")]
    KeyIssuer,
    /// `tid` or `ver` does not agree with `iss`.
    #[error("`tid` or `ver` does not agree with `iss`")]
    Tenant,
    /// `aud` is none of the configured audiences.
    #[error("`aud` is none of the configured audiences")]
    Audience,
    /// Expired or not yet valid.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// The claims do not name an application, or not in the way of the token's version.
    #[error("the claims do not name a calling application")]
    NoApplication,
}

/// The claims that the next token must have, in the form of OpenID Connect Core §5.5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimsRequest(Value);

impl ClaimsRequest {
    /// Any request: the value of the client's parameter `claims`.
    pub fn new(claims: Value) -> Self {
        Self(claims)
    }

    /// A token made no earlier than this, in Unix seconds: after an event that ended older ones.
    pub fn issued_from(unix_seconds: i64) -> Self {
        let value = unix_seconds.to_string();
        Self(json!({"access_token": {"nbf": {"essential": true, "value": value}}}))
    }

    pub(crate) fn to_base64(&self) -> String {
        STANDARD.encode(self.0.to_string())
    }
}

impl Rejection {
    /// The status code of RFC 6750 §3.1; 503 when it is not the caller's fault.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NoToken
            | Self::InvalidToken(_)
            | Self::InsufficientClaims(_)
            | Self::Withdrawn(_) => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope => StatusCode::FORBIDDEN,
            Self::KeysUnavailable | Self::RevocationsUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The `WWW-Authenticate` value where no [`Challenge`] is configured.
    pub fn challenge(&self) -> Option<HeaderValue> {
        Challenge::default().header(self)
    }

    /// The answer to the peer, with an empty body. From a handler behind a
    /// [`ValidateLayer`](crate::ValidateLayer) it gets the layer's [`Challenge`] on its way out.
    pub fn to_response<B: Default>(&self) -> Response<B> {
        let mut response = Response::new(B::default());
        self.write_to(&Challenge::default(), &mut response);
        response.extensions_mut().insert(self.clone());
        response
    }

    pub(crate) fn write_to<B>(&self, challenge: &Challenge, response: &mut Response<B>) {
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        match challenge.header(self) {
            Some(challenge) => headers.insert(WWW_AUTHENTICATE, challenge),
            // As long as a failed fetch is not repeated.
            None => headers.insert(RETRY_AFTER, HeaderValue::from_static("5")),
        };
    }
}
