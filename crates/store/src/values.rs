//! Inserting many rows with one statement.

use std::fmt::Write as _;
use std::sync::Arc;

use sqlx::AssertSqlSafe;

/// Rows of one statement, in falling order. More would save little and make a bigger program of it
/// in SQLite. There are few lengths, so that all stay prepared on every connection.
const LENGTHS: [usize; 3] = [64, 8, 1];

/// `INSERT` texts for [`LENGTHS`] of rows.
///
/// SQLite gets its
/// placeholders without numbers: it looks numbered ones up in a list, one by one, and with hundreds
/// of them that took longer than the insert.
pub(crate) struct Insert {
    sqlite: Texts,
    postgres: Texts,
}

type Texts = [Arc<str>; LENGTHS.len()];

impl Insert {
    /// `head` is the text up to `VALUES`, which names `columns` columns; `tail` is the text after.
    pub(crate) fn new(head: &'static str, columns: usize, tail: &'static str) -> Self {
        let texts = |placeholder: fn(usize) -> String| {
            LENGTHS.map(|rows| text(head, columns, tail, rows, placeholder))
        };
        Self {
            sqlite: texts(|_| "?".to_owned()),
            postgres: texts(|number| format!("${number}")),
        }
    }

    /// The text for a chunk of [`chunks`].
    pub(crate) fn sqlite(&self, rows: usize) -> AssertSqlSafe<Arc<str>> {
        of_length(&self.sqlite, rows)
    }

    /// The text for a chunk of [`chunks`].
    pub(crate) fn postgres(&self, rows: usize) -> AssertSqlSafe<Arc<str>> {
        of_length(&self.postgres, rows)
    }
}

fn of_length(texts: &Texts, rows: usize) -> AssertSqlSafe<Arc<str>> {
    let position = LENGTHS.iter().position(|length| *length == rows);
    let position = position.expect("chunks have these lengths only");
    // Made of constants and placeholders only.
    AssertSqlSafe(texts[position].clone())
}

/// Splits rows into chunks that an [`Insert`] has a text for.
pub(crate) fn chunks<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let length = LENGTHS.into_iter().find(|length| *length <= rows.len())?;
        let (chunk, rest) = rows.split_at(length);
        rows = rest;
        Some(chunk)
    })
}

fn text(
    head: &str,
    columns: usize,
    tail: &str,
    rows: usize,
    placeholder: fn(usize) -> String,
) -> Arc<str> {
    let mut sql = format!("{head} VALUES ");
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            let separator = if column == 0 { "" } else { ", " };
            let placeholder = placeholder(row * columns + column + 1);
            // Writing to a String cannot fail.
            let _ = write!(sql, "{separator}{placeholder}");
        }
        sql.push(')');
    }
    sql.push_str(tail);
    sql.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_count_on_over_the_rows() {
        let head = "INSERT INTO t (a, b)";
        assert_eq!(
            text(head, 2, " END", 2, |number| format!("${number}")).as_ref(),
            "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4) END"
        );
        assert_eq!(
            Insert::new(head, 2, "").sqlite(1).0.as_ref(),
            "INSERT INTO t (a, b) VALUES (?, ?)"
        );
    }

    #[test]
    fn chunks_are_as_long_as_they_can_be() {
        let rows: Vec<usize> = (0..64 * 2 + 8 + 3).collect();
        let lengths: Vec<usize> = chunks(&rows).map(<[usize]>::len).collect();
        assert_eq!(lengths, [64, 64, 8, 1, 1, 1]);
        assert_eq!(chunks(&rows).flatten().count(), rows.len());
        assert_eq!(chunks::<usize>(&[]).count(), 0);
    }
}
