//! `subclip serve --demo`: a sample video, and a clip cut from it, so that there is something to see.

use std::path::Path;
use std::time::{Duration, Instant};

use subclip_app::{App, AssetSettings, NewAsset, NewClip, Policy};
use subclip_core::Time;

use super::asset::{add, playing, print_links};
use super::print::say;

/// The middle of the sample: from a third of it to two thirds.
pub(crate) async fn demo(app: &App, sample: &Path) -> anyhow::Result<()> {
    let source = add(app, sample, Some("Sample".into())).await?;
    let length = source.duration.map_or(0.0, Time::seconds);
    let caller = app.tokens().operator().await?;
    let settings = AssetSettings { title: Some("Clip of the sample".into()), ..AssetSettings::default() };
    let clip = NewClip {
        source: source.id,
        start: Some(Time::from_seconds(length / 3.0)?),
        end: Some(Time::from_seconds(length * 2.0 / 3.0)?),
        policies_of_source: false,
        asset: NewAsset { settings, policies: vec![Policy::Public] },
    };
    let asked = Instant::now();
    let clip = app.clips().create(&caller, clip, Duration::ZERO).await?;
    let clip = playing(app, &caller, clip.id).await?;
    say!("\nA sample of {length:.1} s:")?;
    print_links(app, &source)?;
    say!("\nA clip of its middle third, ready after {} ms:", asked.elapsed().as_millis())?;
    print_links(app, &clip)?;
    say!("")
}
