//! Bounds on what one access token and one workspace may ask of a server, so that none takes it from the others.

use std::num::NonZeroU32;

use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use subclip_core::WorkspaceId;
use subclip_db::{Tx, asset, sound_track, text_track, upload};

use crate::{Error, Result};

/// The bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests per second that a token may make in the long run, and ten times as many at once; no bound if `None`.
    pub requests_per_s: Option<NonZeroU32>,
    /// Assets of a workspace that are being prepared at once.
    pub most_preparing: u64,
    /// Uploads of a workspace that wait for their bytes at once.
    pub most_waiting_uploads: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { requests_per_s: NonZeroU32::new(100), most_preparing: 1_000, most_waiting_uploads: 10_000 }
    }
}

/// How many seconds' worth of requests may come at once.
const BURST_S: NonZeroU32 = NonZeroU32::new(10).expect("ten is no zero");

/// Counts the requests of each token. Only tokens that exist are counted, and those that were idle since are let go when one
/// is revoked, so there are no more counts than tokens.
pub(crate) struct TokenRates<C: Clock = MonotonicClock>(Option<Counts<C>>);

type Counts<C> = RateLimiter<String, DashMapStateStore<String>, C, NoOpMiddleware<<C as Clock>::Instant>>;

impl TokenRates {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self::with_clock(limits, MonotonicClock)
    }
}

impl<C: Clock> TokenRates<C> {
    fn with_clock(limits: &Limits, clock: C) -> Self {
        let quota = |rate: NonZeroU32| Quota::per_second(rate).allow_burst(rate.saturating_mul(BURST_S));
        let limiter = |rate| RateLimiter::new(quota(rate), DashMapStateStore::default(), clock);
        Self(limits.requests_per_s.map(limiter))
    }

    /// Counts a request of a token. `Busy` where it made too many; the next may come within a second.
    pub(crate) fn count(&self, token: &str) -> Result<()> {
        let Some(limiter) = &self.0 else { return Ok(()) };
        let too_many = |_| Error::busy("This access token makes too many requests; slow down.");
        limiter.check_key(&token.to_owned()).map_err(too_many)
    }

    /// Lets go of the counts of tokens that may make as many requests as one that never made any.
    pub(crate) fn forget_idle(&self) {
        if let Some(limiter) = &self.0 {
            limiter.retain_recent();
        }
    }
}

impl Limits {
    /// `Busy` where a workspace has as many assets in preparation as it may.
    pub(crate) async fn room_to_prepare(&self, tx: &Tx, workspace: WorkspaceId) -> Result<()> {
        self.room_beside(asset::count_preparing(tx, workspace).await?, "assets")
    }

    /// `Busy` where so many text tracks of a workspace are in preparation as assets may be.
    pub(crate) async fn room_for_texts(&self, tx: &Tx, workspace: WorkspaceId) -> Result<()> {
        self.room_beside(text_track::count_preparing(tx, workspace).await?, "text tracks")
    }

    /// `Busy` where so many sound tracks of a workspace are in preparation as assets may be.
    pub(crate) async fn room_for_sounds(&self, tx: &Tx, workspace: WorkspaceId) -> Result<()> {
        self.room_beside(sound_track::count_preparing(tx, workspace).await?, "audio tracks")
    }

    fn room_beside(&self, preparing: u64, what: &str) -> Result<()> {
        let most = self.most_preparing;
        if preparing < most {
            return Ok(());
        }
        Err(Error::busy(format!(
            "{most} {what} are being prepared already, which is the most at once; wait for some of them."
        )))
    }

    /// `Busy` where a workspace has as many uploads that wait as it may.
    pub(crate) async fn room_to_upload(&self, tx: &Tx, workspace: WorkspaceId) -> Result<()> {
        if upload::count_waiting(tx, workspace).await? < self.most_waiting_uploads {
            return Ok(());
        }
        let most = self.most_waiting_uploads;
        Err(Error::busy(format!(
            "{most} uploads wait for their files already, which is the most at once; send or cancel some."
        )))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::*;
    use crate::Kind;

    #[test]
    fn each_token_has_its_own_rate() {
        let clock = FakeRelativeClock::default();
        let limits = Limits { requests_per_s: NonZeroU32::new(2), ..Limits::default() };
        let rates = TokenRates::with_clock(&limits, clock.clone());
        for _ in 0..20 {
            rates.count("one").unwrap();
        }
        assert_eq!(rates.count("one").unwrap_err().kind, Kind::Busy);
        rates.count("other").unwrap();
        clock.advance(Duration::from_millis(499));
        assert!(rates.count("one").is_err());
        clock.advance(Duration::from_millis(1));
        rates.count("one").unwrap();
        assert!(rates.count("one").is_err());

        let counted = || rates.0.as_ref().unwrap().len();
        assert_eq!(counted(), 2);
        clock.advance(Duration::from_millis(500));
        rates.forget_idle();
        assert_eq!(counted(), 1);
        rates.count("one").unwrap();
        assert!(rates.count("one").is_err(), "what was made is not forgotten");
        clock.advance(Duration::from_secs(11));
        rates.forget_idle();
        assert_eq!(counted(), 0);
    }

    #[test]
    fn no_bound_is_none() {
        let limits = Limits { requests_per_s: None, ..Limits::default() };
        let rates = TokenRates::new(&limits);
        assert!((0..100_000).all(|_| rates.count("one").is_ok()));
    }
}
