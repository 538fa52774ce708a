//! The DASH manifest of a package: what its playlists say, in one document.

use std::ops::Range;

use subclip_app::{Error, PlayedSound, Result, TextTrack};
use subclip_core::{Segment, Time, Timescale};
use subclip_formats::dash::{
    AdaptationSet, Content, Form, Manifest, Media, Period, Representation as Entry, Role as For, Segments,
    literal,
};

use crate::package::Package;
use crate::playlists::{JoinBy, SPLIT, SPLIT_INIT, sound_codec};
use crate::quality::{Quality, qualities};
use crate::rates::Rates;
use crate::representation::{Representation, Stream};
use crate::segment::Role;
use crate::text;
use crate::wishes::Choice;

/// What is named beside the pictures, as it was looked up last.
#[derive(Clone, Copy)]
pub(crate) struct Beside<'a> {
    /// The sounds, the first one first.
    pub(crate) sounds: &'a [PlayedSound],
    /// Captions.
    pub(crate) texts: &'a [TextTrack],
}

/// The manifest; `base` leads from it to the folders of representations.
pub(crate) fn manifest(
    package: &Package,
    rates: &Rates,
    base: &str,
    join: JoinBy,
    choice: &Choice,
    Beside { sounds, texts }: Beside<'_>,
) -> Result<Manifest> {
    let stretches = stretches(package, join);
    let mut periods = Vec::with_capacity(stretches.len());
    for times in &stretches {
        let stretch = Stretch { package, rates, base, join, choice, times: times.clone() };
        let media = stretch.pictures()?.into_iter().chain(stretch.sounds(sounds));
        let sets = media.chain(texts.iter().map(|text| stretch.text(text))).collect();
        periods.push(Period { start: times.start, sets });
    }
    if periods.iter().all(|period| period.sets.is_empty()) {
        return Err(Error::not_found("track"));
    }
    Ok(Manifest { periods, end: package.playable.view.timeline.duration() })
}

/// dash.js (5.2) takes a period that ends less than a second before the end of all for the last, and ends there. So a last
/// part that is shorter is of one period with the one before it, whose init then holds the parameter sets of both.
const SHORTEST_LAST: Time = Time::new(1000, Timescale::MILLISECONDS);

/// A segment that begins no later than this after its period is told to begin with it: a packet of sound and more.
const APART: Time = Time::new(100, Timescale::MILLISECONDS);

/// What captions are said to take, which is more than people can read.
const TEXT_BPS: u64 = 1_000;

/// When each period begins and ends: wherever a playlist would have a discontinuity, another one begins.
fn stretches(package: &Package, join: JoinBy) -> Vec<Range<Time>> {
    let timeline = &package.playable.view.timeline;
    let starts_at = |number: &usize| {
        let piece = &package.video[*number];
        Time::new(piece.at, timeline.video[piece.span].timescale)
    };
    let breaks: Vec<Time> = match join {
        JoinBy::OneInit => Vec::new(),
        JoinBy::Discontinuity => package.breaks().iter().map(starts_at).collect(),
    };
    divided(&breaks, timeline.duration())
}

/// What lies between the breaks up to `end`.
fn divided(breaks: &[Time], end: Time) -> Vec<Range<Time>> {
    let is_short = |start: &mut Time| end.seconds() - start.seconds() < SHORTEST_LAST.seconds();
    let mut later = breaks.to_vec();
    while later.pop_if(is_short).is_some() {}
    let starts = [Time::ZERO].into_iter().chain(later.iter().copied());
    let ends = later.iter().copied().chain([end]);
    starts.zip(ends).map(|(start, end)| start..end).collect()
}

/// What is played in one period.
struct Stretch<'a> {
    package: &'a Package,
    rates: &'a Rates,
    base: &'a str,
    join: JoinBy,
    choice: &'a Choice,
    times: Range<Time>,
}

