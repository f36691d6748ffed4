//! ETags: two administrators who change one object at once lose nothing.
//!
//! A tag is a hash of the object as it is shown, so it needs no version of its own in the database.
//! It is compared inside the transaction that writes.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::error::GraphError;

/// The version of an object (RFC 9110, 8.8.3), between its quotes.
///
/// It is weak, because representations with another `$select` share it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ETag(String);

impl ETag {
    /// The tag of an object that has all its properties. Annotations do not count, nor does the
    /// order of members.
    pub fn of(object: &Map<String, Value>) -> Self {
        let mut text = String::new();
        write_members(object, &mut text);
        let hash = digest(&SHA256, text.as_bytes());
        Self(URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]))
    }
}

/// As in the `ETag` header and in `@odata.etag`.
impl fmt::Display for ETag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "W/\"{}\"", self.0)
    }
}

/// What `If-Match` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    /// `*`: the object exists.
    Any,
    /// One of these tags is the object's, without their quotes.
    Tags(Vec<String>),
}

impl IfMatch {
    /// Reads the value of the header; several headers are joined with commas first.
    pub fn parse(value: &str) -> Result<Self, GraphError> {
        if value.trim() == "*" {
            return Ok(Self::Any);
        }
        let mut tags = Vec::new();
        let mut rest = value.trim_start_matches(is_separator);
        while !rest.is_empty() {
            let (tag, after) = entity_tag(rest).ok_or_else(invalid)?;
            tags.push(tag.to_owned());
            rest = after.trim_start_matches([' ', '\t']);
            if !rest.is_empty() && !rest.starts_with(',') {
                return Err(invalid());
            }
            rest = rest.trim_start_matches(is_separator);
        }
        if tags.is_empty() {
            return Err(invalid());
        }
        Ok(Self::Tags(tags))
    }

    /// Whether an object of this version may be changed, else `412`.
    ///
    /// RFC 9110, 13.1.1 wants strong comparison, which a weak tag never passes. Clients of Graph
    /// send the weak tags that they got, so tags are compared weakly here (8.8.3.2).
    pub fn check(&self, current: &ETag) -> Result<(), GraphError> {
        match self {
            Self::Tags(tags) if !tags.contains(&current.0) => Err(GraphError::changed_meanwhile()),
            _ => Ok(()),
        }
    }
}

fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '\t' | ',')
}

/// The characters of the first tag, and what follows it.
fn entity_tag(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix("W/").unwrap_or(text);
    let (tag, after) = text.strip_prefix('"')?.split_once('"')?;
    let is_allowed = |c: char| c > ' ' && c != '\u{7f}';
    tag.chars().all(is_allowed).then_some((tag, after))
}

fn invalid() -> GraphError {
    GraphError::malformed(
        "If-Match is no list of ETags: send the object's @odata.etag as it was read, or *.",
    )
}

/// JSON with sorted members, whatever order the map keeps them in.
fn write_members(object: &Map<String, Value>, text: &mut String) {
    let mut members: Vec<_> = object
        .iter()
        .filter(|(name, _)| !name.starts_with('@'))
        .collect();
    members.sort_unstable_by_key(|(name, _)| *name);
    text.push('{');
    for (name, value) in members {
        text.push_str(&Value::from(name.as_str()).to_string());
        text.push(':');
        write_value(value, text);
        text.push(',');
    }
    text.push('}');
}

fn write_value(value: &Value, text: &mut String) {
    match value {
        Value::Object(object) => write_members(object, text),
        Value::Array(items) => {
            text.push('[');
            for item in items {
                write_value(item, text);
                text.push(',');
            }
            text.push(']');
        }
        plain => text.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn tag(value: &Value) -> ETag {
        ETag::of(value.as_object().expect("an object"))
    }

    #[test]
    fn every_property_counts_and_annotations_do_not() {
        let object = json!({"id": "a", "tags": ["x", "y"], "web": {"u": 1, "v": null}});
        let same = json!({
            "web": {"v": null, "u": 1}, "tags": ["x", "y"], "id": "a",
            "@odata.context": "c", "@odata.etag": "e",
        });
        assert_eq!(tag(&object), tag(&same));
        for other in [
            json!({"id": "a", "tags": ["y", "x"], "web": {"u": 1, "v": null}}),
            json!({"id": "a", "tags": ["x,y"], "web": {"u": 1, "v": null}}),
            json!({"id": "a", "tags": ["x", "y"], "web": {"u": 1}}),
            json!({"id": "a", "tags": ["x", "y"], "web": {"u": "1", "v": null}}),
        ] {
            assert_ne!(tag(&object), tag(&other), "{other}");
        }
        assert_eq!(tag(&object).to_string().len(), 22 + 4);
    }

    #[test]
    fn a_tag_in_any_of_its_forms_matches() {
        let current = tag(&json!({"id": "a"}));
        let strong = format!("\"{}\"", current.0);
        for value in [
            "*".to_owned(),
            " * ".to_owned(),
            current.to_string(),
            strong.clone(),
            format!("\"other\", {current}"),
            format!(",, {strong} ,"),
            format!("W/\"a,b\",{current}"),
        ] {
            let if_match = IfMatch::parse(&value).expect("a list of tags");
            assert_eq!(if_match.check(&current), Ok(()), "{value}");
        }
        let stale = IfMatch::parse("W/\"other\"").expect("a tag");
        assert_eq!(
            stale.check(&current).map_err(|error| error.status),
            Err(412)
        );
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for value in [
            "",
            ",",
            "a",
            "\"a",
            "a\"",
            "w/\"a\"",
            "W/a",
            "\"a\" \"b\"",
            "\"a\", *",
            "*, *",
            "\"a b\"",
        ] {
            assert_eq!(
                IfMatch::parse(value).map_err(|error| error.status),
                Err(400),
                "{value}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic(value in "[\\PC\"W/*,]*") {
            let _ = IfMatch::parse(&value);
        }
    }
}
