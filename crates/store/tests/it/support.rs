use std::future::Future;

use countersign_store::{Db, StoreError};
use countersign_testkit::postgres::Postgres;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};

/// Lists the tests of a module, each an `async fn(Place)`, and runs each on both databases.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[test] fn $name() { $crate::support::on_sqlite(super::$name); })+
        }
        mod on_postgres {
            $(#[test] fn $name() { $crate::support::on_postgres(super::$name); })+
        }
    };
}

/// A place for one test's database.
pub(crate) struct Place {
    pub(crate) url: String,
    /// The folder of a SQLite database.
    folder: Option<tempfile::TempDir>,
}

impl Place {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        Self {
            url: format!("sqlite://{}", folder.path().join("test.db").display()),
            folder: Some(folder),
        }
    }

    pub(crate) fn postgres() -> Self {
        Self {
            url: Postgres::shared().database(),
            folder: None,
        }
    }

    /// A place for one more database of the same kind.
    pub(crate) fn another(&self) -> Self {
        match self.folder {
            Some(_) => Self::sqlite(),
            None => Self::postgres(),
        }
    }

    pub(crate) async fn open(&self) -> Db {
        Db::open(&self.url).await.expect("the database opens")
    }

    /// Carries out SQL behind the store's back; it must change a row.
    pub(crate) async fn execute(&self, sql: &'static str) {
        let rows = self.script(sql).await;
        assert!(rows > 0, "no row: {sql}");
    }

    /// Carries out statements behind the store's back and answers how many rows they changed. Makes
    /// the database if it is not there.
    pub(crate) async fn script(&self, sql: &'static str) -> u64 {
        let rows = match &self.folder {
            Some(folder) => {
                let mut connection = SqliteConnectOptions::new()
                    .filename(folder.path().join("test.db"))
                    .create_if_missing(true)
                    .foreign_keys(false)
                    .collation("C", |left, right| left.as_bytes().cmp(right.as_bytes()))
                    .connect()
                    .await
                    .expect("the file opens");
                let done = sqlx::raw_sql(sql).execute(&mut connection).await;
                connection.close().await.expect("the file closes");
                done.map(|done| done.rows_affected())
            }
            None => {
                let connection = PgConnection::connect(&self.url).await;
                let mut connection = connection.expect("the server answers");
                let done = sqlx::raw_sql(sql).execute(&mut connection).await;
                done.map(|done| done.rows_affected())
            }
        };
        rows.expect("the SQL is right")
    }
}

pub(crate) fn on_sqlite<F: Future<Output = ()>>(test: impl FnOnce(Place) -> F) {
    run(test(Place::sqlite()));
}

pub(crate) fn on_postgres<F: Future<Output = ()>>(test: impl FnOnce(Place) -> F) {
    run(test(Place::postgres()));
}

pub(crate) fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime can be made")
        .block_on(test);
}

/// Of fifty that ask at once, in turn on either node, how many get `true`.
pub(crate) async fn winners<F>(nodes: &[Db; 2], ask: impl Fn(Db) -> F) -> usize
where
    F: Future<Output = Result<bool, StoreError>> + Send + 'static,
{
    let tasks: Vec<_> = (0..50)
        .map(|number| tokio::spawn(ask(nodes[number % 2].clone())))
        .collect();
    let mut winners = 0;
    for task in tasks {
        let is_won = task.await.expect("no panic");
        winners += usize::from(is_won.expect("every one is answered"));
    }
    winners
}

/// The sentence of a conflict.
pub(crate) fn conflict<T: std::fmt::Debug>(result: Result<T, StoreError>) -> String {
    match result {
        Err(StoreError::Conflict { what }) => what,
        other => panic!("not a conflict: {other:?}"),
    }
}

/// The sentence of something missing.
pub(crate) fn not_found<T: std::fmt::Debug>(result: Result<T, StoreError>) -> String {
    match result {
        Err(StoreError::NotFound { what }) => what,
        other => panic!("nothing is missing: {other:?}"),
    }
}
