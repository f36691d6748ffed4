//! Refusals, and the one function that turns them into HTTP.

use countersign_token::{TimeError, VerifyError};
use http::header::{HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Response, StatusCode};

/// Why a request is not served. The peer sees the kind, the log sees the cause.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
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
    /// The authority's keys have not been fetched yet, so nothing can be decided.
    #[error("the authority's signing keys cannot be fetched")]
    KeysUnavailable,
}

/// Why a token is not accepted. For the log of the resource, never for the peer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
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
    /// The header's `typ` is neither `JWT` nor `at+jwt`.
    #[error("the header's `typ` is not that of an access token")]
    Type,
    /// `iss` is not one of this tenant's two issuers.
    #[error("`iss` is not an issuer of the configured tenant")]
    Issuer,
    /// The header has no `kid`, or none that the issuer publishes.
    #[error("the issuer publishes no key with the token's `kid`")]
    UnknownKey,
    /// The key is published for another issuer.
    #[error("the key is published for another issuer")]
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

impl Rejection {
    /// The status code of RFC 6750 §3.1; 503 when it is not the caller's fault.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NoToken | Self::InvalidToken(_) => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope => StatusCode::FORBIDDEN,
            Self::KeysUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The `WWW-Authenticate` value. It has no `error` member when no token was sent, and never a
    /// description: what was wrong with a token is not the business of who sent it.
    pub fn challenge(&self) -> Option<HeaderValue> {
        match self {
            Self::NoToken => Some(HeaderValue::from_static("Bearer")),
            Self::InvalidToken(_) => {
                Some(HeaderValue::from_static(r#"Bearer error="invalid_token""#))
            }
            Self::InsufficientScope => Some(HeaderValue::from_static(
                r#"Bearer error="insufficient_scope""#,
            )),
            Self::KeysUnavailable => None,
        }
    }

    /// The answer to the peer, with an empty body.
    pub fn to_response<B: Default>(&self) -> Response<B> {
        let mut response = Response::new(B::default());
        *response.status_mut() = self.status();
        match self.challenge() {
            Some(challenge) => response.headers_mut().insert(WWW_AUTHENTICATE, challenge),
            // As long as a failed fetch is not repeated.
            None => response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from_static("5")),
        };
        response
    }
}
