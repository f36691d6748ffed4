use std::fmt::Display;

/// Why the database did not do what was asked, by whose fault it is.
///
/// No variant carries a driver's error: PostgreSQL puts whole rows into its details, and rows hold
/// hashes and sealed keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database: it cannot be reached, is locked, is full, or refused a statement.
    #[error("the database does not answer: {reason}")]
    Unavailable {
        /// What the database or the system said.
        reason: String,
    },
    /// The operator: this database, or the way it is named, cannot be used.
    #[error("{reason}")]
    Unsuitable {
        /// What is wrong and what to do.
        reason: String,
    },
    /// The operator: the database was upgraded by a newer version.
    #[error(
        "the database was upgraded by a newer version of Countersign (its schema is {found}, this \
         binary knows up to {known}): start the newer version, or restore a backup from before the \
         upgrade"
    )]
    TooNew {
        /// The schema of the database.
        found: i64,
        /// The newest schema of this binary.
        known: i64,
    },
    /// The caller: something that must be unique is taken.
    #[error("{what}")]
    Conflict {
        /// A sentence that names what is taken.
        what: String,
    },
    /// The caller: what should be changed, or what it refers to, is not there.
    #[error("{what}")]
    NotFound {
        /// A sentence that names what is missing.
        what: String,
    },
    /// Nobody yet: what is stored is not what was written.
    #[error("the database is damaged: table {table}, row {id}: {reason}; restore it from a backup")]
    Damaged {
        /// The table; `database` where the file itself is damaged.
        table: &'static str,
        /// The row's key, as far as it could be read.
        id: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl StoreError {
    pub(crate) fn unsuitable(reason: impl Into<String>) -> Self {
        Self::Unsuitable {
            reason: reason.into(),
        }
    }

    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        Self::NotFound { what: what.into() }
    }

    /// The error of a query: a value of the wrong type is a damaged row, not a failed database.
    pub(crate) fn reading(table: &'static str, error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::Damaged {
                table,
                id: "unknown".into(),
                reason: error.to_string(),
            },
            _ => error.into(),
        }
    }
}

impl From<&sqlx::Error> for StoreError {
    fn from(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(database) if is_damage(database.as_ref()) => Self::Damaged {
                table: "database",
                id: "unknown".into(),
                reason: database.message().to_owned(),
            },
            // The message alone: the rest of a database's error may quote the row.
            sqlx::Error::Database(database) => Self::Unavailable {
                reason: database.message().to_owned(),
            },
            sqlx::Error::PoolTimedOut => Self::Unavailable {
                reason: "no connection became free in time".into(),
            },
            other => Self::Unavailable {
                reason: other.to_string(),
            },
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        (&error).into()
    }
}

/// Turns a violated constraint of a write into a sentence: `what` is already there, or something
/// that it refers to is not.
pub(crate) fn writing<W: Display>(what: W) -> impl FnOnce(sqlx::Error) -> StoreError {
    move |error| match &error {
        sqlx::Error::Database(database) if database.is_unique_violation() => StoreError::Conflict {
            what: format!("{what} exists already"),
        },
        sqlx::Error::Database(database) if database.is_foreign_key_violation() => {
            StoreError::NotFound {
                what: format!("{what} refers to something that does not exist"),
            }
        }
        _ => error.into(),
    }
}

/// An update or a delete must have hit its row.
pub(crate) fn hit<W: Display>(rows: u64, what: W) -> Result<(), StoreError> {
    if rows == 0 {
        return Err(StoreError::not_found(format!("{what} does not exist")));
    }
    Ok(())
}

/// SQLITE_CORRUPT and SQLITE_NOTADB; `data_corrupted` and `index_corrupted` of PostgreSQL.
fn is_damage(error: &dyn sqlx::error::DatabaseError) -> bool {
    let Some(code) = error.code() else {
        return false;
    };
    let is_sqlite = error
        .try_downcast_ref::<sqlx::sqlite::SqliteError>()
        .is_some();
    match code.parse::<i32>() {
        Ok(number) if is_sqlite => matches!(number & 0xff, 11 | 26),
        _ => matches!(code.as_ref(), "XX001" | "XX002"),
    }
}
