//! When assets end by themselves. Most don't: they have no row here.

use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use subclip_core::AssetId;

use crate::conn::{self, Conn};
use crate::error::Result;
use crate::row;

row! {
    "asset_end"
    /// The end of an asset.
    pub struct AssetEnd {
        /// Whose it is.
        pub asset: AssetId,
        /// When the asset is to be deleted.
        pub until_ms: i64,
    }
}

/// Gives an asset an end.
///
/// # Errors
/// [`Error::Duplicate`](crate::Error::Duplicate) where it has one, [`Error::Reference`](crate::Error::Reference) without
/// the asset.
pub async fn insert(conn: &impl Conn, end: &AssetEnd) -> Result<()> {
    conn::insert(conn, end).await
}

/// The ends of those of these assets that have one.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn list(conn: &impl Conn, assets: &[AssetId]) -> Result<Vec<AssetEnd>> {
    conn::all_among(conn, "asset", assets, &[]).await
}

/// Assets whose time is over, at most `most` of them, those that are over for longest first.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn overdue(conn: &impl Conn, now_ms: i64, most: u64) -> Result<Vec<AssetId>> {
    let mut query = Query::select();
    query
        .column("asset")
        .from("asset_end")
        .and_where(Expr::col("until_ms").lte(now_ms))
        .order_by("until_ms", Order::Asc)
        .limit(most);
    conn::rows(conn, &query).await?.iter().map(|found| row::read(found, "asset")).collect()
}
