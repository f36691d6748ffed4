//! From stored text to the domain's types. What does not fit is damage and an error; it is never
//! taken for an absent row.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::DeserializeOwned;

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

/// The stored form of a structured value. The domain's types have text keys only, so they always
/// have one; a failure would be a programming error and is reported as one.
pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Unavailable {
        reason: format!("a value has no JSON form: {error}"),
    })
}
