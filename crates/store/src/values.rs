//! Inserting many rows with one statement.

use std::fmt::Write as _;
use std::sync::Arc;

use sqlx::AssertSqlSafe;

/// One `INSERT` text for many rows and one for the rest.
///
/// There are only two texts, so that both stay prepared on every connection.
pub(crate) struct Insert {
    many: Arc<str>,
    one: Arc<str>,
}

/// Rows of one statement. More would save little and make a bigger program of it in SQLite.
pub(crate) const ROWS: usize = 50;

impl Insert {
    /// `head` is the text up to `VALUES`; it names `columns` columns.
    pub(crate) fn new(head: &'static str, columns: usize) -> Self {
        Self {
            many: text(head, columns, ROWS),
            one: text(head, columns, 1),
        }
    }

    /// The text for a full chunk of [`ROWS`], or for a single row.
    pub(crate) fn sql(&self, rows: usize) -> AssertSqlSafe<Arc<str>> {
        // Made of constants and placeholders only.
        AssertSqlSafe(if rows == 1 {
            self.one.clone()
        } else {
            self.many.clone()
        })
    }
}

/// Splits rows into chunks that [`Insert::sql`] has a text for.
pub(crate) fn chunks<T>(rows: &[T]) -> impl Iterator<Item = &[T]> {
    let (full, rest) = rows.split_at(rows.len() - rows.len() % ROWS);
    full.chunks(ROWS).chain(rest.chunks(1))
}

fn text(head: &str, columns: usize, rows: usize) -> Arc<str> {
    let mut sql = format!("{head} VALUES ");
    for row in 0..rows {
        sql.push_str(if row == 0 { "(" } else { ", (" });
        for column in 0..columns {
            let separator = if column == 0 { "" } else { ", " };
            // Writing to a String cannot fail.
            let _ = write!(sql, "{separator}${}", row * columns + column + 1);
        }
        sql.push(')');
    }
    sql.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_count_on_over_the_rows() {
        assert_eq!(
            text("INSERT INTO t (a, b)", 2, 2).as_ref(),
            "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4)"
        );
    }

    #[test]
    fn chunks_are_full_or_single() {
        let rows: Vec<usize> = (0..ROWS * 2 + 3).collect();
        let lengths: Vec<usize> = chunks(&rows).map(<[usize]>::len).collect();
        assert_eq!(lengths, [ROWS, ROWS, 1, 1, 1]);
    }
}