impl Stretch<'_> {
    /// The pictures, in every quality.
    fn pictures(&self) -> Result<Option<AdaptationSet>> {
        let playable = &self.package.playable;
        let Some(track) = &playable.video else { return Ok(None) };
        let role = self.join.role();
        let split = role == Role::Split;
        let listed = self.listed(Stream::Pictures, role);
        let Some(first_span) = listed.first_span else { return Ok(None) };
        let init = match (split, listed.broken) {
            (false, _) => "init.mp4".to_owned(),
            (true, false) => format!("init-{first_span}.mp4"),
            (true, true) => SPLIT_INIT.to_owned(),
        };
        let segments = self.segments(listed, track.timescale, &init, if split { SPLIT } else { "" });
        let entry = |quality: Quality| Entry {
            id: quality.representation.name().into_owned(),
            bandwidth_bps: quality.rate.steady_bps,
            codec: Some(quality.codec),
            form: Form::Pictures {
                size: quality.coded_size,
                pixel_aspect: quality.pixel_aspect,
                frame_rate: playable.frame_rate,
            },
            media: Media::Segments(segments.clone()),
        };
        let entries = qualities(self.package, self.rates, self.choice)?.into_iter().map(entry);
        Ok(Some(set(Content::Video, For::Main, None, entries.collect())))
    }

    /// Every sound. The first is played unless another is chosen.
    fn sounds(&self, sounds: &[PlayedSound]) -> Vec<AdaptationSet> {
        let role = |place| if place == 0 { For::Main } else { For::Alternate };
        // The only one has a name only where somebody gave it one.
        let is_labelled = |sound: &PlayedSound| sounds.len() > 1 || sound.name != "Default";
        let one = |(place, sound)| {
            let set = self.sound(sound, role(place))?;
            Some(AdaptationSet { label: is_labelled(sound).then(|| sound.name.clone()), ..set })
        };
        sounds.iter().enumerate().filter_map(one).collect()
    }

    fn sound(&self, sound: &PlayedSound, role: For) -> Option<AdaptationSet> {
        let format = sound.track.audio()?;
        let listed = self.listed(Stream::Sound(sound.number), Role::Shared);
        listed.first_span?;
        let one = Entry {
            id: Representation::Sound(sound.number).name().into_owned(),
            bandwidth_bps: self.rates.of_sound(sound.number).steady_bps,
            codec: sound_codec(sound),
            form: Form::Sound { sample_rate: format.sample_rate, channels: format.channels },
            media: Media::Segments(self.segments(listed, sound.track.timescale, "init.mp4", "")),
        };
        Some(set(Content::Audio, role, sound.language.clone(), vec![one]))
    }

    /// Captions: one file, or where there are several periods those of this one. Their times are the timeline's as those
    /// of the pictures are: dash.js (5.2) moves neither, Shaka (5.2) moves both by as much.
    fn text(&self, text: &TextTrack) -> AdaptationSet {
        let name = text::name(text.id);
        let is_whole = self.times == (Time::ZERO..self.package.playable.view.timeline.duration());
        let media = if is_whole {
            Media::File(format!("{}/{name}/{}", self.base, text::SEGMENT))
        } else {
            let ms = |time: Time| time.round_to(Timescale::MILLISECONDS);
            let shown = ms(self.times.start)..ms(self.times.end);
            Media::Segments(Segments {
                initialization: None,
                media: literal(&format!("{}/{name}/{}", self.base, text::period_file(&self.times))),
                first_number: 1,
                timescale: Timescale::MILLISECONDS,
                presentation_time_offset: shown.start,
                times: vec![shown],
            })
        };
        let one = Entry { id: name.clone(), bandwidth_bps: TEXT_BPS, codec: None, form: Form::Text, media };
        let role = if text.closed_captions { For::Caption } else { For::Subtitle };
        let language = Some(text.language.clone()).filter(|language| language != "und");
        AdaptationSet { label: Some(text.name.clone()), ..set(Content::Text, role, language, vec![one]) }
    }

    /// The segments of a stream that begin in this period.
    fn listed(&self, stream: Stream, role: Role) -> Listed {
        let spans = self.package.spans(stream);
        let mut listed = Listed { first_number: 0, first_span: None, broken: false, times: Vec::new() };
        for (number, pieces) in self.package.segments(stream, role).enumerate() {
            let ([first, ..], [.., last]) = (pieces, pieces) else { continue };
            let start = |piece: &Segment| Time::new(piece.at, spans[piece.span].timescale);
            if !self.times.contains(&start(first)) {
                continue;
            }
            if listed.first_span.is_none() {
                (listed.first_number, listed.first_span) = (number, Some(first.span));
            } else {
                listed.broken |= self.package.is_break(stream, number);
            }
            listed.times.push(first.at..last.at + last.duration);
        }
        listed
    }

    /// Presentation times in segments are the timeline's, once the edit in their init took the delay away; so what is
    /// played as the period begins is what stands at its start.
    fn segments(&self, listed: Listed, timescale: Timescale, init: &str, prefix: &str) -> Segments {
        let folder = format!("{}/$RepresentationID$", literal(self.base));
        let presentation_time_offset = self.times.start.round_to(timescale);
        let mut times = listed.times;
        // Sound begins with the first packet after the first picture. Told so, dash.js (5.2) seeks there once it prepares
        // the period, in the middle of the one before.
        if let Some(first) = times.first_mut()
            && first.start - presentation_time_offset < APART.round_to(timescale)
        {
            first.start = presentation_time_offset;
        }
        Segments {
            initialization: Some(format!("{folder}/{init}")),
            media: format!("{folder}/{prefix}$Number$.m4s"),
            first_number: listed.first_number,
            timescale,
            presentation_time_offset,
            times,
        }
    }
}

/// Segments that follow each other.
struct Listed {
    first_number: usize,
    /// The span that the first begins with; `None` where there are none.
    first_span: Option<usize>,
    /// Whether the parameter sets change among them.
    broken: bool,
    times: Vec<Range<i64>>,
}

fn set(content: Content, role: For, language: Option<String>, representations: Vec<Entry>) -> AdaptationSet {
    AdaptationSet { content, role, language, label: None, representations }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_last_part_is_of_one_period_with_the_one_before() {
        let check = |breaks_ms: &[i64], end_ms: i64, expected: &[i64]| {
            let time = |&ms: &i64| Time::new(ms, Timescale::MILLISECONDS);
            let breaks: Vec<Time> = breaks_ms.iter().map(time).collect();
            let periods = divided(&breaks, time(&end_ms));
            let starts: Vec<Time> = periods.iter().map(|period| period.start).collect();
            assert_eq!(starts, expected.iter().map(time).collect::<Vec<_>>(), "{breaks_ms:?} {end_ms}");
            assert_eq!(periods.last().map(|period| period.end), Some(time(&end_ms)));
            assert!(periods.windows(2).all(|two| two[0].end == two[1].start));
        };
        check(&[], 400, &[0]);
        check(&[400, 5000], 6000, &[0, 400, 5000]);
        check(&[1500, 5000], 5999, &[0, 1500]);
        check(&[1500, 5000, 5200], 5900, &[0, 1500]);
        check(&[400, 700], 900, &[0]);
    }
}
