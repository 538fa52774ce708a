//! What a query costs, for tests: how SQLite goes about it.

use sea_orm::sea_query::{SelectStatement, SqliteQueryBuilder};
use sea_orm::{ConnectionTrait, DatabaseExecutor, Statement};

use crate::Database;
use crate::conn::sealed::{Purpose, Sealed};

/// The steps of a query: a line for each table that it looks into, and for each time that it sorts.
pub(crate) async fn steps(db: &Database, query: &SelectStatement) -> Vec<String> {
    let conn: DatabaseExecutor<'_> = db.executor(Purpose::Read);
    let sql = format!("EXPLAIN QUERY PLAN {}", query.to_string(SqliteQueryBuilder));
    let steps = conn.query_all_raw(Statement::from_string(conn.get_database_backend(), sql)).await.unwrap();
    steps.iter().map(|step| step.try_get::<String>("", "detail").unwrap()).collect()
}
