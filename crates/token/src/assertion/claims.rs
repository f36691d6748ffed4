//! The claims of an assertion. One that is present with an unexpected type is an error and never
//! "absent" (CVE-2026-25537).

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{AssertionError, json, time};
use crate::claims::present;

/// The claims, each absent or of its type.
#[derive(Clone, Debug, PartialEq)]
pub struct AssertionClaims {
    /// Who signed.
    pub iss: Option<String>,
    /// Who is meant.
    pub sub: Option<String>,
    /// For whom.
    pub aud: Option<Audience>,
    /// End of life, Unix microseconds.
    pub exp: Option<i64>,
    /// Start of life, Unix microseconds.
    pub nbf: Option<i64>,
    /// Time of issue, Unix microseconds.
    pub iat: Option<i64>,
    /// The issuer's name of this assertion.
    pub jti: Option<String>,
    /// Every claim, these included.
    pub all: Map<String, Value>,
}

/// `aud`: at least one text, none of them empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audience {
    /// The audiences, in order.
    pub values: Vec<String>,
    /// Whether they came as a list, even if of one.
    pub is_list: bool,
}

impl AssertionClaims {
    pub(super) fn parse(payload: &[u8]) -> Result<Self, AssertionError> {
        let all = json::object(payload)?;
        // Read a second time for the digits: a number that became binary may have changed.
        let times: Times<'_> = serde_json::from_slice(payload)
            .map_err(|_| AssertionError::Malformed("the payload is not one JSON object"))?;
        let text = |name, because| string(all.get(name)).ok_or(AssertionError::Malformed(because));
        let time = |claim, because| micros(claim).ok_or(AssertionError::Malformed(because));
        Ok(Self {
            iss: text("iss", "`iss` is not a string")?,
            sub: text("sub", "`sub` is not a string")?,
            aud: all.get("aud").map(Audience::read).transpose()?,
            exp: time(times.exp, "`exp` is not a time in decimal seconds")?,
            nbf: time(times.nbf, "`nbf` is not a time in decimal seconds")?,
            iat: time(times.iat, "`iat` is not a time in decimal seconds")?,
            jti: text("jti", "`jti` is not a string")?,
            all,
        })
    }
}

impl Audience {
    fn read(claim: &Value) -> Result<Self, AssertionError> {
        let (values, is_list) = match claim {
            Value::Array(list) => (list.as_slice(), true),
            single => (std::slice::from_ref(single), false),
        };
        let named = |value: &Value| {
            value
                .as_str()
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        let values: Option<Vec<_>> = values.iter().map(named).collect();
        let values = values.filter(|values| !values.is_empty());
        let because = "`aud` is not a string or a list of strings, each of them non-empty";
        Ok(Self {
            values: values.ok_or(AssertionError::Malformed(because))?,
            is_list,
        })
    }
}

#[derive(Deserialize)]
struct Times<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    exp: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    nbf: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    iat: Option<&'a RawValue>,
}

/// `Some(None)` for an absent claim, `None` for one that is no string.
#[expect(
    clippy::option_option,
    reason = "absent, present and wrong are three things"
)]
fn string(claim: Option<&Value>) -> Option<Option<String>> {
    match claim {
        None => Some(None),
        Some(Value::String(text)) => Some(Some(text.clone())),
        Some(_) => None,
    }
}

/// `Some(None)` for an absent claim, `None` for one that is no time.
#[expect(
    clippy::option_option,
    reason = "absent, present and wrong are three things"
)]
fn micros(claim: Option<&RawValue>) -> Option<Option<i64>> {
    let Some(claim) = claim.map(RawValue::get) else {
        return Some(None);
    };
    let text: Cow<'_, str> = if claim.starts_with('"') {
        serde_json::from_str(claim).ok()?
    } else {
        claim.into()
    };
    time::micros(&text).map(Some)
}
