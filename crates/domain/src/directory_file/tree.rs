//! YAML (and so JSON) as a tree whose every value knows its line.
//!
//! The typed readers of serde stop at the first error; this tree lets one run find them all.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use serde_saphyr::budget::BudgetBreach;

use super::error::{At, FileErrors, Place, Problems, quoted};

/// The nesting of a valid file is below 12; deeper text is an attack or an accident.
const DEPTH_MAX: usize = 24;

/// Values and alias expansions of one file: room for about 100,000 applications, and a bound on
/// what a "billion laughs" file can cost.
const NODES_MAX: usize = 4_000_000;
const EXPANDED_NODES_MAX: usize = 100_000;

/// A value with the place where it was written. It has no `Debug`: it may hold a secret.
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) content: Content,
}

pub(super) enum Content {
    Null,
    Boolean(bool),
    Integer(i64),
    /// A number that is not an integer of 64 bits; no key takes one.
    OtherNumber,
    Text(String),
    List(Vec<Node>),
    Object(Vec<Member>),
}

/// A key with its value.
pub(super) struct Member {
    pub(super) key: String,
    pub(super) key_place: Place,
    pub(super) value: Node,
}

impl Content {
    /// What a value of this kind is called in an error message.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean(_) => "true or false",
            Self::Integer(_) => "a number",
            Self::OtherNumber => "a fraction or a number of more than 64 bits",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

/// Reads the text of a file. Duplicate keys, a second document and unknown tags are errors.
pub(super) fn read(file_name: &str, text: &str) -> Result<Node, FileErrors> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: DEPTH_MAX,
            flow_nesting_limit: DEPTH_MAX,
            max_nodes: NODES_MAX,
            max_events: 2 * NODES_MAX,
            max_documents: 1,
        },
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: EXPANDED_NODES_MAX,
            max_replay_stack_depth: DEPTH_MAX,
        },
        strict_booleans: true,
        // Refused below as a number with the advice to quote it.
        non_finite_float_policy: serde_saphyr::options::NonFiniteFloatPolicy::PassThrough,
        reject_unsupported_tags: true,
        // A snippet would print the lines around an error, and with them secrets.
        with_snippet: false,
    };
    let node = serde_saphyr::from_str_with_options::<Spanned<Content>>(text, options);
    node.map(Node::from)
        .map_err(|error| syntax_error(file_name, &error))
}

fn syntax_error(file_name: &str, error: &serde_saphyr::Error) -> FileErrors {
    let place = error
        .location()
        .map_or(Place { line: 1, column: 1 }, |location| {
            place(location.line(), location.column())
        });
    let mut problems = Problems::new(file_name);
    problems.add(place, &At::default(), sentence(error));
    match problems.unless_any(()) {
        Err(errors) => errors,
        Ok(()) => unreachable!("a problem was just added"),
    }
}

/// What is wrong with the text, in our words where the file has a choice to make. Never shows a
/// value: it could be a secret.
fn sentence(error: &serde_saphyr::Error) -> String {
    use serde_saphyr::Error;
    match error.without_snippet() {
        Error::AliasError { error, .. } => sentence(error),
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.as_deref().map_or_else(|| "this key".into(), quoted);
            format!("{key} is written twice in one object; remove one")
        }
        Error::MultipleDocuments { .. } => {
            "a second document begins here; a directory file is one document".into()
        }
        Error::Budget { breach, .. } => match breach {
            BudgetBreach::Documents { .. } => {
                "a second document begins here; a directory file is one document".into()
            }
            BudgetBreach::Depth { .. } => too_deep(),
            _ => "the file is too large or repeats too much by aliases; split it by tenant".into(),
        },
        Error::AliasReplayLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. } => {
            "aliases repeat too much of the file; write the values out".into()
        }
        Error::RecursiveReferencesRequireWeakTypes { .. } => {
            "an alias stands inside what it repeats; write the value out".into()
        }
        other => {
            let text = other.to_string();
            if text.contains("recursion limit") {
                return too_deep();
            }
            let words = text.split(" at line ").next().unwrap_or(&text);
            words.split_whitespace().collect::<Vec<_>>().join(" ")
        }
    }
}

fn too_deep() -> String {
    format!("nested deeper than {DEPTH_MAX} levels; a directory file needs fewer than 12")
}

fn place(line: u64, column: u64) -> Place {
    Place {
        line: u32::try_from(line).unwrap_or(u32::MAX).max(1),
        column: u32::try_from(column).unwrap_or(u32::MAX).max(1),
    }
}

