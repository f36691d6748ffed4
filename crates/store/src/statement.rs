//! One statement, for whichever database the session is of: the same text and the same values.

/// All rows of a query, as `$row`, which implements sqlx's `FromRow`. `$table` is named in the error
/// if a value cannot be read.
macro_rules! fetch_all {
    ($session:expr, $table:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $session.driver() {
            $crate::db::Driver::Sqlite(connection) => {
                sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_all(connection).await
            }
            $crate::db::Driver::Postgres(connection) => {
                sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_all(connection).await
            }
        }
        .map_err(|error| $crate::StoreError::reading($table, &error))
    };
}

/// The first row of a query, if it has one.
macro_rules! fetch_optional {
    ($session:expr, $table:expr, $row:ty, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $session.driver() {
            $crate::db::Driver::Sqlite(connection) => {
                sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_optional(connection).await
            }
            $crate::db::Driver::Postgres(connection) => {
                sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.fetch_optional(connection).await
            }
        }
        .map_err(|error| $crate::StoreError::reading($table, &error))
    };
}

/// Carries out a statement and answers how many rows it changed. The error is the driver's, so that
/// the caller can tell a violated constraint.
macro_rules! execute {
    ($session:expr, $sql:expr $(, $bind:expr)* $(,)?) => {
        match $session.driver() {
            $crate::db::Driver::Sqlite(connection) => sqlx::query($sql)
                $(.bind($bind))*
                .execute(connection)
                .await
                .map(|done| done.rows_affected()),
            $crate::db::Driver::Postgres(connection) => sqlx::query($sql)
                $(.bind($bind))*
                .execute(connection)
                .await
                .map(|done| done.rows_affected()),
        }
    };
}

/// Inserts `$rows`, which must be a chunk of `values::chunks`, with one statement of `$insert`.
macro_rules! insert_rows {
    ($session:expr, $insert:expr, $rows:expr, $row:pat => [$($bind:expr),+ $(,)?]) => {
        match $session.driver() {
            $crate::db::Driver::Sqlite(connection) => {
                let mut query = sqlx::query::<sqlx::Sqlite>($insert.sqlite($rows.len()));
                for $row in $rows {
                    query = query$(.bind($bind))+;
                }
                query.execute(connection).await.map(|done| done.rows_affected())
            }
            $crate::db::Driver::Postgres(connection) => {
                let mut query = sqlx::query::<sqlx::Postgres>($insert.postgres($rows.len()));
                for $row in $rows {
                    query = query$(.bind($bind))+;
                }
                query.execute(connection).await.map(|done| done.rows_affected())
            }
        }
    };
}
