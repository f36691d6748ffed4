//! One JSON object, read so that it has one meaning: no member name twice, at any depth.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::AssertionError;
use crate::header::CLAIMS_MAX;

/// Reads an object of at most as many members as an access token may have claims. Nesting is
/// bounded by the reader underneath, at 127.
pub(super) fn object(json: &[u8]) -> Result<Map<String, Value>, AssertionError> {
    let Ok(Unique(Value::Object(members))) = serde_json::from_slice(json) else {
        return Err(AssertionError::Malformed(
            "the payload is not one JSON object with unique names and few levels",
        ));
    };
    if members.len() > CLAIMS_MAX {
        return Err(AssertionError::Malformed("too many claims"));
    }
    Ok(members)
}

struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor).map(Self)
    }
}

struct UniqueVisitor;

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON with unique member names")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(Unique(element)) = seq.next_element()? {
            elements.push(element);
        }
        Ok(elements.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some((name, Unique(value))) = map.next_entry::<String, _>()? {
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("a member name occurs twice"));
            }
        }
        Ok(members.into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_read_as_they_are() {
        let value = json!({"a": null, "b": [true, -1, 2, 1.5, "x", {"\u{0}": {}}], "é": "é"});
        let members = object(value.to_string().as_bytes()).expect("one object");
        assert_eq!(Value::Object(members), value);
    }

    #[test]
    fn names_are_unique_at_every_depth_and_depth_is_bounded() {
        let deep =
            |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        let many = |count: usize| {
            let members: Vec<_> = (0..count).map(|n| format!("\"c{n}\":0")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert!(object(deep(100).as_bytes()).is_ok());
        assert!(object(many(256).as_bytes()).is_ok());
        for bad in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"a":{"b":1,"b":2}}"#,
            r#"{"a":[{"b":1,"b":2}]}"#,
            "{} {}",
            "[]",
            "null",
            "\u{feff}{}",
            r#"{"a":1e999}"#,
            &deep(30_000),
            &many(257),
        ] {
            let shown: String = bad.chars().take(60).collect();
            assert!(object(bad.as_bytes()).is_err(), "{shown}");
        }
    }
}
