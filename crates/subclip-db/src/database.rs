//! The database itself: how it is opened, and transactions on it.

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use sea_orm::sqlx::sqlite::{SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{self, Connection as _};
use sea_orm::{
    ConnectOptions, DatabaseConnection, DatabaseExecutor, DatabaseTransaction, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use tokio::time::sleep;

use crate::conn::Conn;
use crate::conn::sealed::{Purpose, Sealed};
use crate::error::{Error, Result};
use crate::migrations;

/// How long a writer waits for another process, and a task for a connection.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long to wait before a file that others are opening is opened again.
const OPEN_PAUSE: Duration = Duration::from_millis(20);
/// Connections that read side by side.
const READERS: u32 = 8;

/// The state of an installation. A clone is the same database.
///
/// Used directly, each statement stands alone; what belongs together goes into a [`Tx`].
#[derive(Clone)]
pub struct Database {
    /// One connection: SQLite takes one writer at a time, and a line in order beats a crowd that polls a lock.
    writer: DatabaseConnection,
    reader: DatabaseConnection,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Database")
    }
}

impl Database {
    /// Opens a database, makes it if it is not there, and brings its tables up to date. `location` is the path of an
    /// SQLite file, `sqlite:` and that path, or `sqlite::memory:` (one connection: outside of an open transaction
    /// nothing can be asked while it is open).
    ///
    /// # Errors
    /// [`Error::Unsupported`] for other databases, [`Error::Failed`] when it cannot be opened.
    pub async fn open(location: &str) -> Result<Self> {
        let path = sqlite_path(location)?;
        let begun = Instant::now();
        loop {
            match Self::try_open(path).await {
                // Where processes turn a new file into a shared one, or the last one is just closing it, SQLite refuses
                // instead of waiting.
                Err(Error::Busy) if begun.elapsed() < BUSY_TIMEOUT => sleep(OPEN_PAUSE).await,
                opened => return opened,
            }
        }
    }

    /// Whether there is a database already.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for other databases.
    pub fn exists(location: &str) -> Result<bool> {
        Ok(Path::new(sqlite_path(location)?).is_file())
    }

    async fn try_open(path: &str) -> Result<Self> {
        let database = if path == ":memory:" {
            let only = connect(path, 1).await?;
            Self { writer: only.clone(), reader: only }
        } else {
            let writer = connect(path, 1).await?;
            Self { writer, reader: connect(path, READERS).await? }
        };
        let tx = database.begin().await?;
        migrations::up(&tx.0).await?;
        tx.commit().await?;
        Ok(database)
    }

    /// Opens a transaction that may write. It waits for its turn here and never later, so that what it reads is
    /// still so when it writes.
    ///
    /// # Errors
    /// [`Error::Busy`] when others held the database for too long, [`Error::Failed`].
    pub async fn begin(&self) -> Result<Tx> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(Tx(self.writer.begin_with_options(options).await?))
    }

    /// Waits for what is under way and closes the file.
    ///
    /// # Errors
    /// [`Error::Failed`].
    pub async fn close(self) -> Result<()> {
        self.reader.close_by_ref().await?;
        Ok(self.writer.close_by_ref().await?)
    }
}

fn sqlite_path(location: &str) -> Result<&str> {
    match location.split_once(':') {
        Some(("sqlite", path)) => Ok(path.strip_prefix("//").unwrap_or(path)),
        Some((scheme, rest)) if rest.starts_with("//") => Err(Error::Unsupported(scheme.into())),
        _ => Ok(location),
    }
}

async fn connect(path: &str, connections: u32) -> Result<DatabaseConnection> {
    let path = path.to_owned();
    let mut options = ConnectOptions::new("sqlite::memory:");
    options
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        // A connection to a file does not go stale, and one to memory must never be closed.
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_pool_opts(|pool| pool.after_release(|connection, _| Box::pin(is_sound(connection))))
        .map_sqlx_sqlite_opts(move |sqlite| {
            // The address above is memory's, whose cache is shared; with a file, sharing would make readers wait.
            let sqlite = match path.as_str() {
                ":memory:" => sqlite,
                path => sqlite.in_memory(false).shared_cache(false).filename(path),
            };
            sqlite
                .create_if_missing(true)
                .foreign_keys(true)
                .journal_mode(SqliteJournalMode::Wal)
                // What was answered for must survive a power cut, so every commit is on the disk.
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(BUSY_TIMEOUT)
        });
    Ok(sea_orm::Database::connect(options).await?)
}

/// Whether a connection may be used again: no transaction is left open on it.
///
/// After a disk was full, connections were seen to come back with one. All that was written on them after would be part
/// of it, and never be committed.
async fn is_sound(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    // A transaction that was dropped is rolled back before this is answered.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

/// A transaction: all of it happens at [`commit`](Self::commit), and nothing if it is dropped.
pub struct Tx(DatabaseTransaction);

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tx")
    }
}

impl Tx {
    /// Makes it all happen, durably.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::Failed`]: nothing happened then.
    pub async fn commit(self) -> Result<()> {
        Ok(self.0.commit().await?)
    }

    /// Gives it all up.
    ///
    /// # Errors
    /// [`Error::Failed`].
    pub async fn rollback(self) -> Result<()> {
        Ok(self.0.rollback().await?)
    }
}

impl Sealed for Database {
    fn executor(&self, purpose: Purpose) -> DatabaseExecutor<'_> {
        match purpose {
            Purpose::Read => (&self.reader).into(),
            Purpose::Write => (&self.writer).into(),
        }
    }
}

impl Conn for Database {}

impl Sealed for Tx {
    fn executor(&self, _: Purpose) -> DatabaseExecutor<'_> {
        (&self.0).into()
    }
}

impl Conn for Tx {}
