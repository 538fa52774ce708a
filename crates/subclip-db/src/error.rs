//! What can go wrong with state, by what the caller can do about it.

use sea_orm::{DbErr, RuntimeErr, SqlErr, sqlx};

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why state could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A row with the same key is there already.
    #[error("already there: {0}")]
    Duplicate(String),
    /// A row that is pointed at is gone, or one that is to go is still pointed at: somebody else was faster.
    #[error("what this refers to is gone, or is still referred to: {0}")]
    Reference(String),
    /// No room is left.
    #[error("the disk is full")]
    Full,
    /// Somebody else held the database for too long; trying again is right.
    #[error("the database is busy")]
    Busy,
    /// A value in the database that this version does not understand.
    #[error("column {column} holds what is no {expected}")]
    Corrupt {
        /// Where it was found.
        column: String,
        /// What was expected there.
        expected: &'static str,
    },
    /// No database of this kind is built in.
    #[error("no support for the database {0}")]
    Unsupported(String),
    /// The database failed.
    #[error("the database failed: {0}")]
    Failed(String),
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(what)) => return Self::Duplicate(what),
            Some(SqlErr::ForeignKeyConstraintViolation(what)) => return Self::Reference(what),
            _ => {}
        }
        if matches!(error, DbErr::ConnectionAcquire(_)) {
            return Self::Busy;
        }
        match system_code(&error).as_deref().map(sort) {
            Some(Trouble::Full) => Self::Full,
            Some(Trouble::Busy) => Self::Busy,
            Some(Trouble::Reference) => Self::Reference(error.to_string()),
            Some(Trouble::Other) | None => Self::Failed(words(&error)),
        }
    }
}

/// The database's own code: a number in SQLite, five characters in PostgreSQL.
fn system_code(error: &DbErr) -> Option<String> {
    Some(driver_error(error)?.as_database_error()?.code()?.into_owned())
}

/// What the database said, without the names of the layers it came through.
fn words(error: &DbErr) -> String {
    let Some(inner) = driver_error(error) else { return error.to_string() };
    match inner.as_database_error() {
        Some(said) => match said.code() {
            Some(code) => format!("{} (code {code})", said.message()),
            None => said.message().to_owned(),
        },
        None => inner.to_string(),
    }
}

fn driver_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(inner))
        | DbErr::Query(RuntimeErr::SqlxError(inner))
        | DbErr::Conn(RuntimeErr::SqlxError(inner)) => Some(inner),
        _ => None,
    }
}

enum Trouble {
    Full,
    Busy,
    Reference,
    Other,
}

fn sort(code: &str) -> Trouble {
    match code {
        // SQLite's extended codes carry the primary one in their lowest byte; PostgreSQL's are never so short.
        _ if code.len() < 5 && code.bytes().all(|b| b.is_ascii_digit()) => {
            match code.parse::<u32>().unwrap_or(0) {
                // An ON DELETE RESTRICT that is hit answers "trigger", not "foreign key".
                1811 => Trouble::Reference,
                code => match code & 0xff {
                    5 | 6 => Trouble::Busy,
                    13 => Trouble::Full,
                    _ => Trouble::Other,
                },
            }
        }
        "53100" => Trouble::Full,
        // Serialisation failure, deadlock, lock not available, too many connections.
        "40001" | "40P01" | "55P03" | "53300" => Trouble::Busy,
        "23001" => Trouble::Reference,
        _ => Trouble::Other,
    }
}
