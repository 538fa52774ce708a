//! When to try again: backoff with jitter, as a function of the attempt and a random number that the caller brings.

use std::time::Duration;

/// A number in `0.0..1.0`, drawn by the caller so that this stays a pure function.
#[derive(Debug, Clone, Copy)]
pub struct Jitter(pub f64);

/// Doubling delays between tries, bounded in length and in number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// The delay after the first failure.
    pub first: Duration,
    /// No delay is longer than this.
    pub longest: Duration,
    /// Tries in all, the first included.
    pub tries: u32,
}

impl Backoff {
    /// The delay before the next try after `failures` failed ones (1 or more), or `None` when there is to be none.
    ///
    /// Half of each delay is random, so that work that failed together does not come back together.
    #[must_use]
    pub fn delay_after(&self, failures: u32, jitter: Jitter) -> Option<Duration> {
        if failures >= self.tries {
            return None;
        }
        let doublings = failures.saturating_sub(1).min(31);
        let full = self.first.saturating_mul(1 << doublings).min(self.longest);
        Some(full.mul_f64(0.5 + jitter.0.clamp(0.0, 1.0) / 2.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_a_bound_and_ends() {
        let backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(5), tries: 5 };
        let delays: Vec<_> =
            (1..=6).map(|n| backoff.delay_after(n, Jitter(1.0)).map(|d| d.as_secs())).collect();
        assert_eq!(delays, [Some(1), Some(2), Some(4), Some(5), None, None]);
        assert_eq!(backoff.delay_after(1, Jitter(0.0)), Some(Duration::from_millis(500)));
    }
}
