//! Direct uploads: promises of assets.

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use serde_json::Value as Json;
use subclip_core::{AssetId, UploadId, WorkspaceId};

use crate::conn::{self, Conn, is, set};
use crate::error::Result;
use crate::page::{Cursor, Page, signed};
use crate::row;

text_enum! {
    /// How far an upload is.
    pub enum Status {
        /// Its bytes are awaited.
        Waiting = "waiting",
        /// All bytes came; an asset is made of them.
        AssetCreated = "asset_created",
        /// It failed; the upload says why.
        Errored = "errored",
        /// Its owner gave it up.
        Cancelled = "cancelled",
        /// Its bytes did not come in time.
        TimedOut = "timed_out",
    }
}

row! {
    "upload"
    /// A direct upload.
    pub struct Upload {
        /// Its id.
        pub id: UploadId,
        /// Whose it is.
        pub workspace: WorkspaceId,
        /// How far it is.
        pub status: Status,
        /// The part of its URL that nobody can guess.
        pub secret: String,
        /// How long its URL is good for.
        pub timeout_s: u32,
        /// Until when its URL is good.
        pub expires_ms: i64,
        /// The web page's origin that may send to it.
        pub cors_origin: Option<String>,
        /// What the asset is to be made with.
        pub settings: Json,
        /// The asset that was made of it.
        pub asset: Option<AssetId>,
        /// How many bytes there will be, once somebody said so.
        pub total_bytes: Option<u64>,
        /// Why it failed, as a word.
        pub error_kind: Option<String>,
        /// Why it failed, as a sentence.
        pub error_message: Option<String>,
        /// Made for trying things out.
        pub test: bool,
        /// When it was made.
        pub created_ms: i64,
        /// When anything about it last changed.
        pub updated_ms: i64,
    }
}

impl Upload {
    /// Its place in a list.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor { created_ms: self.created_ms, id: self.id.bytes() }
    }
}

/// Stores a new upload.
///
/// # Errors
/// [`Error::Reference`](crate::Error::Reference) without its workspace.
pub async fn insert(conn: &impl Conn, upload: &Upload) -> Result<()> {
    conn::insert(conn, upload).await
}

/// The upload with this id, whoever owns it.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn get(conn: &impl Conn, id: UploadId) -> Result<Option<Upload>> {
    conn::one_by(conn, "id", &id).await
}

/// The upload with this id, if it is the workspace's.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn get_in(conn: &impl Conn, workspace: WorkspaceId, id: UploadId) -> Result<Option<Upload>> {
    conn::one(conn, conn::select::<Upload>().and_where(is("id", &id)).and_where(is("workspace", &workspace)))
        .await
}

/// Uploads of a workspace, the newest first.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn list(conn: &impl Conn, workspace: WorkspaceId, page: &Page) -> Result<Vec<Upload>> {
    let mut query = conn::select::<Upload>();
    query.and_where(is("workspace", &workspace));
    page.cut(&mut query);
    conn::all(conn, &query).await
}

/// Remembers how many bytes there will be; `false` unless the upload is waiting.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn set_total(conn: &impl Conn, id: UploadId, total_bytes: u64, now_ms: i64) -> Result<bool> {
    leave_waiting(conn, id, vec![set("total_bytes", &Some(total_bytes)), set("updated_ms", &now_ms)]).await
}

/// All bytes came and this asset is made of them; `false` unless the upload was waiting.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn set_asset(conn: &impl Conn, id: UploadId, asset: AssetId, now_ms: i64) -> Result<bool> {
    let values =
        vec![set("status", &Status::AssetCreated), set("asset", &Some(asset)), set("updated_ms", &now_ms)];
    leave_waiting(conn, id, values).await
}

/// Gives an upload up; `false` unless it was waiting.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn cancel(conn: &impl Conn, id: UploadId, now_ms: i64) -> Result<bool> {
    leave_waiting(conn, id, vec![set("status", &Status::Cancelled), set("updated_ms", &now_ms)]).await
}

/// Ends uploads whose time is over, at most `most` at once, and tells which: their staged bytes can go.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn expire(conn: &impl Conn, now_ms: i64, most: u64) -> Result<Vec<UploadId>> {
    let mut over = Query::select();
    over.column("id")
        .from("upload")
        .and_where(is("status", &Status::Waiting))
        .and_where(Expr::col("expires_ms").lte(now_ms))
        .limit(signed(most));
    let mut statement = Query::update();
    statement
        .table("upload")
        .values([set("status", &Status::TimedOut), set("updated_ms", &now_ms)])
        .and_where(Expr::col("id").in_subquery(over))
        // One that is filled meanwhile stays so.
        .and_where(is("status", &Status::Waiting))
        .returning_col("id");
    conn::returning(conn, &statement).await?.iter().map(|found| row::read(found, "id")).collect()
}

/// Whether the time of an upload that waits is over.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn any_overdue(conn: &impl Conn, now_ms: i64) -> Result<bool> {
    let mut query = Query::select();
    query
        .column("id")
        .from("upload")
        .and_where(is("status", &Status::Waiting))
        .and_where(Expr::col("expires_ms").lte(now_ms))
        .limit(1);
    Ok(!conn::rows(conn, &query).await?.is_empty())
}

/// Those of these uploads whose staged bytes are still wanted, because the upload is waiting.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn waiting_among(conn: &impl Conn, ids: &[UploadId]) -> Result<Vec<UploadId>> {
    let mut found = Vec::new();
    for group in conn::in_groups(ids) {
        let mut query = Query::select();
        query
            .column("id")
            .from("upload")
            .and_where(is("status", &Status::Waiting))
            .and_where(Expr::col("id").is_in(group));
        for row in conn::rows(conn, &query).await? {
            found.push(row::read(&row, "id")?);
        }
    }
    Ok(found)
}

async fn leave_waiting(conn: &impl Conn, id: UploadId, values: Vec<(&'static str, Expr)>) -> Result<bool> {
    let mut statement = Query::update();
    statement
        .table("upload")
        .values(values)
        .and_where(is("id", &id))
        .and_where(is("status", &Status::Waiting));
    Ok(conn::execute(conn, &statement).await? > 0)
}

/// How many uploads of a workspace wait for their bytes.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn count_waiting(conn: &impl Conn, workspace: WorkspaceId) -> Result<u64> {
    let waiting = Expr::col("status").eq(Status::Waiting.as_str());
    conn::count::<Upload>(conn, is("workspace", &workspace).and(waiting)).await
}
