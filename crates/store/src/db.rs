use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction};

use crate::recent_uses::RecentUses;
use crate::turns::Turns;
use crate::{StoreError, migrate, open};

/// An open database. Clones share its connections.
#[derive(Clone)]
pub struct Db {
    pub(crate) pools: Pools,
    statements: Arc<AtomicU64>,
    pub(crate) recent_uses: Arc<RecentUses>,
    pub(crate) turns: Arc<Turns>,
}

#[derive(Clone)]
pub(crate) enum Pools {
    /// One writer, because SQLite has one: waiting for it in our own queue is fair and cannot end in
    /// `database is locked`.
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

impl Db {
    /// Opens `sqlite://PATH` (made with mode 0600 if missing) or `postgres://...`, and brings its
    /// tables up to date. Nodes that start at the same time wait for each other.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let pools = open::pools(url).await?;
        let views = match pools {
            Pools::Sqlite { .. } => open::SQLITE_VIEWS,
            Pools::Postgres(_) => open::POSTGRES_VIEWS,
        };
        let db = Self {
            turns: Arc::new(Turns::new(views)),
            pools,
            statements: Arc::default(),
            recent_uses: Arc::default(),
        };
        migrate::run(&db).await?;
        Ok(db)
    }

    /// How many SQL statements were executed since this database was opened, transactions' begins
    /// and ends included.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Asks the database for an answer.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let mut session = self.reader().await?;
        fetch_optional!(session, "database", (i64,), "SELECT number FROM revision").map(drop)
    }

    /// What the database is: `SQLite` or `PostgreSQL`.
    pub fn kind(&self) -> &'static str {
        match &self.pools {
            Pools::Sqlite { .. } => "SQLite",
            Pools::Postgres(_) => "PostgreSQL",
        }
    }

    /// How many connections this node has open, and how many of them have nothing to do.
    pub fn connections(&self) -> (usize, usize) {
        let of = |open: u32, idle| (usize::try_from(open).unwrap_or(usize::MAX), idle);
        match &self.pools {
            Pools::Sqlite { writer, readers } => of(
                writer.size() + readers.size(),
                writer.num_idle() + readers.num_idle(),
            ),
            Pools::Postgres(pool) => of(pool.size(), pool.num_idle()),
        }
    }

    /// Closes every connection, after what is in flight; SQLite then folds its log into the file.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }

    /// A connection for one reading statement.
    pub(crate) async fn reader(&self) -> Result<Session, StoreError> {
        let held = match &self.pools {
            Pools::Sqlite { readers, .. } => Held::Sqlite(readers.acquire().await?),
            Pools::Postgres(pool) => Held::Postgres(pool.acquire().await?),
        };
        Ok(self.hold(held))
    }

    /// A connection for one writing statement, which lasts as soon as it is answered.
    pub(crate) async fn writer(&self) -> Result<Session, StoreError> {
        let held = match &self.pools {
            Pools::Sqlite { writer, .. } => Held::Sqlite(writer.acquire().await?),
            Pools::Postgres(pool) => Held::Postgres(pool.acquire().await?),
        };
        Ok(self.hold(held))
    }

    /// A transaction in which every statement reads the same state.
    pub(crate) async fn snapshot(&self) -> Result<Session, StoreError> {
        self.read_only("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .await
    }

    /// The same, in which PostgreSQL gives up on statements that take too long: what is read is for
    /// the client to choose.
    pub(crate) async fn bounded_snapshot(&self) -> Result<Session, StoreError> {
        // In one message, so that it costs no more.
        self.read_only(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = '10s'",
        )
        .await
    }

    async fn read_only(&self, postgres: &'static str) -> Result<Session, StoreError> {
        let held = match &self.pools {
            Pools::Sqlite { readers, .. } => Held::SqliteTx(readers.begin_with("BEGIN").await?),
            Pools::Postgres(pool) => Held::PostgresTx(pool.begin_with(postgres).await?),
        };
        self.count();
        Ok(self.hold(held))
    }

    /// A transaction that writes. Dropped without [`Session::commit`], it leaves nothing behind.
    pub(crate) async fn transaction(&self) -> Result<Session, StoreError> {
        let held = match &self.pools {
            Pools::Sqlite { writer, .. } => {
                Held::SqliteTx(writer.begin_with("BEGIN IMMEDIATE").await?)
            }
            Pools::Postgres(pool) => Held::PostgresTx(
                pool.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED")
                    .await?,
            ),
        };
        self.count();
        Ok(self.hold(held))
    }

    fn hold(&self, held: Held) -> Session {
        Session {
            held,
            statements: self.statements.clone(),
        }
    }

    fn count(&self) {
        self.statements.fetch_add(1, Ordering::Relaxed);
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The pools' own output holds the password of the connection.
        let name = match self.pools {
            Pools::Sqlite { .. } => "Sqlite",
            Pools::Postgres(_) => "Postgres",
        };
        write!(f, "Db({name})")
    }
}

/// A connection of either database, in a transaction or not.
pub(crate) struct Session {
    held: Held,
    statements: Arc<AtomicU64>,
}

enum Held {
    Sqlite(PoolConnection<Sqlite>),
    SqliteTx(Transaction<'static, Sqlite>),
    Postgres(PoolConnection<Postgres>),
    PostgresTx(Transaction<'static, Postgres>),
}

/// What the statement macros tell apart.
pub(crate) enum Driver<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl Session {
    /// The connection, for one statement.
    pub(crate) fn driver(&mut self) -> Driver<'_> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        match &mut self.held {
            Held::Sqlite(connection) => Driver::Sqlite(connection),
            Held::SqliteTx(transaction) => Driver::Sqlite(transaction),
            Held::Postgres(connection) => Driver::Postgres(connection),
            Held::PostgresTx(transaction) => Driver::Postgres(transaction),
        }
    }

    /// Makes a transaction's work last.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        match self.held {
            Held::SqliteTx(transaction) => transaction.commit().await?,
            Held::PostgresTx(transaction) => transaction.commit().await?,
            Held::Sqlite(_) | Held::Postgres(_) => {}
        }
        Ok(())
    }
}
