//! What takes a processor long, done on threads that answer no requests.

use crate::{Error, Result};

/// Does `work` on such a thread.
///
/// # Errors
/// `Internal` where it panicked.
pub(crate) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}
