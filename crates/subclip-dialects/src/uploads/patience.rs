//! How long a silent sender is waited for. A network that goes away says nothing, and its request holds the upload's
//! lock: a newer request of this process takes it over, one of another process can't.

use std::io::{Error, ErrorKind};
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt as _, stream};
use tokio::time::timeout;

/// How long a sender may stay silent between two chunks of a body. What came by then is kept, and the upload is free
/// for another try.
const SILENCE: Duration = Duration::from_secs(30);

/// The same body, but it fails and ends when its sender falls silent. Only the waiting counts, not the time that the
/// reader takes.
pub(super) fn patient<S>(body: S) -> impl Stream<Item = Result<Bytes, Error>> + Send + Unpin
where
    S: Stream<Item = Result<Bytes, Error>> + Send + Unpin + 'static,
{
    let next = async |body: Option<S>| {
        let mut body = body?;
        match timeout(SILENCE, body.next()).await {
            Ok(chunk) => Some((chunk?, Some(body))),
            Err(_) => Some((Err(silent()), None)),
        }
    };
    // The rest is asked for once more after the end.
    stream::unfold(Some(body), next).boxed().fuse()
}

fn silent() -> Error {
    Error::new(ErrorKind::TimedOut, format!("nothing came for {} seconds", SILENCE.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::{Instant, sleep};

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_comes_and_a_silent_one_ends() {
        let pauses = stream::iter([0, 29, 29, 29, 31, 0]);
        let chunks = pauses.then(async |seconds| {
            sleep(Duration::from_secs(seconds)).await;
            Ok(Bytes::from_static(b"x"))
        });
        let began = Instant::now();
        let came: Vec<_> = patient(Box::pin(chunks)).map(|chunk| chunk.map_err(|e| e.kind())).collect().await;
        let x = || Ok(Bytes::from_static(b"x"));
        assert_eq!(came, [x(), x(), x(), x(), Err(ErrorKind::TimedOut)]);
        assert_eq!(began.elapsed(), Duration::from_secs(3 * 29 + 30));
    }
}
