//! Inserting many rows with one statement.

use std::fmt::Write as _;
use std::sync::Arc;

use sqlx::AssertSqlSafe;

/// Rows of one statement. More would save little and make a bigger program of it in SQLite.
pub(crate) const ROWS: usize = 50;

/// One `INSERT` text for many rows and one for the rest.
///
/// There are only two lengths, so that both stay prepared on every connection. SQLite gets its
/// placeholders without numbers: it looks numbered ones up in a list, one by one, and with hundreds
/// of them that took longer than the insert.
pub(crate) struct Insert {
    sqlite: Texts,
    postgres: Texts,
}

struct Texts {
    many: Arc<str>,
    one: Arc<str>,
}

impl Insert {
    /// `head` is the text up to `VALUES`, which names `columns` columns; `tail` is the text after.
    pub(crate) fn new(head: &'static str, columns: usize, tail: &'static str) -> Self {
        let texts = |placeholder: fn(usize) -> String| Texts {
            many: text(head, columns, tail, ROWS, placeholder),
            one: text(head, columns, tail, 1, placeholder),
        };
        Self {
            sqlite: texts(|_| "?".to_owned()),
            postgres: texts(|number| format!("${number}")),
        }
    }

    /// The text for a full chunk of [`ROWS`], or for a single row.
    pub(crate) fn sqlite(&self, rows: usize) -> AssertSqlSafe<Arc<str>> {
        self.sqlite.of(rows)
    }

    /// The text for a full chunk of [`ROWS`], or for a single row.
    pub(crate) fn postgres(&self, rows: usize) -> AssertSqlSafe<Arc<str>> {
        self.postgres.of(rows)
    }
}

impl Texts {
    fn of(&self, rows: usize) -> AssertSqlSafe<Arc<str>> {
        // Made of constants and placeholders only.
        AssertSqlSafe(if rows == 1 {
            self.one.clone()
        } else {
            self.many.clone()
        })
    }
}

/// Splits rows into chunks that an [`Insert`] has a text for.
pub(crate) fn chunks<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let (full, rest) = rows.split_at(rows.len() - rows.len() % ROWS);
    full.chunks(ROWS).chain(rest.chunks(1))
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
            Insert::new(head, 2, "").sqlite.one.as_ref(),
            "INSERT INTO t (a, b) VALUES (?, ?)"
        );
    }

    #[test]
    fn chunks_are_full_or_single() {
        let rows: Vec<usize> = (0..ROWS * 2 + 3).collect();
        let lengths: Vec<usize> = chunks(&rows).map(<[usize]>::len).collect();
        assert_eq!(lengths, [ROWS, ROWS, 1, 1, 1]);
    }
}
