//! What queries run on: the database or a transaction, without a word of the library in any signature.

use sea_orm::sea_query::{
    Expr, ExprTrait, InsertStatement, LockType, OnConflict, Order, Query, SelectStatement, Value,
};
use sea_orm::{ConnectionTrait, DatabaseExecutor, QueryResult, StatementBuilder};

use crate::database::Tx;
use crate::error::Result;
use crate::row::{Field, Row, read, value};

/// Something to run queries on: [`Database`](crate::Database), where each statement stands alone, or
/// [`Tx`](crate::Tx).
pub trait Conn: sealed::Sealed {}

pub(crate) mod sealed {
    /// Keeps [`super::Conn`] to this crate and the library out of its face.
    pub trait Sealed: Send + Sync {
        #[doc(hidden)]
        fn executor(&self, purpose: Purpose) -> sea_orm::DatabaseExecutor<'_>;
    }

    /// SQLite has one writer at a time, so who writes waits in a line of their own.
    #[doc(hidden)]
    #[derive(Clone, Copy)]
    pub enum Purpose {
        /// Nothing is changed.
        Read,
        /// Something may be.
        Write,
    }
}

use sealed::Purpose;

fn reader<C: Conn + ?Sized>(conn: &C) -> DatabaseExecutor<'_> {
    conn.executor(Purpose::Read)
}

fn writer<C: Conn + ?Sized>(conn: &C) -> DatabaseExecutor<'_> {
    conn.executor(Purpose::Write)
}

/// The rows that a query finds.
pub(crate) async fn rows(conn: &impl Conn, query: &SelectStatement) -> Result<Vec<QueryResult>> {
    Ok(reader(conn).query_all(query).await?)
}

/// The rows that a query finds, as structs.
pub(crate) async fn all<R: Row>(conn: &impl Conn, query: &SelectStatement) -> Result<Vec<R>> {
    rows(conn, query).await?.iter().map(R::read).collect()
}

/// The row that a query finds.
pub(crate) async fn one<R: Row>(conn: &impl Conn, query: &SelectStatement) -> Result<Option<R>> {
    reader(conn).query_one(query).await?.as_ref().map(R::read).transpose()
}

/// The row whose column has this value.
pub(crate) async fn one_by<R: Row>(
    conn: &impl Conn,
    column: &'static str,
    key: &impl Field,
) -> Result<Option<R>> {
    one(conn, select::<R>().and_where(is(column, key))).await
}

/// The same, which nobody else changes before this transaction ends.
pub(crate) async fn lock_by<R: Row>(tx: &Tx, column: &'static str, key: &impl Field) -> Result<Option<R>> {
    one(tx, select::<R>().and_where(is(column, key)).lock(LockType::Update)).await
}

/// The rows whose column has one of these values; those of each value in the order of some other columns.
pub(crate) async fn all_among<R: Row>(
    conn: &impl Conn,
    column: &'static str,
    keys: &[impl Field],
    order: &[&'static str],
) -> Result<Vec<R>> {
    let mut found = Vec::new();
    for group in in_groups(keys) {
        let mut query = select::<R>();
        query.and_where(Expr::col(column).is_in(group));
        for &column in order {
            query.order_by(column, Order::Asc);
        }
        found.extend(all(conn, &query).await?);
    }
    Ok(found)
}

/// How many rows of a table there are for which this holds.
pub(crate) async fn count<R: Row>(conn: &impl Conn, condition: Expr) -> Result<u64> {
    const COUNTED: &str = "counted";
    let mut query = Query::select();
    query.expr_as(Expr::col(R::COLUMNS[0]).count(), COUNTED).from(R::TABLE).and_where(condition);
    rows(conn, &query).await?.first().map_or(Ok(0), |row| read(row, COUNTED))
}

/// Runs a statement that answers nothing; tells how many rows it touched.
pub(crate) async fn execute(conn: &impl Conn, statement: &impl StatementBuilder) -> Result<u64> {
    Ok(writer(conn).execute(statement).await?.rows_affected())
}

/// Runs a statement that changes rows and answers with them.
pub(crate) async fn returning(
    conn: &impl Conn,
    statement: &impl StatementBuilder,
) -> Result<Vec<QueryResult>> {
    Ok(writer(conn).query_all(statement).await?)
}

/// A query for whole rows.
pub(crate) fn select<R: Row>() -> SelectStatement {
    let mut query = Query::select();
    query.columns(R::COLUMNS.iter().map(|&column| (R::TABLE, column))).from(R::TABLE);
    query
}

/// A statement that inserts a row.
pub(crate) fn insertion<R: Row>(row: &R) -> InsertStatement {
    let mut statement = Query::insert();
    statement.into_table(R::TABLE).columns(R::COLUMNS.iter().copied()).values_from_panic([row
        .values()
        .into_iter()
        .map(Expr::val)
        .collect::<Vec<_>>()]);
    statement
}

/// Inserts a row.
pub(crate) async fn insert<R: Row>(conn: &impl Conn, row: &R) -> Result<()> {
    execute(conn, &insertion(row)).await.map(|_| ())
}

/// Inserts rows.
pub(crate) async fn insert_all<R: Row>(conn: &impl Conn, rows: &[R]) -> Result<()> {
    // As many as fit into one statement's parameters.
    for some in rows.chunks(500) {
        let mut statement = Query::insert();
        statement.into_table(R::TABLE).columns(R::COLUMNS.iter().copied());
        for row in some {
            statement.values_panic(row.values().into_iter().map(Expr::val));
        }
        execute(conn, &statement).await?;
    }
    Ok(())
}

/// Inserts a row unless one with the same key is there; tells whether it did.
pub(crate) async fn insert_if_absent<R: Row>(conn: &impl Conn, row: &R) -> Result<bool> {
    let mut statement = insertion(row);
    statement.on_conflict(OnConflict::new().do_nothing().to_owned());
    Ok(execute(conn, &statement).await? > 0)
}

/// `column = value`.
pub(crate) fn is(column: &'static str, key: &impl Field) -> Expr {
    Expr::col(column).eq(value(key))
}

/// The columns that change, for an `UPDATE`.
pub(crate) fn set<T: Field>(column: &'static str, to: &T) -> (&'static str, Expr) {
    (column, Expr::val(value(to)))
}

/// Many keys, in groups that fit into one statement's parameters.
pub(crate) fn in_groups<T: Field>(keys: &[T]) -> impl Iterator<Item = Vec<Value>> {
    keys.chunks(500).map(|group| group.iter().map(value).collect())
}
