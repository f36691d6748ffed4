//! The checker of a file's shape: one walk over the tree against the table of keys, which finds
//! unknown keys, wrong kinds of values and malformed texts, all of them in one run.

use serde_json::{Map, Value};

use super::error::{At, Place, Places, Problems, quoted};
use super::tree::{Content, Member, Node};
use crate::clock::Timestamp;
use crate::directory::rules::Check;
use crate::ids::AppId;

/// An object of the file: its keys, in the order in which they are documented and exported.
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) keys: &'static [Key],
}

/// A key of an object.
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) presence: Presence,
    pub(super) meaning: &'static str,
}

/// Whether a key may be left out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// It may not.
    Required,
    /// Left out, it has this JSON value. Where that is `null`, `null` may also be written.
    Default(&'static str),
    /// Left out, something happens that no value says; the text describes it.
    Absent(&'static str),
    /// As `Absent`, and `null` means something of its own.
    AbsentOrNull(&'static str),
}

/// What a value must be.
pub(super) enum Kind {
    Boolean,
    Integer(i64, i64),
    Guid,
    Time,
    /// One of these words, exactly.
    Choice(&'static [&'static str]),
    /// Text after a rule; the name is for the reference.
    Text(&'static str, Check),
    /// Text after a rule that must never be shown: it is a secret, or may be by mistake.
    Secret(Check),
    List(&'static Kind),
    Object(&'static Section),
    /// An object, or the value of its first key alone, which is a text.
    ObjectOrText(&'static Section),
    /// JSON of a foreign format, with the check of the whole; the name is for the reference.
    Json(&'static str, fn(&Value) -> Result<(), String>),
}

/// The checked document as plain values for serde, with the place of each.
pub(super) struct Checked {
    pub(super) value: Value,
    pub(super) places: Places,
}

/// Checks a document; what is wrong goes to `problems`, and the value is whole only if nothing
/// was.
pub(super) fn check(node: Node, kind: &'static Kind, problems: &mut Problems) -> Checked {
    let mut checker = Checker {
        places: Places::default(),
        problems,
    };
    let at = At::default();
    let value = match node.content {
        Content::Null => {
            let reason = "the file is empty; it needs at least `tenants: []`";
            checker.problems.add(node.place, &at, reason);
            Value::Null
        }
        _ => checker.value(node, kind, &at),
    };
    Checked {
        value,
        places: checker.places,
    }
}

struct Checker<'p> {
    places: Places,
    problems: &'p mut Problems,
}

impl Checker<'_> {
    fn value(&mut self, node: Node, kind: &'static Kind, at: &At) -> Value {
        self.places.insert(at, node.place);
        match (kind, node.content) {
            (Kind::List(kind), Content::List(list)) => self.list(list, kind, at),
            (Kind::Object(section) | Kind::ObjectOrText(section), Content::Object(members)) => {
                self.object(members, node.place, section, at)
            }
            (Kind::ObjectOrText(section), content @ Content::Text(_)) => {
                let key = &section.keys[0];
                let place = node.place;
                let value = self.value(Node { place, content }, &key.kind, at);
                Value::Object(Map::from_iter([(key.name.to_owned(), value)]))
            }
            (Kind::Json(_, check), content @ Content::Object(_)) => {
                let value = json(content);
                if let Err(reason) = check(&value) {
                    self.problems.add(node.place, at, reason);
                }
                value
            }
            (kind, content) => match scalar(kind, content) {
                Ok(value) => value,
                Err(reason) => {
                    self.problems.add(node.place, at, reason);
                    Value::Null
                }
            },
        }
    }

    fn list(&mut self, list: Vec<Node>, kind: &'static Kind, at: &At) -> Value {
        list.into_iter()
            .enumerate()
            .map(|(index, item)| self.value(item, kind, &at.index(index)))
            .collect()
    }

    fn object(
        &mut self,
        members: Vec<Member>,
        place: Place,
        section: &'static Section,
        at: &At,
    ) -> Value {
        let mut object = Map::new();
        for member in members {
            let at = at.key(&member.key);
            let Some(key) = section.keys.iter().find(|key| key.name == member.key) else {
                let reason = unknown_key(&member.key, section);
                self.problems.add(member.key_place, &at, reason);
                continue;
            };
            if matches!(member.value.content, Content::Null) {
                self.places.insert(&at, member.value.place);
                self.null(key, &member, &at, &mut object);
                continue;
            }
            object.insert(member.key, self.value(member.value, &key.kind, &at));
        }
        for key in section.keys {
            if key.presence == Presence::Required && !object.contains_key(key.name) {
                let reason = format!("`{}` is missing; add it", key.name);
                self.problems.add(place, at, reason);
            }
        }
        Value::Object(object)
    }

    fn null(&mut self, key: &Key, member: &Member, at: &At, object: &mut Map<String, Value>) {
        match key.presence {
            Presence::Default("null") => {}
            Presence::AbsentOrNull(_) => {
                object.insert(member.key.clone(), Value::Null);
            }
            // Inserted all the same, so that the key is not reported as missing too.
            _ => {
                object.insert(member.key.clone(), Value::Null);
                let expected = expected(&key.kind);
                let advice = match key.presence {
                    Presence::Required => "",
                    _ => "; leave the key out instead",
                };
                let reason = format!("must be {expected}, not null{advice}");
                self.problems.add(member.value.place, at, reason);
            }
        }
    }
}

/// A value as it was written. The formats that are read so have no fractions: one becomes null.
fn json(content: Content) -> Value {
    match content {
        Content::Null | Content::OtherNumber => Value::Null,
        Content::Boolean(value) => value.into(),
        Content::Integer(value) => value.into(),
        Content::Text(text) => text.into(),
        Content::List(list) => list.into_iter().map(|item| json(item.content)).collect(),
        Content::Object(members) => members
            .into_iter()
            .map(|member| (member.key, json(member.value.content)))
            .collect(),
    }
}

/// Checks a value that holds no others; a list or an object in its stead is refused.
fn scalar(kind: &Kind, content: Content) -> Result<Value, String> {
    match (kind, content) {
        (Kind::Boolean, Content::Boolean(value)) => Ok(Value::Bool(value)),
        (Kind::Integer(min, max), Content::Integer(value)) => {
            if (*min..=*max).contains(&value) {
                Ok(Value::from(value))
            } else {
                Err(format!("is {value}; use {}", range(*min, *max)))
            }
        }
        (Kind::Guid, Content::Text(text)) => match text.parse::<AppId>() {
            Ok(id) => Ok(Value::String(id.to_string())),
            Err(error) => Err(format!("{} is {error}", quoted(&text))),
        },
        (Kind::Time, Content::Text(text)) => match text.parse::<Timestamp>() {
            Ok(time) => Ok(Value::String(time.to_string())),
            Err(error) => Err(format!("{} is {error}", quoted(&text))),
        },
        (Kind::Choice(words), Content::Text(text)) => {
            if words.contains(&text.as_str()) {
                Ok(Value::String(text))
            } else {
                Err(format!("is {}; use {}", quoted(&text), one_of(words)))
            }
        }
        (Kind::Text(_, rule), Content::Text(text)) => match rule(&text) {
            Ok(()) => Ok(Value::String(text)),
            Err(reason) => Err(format!("{} {reason}", quoted(&text))),
        },
        (Kind::Secret(rule), Content::Text(text)) => rule(&text).map(|()| Value::String(text)),
        (kind, content) => Err(wrong_kind(kind, &content)),
    }
}

fn wrong_kind(kind: &Kind, content: &Content) -> String {
    let is_unquoted = matches!(
        content,
        Content::Boolean(_) | Content::Integer(_) | Content::OtherNumber
    );
    let wants_text = matches!(kind, Kind::Text(..) | Kind::Secret(_));
    let advice = if is_unquoted && wants_text {
        "; put it in quotes"
    } else {
        ""
    };
    format!("must be {}, not {}{advice}", expected(kind), content.kind())
}

/// What a value of this kind is called in an error message and in the reference.
pub(super) fn expected(kind: &Kind) -> String {
    match kind {
        Kind::Boolean => "true or false".into(),
        Kind::Integer(min, max) => format!("a whole number, {}", range(*min, *max)),
        Kind::Guid => "a GUID".into(),
        Kind::Time => "a time such as `2026-11-21T09:00:00Z`".into(),
        Kind::Choice(words) => one_of(words),
        Kind::Text(name, _) => (*name).into(),
        Kind::Secret(_) => "text".into(),
        Kind::List(kind) => format!("a list, each {}", expected(kind)),
        Kind::Object(section) => format!("an object ({})", section.title),
        Kind::ObjectOrText(section) => {
            let first = &section.keys[0];
            format!(
                "{}, or an object ({})",
                expected(&first.kind),
                section.title
            )
        }
        Kind::Json(name, _) => (*name).into(),
    }
}

fn range(min: i64, max: i64) -> String {
    match max - min {
        0 => min.to_string(),
        1 => format!("{min} or {max}"),
        _ => format!("{min} to {max}"),
    }
}

fn one_of(words: &[&str]) -> String {
    let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(" or ")
}

fn unknown_key(name: &str, section: &Section) -> String {
    let similar = section
        .keys
        .iter()
        .find(|key| is_similar(key.name, name))
        .map(|key| format!("did you mean `{}`?", key.name));
    let advice = similar.unwrap_or_else(|| {
        let names: Vec<_> = section.keys.iter().map(|key| key.name).collect();
        format!("{} takes {}", section.title, names.join(", "))
    });
    format!("unknown key {}; {advice}", quoted(name))
}

/// Whether two names differ by case or by one letter changed, missing or too much.
fn is_similar(known: &str, written: &str) -> bool {
    let (a, b) = (known.to_ascii_lowercase(), written.to_ascii_lowercase());
    let common_start = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    let shorter = a.len().min(b.len());
    let common_end = a
        .bytes()
        .rev()
        .zip(b.bytes().rev())
        .take(shorter - common_start)
        .take_while(|(x, y)| x == y)
        .count();
    a.len().max(b.len()) - common_start - common_end <= 1
}
