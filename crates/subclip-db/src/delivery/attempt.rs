//! The log of what was tried.

use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use serde_json::Value as Json;
use subclip_core::{AttemptId, DeliveryId};

use crate::conn::{self, Conn, is};
use crate::error::Result;

row! {
    "attempt"
    /// One try to deliver.
    pub struct Attempt {
        /// Its id.
        pub id: AttemptId,
        /// What was to be delivered.
        pub delivery: DeliveryId,
        /// Where to.
        pub url: String,
        /// When it began.
        pub created_ms: i64,
        /// How long it took.
        pub duration_ms: u64,
        /// The status code of the answer, if there was one.
        pub status: Option<u16>,
        /// The headers of the answer, as an object.
        pub headers: Json,
        /// The body of the answer, as far as it is kept.
        pub body: String,
        /// Why it failed, as a sentence.
        pub error: Option<String>,
    }
}

/// Notes an attempt.
///
/// # Errors
/// [`Error::Reference`](crate::Error::Reference) where the delivery is gone.
pub async fn log(conn: &impl Conn, attempt: &Attempt) -> Result<()> {
    conn::insert(conn, attempt).await
}

/// Forgets all attempts of a delivery but the newest `keep`.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn forget_attempts(conn: &impl Conn, delivery: DeliveryId, keep: u64) -> Result<()> {
    let mut kept = Query::select();
    kept.column("id")
        .from("attempt")
        .and_where(is("delivery", &delivery))
        .order_by("created_ms", Order::Desc)
        .order_by("id", Order::Desc)
        .limit(keep);
    let mut old = Query::delete();
    old.from_table("attempt")
        .and_where(is("delivery", &delivery))
        .and_where(Expr::col("id").not_in_subquery(kept));
    conn::execute(conn, &old).await.map(|_| ())
}

/// What was tried to deliver something, the oldest attempt first.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn attempts(conn: &impl Conn, delivery: DeliveryId) -> Result<Vec<Attempt>> {
    let mut query = conn::select::<Attempt>();
    query.and_where(is("delivery", &delivery)).order_by("created_ms", Order::Asc).order_by("id", Order::Asc);
    conn::all(conn, &query).await
}
