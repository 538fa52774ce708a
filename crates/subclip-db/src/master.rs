//! Masters: the whole file of an asset in its best quality, given out for a while.

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use subclip_core::AssetId;

use crate::conn::{self, Conn, is, set};
use crate::error::Result;
use crate::row;

text_enum! {
    /// How far a master is.
    pub enum Status {
        /// It is not known yet that all of it can be given out.
        Preparing = "preparing",
        /// It can be fetched.
        Ready = "ready",
        /// It can't be made; the row says why.
        Errored = "errored",
    }
}

row! {
    "master"
    /// The master of an asset. An asset has one at the most.
    pub struct Master {
        /// Whose it is.
        pub asset: AssetId,
        /// How far it is.
        pub status: Status,
        /// The part of its address that nobody can guess; there once it is ready.
        pub secret: Option<String>,
        /// When it ends by itself, once it is ready or errored.
        pub until_ms: Option<i64>,
        /// Why it failed, as a sentence.
        pub error_message: Option<String>,
        /// When it was asked for.
        pub created_ms: i64,
        /// When anything about it last changed.
        pub updated_ms: i64,
    }
}

/// Asks for the master of an asset; `false` where it was asked for before.
///
/// # Errors
/// [`Error::Reference`](crate::Error::Reference) without the asset.
pub async fn insert(conn: &impl Conn, asset: AssetId, now_ms: i64) -> Result<bool> {
    let row = Master {
        asset,
        status: Status::Preparing,
        secret: None,
        until_ms: None,
        error_message: None,
        created_ms: now_ms,
        updated_ms: now_ms,
    };
    conn::insert_if_absent(conn, &row).await
}

/// The master of an asset, if one was asked for.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn get(conn: &impl Conn, asset: AssetId) -> Result<Option<Master>> {
    conn::one_by(conn, "asset", &asset).await
}

/// The masters of some assets.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn list(conn: &impl Conn, assets: &[AssetId]) -> Result<Vec<Master>> {
    conn::all_among(conn, "asset", assets, &[]).await
}

/// Gives a preparing master its secret and its end; `false` if it is not preparing (withdrawn, say).
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn set_ready(
    conn: &impl Conn,
    asset: AssetId,
    secret: &str,
    until_ms: i64,
    now_ms: i64,
) -> Result<bool> {
    let values = vec![set("status", &Status::Ready), set("secret", &Some(secret.to_owned()))];
    settle(conn, asset, values, until_ms, now_ms).await
}

/// Makes a preparing master errored; `false` if it is not preparing.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn set_errored(
    conn: &impl Conn,
    asset: AssetId,
    message: &str,
    until_ms: i64,
    now_ms: i64,
) -> Result<bool> {
    let values = vec![set("status", &Status::Errored), set("error_message", &Some(message.to_owned()))];
    settle(conn, asset, values, until_ms, now_ms).await
}

async fn settle(
    conn: &impl Conn,
    asset: AssetId,
    mut values: Vec<(&'static str, Expr)>,
    until_ms: i64,
    now_ms: i64,
) -> Result<bool> {
    values.extend([set("until_ms", &Some(until_ms)), set("updated_ms", &now_ms)]);
    let mut statement = Query::update();
    statement
        .table("master")
        .values(values)
        .and_where(is("asset", &asset))
        .and_where(is("status", &Status::Preparing));
    Ok(conn::execute(conn, &statement).await? > 0)
}

/// Takes the master of an asset away; `false` if there is none.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn delete(conn: &impl Conn, asset: AssetId) -> Result<bool> {
    let mut statement = Query::delete();
    statement.from_table("master").and_where(is("asset", &asset));
    Ok(conn::execute(conn, &statement).await? > 0)
}

/// Whether the time of a master is over.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn any_overdue(conn: &impl Conn, now_ms: i64) -> Result<bool> {
    Ok(!overdue(conn, now_ms, 1).await?.is_empty())
}

/// Takes away masters whose time is over, at most `most` at once, and tells whose they were.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn expire(tx: &crate::Tx, now_ms: i64, most: u64) -> Result<Vec<AssetId>> {
    let mut over = Vec::new();
    for asset in overdue(tx, now_ms, most).await? {
        // One that another process took away meanwhile is that one's to tell of.
        if delete(tx, asset).await? {
            over.push(asset);
        }
    }
    Ok(over)
}

async fn overdue(conn: &impl Conn, now_ms: i64, most: u64) -> Result<Vec<AssetId>> {
    let mut query = Query::select();
    query.column("asset").from("master").and_where(Expr::col("until_ms").lte(now_ms)).limit(most);
    conn::rows(conn, &query).await?.iter().map(|found| row::read(found, "asset")).collect()
}
