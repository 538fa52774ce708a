//! Assets: what can be played, and what is on its way to be.

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use serde_json::Value as Json;
use subclip_core::{AssetId, Time, Timescale, UploadId, WorkspaceId};

use crate::conn::{self, Conn, is, set};
use crate::error::Result;
use crate::page::{Cursor, Page};

text_enum! {
    /// How far an asset is.
    pub enum Status {
        /// On its way; cannot be played.
        Preparing = "preparing",
        /// Can be played.
        Ready = "ready",
        /// Never will be; the asset says why.
        Errored = "errored",
    }
}

text_enum! {
    /// Where an asset came from.
    pub enum Origin {
        /// Fetched from a URL.
        Url = "url",
        /// Sent by direct upload.
        Upload = "upload",
        /// Cut out of another asset.
        Clip = "clip",
        /// Added from a file of the server's machine.
        File = "file",
    }
}

text_enum! {
    /// What is being done to an asset.
    pub enum Stage {
        /// Its bytes are being taken in and looked at.
        Ingesting = "ingesting",
        /// Some of it is being encoded.
        Transcoding = "transcoding",
        /// Nothing any more: it is ready.
        Completed = "completed",
        /// Nothing any more: it failed.
        Errored = "errored",
    }
}

row! {
    "asset"
    /// An asset.
    pub struct Asset {
        /// Its id.
        pub id: AssetId,
        /// Whose it is.
        pub workspace: WorkspaceId,
        /// How far it is.
        pub status: Status,
        /// Where it came from.
        pub origin: Origin,
        /// What a clip was cut from; outlives that asset.
        pub source_asset: Option<AssetId>,
        /// The upload it came by.
        pub upload: Option<UploadId>,
        /// What may be changed about it and has no meaning here: titles, pass-through text.
        pub settings: Json,
        /// What was found in its source.
        pub inputs: Json,
        /// What was asked for, as it was asked.
        pub request: Json,
        /// Why it failed, as a word.
        pub error_kind: Option<String>,
        /// Why it failed, as a sentence.
        pub error_message: Option<String>,
        /// How much of the stage is done, 0 to 100.
        pub progress_percent: f64,
        /// What is being done to it.
        pub stage: Stage,
        /// How long it lasts, in ticks of `duration_timescale`; known when ready.
        pub duration_ticks: Option<i64>,
        /// Ticks per second.
        pub duration_timescale: Option<u32>,
        /// When it was made.
        pub created_ms: i64,
        /// When anything about it last changed.
        pub updated_ms: i64,
    }
}

impl Asset {
    /// A fresh asset that is preparing.
    #[must_use]
    pub fn preparing(id: AssetId, workspace: WorkspaceId, origin: Origin, now_ms: i64) -> Self {
        Self {
            id,
            workspace,
            status: Status::Preparing,
            origin,
            source_asset: None,
            upload: None,
            settings: Json::Object(Default::default()),
            inputs: Json::Array(Vec::new()),
            request: Json::Object(Default::default()),
            error_kind: None,
            error_message: None,
            progress_percent: 0.0,
            stage: Stage::Ingesting,
            duration_ticks: None,
            duration_timescale: None,
            created_ms: now_ms,
            updated_ms: now_ms,
        }
    }

    /// How long it lasts, once that is known.
    #[must_use]
    pub fn duration(&self) -> Option<Time> {
        let scale = Timescale::new(self.duration_timescale?).ok()?;
        Some(Time::new(self.duration_ticks?, scale))
    }

    /// Its place in a list.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor { created_ms: self.created_ms, id: self.id.bytes() }
    }
}

/// Which assets a list shows; all, by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those that came by this upload.
    pub upload: Option<UploadId>,
    /// Only the clips of this asset.
    pub source_asset: Option<AssetId>,
    /// Only those that are so far.
    pub status: Option<Status>,
}

/// Stores a new asset.
///
/// # Errors
/// [`Error::Reference`](crate::Error::Reference) without its workspace.
pub async fn insert(conn: &impl Conn, asset: &Asset) -> Result<()> {
    conn::insert(conn, asset).await
}

/// The asset with this id, whoever owns it.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn get(conn: &impl Conn, id: AssetId) -> Result<Option<Asset>> {
    conn::one_by(conn, "id", &id).await
}

/// The asset with this id, if it is the workspace's.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn get_in(conn: &impl Conn, workspace: WorkspaceId, id: AssetId) -> Result<Option<Asset>> {
    conn::one(conn, conn::select::<Asset>().and_where(is("id", &id)).and_where(is("workspace", &workspace)))
        .await
}

