//! JSON, read strictly.

use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Number, Value};

use crate::graph::error::GraphError;
use crate::graph::wire::Object;

const UNREADABLE: &str = "Unable to read JSON request payload. Please ensure Content-Type header \
                          is set and payload is of valid JSON format.";

/// Reads a body: one JSON object in UTF-8, without a byte order mark, no member twice.
///
/// Two readers of one text must not see two objects, so what parsers disagree about is refused.
pub fn read(body: &[u8]) -> Result<Object, GraphError> {
    let unreadable = |detail: &str| GraphError::malformed(format!("{UNREADABLE}{detail}"));
    let Strict(value) = serde_json::from_slice(body).map_err(|error| {
        if error.to_string().starts_with(TWICE) {
            unreadable(" A member is there twice.")
        } else {
            unreadable("")
        }
    })?;
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(unreadable(" A JSON object is expected.")),
    }
}

/// How the error of a repeated member begins.
const TWICE: &str = "repeated member";

/// A JSON value in which no object has a member twice.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor).map(Strict)
    }
}

struct StrictVisitor;

impl<'de> DeserializeSeed<'de> for StrictVisitor {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(StrictVisitor)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Object::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(StrictVisitor)?;
            if object.insert(name, value).is_some() {
                return Err(serde::de::Error::custom(TWICE));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// GRA-17.
    #[test]
    fn only_one_strict_object_is_a_body() {
        let refused = |body: &[u8]| {
            let error = read(body).expect_err("refused");
            assert_eq!((error.status, error.code), (400, "BadRequest"));
            assert!(
                error
                    .message
                    .starts_with("Unable to read JSON request payload.")
            );
            error.message
        };
        let deep = "[".repeat(1_000) + &"]".repeat(1_000);
        let deep = format!("{{\"a\":{deep}}}");
        let utf_16: Vec<_> = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for body in [
            "",
            "{",
            "{}x",
            "{} {}",
            "{'a':1}",
            "{\"a\":1,}",
            "{a:1}",
            "{\"a\":NaN}",
            "\u{feff}{}",
            &deep,
        ] {
            refused(body.as_bytes());
        }
        refused(b"{\"a\":\"\xff\"}");
        refused(&utf_16);
        for body in ["[]", "null", "1", "\"a\""] {
            assert!(refused(body.as_bytes()).ends_with("A JSON object is expected."));
        }
        for body in [
            "{\"a\":1,\"a\":1}",
            "{\"a\":1,\"\\u0061\":2}",
            "{\"x\":[{\"b\":{\"a\":1,\"a\":2}}]}",
        ] {
            assert!(
                refused(body.as_bytes()).ends_with("A member is there twice."),
                "{body}"
            );
        }
        let whole =
            json!({"a": [1, -1, 1.5, true, null, {"b": "c"}], "d": 18_446_744_073_709_551_615_u64});
        let read = read(whole.to_string().as_bytes());
        assert_eq!(read.map(Value::Object), Ok(whole));
    }
}
