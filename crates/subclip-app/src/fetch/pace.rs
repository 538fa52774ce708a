//! How slow a host may be. A fetch holds a worker, so one that drips can't go on for ever; what came is kept, and the
//! next try goes on from there where the host allows it.

use std::time::Duration;

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use tokio::time::Instant;

use super::FetchError;

/// How long a host is waited for before its pace is judged.
const WINDOW: Duration = Duration::from_secs(60);
/// The least bytes of such a time: 8 KiB a second, less than any media needs.
const LEAST_BYTES: u64 = 60 * 8192;
/// How long one try may wait for its host in all.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

type Body = BoxStream<'static, Result<Bytes, FetchError>>;

struct Paced {
    body: Body,
    in_window: Duration,
    came_bytes: u64,
    in_all: Duration,
}

/// The same body, but it fails when its host is too slow. Only waiting for the host counts, not our own disk.
pub(super) fn paced(body: Body) -> Body {
    let paced = Paced { body, in_window: Duration::ZERO, came_bytes: 0, in_all: Duration::ZERO };
    stream::unfold(Some(paced), async |paced| {
        let mut paced = paced?;
        let began = Instant::now();
        let chunk = paced.body.next().await?;
        match chunk.and_then(|chunk| paced.judge(began.elapsed(), chunk)) {
            Ok(chunk) => Some((Ok(chunk), Some(paced))),
            Err(error) => Some((Err(error), None)),
        }
    })
    .boxed()
}

impl Paced {
    fn judge(&mut self, waited: Duration, chunk: Bytes) -> Result<Bytes, FetchError> {
        self.in_window += waited;
        self.in_all += waited;
        self.came_bytes += chunk.len() as u64;
        if self.in_all > LONGEST {
            return Err(FetchError::Unreachable("the host did not send the file within a day".into()));
        }
        if self.in_window < WINDOW {
            return Ok(chunk);
        }
        if self.came_bytes < LEAST_BYTES {
            let rate = self.came_bytes / self.in_window.as_secs().max(1);
            return Err(FetchError::Unreachable(format!("the host is too slow, at {rate} bytes a second")));
        }
        (self.in_window, self.came_bytes) = (Duration::ZERO, 0);
        Ok(chunk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many chunks come of a host that sends `size_bytes` every `seconds`, and how it ends.
    async fn check(size_bytes: usize, seconds: u64, chunks: usize, fails_with: Option<&str>) {
        let body = stream::repeat_with(move || Ok(Bytes::from(vec![0; size_bytes]))).take(10_000);
        let slow = body.then(move |chunk| async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            chunk
        });
        let came: Vec<_> = paced(slow.boxed()).collect().await;
        assert_eq!(came.iter().filter(|chunk| chunk.is_ok()).count(), chunks, "{size_bytes} in {seconds} s");
        let failure = came.last().and_then(|last| last.as_ref().err()).map(ToString::to_string);
        match (failure, fails_with) {
            (None, None) => {}
            (Some(failure), Some(part)) => assert!(failure.contains(part), "{failure}"),
            (failure, _) => panic!("{size_bytes} in {seconds} s: {failure:?}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn slow_hosts_are_borne_and_dripping_ones_are_not() {
        check(8192, 1, 10_000, None).await;
        check(1, 29, 2, Some("too slow")).await;
        check(8000, 1, 59, Some("too slow")).await;
        check(1 << 20, 20, 4320, Some("within a day")).await;
    }
}
