use std::fmt::Write as _;

use countersign_domain::ids::TenantId;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow, Postgres, Sqlite};
use uuid::Uuid;

use crate::StoreError;
use crate::db::{Driver, Session};

/// A statement that is put together. Its text is made of constants and placeholders only: whatever a
/// client has sent is a parameter.
pub(crate) struct Sql {
    text: String,
    params: Vec<Param>,
}

/// A value for a placeholder.
#[derive(Clone)]
pub(crate) enum Param {
    Text(String),
    Number(i64),
    Bool(bool),
}

impl From<Uuid> for Param {
    fn from(id: Uuid) -> Self {
        Self::Text(id.to_string())
    }
}

impl From<TenantId> for Param {
    fn from(id: TenantId) -> Self {
        id.uuid().into()
    }
}

impl Sql {
    /// A statement whose first placeholders, `$1` and so on, the pieces of its text name themselves.
    pub(crate) fn new(params: &[Param]) -> Self {
        Self {
            text: String::new(),
            params: params.to_vec(),
        }
    }

    /// The same statement, not carried out but explained, as SQLite does.
    #[cfg(test)]
    pub(super) fn explained(mut self) -> Self {
        self.text.insert_str(0, "EXPLAIN QUERY PLAN ");
        self
    }

    pub(crate) fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a placeholder for a value.
    pub(crate) fn bind(&mut self, param: Param) -> &mut Self {
        self.params.push(param);
        // Writing to a String cannot fail.
        let _ = write!(self.text, "${}", self.params.len());
        self
    }

    /// Adds placeholders between commas. Their number is a power of two, so that a database prepares
    /// few texts; the last value fills up.
    pub(crate) fn bind_list(&mut self, values: impl IntoIterator<Item = Param>) -> &mut Self {
        let mut values: Vec<Param> = values.into_iter().collect();
        if let Some(last) = values.last().cloned() {
            values.resize(values.len().next_power_of_two(), last);
        }
        for (position, value) in values.into_iter().enumerate() {
            if position > 0 {
                self.push(", ");
            }
            self.bind(value);
        }
        self
    }
}

/// A row that both databases can give.
pub(crate) trait BothRows:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<T> BothRows for T where
    T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

macro_rules! run {
    ($database:ty, $row:ty, $sql:expr, $connection:expr) => {{
        let mut query = sqlx::query_as::<$database, $row>(AssertSqlSafe($sql.text));
        for param in $sql.params {
            query = match param {
                Param::Text(text) => query.bind(text),
                Param::Number(number) => query.bind(number),
                Param::Bool(is_set) => query.bind(is_set),
            };
        }
        query.fetch_all($connection).await
    }};
}

/// All rows of a statement.
pub(crate) async fn fetch<T: BothRows>(
    session: &mut Session,
    table: &'static str,
    sql: Sql,
) -> Result<Vec<T>, StoreError> {
    match session.driver() {
        Driver::Sqlite(connection) => run!(Sqlite, T, sql, connection),
        Driver::Postgres(connection) => run!(Postgres, T, sql, connection),
    }
    .map_err(|error| StoreError::reading(table, &error))
}