impl From<Spanned<Content>> for Node {
    fn from(spanned: Spanned<Content>) -> Self {
        Self {
            place: place(spanned.referenced.line(), spanned.referenced.column()),
            content: spanned.value,
        }
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Content, E> {
        Ok(Content::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Content, E> {
        Ok(Content::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Content, D::Error> {
        Content::deserialize(deserializer)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Content, E> {
        Ok(Content::Boolean(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Content, E> {
        Ok(Content::Integer(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Content, E> {
        Ok(i64::try_from(value).map_or(Content::OtherNumber, Content::Integer))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Content, E> {
        Ok(Content::OtherNumber)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Content, E> {
        Ok(Content::Text(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Content, E> {
        Ok(Content::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Content, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = access.next_element::<Spanned<Content>>()? {
            list.push(Node::from(item));
        }
        Ok(Content::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Content, A::Error> {
        let mut members = Vec::new();
        while let Some(key) = access.next_key::<Spanned<String>>()? {
            members.push(Member {
                key_place: place(key.referenced.line(), key.referenced.column()),
                key: key.value,
                value: Node::from(access.next_value::<Spanned<Content>>()?),
            });
        }
        Ok(Content::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(node: &Node) -> String {
        let Place { line, column } = node.place;
        match &node.content {
            Content::Text(text) => format!("{text}@{line}:{column}"),
            Content::Integer(number) => format!("{number}@{line}:{column}"),
            Content::List(list) => {
                let items: Vec<_> = list.iter().map(outline).collect();
                format!("[{}]@{line}:{column}", items.join(" "))
            }
            Content::Object(members) => {
                let items: Vec<_> = members
                    .iter()
                    .map(|member| {
                        let Place { line, column } = member.key_place;
                        format!("{}@{line}:{column}={}", member.key, outline(&member.value))
                    })
                    .collect();
                format!("{{{}}}@{line}:{column}", items.join(" "))
            }
            other => format!("{}@{line}:{column}", other.kind()),
        }
    }

    fn check(text: &str, expected: &str) {
        match read("d.yaml", text) {
            Ok(node) => assert_eq!(outline(&node), expected, "{text}"),
            Err(errors) => assert_eq!(errors.to_string(), expected, "{text}"),
        }
    }

    #[test]
    fn every_value_knows_its_place() {
        check(
            "a: 1\nb:\n- x\n- y: no\n",
            "{a@1:1=1@1:4 b@2:1=[x@3:3 {y@4:3=no@4:6}@4:3]@3:3}@1:1",
        );
        check(
            "{\"a\": [true, null]}",
            "{a@1:2=[true or false@1:8 null@1:14]@1:7}@1:1",
        );
        check(
            "a: &x {b: 1}\nc: *x\n",
            "{a@1:1={b@1:8=1@1:11}@1:7 c@2:1={b@2:4=1@2:4}@2:4}@1:1",
        );
        check("", "null@1:1");
        check(
            "a: 1e999\n",
            "{a@1:1=a fraction or a number of more than 64 bits@1:4}@1:1",
        );
    }

    #[test]
    fn text_that_is_no_document_is_refused_with_its_place() {
        check("a: [1\n", "d.yaml:1:4: unclosed bracket '['");
        check(
            "a: 1\na: 2\n",
            "d.yaml:2:1: \"a\" is written twice in one object; remove one",
        );
        check(
            "a: 1\n---\nb: 2\n",
            "d.yaml:2:1: a second document begins here; a directory file is one document",
        );
        check("a: !x 1\n", "d.yaml:1:7: unsupported tag `!x`");
        check(
            "a: *nothing\n",
            "d.yaml:1:4: alias references unknown anchor",
        );
        check(
            "a: &x [*x]\n",
            "d.yaml:1:8: an alias stands inside what it repeats; write the value out",
        );
        check("a: !!int secret-text\n", "d.yaml:1:10: invalid u64");
        check("a: \u{1}\n", "d.yaml:1:4: unexpected character: `\\u{1}'");
        let too_deep = "nested deeper than 24 levels; a directory file needs fewer than 12";
        check(&"[".repeat(100_000), &format!("d.yaml:1:25: {too_deep}"));
        check(&"- ".repeat(100_000), &format!("d.yaml:1:49: {too_deep}"));
        check(&"a: {".repeat(100_000), &format!("d.yaml:1:96: {too_deep}"));
    }

    /// In a debug build each takes less than a second; an hour would be a hang.
    #[test]
    fn a_mebibyte_of_anything_is_answered() {
        for unit in [
            "[",
            "{",
            "- ",
            "? ",
            "a: ",
            "\"",
            "a: b\n",
            "- &a x\n- *a\n",
            "#\n",
            "\t",
            "%a\n",
        ] {
            let text = unit.repeat((1 << 20) / unit.len());
            let started = std::time::Instant::now();
            let _ = read("d.yaml", &text);
            assert!(started.elapsed().as_secs() < 30, "{unit:?}");
        }
    }

    #[test]
    fn aliases_cannot_blow_a_file_up() {
        let mut bomb = String::from("a: &a [x, x, x, x, x, x, x, x, x, x]\n");
        for (name, of) in ["b", "c", "d", "e", "f", "g", "h"]
            .iter()
            .zip(["a", "b", "c", "d", "e", "f", "g"])
        {
            let of = format!("*{of}, ").repeat(9);
            bomb.push_str(&format!("{name}: &{name} [{of}x]\n"));
        }
        check(
            &bomb,
            "d.yaml:6:8: aliases repeat too much of the file; write the values out",
        );
    }
}
