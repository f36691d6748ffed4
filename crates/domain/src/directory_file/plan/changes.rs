//! Two versions of a thing as words: which properties differ, and how.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::directory_file::error::quoted;

/// The differing properties of two entries, e.g. `displayName "A" -> "B", identifierUris +"api://b"`.
/// Entries hold no secrets.
pub(crate) fn changes<T: Serialize>(old: &T, new: &T) -> String {
    let value = |entry: &T| serde_json::to_value(entry).unwrap_or_default();
    let mut words = Vec::new();
    describe("", &value(old), &value(new), &mut words);
    words.join(", ")
}

fn describe(path: &str, old: &Value, new: &Value, words: &mut Vec<String>) {
    if old == new {
        return;
    }
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => members(path, old, new, words),
        (Value::Null, Value::Object(new)) => members(path, &Map::new(), new, words),
        (Value::Object(old), Value::Null) => {
            let nothing = old.keys().map(|key| (key.clone(), Value::Null)).collect();
            members(path, old, &nothing, words);
        }
        (Value::Array(old), Value::Array(new)) => words.push(list(path, old, new)),
        _ => words.push(format!("{path} {} -> {}", shown(old), shown(new))),
    }
}

fn members(
    path: &str,
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    words: &mut Vec<String>,
) {
    for (key, value) in new {
        let path = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        describe(&path, old.get(key).unwrap_or(&Value::Null), value, words);
    }
}

/// What a list has gained and lost; items that stay but differ are shown as changed.
fn list(path: &str, old: &[Value], new: &[Value]) -> String {
    let mut words = vec![path.to_owned()];
    for item in new {
        match old.iter().find(|other| label(other) == label(item)) {
            None => words.push(format!("+{}", label(item))),
            Some(other) if other != item => words.push(format!("~{}", label(item))),
            Some(_) => {}
        }
    }
    for item in old {
        if !new.iter().any(|other| label(other) == label(item)) {
            words.push(format!("-{}", label(item)));
        }
    }
    if words.len() == 1 {
        words.push("in another order".into());
    }
    words.join(" ")
}

/// What an item of a list is known by.
fn label(item: &Value) -> String {
    let name = [
        "value",
        "uri",
        "name",
        "resourceAppId",
        "appId",
        "id",
        "keyId",
        "kid",
    ]
    .iter()
    .find_map(|key| item.get(key).filter(|value| value.is_string()));
    shown(name.unwrap_or(item))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "none".into(),
        Value::String(text) => quoted(text),
        Value::Array(_) | Value::Object(_) => "...".into(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn differences_read_like_words() {
        let old =
            json!({"a": 1, "b": {"c": null}, "u": ["x", "y"], "r": [{"value": "R", "on": true}]});
        let new =
            json!({"a": 2, "b": {"c": "z"}, "u": ["y", "w"], "r": [{"value": "R", "on": false}]});
        assert_eq!(
            changes(&old, &new),
            r#"a 1 -> 2, b.c none -> "z", r ~"R", u +"w" -"x""#
        );
        let (none, some) = (json!({"s": null}), json!({"s": {"a": "x", "b": null}}));
        assert_eq!(changes(&none, &some), r#"s.a none -> "x""#);
        assert_eq!(changes(&some, &none), r#"s.a "x" -> none"#);
        assert_eq!(
            changes(&json!({"u": [1, 2]}), &json!({"u": [2, 1]})),
            "u in another order"
        );
    }
}
