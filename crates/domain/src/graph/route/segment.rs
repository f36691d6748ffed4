use std::borrow::Cow;

use crate::graph::error::GraphError;
use crate::oauth::form;

/// A part of a path. `applications(appId='x')` and `applications/x` both are two parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part<'s> {
    /// What stands between two slashes: a word, or an id.
    Plain(&'s str),
    /// What stands in brackets behind a word.
    Key {
        /// The property; nothing for the id.
        property: Option<&'s str>,
        /// Its value, without quotes.
        value: Cow<'s, str>,
    },
}

/// Splits a path, and decodes its segments once. A slash at the end is ignored.
pub fn segments(path: &str) -> Result<Vec<String>, GraphError> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    path.split('/').map(decode).collect()
}

/// Takes the keys out of the segments.
pub(super) fn parts<'s>(segments: &'s [impl AsRef<str>]) -> Result<Vec<Part<'s>>, GraphError> {
    let mut parts = Vec::with_capacity(segments.len() + 1);
    for segment in segments.iter().map(AsRef::as_ref) {
        let bracketed = segment
            .split_once('(')
            .and_then(|(word, rest)| Some((word, rest.strip_suffix(')')?)));
        let Some((word, inside)) = bracketed else {
            parts.push(Part::Plain(segment));
            continue;
        };
        parts.push(Part::Plain(word));
        if !inside.is_empty() {
            parts.push(key(inside).ok_or_else(|| invalid_key(segment))?);
        }
    }
    Ok(parts)
}

/// `'x'`, `x`, `property='x'`
fn key(inside: &str) -> Option<Part<'_>> {
    let is_word = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-'))
    };
    let (property, value) = match inside.split_once('=') {
        Some((property, value)) if is_word(property) => (Some(property), value),
        _ => (None, inside),
    };
    let value = match value.strip_prefix('\'') {
        Some(quoted) => unquoted(quoted.strip_suffix('\'')?)?,
        None if is_word(value) => Cow::Borrowed(value),
        None => return None,
    };
    Some(Part::Key { property, value })
}

/// Inside quotes two quotes are one, and one is an error.
fn unquoted(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('\'') {
        return Some(Cow::Borrowed(text));
    }
    let without_pairs = text.replace("''", "");
    (!without_pairs.contains('\'')).then(|| Cow::Owned(text.replace("''", "'")))
}

fn decode(segment: &str) -> Result<String, GraphError> {
    // In a path a plus sign is one (RFC 3986 3.3); only forms read it as a blank.
    let decoded = form::decode(segment.replace('+', "%2B").as_bytes())
        .map_err(|_| GraphError::malformed("The path is not percent-encoded UTF-8."))?
        .into_owned();
    match decoded.chars().any(char::is_control) {
        true => Err(GraphError::malformed("The path holds a control character.")),
        false => Ok(decoded),
    }
}

fn invalid_key(segment: &str) -> GraphError {
    GraphError::malformed(format!(
        "The key in the segment '{segment}' is invalid. Write (property='value'), with quotes in \
         the value doubled."
    ))
}
