//! Work of a job that viewers come before: where there are too many of them it waits, and asks again.

use std::time::Duration;

use subclip_core::Backoff;
use tokio_util::sync::CancellationToken;

use crate::{Error, Result, random};

/// How long it waits between two times.
const PAUSES: Backoff =
    Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(60), tries: u32::MAX };

/// What comes of asking, once it is not refused for want of room any more. That says nothing of what is asked for, and
/// passes with the load: so it is no failure of the job, and what the job has done until then is not lost.
///
/// # Errors
/// Those of asking; `Conflict` where the job is cancelled meanwhile.
pub(super) async fn until_served<T, F: Future<Output = Result<T>>>(
    cancel: &CancellationToken,
    ask: impl Fn() -> F,
) -> Result<T> {
    let mut refusals = 0_u32;
    loop {
        match ask().await {
            Err(error) if error.is_refusal() => {
                refusals = refusals.saturating_add(1);
                let pause = PAUSES.delay_after(refusals, random::jitter()).unwrap_or(PAUSES.longest);
                tracing::debug!(refusals, ?pause, %error, "a job makes way for viewers");
                tokio::select! {
                    biased;
                    () = cancel.cancelled() => return Err(Error::conflict("It is not wanted any more.")),
                    () = tokio::time::sleep(pause) => {}
                }
            }
            answer => return answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use tokio::time::Instant;

    use super::*;
    use crate::Kind;

    /// What comes of asking something that answers so, how often it was asked, and how long that took.
    async fn check(answer: impl Fn(u32) -> Result<u32>) -> (Result<u32>, u32, Duration) {
        let (asked, begun) = (Cell::new(0), Instant::now());
        let ask = async || {
            asked.set(asked.get() + 1);
            answer(asked.get())
        };
        let served = until_served(&CancellationToken::new(), ask).await;
        (served, asked.get(), begun.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn however_long_there_are_too_many_it_is_asked_again() {
        let crowded = |until| move |n| if n > until { Ok(n) } else { Err(Error::busy("Full.")) };
        assert_eq!(check(crowded(0)).await, (Ok(1), 1, Duration::ZERO));
        let (served, asked, took) = check(crowded(1000)).await;
        assert_eq!((served, asked), (Ok(1001), 1001));
        assert!((500..=1000).contains(&(took.as_secs() / 60)), "the pauses grow: {took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_fails_fails_at_once() {
        let died = Error { detail: Some("signal 9".to_owned()), ..Error::busy("It died.") };
        for error in [Error::internal("odd"), Error::conflict("Moved."), Error::full(), died] {
            let (served, asked, took) = check(|_| Err(error.clone())).await;
            assert_eq!((served, asked, took), (Err(error), 1, Duration::ZERO));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_cancelled_waits_no_longer() {
        let cancel = CancellationToken::new();
        let begun = Instant::now();
        let asking = until_served::<(), _>(&cancel, async || {
            cancel.cancel();
            Err(Error::busy("Full."))
        });
        assert_eq!(asking.await.unwrap_err().kind, Kind::Conflict);
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }
}
