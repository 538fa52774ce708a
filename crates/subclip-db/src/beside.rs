//! What captions and sounds beside the first have in common: they are asked for, prepared apart from their asset, and come
//! to be ready or errored once.

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use subclip_core::WorkspaceId;

use crate::conn::{self, Conn, is, set};
use crate::database::Tx;
use crate::error::Result;
use crate::row::{Field, Row};

text_enum! {
    /// How far captions are, or another sound.
    pub enum Status {
        /// What is shown of them is not there yet.
        Preparing = "preparing",
        /// They can be played.
        Ready = "ready",
        /// They never will be; the row says why.
        Errored = "errored",
    }
}

/// How many rows of a table are preparing for assets of a workspace.
pub(crate) async fn count_preparing<R: Row>(conn: &impl Conn, workspace: WorkspaceId) -> Result<u64> {
    let mut owned = Query::select();
    owned.column("id").from("asset").and_where(is("workspace", &workspace));
    let of_it = Expr::col("asset").in_subquery(owned);
    conn::count::<R>(conn, is("status", &Status::Preparing).and(of_it)).await
}

/// Writes what becomes of a preparing row; `false` if it is not preparing.
pub(crate) async fn settle<R: Row>(
    tx: &Tx,
    id: &impl Field,
    status: Status,
    values: impl IntoIterator<Item = (&'static str, Expr)>,
    now_ms: i64,
) -> Result<bool> {
    let mut statement = Query::update();
    statement
        .table(R::TABLE)
        .values([set("status", &status), set("updated_ms", &now_ms)])
        .values(values)
        .and_where(is("id", id))
        .and_where(is("status", &Status::Preparing));
    Ok(conn::execute(tx, &statement).await? > 0)
}

/// Why a row is errored, as a word and as a sentence.
pub(crate) fn fault(kind: &str, message: &str) -> [(&'static str, Expr); 2] {
    [set("error_kind", &Some(kind.to_owned())), set("error_message", &Some(message.to_owned()))]
}
