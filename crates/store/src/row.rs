//! Between stored text and the domain's types. What does not fit is damage and an error; it is never
//! taken for an absent row.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Encode, Type};
use uuid::Uuid;

use crate::StoreError;

/// The row that is being read, for the error text.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) table: &'static str,
    pub(crate) id: &'a str,
}

impl Place<'_> {
    pub(crate) fn damaged(&self, column: &str, reason: impl Display) -> StoreError {
        StoreError::Damaged {
            table: self.table,
            id: self.id.to_owned(),
            reason: format!("{column}: {reason}"),
        }
    }

    pub(crate) fn parse<T>(&self, column: &str, text: &str) -> Result<T, StoreError>
    where
        T: FromStr,
        T::Err: Display,
    {
        text.parse().map_err(|error| self.damaged(column, error))
    }

    pub(crate) fn parse_some<T>(
        &self,
        column: &str,
        text: Option<&str>,
    ) -> Result<Option<T>, StoreError>
    where
        T: FromStr,
        T::Err: Display,
    {
        text.map(|text| self.parse(column, text)).transpose()
    }

    pub(crate) fn json<T: DeserializeOwned>(
        &self,
        column: &str,
        text: &str,
    ) -> Result<T, StoreError> {
        serde_json::from_str(text).map_err(|error| self.damaged(column, error))
    }
}

/// An id as a bound value: the hyphenated form in lower case, without a `String` of its own.
pub(crate) struct Guid(pub(crate) Uuid);

impl<'q, D: Database> Encode<'q, D> for Guid
where
    for<'a> &'a str: Encode<'a, D>,
{
    fn encode_by_ref(&self, buffer: &mut D::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let mut text = Uuid::encode_buffer();
        let text: &str = self.0.as_hyphenated().encode_lower(&mut text);
        text.encode(buffer)
    }
}

impl<D: Database> Type<D> for Guid
where
    str: Type<D>,
{
    fn type_info() -> D::TypeInfo {
        <str as Type<D>>::type_info()
    }
}

/// The stored form of a structured value. The domain's types have text keys only, so they always
/// have one; a failure would be a programming error and is reported as one.
pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Unavailable {
        reason: format!("a value has no JSON form: {error}"),
    })
}
