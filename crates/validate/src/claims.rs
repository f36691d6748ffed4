//! Claims beyond those of [`Caller`]: read only by who knows what to expect.

use std::sync::Arc;

use countersign_token::base64url;
use countersign_token::revocation::Marks;
use serde::de::DeserializeOwned;

use crate::Caller;

/// An accepted token.
#[derive(Clone, Debug)]
pub(crate) struct Accepted {
    pub(crate) caller: Caller,
    pub(crate) claims: RawClaims,
    /// When its life begins and ends by its own claims, without skew.
    pub(crate) not_before: i64,
    pub(crate) expires: i64,
    /// Where the lists of withdrawn tokens are followed.
    pub(crate) marks: Option<Marks>,
}

/// All claims of an accepted token, not yet read. [`ValidateLayer`](crate::ValidateLayer) leaves
/// them in the request's extensions beside the [`Caller`].
#[derive(Clone)]
pub struct RawClaims {
    /// The token's middle segment: decoded only if somebody asks.
    payload: Arc<str>,
}

/// The token lacks a claim that was asked for, or has it in another shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the token's claims do not have the shape that the API asks for")]
pub struct ClaimsError;

impl RawClaims {
    pub(crate) fn new(payload: &str) -> Self {
        Self {
            payload: payload.into(),
        }
    }

    /// Reads the claims that `C` names; others are ignored unless `C` refuses them.
    ///
    /// # Errors
    /// [`ClaimsError`] where one is missing or of another type.
    pub fn parse<C: DeserializeOwned>(&self) -> Result<C, ClaimsError> {
        let json = base64url::decode(&self.payload).map_err(|_| ClaimsError)?;
        serde_json::from_slice(&json).map_err(|_| ClaimsError)
    }
}

// Claims may name people: not for logs.
impl std::fmt::Debug for RawClaims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawClaims").finish_non_exhaustive()
    }
}

/// Typed claims of the token, as an argument of an axum handler:
///
/// ```
/// use countersign_validate::{Caller, Claims};
///
/// #[derive(serde::Deserialize)]
/// struct Region {
///     tenant_region_scope: String,
/// }
///
/// async fn orders(caller: Caller, Claims(region): Claims<Region>) -> String {
///     format!("{} of {}", caller.application_id, region.tenant_region_scope)
/// }
/// ```
///
/// A token without them is answered with 403, since another token of the same kind would not have
/// them either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg(feature = "axum")]
pub struct Claims<C>(pub C);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_read_by_shape_and_never_shown() {
        #[derive(serde::Deserialize)]
        struct Named {
            upn: String,
        }
        let raw = RawClaims::new(&base64url::encode(br#"{"upn":"a@b","x":1}"#));
        assert_eq!(raw.parse::<Named>().expect("has it").upn, "a@b");
        let other = RawClaims::new(&base64url::encode(br#"{"upn":1}"#));
        assert!(other.parse::<Named>().is_err());
        assert_eq!(format!("{raw:?}"), "RawClaims { .. }");
    }
}
