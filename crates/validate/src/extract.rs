//! The axum extractors.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::layer::Anonymous;
use crate::{Caller, Claims, RawClaims, Rejection};

/// A handler asks for the [`Caller`] on a route that no [`ValidateLayer`](crate::ValidateLayer)
/// guards. Answered with 500: a door without a lock must not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the route is not guarded: put a ValidateLayer in front of it")]
pub struct LayerMissing;

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = LayerMissing;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, LayerMissing> {
        parts.extensions.get::<Self>().cloned().ok_or(LayerMissing)
    }
}

/// `None` behind a layer that allows it with
/// [`allow_anonymous`](crate::ValidateLayer::allow_anonymous), and only there.
impl<S: Sync> OptionalFromRequestParts<S> for Caller {
    type Rejection = LayerMissing;

    async fn from_request_parts(
        parts: &mut Parts,
        _state: &S,
    ) -> Result<Option<Self>, LayerMissing> {
        match parts.extensions.get::<Self>() {
            Some(caller) => Ok(Some(caller.clone())),
            None if parts.extensions.get::<Anonymous>().is_some() => Ok(None),
            None => Err(LayerMissing),
        }
    }
}

impl<S: Sync, C: DeserializeOwned> FromRequestParts<S> for Claims<C> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Response> {
        let claims: Option<&RawClaims> = parts.extensions.get();
        let claims = claims.ok_or_else(|| LayerMissing.into_response())?;
        claims.parse().map(Self).map_err(|error| {
            tracing::info!(claims = std::any::type_name::<C>(), "{error}");
            Rejection::InsufficientScope.into_response()
        })
    }
}

impl IntoResponse for LayerMissing {
    fn into_response(self) -> Response {
        tracing::error!("{self}");
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        self.to_response()
    }
}
