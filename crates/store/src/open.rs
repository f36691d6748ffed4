//! Connecting: which databases are taken, and with what settings.

use std::fs::OpenOptions;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, PgPool, Sqlite, SqliteConnection};

use crate::StoreError;
use crate::db::Pools;

/// Earlier versions can lose committed pages of the write-ahead log when two connections reset it.
const SQLITE_OLDEST: [u32; 3] = [3, 51, 3];

/// The oldest version that its makers still mend, and that we test.
const POSTGRES_OLDEST: u32 = 130_000;

/// How long a statement waits for another process that holds SQLite's write lock.
const SQLITE_BUSY: Duration = Duration::from_secs(10);

/// How long a caller waits for a connection of its own.
pub(crate) const ACQUIRE: Duration = Duration::from_secs(10);

/// Reading connections to SQLite. Each is a thread and a page cache, and reads are rare: a warm
/// token request makes none.
const SQLITE_READERS: u32 = 3;

/// Those of them that views of the directory may take, for as long as they last.
pub(crate) const SQLITE_VIEWS: usize = 2;

/// Connections to PostgreSQL from one node.
const POSTGRES_CONNECTIONS: u32 = 8;

/// Those of them that views of the directory may take; a change takes one more.
pub(crate) const POSTGRES_VIEWS: usize = 5;

/// Bytes of a page in new databases. The sign-in log is most of what is written, in long runs; with
/// twice SQLite's default a record of it costs a tenth less.
const SQLITE_PAGE: u32 = 8_192;

/// Page caches in KiB (negative: SQLite's notation). The operating system caches the file anyway.
const WRITER_CACHE: &str = "-1024";
const READER_CACHE: &str = "-512";

/// Connects to the database that the URL names and checks that it is fit for use.
pub(crate) async fn pools(url: &str) -> Result<Pools, StoreError> {
    if let Some(path) = url.strip_prefix("sqlite://") {
        return sqlite(path).await;
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return postgres(url).await.map(Pools::Postgres);
    }
    Err(StoreError::unsuitable(
        "the database must be given as sqlite://PATH or postgres://USER@HOST/NAME",
    ))
}

async fn sqlite(path: &str) -> Result<Pools, StoreError> {
    if path.is_empty() || path.contains(['?', '\0']) || path.contains(":memory:") {
        return Err(StoreError::unsuitable(
            "sqlite:// must be followed by the path of a file, without options",
        ));
    }
    create_private(Path::new(path))?;
    let options = sqlite_options(path);
    let writer = sqlite_pool()
        .max_connections(1)
        .min_connections(1)
        .idle_timeout(None)
        .connect_with(options.clone().pragma("cache_size", WRITER_CACHE))
        .await?;
    check_sqlite(&mut *writer.acquire().await?).await?;
    let readers = sqlite_pool()
        .max_connections(SQLITE_READERS)
        .idle_timeout(Duration::from_secs(60))
        .connect_lazy_with(
            options
                .pragma("cache_size", READER_CACHE)
                .pragma("query_only", "on"),
        );
    Ok(Pools::Sqlite { writer, readers })
}

/// Secrets' hashes and sealed keys are in the file, so only its owner may read it. SQLite gives its
/// log files the mode of the database.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|error| {
        StoreError::unsuitable(format!(
            "the database file {} cannot be opened for writing: {error}",
            path.display()
        ))
    })
}

fn sqlite_pool() -> PoolOptions<Sqlite> {
    PoolOptions::new()
        .acquire_timeout(ACQUIRE)
        .max_lifetime(None)
        .test_before_acquire(false)
}

fn sqlite_options(path: &str) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // In WAL mode, NORMAL may lose acknowledged commits when the power fails.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(SQLITE_BUSY)
        .page_size(SQLITE_PAGE)
        .pragma("journal_size_limit", "16777216")
        .collation("C", |left, right| left.as_bytes().cmp(right.as_bytes()))
        .disable_statement_logging()
}

async fn check_sqlite(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let (version,): (String,) = sqlx::query_as("SELECT sqlite_version()")
        .fetch_one(&mut *connection)
        .await?;
    if sqlite_version(&version).is_none_or(|version| version < SQLITE_OLDEST) {
        return Err(StoreError::unsuitable(format!(
            "SQLite {version} is too old: 3.51.3 or later is needed"
        )));
    }
    let (mode,): (String,) = sqlx::query_as("PRAGMA journal_mode")
        .fetch_one(&mut *connection)
        .await?;
    if mode != "wal" {
        return Err(StoreError::unsuitable(
            "SQLite cannot keep a write-ahead log here: put the database on a local disk",
        ));
    }
    Ok(())
}

fn sqlite_version(text: &str) -> Option<[u32; 3]> {
    let mut numbers = text.split('.').map(str::parse);
    let version = [
        numbers.next()?.ok()?,
        numbers.next()?.ok()?,
        numbers.next()?.ok()?,
    ];
    Some(version)
}

async fn postgres(url: &str) -> Result<PgPool, StoreError> {
    let options = PgConnectOptions::from_str(url)
        // The driver's text could quote the URL, and the URL holds the password.
        .map_err(|_| {
            StoreError::unsuitable(
                "the database URL cannot be read: postgres://USER:PASSWORD@HOST:PORT/NAME, with \
                 special characters percent-encoded",
            )
        })?
        .application_name("countersign")
        .options([("client_min_messages", "warning")])
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(POSTGRES_CONNECTIONS)
        .acquire_timeout(ACQUIRE)
        .connect_with(options)
        .await?;
    let version = pool.acquire().await?.server_version_num();
    if version.is_some_and(|version| version < POSTGRES_OLDEST) {
        return Err(StoreError::unsuitable(
            "this PostgreSQL server is too old: version 13 or later is needed",
        ));
    }
    Ok(pool)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_versions_compare_by_number() {
        assert!(sqlite_version("3.51.10").expect("a version") > SQLITE_OLDEST);
        assert!(sqlite_version("3.6.23").expect("a version") < SQLITE_OLDEST);
        assert_eq!(sqlite_version("3.x"), None);
    }
}
