//! Tests: the badge that tells what is one, and how much is kept of it.

use std::borrow::Cow;

use subclip_core::{Align, Length, Placing, Time, Timescale};

use crate::Result;
use crate::media::{Library, View};
use crate::model::AssetSettings;
use crate::overlay::Overlay;

/// How long a test may be.
const LONGEST: Time = Time::new(10_000, Timescale::MILLISECONDS);

/// Where the badge is fetched: from this very program. No owner can ask for such a URL.
const BADGE_URL: &str = "subclip:test";
/// It says TEST, on a ground that shows through.
static BADGE: &[u8] = include_bytes!("test.png");

/// The image at a URL that is part of the program.
pub(super) fn built_in(url: &str) -> Option<&'static [u8]> {
    (url == BADGE_URL).then_some(BADGE)
}

/// What is to be laid over the pictures of an asset: what its owner asked for, and above that the badge of a test.
pub(crate) fn overlays_of(settings: &AssetSettings) -> Cow<'_, [Overlay]> {
    if !settings.test {
        return Cow::Borrowed(&settings.overlays);
    }
    let placing = Placing {
        vertical: Align::Centre,
        horizontal: Align::Centre,
        width: Some(Length::Percent(40_000)),
        ..Placing::default()
    };
    let badge = Overlay { url: BADGE_URL.to_owned(), placing };
    Cow::Owned(settings.overlays.iter().cloned().chain([badge]).collect())
}

/// Where what is made between two times ends: a test after ten seconds, at the frame boundary nearest to that.
pub(crate) async fn end_of(
    settings: &AssetSettings,
    view: &View,
    library: &Library,
    start: Time,
    end: Time,
) -> Result<Time> {
    let scale = end.scale();
    let latest = Time::new(start.round_to(scale).saturating_add(LONGEST.round_to(scale)), scale);
    if !settings.test || end <= latest {
        return Ok(end);
    }
    Ok(view.snap(library, start, latest).await?.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_badge_lies_above_all_else() {
        let logo = Overlay { url: "https://example.com/logo.png".into(), placing: Placing::default() };
        let settings =
            |test| AssetSettings { test, overlays: vec![logo.clone()], ..AssetSettings::default() };
        assert_eq!(*overlays_of(&settings(false)), *std::slice::from_ref(&logo));
        let test = settings(true);
        let of_test = overlays_of(&test);
        assert_eq!((of_test.len(), &of_test[0]), (2, &logo));
        assert!(built_in(&of_test[1].url).unwrap().starts_with(b"\x89PNG"));
        assert_eq!(built_in(&logo.url), None);
    }
}
