use std::cmp::Ordering;

use countersign_domain::directory::ResourceName;
use countersign_domain::graph::filter::Comparison;
use countersign_domain::graph::selection::Value;
use uuid::Uuid;

use super::{Param, Sql};
use crate::folded::fold;

/// Patterns that are longer match nothing: SQLite refuses them beyond 50,000 bytes, and no name is
/// as long.
const PATTERN_MAX: usize = 10_000;

/// Where the values of a property are.
pub(crate) enum Column {
    /// Folded text, compared by bytes.
    Folded(&'static str),
    /// Text without capital letters that is in the order of the database: ids and addresses.
    Plain(&'static str),
    /// Folded names of resources, in which one slash at the end does not count.
    Resource(&'static str),
    /// An id that clients know in another form, which is read as this function does.
    Id(&'static str, fn(&str) -> Option<Uuid>),
    /// The number of a log entry, which clients know as text.
    EntryNumber(&'static str),
    /// A number.
    Number(&'static str),
    /// An instant, stored as a number.
    Instant(&'static str),
    /// True or false.
    Bool(&'static str),
    /// One of few words, each with the condition under which the property has it.
    Words(&'static [(&'static str, &'static str)]),
    /// A collection: the condition that some member is so, as pieces of text, each with the column
    /// whose test follows, and an end; and how many members there are.
    Members {
        pieces: &'static [(&'static str, Column)],
        end: &'static str,
        count: &'static str,
    },
}

/// What is asked of one property.
pub(crate) enum Test<'a> {
    Is(Comparison, &'a Value),
    OneOf(&'a [Value]),
    StartsWith(&'a str),
    EndsWith(&'a str),
    Count(Comparison, u32),
}

impl Column {
    /// The expression by which objects can be sorted, and whether it is a number.
    pub(super) fn order(&self) -> Option<(&'static str, bool)> {
        match self {
            Self::Folded(sql) => Some((sql, false)),
            Self::EntryNumber(sql) | Self::Number(sql) | Self::Instant(sql) => Some((sql, true)),
            _ => None,
        }
    }

    /// Adds the condition that the property is so. It is never unknown, whatever is empty.
    pub(super) fn test(&self, test: &Test<'_>, sql: &mut Sql) {
        match self {
            Self::Folded(name)
            | Self::Plain(name)
            | Self::Resource(name)
            | Self::Id(name, _)
            | Self::EntryNumber(name)
            | Self::Number(name)
            | Self::Instant(name)
            | Self::Bool(name) => self.test_scalar(name, test, sql),
            Self::Words(words) => test_words(words, test, sql),
            Self::Members { pieces, end, count } => {
                if let Test::Count(comparison, number) = test {
                    sql.push(count).push(operator(*comparison));
                    sql.bind(Param::Number((*number).into()));
                    return;
                }
                for (text, member) in *pieces {
                    sql.push(text);
                    member.test(test, sql);
                }
                sql.push(end);
            }
        }
    }

    fn test_scalar(&self, name: &'static str, test: &Test<'_>, sql: &mut Sql) {
        match test {
            Test::Is(comparison, value) => self.compare(name, *comparison, value, sql),
            Test::OneOf(values) => {
                sql.push("(1 = 0");
                for value in *values {
                    sql.push(" OR ");
                    self.compare(name, Comparison::Eq, value, sql);
                }
                sql.push(")");
            }
            Test::StartsWith(begin) => self.starts_with(name, begin, sql),
            Test::EndsWith(end) if self.is_text() => {
                like(name, &format!("%{}", escaped(&fold(end))), sql);
            }
            Test::EndsWith(_) | Test::Count(..) => constant(false, sql),
        }
    }

    fn compare(&self, name: &'static str, comparison: Comparison, value: &Value, sql: &mut Sql) {
        let is_unequal = comparison == Comparison::Ne;
        if *value == Value::Null {
            match comparison {
                Comparison::Eq => sql.push(name).push(" IS NULL"),
                Comparison::Ne => sql.push(name).push(" IS NOT NULL"),
                _ => sql.push("1 = 0"),
            };
            return;
        }
        // What has no stored form is equal to nothing that is stored.
        let Some(param) = self.param(value) else {
            constant(is_unequal, sql);
            return;
        };
        let either = if is_unequal {
            " IS NULL OR "
        } else {
            " IS NOT NULL AND "
        };
        let is_equality = matches!(comparison, Comparison::Eq | Comparison::Ne);
        sql.push("(").push(name).push(either).push(name);
        if !is_equality && matches!(self, Self::Plain(_)) {
            sql.push(" COLLATE \"C\"");
        }
        sql.push(operator(comparison)).bind(param).push(")");
    }

    fn starts_with(&self, name: &'static str, begin: &str, sql: &mut Sql) {
        let begin = fold(begin);
        match self {
            _ if begin.contains('\0') => constant(false, sql),
            // A range, because LIKE does not use an index on SQLite.
            Self::Folded(_) | Self::Resource(_) => {
                let end = format!("{begin}\u{10ffff}");
                sql.push("(").push(name).push(" IS NOT NULL AND ");
                sql.push(name).push(" >= ").bind(Param::Text(begin));
                sql.push(" AND ")
                    .push(name)
                    .push(" < ")
                    .bind(Param::Text(end));
                sql.push(")");
            }
            Self::Plain(_) => like(name, &format!("{}%", escaped(&begin)), sql),
            _ => constant(false, sql),
        }
    }

    fn is_text(&self) -> bool {
        matches!(self, Self::Folded(_) | Self::Resource(_) | Self::Plain(_))
    }

    /// The stored form of a value; `None` where it has none.
    fn param(&self, value: &Value) -> Option<Param> {
        match (self, value) {
            (_, Value::Text(text)) if text.contains('\0') => None,
            (Self::Folded(_) | Self::Plain(_), Value::Text(text)) => Some(Param::Text(fold(text))),
            (Self::Resource(_), Value::Text(text)) => {
                Some(Param::Text(ResourceName::fold(text).as_str().to_owned()))
            }
            (Self::Id(_, read), Value::Text(text)) => read(text).map(Param::from),
            (Self::EntryNumber(_), Value::Text(text)) => text.parse().ok().map(Param::Number),
            (Self::Plain(_) | Self::Id(..), Value::Guid(id)) => Some((*id).into()),
            (Self::Number(_) | Self::EntryNumber(_), Value::Number(number)) => {
                Some(Param::Number(*number))
            }
            (Self::Instant(_), Value::Instant(at)) => Some(Param::Number(at.micros())),
            (Self::Bool(_), Value::Bool(is_set)) => Some(Param::Bool(*is_set)),
            _ => None,
        }
    }
}

/// Asks for words that are known here, so that the database need not fold them.
fn test_words(words: &'static [(&'static str, &'static str)], test: &Test<'_>, sql: &mut Sql) {
    if let Test::Count(comparison, number) = test {
        // A property with one word is a collection with one member.
        return constant(holds(*comparison, 1.cmp(number)), sql);
    }
    sql.push("(1 = 0");
    for (word, condition) in words {
        if is_so(&fold(word), test) {
            sql.push(" OR ").push(condition);
        }
    }
    sql.push(")");
}

fn is_so(word: &str, test: &Test<'_>) -> bool {
    match test {
        Test::Is(comparison, Value::Text(text)) => holds(*comparison, word.cmp(&fold(text))),
        Test::Is(comparison, _) => *comparison == Comparison::Ne,
        Test::OneOf(values) => values
            .iter()
            .any(|value| is_so(word, &Test::Is(Comparison::Eq, value))),
        Test::StartsWith(begin) => word.starts_with(&fold(begin)),
        Test::EndsWith(end) => word.ends_with(&fold(end)),
        Test::Count(..) => false,
    }
}

fn holds(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::Eq => order.is_eq(),
        Comparison::Ne => order.is_ne(),
        Comparison::Gt => order.is_gt(),
        Comparison::Ge => order.is_ge(),
        Comparison::Lt => order.is_lt(),
        Comparison::Le => order.is_le(),
    }
}

fn operator(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Eq => " = ",
        Comparison::Ne => " <> ",
        Comparison::Gt => " > ",
        Comparison::Ge => " >= ",
        Comparison::Lt => " < ",
        Comparison::Le => " <= ",
    }
}

pub(super) fn constant(is_true: bool, sql: &mut Sql) {
    sql.push(if is_true { "1 = 1" } else { "1 = 0" });
}

/// Adds the condition that a text matches a pattern.
pub(super) fn like(name: &'static str, pattern: &str, sql: &mut Sql) {
    if pattern.len() > PATTERN_MAX || pattern.contains('\0') {
        return constant(false, sql);
    }
    sql.push("(").push(name).push(" IS NOT NULL AND ");
    sql.push(name)
        .push(" LIKE ")
        .bind(Param::Text(pattern.to_owned()));
    sql.push(" ESCAPE '\\')");
}

/// A text in which the wild cards of patterns are ordinary characters.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}
