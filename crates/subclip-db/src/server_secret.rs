//! What the server itself signs with: secrets that are drawn once for a database, and leave it never.

use crate::conn::{self, Conn};
use crate::error::Result;

row! {
    "server_secret"
    /// A secret. It stays out of logs: whoever has it may play everything.
    struct Secret {
        /// What it is for.
        name: String,
        /// 256 random bits.
        secret: [u8; 32],
        /// When it was drawn.
        created_ms: i64,
    }
}

/// Stores `fresh` as the secret of this name unless there is one, and answers with the one there is.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn ensure(conn: &impl Conn, name: &str, fresh: [u8; 32], now_ms: i64) -> Result<[u8; 32]> {
    let name = name.to_owned();
    let there = conn::one_by::<Secret>(conn, "name", &name).await?;
    if let Some(there) = there {
        return Ok(there.secret);
    }
    let drawn = Secret { name: name.clone(), secret: fresh, created_ms: now_ms };
    if conn::insert_if_absent(conn, &drawn).await? {
        return Ok(fresh);
    }
    Ok(conn::one_by::<Secret>(conn, "name", &name).await?.map_or(fresh, |there| there.secret))
}
