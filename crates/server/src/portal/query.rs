//! What the address of a page asks for.

use axum::extract::{FromRequestParts, Query};
use http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// The query of an address, as fields. Unknown ones are left alone.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Query(fields) = Query::try_from_uri(&parts.uri).map_err(|_| {
            Problem::bad_form("Its address has fields that this page does not know.")
        })?;
        Ok(Self(fields))
    }
}
