//! Objects: which bytes the store holds for us. The row comes before the bytes, so bytes without a row are garbage.

use sea_orm::sea_query::Query;
use subclip_core::{AssetId, ObjectId, SoundTrackId};

use crate::conn::{self, Conn, is, set};
use crate::error::Result;

row! {
    "object"
    /// Bytes in the store, or on their way there.
    pub struct Object {
        /// Their id.
        pub id: ObjectId,
        /// How many there are, once they are all there.
        pub size_bytes: Option<u64>,
        /// The asset being made that needs them before any track says so, or the sound track. Counts while that is preparing.
        pub holder: Option<[u8; 16]>,
        /// Nobody needs them: they are being deleted, and no track may be made of them.
        pub doomed: bool,
        /// When the row was made.
        pub created_ms: i64,
    }
}

/// Announces bytes, and the asset in preparation that needs them, if one does; without one they are garbage until a
/// track says otherwise. Do this, and commit it, before the first of them is stored.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn insert(conn: &impl Conn, id: ObjectId, holder: Option<AssetId>, now_ms: i64) -> Result<()> {
    held(conn, id, holder.map(AssetId::bytes), now_ms).await
}

/// The same for a sound track in preparation.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn insert_for_sound(
    conn: &impl Conn,
    id: ObjectId,
    holder: SoundTrackId,
    now_ms: i64,
) -> Result<()> {
    held(conn, id, Some(holder.bytes()), now_ms).await
}

async fn held(conn: &impl Conn, id: ObjectId, holder: Option<[u8; 16]>, now_ms: i64) -> Result<()> {
    let object = Object { id, size_bytes: None, holder, doomed: false, created_ms: now_ms };
    conn::insert(conn, &object).await
}

/// The object with this id.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn get(conn: &impl Conn, id: ObjectId) -> Result<Option<Object>> {
    conn::one_by(conn, "id", &id).await
}

/// The object with this id, which nobody else changes before this transaction ends: so it is not doomed meanwhile.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn lock(tx: &crate::Tx, id: ObjectId) -> Result<Option<Object>> {
    conn::lock_by(tx, "id", &id).await
}

/// Tells that all bytes are there, and how many. `false` without such an object, or when it is doomed: whoever deletes it
/// may have passed before the bytes came, so they are to be deleted by who brought them.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn set_size(conn: &impl Conn, id: ObjectId, size_bytes: u64) -> Result<bool> {
    let mut statement = Query::update();
    statement
        .table("object")
        .values([set("size_bytes", &Some(size_bytes))])
        .and_where(is("id", &id))
        .and_where(is("doomed", &false));
    Ok(conn::execute(conn, &statement).await? > 0)
}

/// Lets go of an object that is not needed any more although its holder is still preparing.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn release(conn: &impl Conn, id: ObjectId) -> Result<()> {
    let mut statement = Query::update();
    statement.table("object").values([set("holder", &None::<[u8; 16]>)]).and_where(is("id", &id));
    conn::execute(conn, &statement).await.map(|_| ())
}
