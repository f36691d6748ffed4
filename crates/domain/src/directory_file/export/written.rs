use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use crate::directory_file::schema::{Kind, Presence};

/// A value in the order of the table of keys, without what is the default anyway.
pub(super) struct Written<'a> {
    pub(super) kind: &'static Kind,
    pub(super) value: &'a Value,
}

impl Serialize for Written<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (self.kind, self.value) {
            (Kind::Object(section) | Kind::ObjectOrText(section), Value::Object(object)) => {
                let mut map = serializer.serialize_map(None)?;
                for key in section.keys {
                    let Some(value) = object.get(key.name) else {
                        continue;
                    };
                    if is_written(&key.kind, key.presence, value) {
                        let kind = &key.kind;
                        map.serialize_entry(key.name, &Written { kind, value })?;
                    }
                }
                map.end()
            }
            (Kind::List(kind), Value::Array(list)) => {
                serializer.collect_seq(list.iter().map(|value| Written { kind, value }))
            }
            (_, value) => value.serialize(serializer),
        }
    }
}

fn is_written(kind: &Kind, presence: Presence, value: &Value) -> bool {
    match presence {
        Presence::Required | Presence::AbsentOrNull(_) => true,
        Presence::Absent(_) => !value.is_null(),
        Presence::Default("{}") => match (kind, value) {
            (Kind::Object(section) | Kind::ObjectOrText(section), Value::Object(object)) => {
                section.keys.iter().any(|key| {
                    object
                        .get(key.name)
                        .is_some_and(|value| is_written(&key.kind, key.presence, value))
                })
            }
            _ => true,
        },
        Presence::Default(default) => value != &default_value(default),
    }
}

/// The table's defaults are JSON texts.
fn default_value(text: &str) -> Value {
    serde_json::from_str(text).expect("a test reads every default of the table")
}
