//! When a delivery that failed is tried again, and when an endpoint has failed for too long. Pure.

use std::time::Duration;

use subclip_core::{Backoff, Jitter};
use subclip_db::webhook::Webhook;

/// How often a delivery is tried by itself, at the most.
pub const MOST_ATTEMPTS: u32 = 30;
/// How often something is as if it had failed, for it to be tried once more and no more.
pub(crate) const ONE_TRY: u32 = MOST_ATTEMPTS - 1;
/// How long after its first attempt it is tried.
const PATIENCE_MS: i64 = 24 * 3600 * 1000;
/// How long a webhook may fail before it is told nothing any more.
const DISABLED_AFTER_MS: i64 = 3 * 24 * 3600 * 1000;
/// Longer than anything waits for its next try: where nothing failed for so long, nothing was tried, and what fails then is
/// the beginning of something new.
const QUIET_MS: i64 = 6 * 3600 * 1000;

/// Half of each delay is random: with this longest one, thirty attempts take about a day.
const BACKOFF: Backoff =
    Backoff { first: Duration::from_secs(5), longest: Duration::from_secs(90 * 60), tries: MOST_ATTEMPTS };

/// When to try again what has failed `failures` times, the last time just now; `None` to give it up. The last attempt is
/// made when a day has passed since the first.
pub(super) fn next_ms(failures: u32, first_attempt_ms: i64, now_ms: i64, jitter: Jitter) -> Option<i64> {
    let last_ms = first_attempt_ms.saturating_add(PATIENCE_MS);
    let delay = BACKOFF.delay_after(failures, jitter)?;
    let delay_ms = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
    (now_ms < last_ms).then(|| now_ms.saturating_add(delay_ms).min(last_ms))
}

/// How a webhook has failed, without a success in between and without a long time in which nothing was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Failing {
    pub(super) since_ms: i64,
    pub(super) last_ms: i64,
}

impl Failing {
    pub(super) fn of(webhook: &Webhook) -> Option<Self> {
        Some(Self { since_ms: webhook.failing_since_ms?, last_ms: webhook.failed_ms? })
    }

    /// It has just failed once more.
    pub(super) fn again(before: Option<Self>, now_ms: i64) -> Self {
        let goes_on = before.filter(|before| now_ms - before.last_ms <= QUIET_MS);
        Self { since_ms: goes_on.map_or(now_ms, |before| before.since_ms), last_ms: now_ms }
    }

    /// Whether that is too long.
    pub(super) fn is_hopeless(self) -> bool {
        self.last_ms - self.since_ms >= DISABLED_AFTER_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The times, in seconds, at which something that always fails is tried.
    fn attempts(jitter: f64) -> Vec<i64> {
        let (mut now, mut times) = (0, vec![0]);
        while let Some(next) = next_ms(times.len() as u32, 0, now, Jitter(jitter)) {
            now = next;
            times.push(now / 1000);
        }
        times
    }

    #[test]
    fn what_fails_is_tried_for_a_day() {
        for (jitter, attempts_made, hours) in [(0.0, 30, 14..16), (0.5, 30, 21..24), (1.0, 27, 24..25)] {
            let times = attempts(jitter);
            assert_eq!(times.len(), attempts_made, "{jitter}");
            assert!(hours.contains(&(times[times.len() - 1] / 3600)), "{jitter}: {times:?}");
            assert!(times[1] <= 5 && times[2] <= 15, "{times:?}");
            assert!(times.windows(2).all(|pair| pair[1] - pair[0] <= 90 * 60), "{times:?}");
        }
    }

    #[test]
    fn the_last_attempt_is_made_when_the_day_is_over() {
        let day = PATIENCE_MS;
        assert_eq!(next_ms(20, 0, day - 1000, Jitter(1.0)), Some(day));
        assert_eq!(next_ms(20, 0, day, Jitter(1.0)), None);
        assert_eq!(next_ms(1, 0, 0, Jitter(0.0)), Some(2500));
        assert_eq!(next_ms(MOST_ATTEMPTS, 0, 0, Jitter(0.0)), None);
    }

    #[test]
    fn three_days_of_failing_are_too_long() {
        let fails_every = |step_ms: i64, until_ms: i64| {
            let (mut now_ms, mut failing) = (10, Failing::again(None, 10));
            while now_ms + step_ms <= until_ms {
                now_ms += step_ms;
                failing = Failing::again(Some(failing), now_ms);
            }
            failing.is_hopeless()
        };
        assert!(!fails_every(3_600_000, DISABLED_AFTER_MS + 9));
        assert!(fails_every(3_600_000, DISABLED_AFTER_MS + 10));
        assert!(!fails_every(QUIET_MS + 1, 10 * DISABLED_AFTER_MS), "hardly ever tried");
        assert!(QUIET_MS > 2 * BACKOFF.longest.as_millis() as i64, "what is pending is tried more often");
    }
}