/// The asset with this id, which nobody else changes before this transaction ends. Do this before acting on its
/// status: before queueing a job that waits for it, say.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn lock(tx: &crate::Tx, id: AssetId) -> Result<Option<Asset>> {
    conn::lock_by(tx, "id", &id).await
}

/// Assets of a workspace, the newest first.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn list(
    conn: &impl Conn,
    workspace: WorkspaceId,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<Asset>> {
    let mut query = conn::select::<Asset>();
    query.and_where(is("workspace", &workspace));
    if let Some(upload) = &filter.upload {
        query.and_where(is("upload", upload));
    }
    if let Some(source) = &filter.source_asset {
        query.and_where(is("source_asset", source));
    }
    if let Some(status) = &filter.status {
        query.and_where(is("status", status));
    }
    page.cut(&mut query);
    conn::all(conn, &query).await
}

/// Replaces the settings; `false` without such an asset.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn set_settings(conn: &impl Conn, id: AssetId, settings: &Json, now_ms: i64) -> Result<bool> {
    change(conn, id, None, vec![set("settings", settings), set("updated_ms", &now_ms)]).await
}

/// Replaces what was found in the source; `false` without such an asset.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn set_inputs(conn: &impl Conn, id: AssetId, inputs: &Json, now_ms: i64) -> Result<bool> {
    change(conn, id, None, vec![set("inputs", inputs), set("updated_ms", &now_ms)]).await
}

/// Replaces what was asked for, when a later step settles a part of it; `false` without such an asset.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn set_request(conn: &impl Conn, id: AssetId, request: &Json, now_ms: i64) -> Result<bool> {
    change(conn, id, None, vec![set("request", request), set("updated_ms", &now_ms)]).await
}

/// Tells what is being done and how much of it is; `false` unless the asset is preparing.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn set_progress(
    conn: &impl Conn,
    id: AssetId,
    stage: Stage,
    percent: f64,
    now_ms: i64,
) -> Result<bool> {
    let values = vec![set("stage", &stage), set("progress_percent", &percent), set("updated_ms", &now_ms)];
    change(conn, id, Some(Status::Preparing), values).await
}

/// Makes a preparing asset ready; `false` if it is not preparing (deleted, say).
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn set_ready(conn: &impl Conn, id: AssetId, duration: Time, now_ms: i64) -> Result<bool> {
    let values = vec![
        set("status", &Status::Ready),
        set("stage", &Stage::Completed),
        set("progress_percent", &100.0),
        set("duration_ticks", &Some(duration.ticks())),
        set("duration_timescale", &Some(duration.scale().get())),
        set("updated_ms", &now_ms),
    ];
    change(conn, id, Some(Status::Preparing), values).await
}

/// Makes a preparing asset errored, with a word for programs and a sentence for people; `false` if it is not
/// preparing.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn set_errored(
    conn: &impl Conn,
    id: AssetId,
    kind: &str,
    message: &str,
    now_ms: i64,
) -> Result<bool> {
    let values = vec![
        set("status", &Status::Errored),
        set("stage", &Stage::Errored),
        set("error_kind", &Some(kind.to_owned())),
        set("error_message", &Some(message.to_owned())),
        set("updated_ms", &now_ms),
    ];
    change(conn, id, Some(Status::Preparing), values).await
}

/// Deletes an asset with its playback ids and spans; `false` if there is none. What only it showed is garbage then.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn delete(conn: &impl Conn, id: AssetId) -> Result<bool> {
    let mut statement = Query::delete();
    statement.from_table("asset").and_where(is("id", &id));
    Ok(conn::execute(conn, &statement).await? > 0)
}

async fn change(
    conn: &impl Conn,
    id: AssetId,
    only_if: Option<Status>,
    values: Vec<(&'static str, Expr)>,
) -> Result<bool> {
    let mut statement = Query::update();
    statement.table("asset").values(values).and_where(is("id", &id));
    if let Some(status) = only_if {
        statement.and_where(is("status", &status));
    }
    Ok(conn::execute(conn, &statement).await? > 0)
}

/// How many assets of a workspace are being prepared.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn count_preparing(conn: &impl Conn, workspace: WorkspaceId) -> Result<u64> {
    let preparing = Expr::col("status").eq(Status::Preparing.as_str());
    conn::count::<Asset>(conn, is("workspace", &workspace).and(preparing)).await
}
