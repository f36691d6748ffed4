use std::collections::HashMap;
use std::fmt;

/// Problems beyond this number are counted, not listed: a wrong file should not fill the screen.
const LISTED_MAX: usize = 100;

/// One thing that is wrong with a directory file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileError {
    /// The file, as the caller named it.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// Where in the document, e.g. `tenants[0].applications[2].appRoles[0].value`; empty for the
    /// document as a whole.
    pub path: String,
    /// What is wrong and what to do about it. Never holds a secret.
    pub reason: String,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: ", self.file, self.line, self.column)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.reason)
    }
}

/// Everything that is wrong with a directory file, in the order of its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileErrors {
    errors: Vec<FileError>,
    more: usize,
}

impl FileErrors {
    /// The problems, at least one and at most a hundred.
    pub fn errors(&self) -> &[FileError] {
        &self.errors
    }
}

impl fmt::Display for FileErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.errors.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        if self.more > 0 {
            write!(f, "\nand {} more", self.more)?;
        }
        Ok(())
    }
}

impl std::error::Error for FileErrors {}

/// A line and a column, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) line: u32,
    pub(super) column: u32,
}

/// The path of a value in the document.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct At(String);

impl At {
    pub(super) fn key(&self, name: &str) -> Self {
        if self.0.is_empty() {
            Self(name.to_owned())
        } else {
            Self(format!("{}.{name}", self.0))
        }
    }

    pub(super) fn index(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where every value of a file was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Places(HashMap<String, Place>);

impl Places {
    pub(super) fn insert(&mut self, at: &At, place: Place) {
        self.0.insert(at.0.clone(), place);
    }

    /// The place of a value, or of the nearest one around it that was written.
    pub(super) fn of(&self, at: &At) -> Place {
        let mut path = at.as_str();
        loop {
            if let Some(place) = self.0.get(path) {
                return *place;
            }
            match path.rfind(['.', '[']) {
                Some(end) => path = &path[..end],
                None => {
                    return self
                        .0
                        .get("")
                        .copied()
                        .unwrap_or(Place { line: 1, column: 1 });
                }
            }
        }
    }
}

/// Collects what is wrong, so that one run shows all of it.
#[derive(Debug)]
pub(super) struct Problems {
    file: String,
    errors: Vec<FileError>,
}

impl Problems {
    pub(super) fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            errors: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, place: Place, at: &At, reason: impl Into<String>) {
        self.errors.push(FileError {
            file: self.file.clone(),
            line: place.line,
            column: place.column,
            path: at.as_str().to_owned(),
            reason: reason.into(),
        });
    }

    /// Passes on `value` if nothing was wrong.
    pub(super) fn unless_any<T>(mut self, value: T) -> Result<T, FileErrors> {
        if self.errors.is_empty() {
            return Ok(value);
        }
        self.errors.sort_by_key(|error| (error.line, error.column));
        let more = self.errors.len().saturating_sub(LISTED_MAX);
        self.errors.truncate(LISTED_MAX);
        Err(FileErrors {
            errors: self.errors,
            more,
        })
    }

    /// Goes on collecting if nothing was wrong so far.
    pub(super) fn none_or_stop(self) -> Result<Self, FileErrors> {
        let fresh = Self::new(&self.file);
        self.unless_any(fresh)
    }
}

/// A text of the file in an error message: quoted, with control characters shown, cut to a length
/// that leaves the message readable.
pub(crate) fn quoted(text: &str) -> String {
    const SHOWN_MAX: usize = 60;
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{:?}...", &text[..end]),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_value_is_placed_at_what_surrounds_it() {
        let mut places = Places::default();
        let tenant = At::default().key("tenants").index(3);
        places.insert(&tenant, Place { line: 7, column: 3 });
        let missing = tenant.key("applications").index(0).key("displayName");
        assert_eq!(places.of(&missing), Place { line: 7, column: 3 });
        assert_eq!(
            places.of(&At::default().key("users")),
            Place { line: 1, column: 1 }
        );
    }

    #[test]
    fn a_long_list_is_cut_and_counted() {
        let mut problems = Problems::new("d.yaml");
        for line in 1..=103 {
            problems.add(Place { line, column: 1 }, &At::default(), "wrong");
        }
        let errors = problems.unless_any(()).expect_err("103 problems");
        assert_eq!(errors.errors().len(), LISTED_MAX);
        assert!(
            errors
                .to_string()
                .ends_with("d.yaml:100:1: wrong\nand 3 more")
        );
    }
}
