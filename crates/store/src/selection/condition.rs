use countersign_domain::graph::selection::Condition;

use super::column::{Test, constant, escaped, like};
use super::{Column, Sql};
use crate::folded::words;

/// Adds a condition; each is true or false, never unknown, so that its negation is the opposite.
pub(super) fn condition<F: Copy>(condition: &Condition<F>, column: fn(F) -> Column, sql: &mut Sql) {
    match condition {
        Condition::All(parts) => join(parts, " AND ", true, column, sql),
        Condition::Any(parts) => join(parts, " OR ", false, column, sql),
        Condition::Not(inner) => {
            sql.push("NOT (");
            self::condition(inner, column, sql);
            sql.push(")");
        }
        Condition::Is(field, comparison, value) => {
            column(*field).test(&Test::Is(*comparison, value), sql);
        }
        Condition::OneOf(field, values) => column(*field).test(&Test::OneOf(values), sql),
        Condition::StartsWith(field, begin) => column(*field).test(&Test::StartsWith(begin), sql),
        Condition::EndsWith(field, end) => column(*field).test(&Test::EndsWith(end), sql),
        Condition::Count(field, comparison, number) => {
            column(*field).test(&Test::Count(*comparison, *number), sql);
        }
    }
}

fn join<F: Copy>(
    parts: &[Condition<F>],
    between: &'static str,
    of_none: bool,
    column: fn(F) -> Column,
    sql: &mut Sql,
) {
    if parts.is_empty() {
        return constant(of_none, sql);
    }
    sql.push("(");
    for (position, part) in parts.iter().enumerate() {
        if position > 0 {
            sql.push(between);
        }
        condition(part, column, sql);
    }
    sql.push(")");
}

/// Adds the condition that each of these is the beginning of a word. A term of several words asks
/// for them one after the other. Where nothing of all is a word, nothing is found.
pub(super) fn search(name: &'static str, terms: &[String], sql: &mut Sql) {
    let words = terms.iter().map(|term| words(term));
    let words: Vec<_> = words.filter(|words| !words.is_empty()).collect();
    sql.push(if words.is_empty() { "1 = 0" } else { "1 = 1" });
    for words in words {
        sql.push(" AND ");
        like(name, &format!("%{}%", escaped(&words)), sql);
    }
}
