//! What lists of every API do alike.

use std::future::Future;

use futures::{StreamExt as _, stream};

/// Assets of a list whose files are measured at the same time.
const MEASURED_AT_ONCE: usize = 8;

/// The assets of a list in an API's words, in their order.
pub(crate) async fn in_words<W: Future>(assets: impl IntoIterator<Item = W>) -> Vec<W::Output> {
    let each: Vec<W> = assets.into_iter().collect();
    stream::iter(each).buffered(MEASURED_AT_ONCE).collect().await
}
