//! A manifest's text.

use std::fmt::{self, Display};

use subclip_core::{Time, Timescale};

use super::manifest::{AdaptationSet, Form, Manifest, Media, Period, Representation};
use super::segments::Segments;
use super::xml::{Attributes, Xml};

/// Segments by template, each known beforehand (8.4).
const PROFILE: &str = "urn:mpeg:dash:profile:isoff-live:2011";
const NAMESPACE: &str = "urn:mpeg:dash:schema:mpd:2011";
const ROLES: &str = "urn:mpeg:dash:role:2011";
/// The value is how many channels there are.
const CHANNELS: &str = "urn:mpeg:dash:23003:3:audio_channel_configuration:2011";

impl Display for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        let longest = self.longest_segment().map(Seconds::least);
        let end = Seconds::nearest(self.end);
        let start = Seconds::nearest(Time::ZERO);
        let attributes: Attributes<'_> = &[
            ("xmlns", Some(&NAMESPACE)),
            ("profiles", Some(&PROFILE)),
            ("type", Some(&"static")),
            ("mediaPresentationDuration", Some(&end)),
            // The bandwidths told are those of single segments, so that one of them is what must be buffered.
            ("minBufferTime", Some(longest.as_ref().unwrap_or(&start))),
            ("maxSegmentDuration", said(&longest)),
        ];
        Xml::new(f).parent("MPD", attributes, |xml| {
            (0..).zip(&self.periods).try_for_each(|(number, period)| write_period(xml, number, period))
        })
    }
}

fn write_period(xml: &mut Xml<'_, '_>, number: usize, period: &Period) -> fmt::Result {
    let start = Seconds::most(period.start);
    let attributes: Attributes<'_> = &[("id", Some(&number)), ("start", Some(&start))];
    xml.parent("Period", attributes, |xml| {
        (0..).zip(&period.sets).try_for_each(|(number, set)| write_set(xml, number, set))
    })
}

fn write_set(xml: &mut Xml<'_, '_>, number: usize, set: &AdaptationSet) -> fmt::Result {
    let shared = set.shared_segments();
    let (content, mime_type) = (set.content.name(), set.content.mime_type());
    let segmented = set.representations.iter().any(|one| one.segments().is_some());
    let attributes: Attributes<'_> = &[
        ("id", Some(&number)),
        ("contentType", Some(&content)),
        ("mimeType", Some(&mime_type)),
        ("lang", said(&set.language)),
        ("segmentAlignment", segmented.then_some(&"true")),
        ("startWithSAP", segmented.then_some(&"1")),
    ];
    xml.parent("AdaptationSet", attributes, |xml| {
        if let Some(label) = &set.label {
            xml.text("Label", label)?;
        }
        xml.empty("Role", &[("schemeIdUri", Some(&ROLES)), ("value", Some(&set.role.name()))])?;
        if let Some(segments) = shared {
            write_segments(xml, segments)?;
        }
        let own = |one| write_representation(xml, one, shared.is_none());
        set.representations.iter().try_for_each(own)
    })
}

fn write_segments(xml: &mut Xml<'_, '_>, segments: &Segments) -> fmt::Result {
    let timescale = segments.timescale.get();
    let attributes: Attributes<'_> = &[
        ("timescale", Some(&timescale)),
        ("presentationTimeOffset", Some(&segments.presentation_time_offset)),
        ("startNumber", Some(&segments.first_number)),
        ("initialization", said(&segments.initialization)),
        ("media", Some(&segments.media)),
    ];
    xml.parent("SegmentTemplate", attributes, |xml| {
        xml.parent("SegmentTimeline", &[], |xml| {
            for run in segments.repeated() {
                let repeats = Some(run.repeats).filter(|repeats| *repeats > 0);
                let attributes: Attributes<'_> =
                    &[("t", said(&run.start)), ("d", Some(&run.duration)), ("r", said(&repeats))];
                xml.empty("S", attributes)?;
            }
            Ok(())
        })
    })
}

fn write_representation(xml: &mut Xml<'_, '_>, one: &Representation, alone: bool) -> fmt::Result {
    let Looks { width, height, shape, rate, sample_rate, channels } = Looks::of(&one.form);
    let attributes: Attributes<'_> = &[
        ("id", Some(&one.id)),
        ("bandwidth", Some(&one.bandwidth_bps)),
        ("codecs", said(&one.codec)),
        ("width", said(&width)),
        ("height", said(&height)),
        ("sar", said(&shape)),
        ("frameRate", said(&rate)),
        ("audioSamplingRate", said(&sample_rate)),
    ];
    let segments = one.segments().filter(|_| alone);
    if channels.is_none() && segments.is_none() && !matches!(one.media, Media::File(_)) {
        return xml.empty("Representation", attributes);
    }
    xml.parent("Representation", attributes, |xml| {
        if let Some(channels) = channels {
            let attributes: Attributes<'_> = &[("schemeIdUri", Some(&CHANNELS)), ("value", Some(&channels))];
            xml.empty("AudioChannelConfiguration", attributes)?;
        }
        if let Media::File(url) = &one.media {
            xml.text("BaseURL", url)?;
        }
        segments.map_or(Ok(()), |segments| write_segments(xml, segments))
    })
}

/// A value, if there is one.
fn said<T: Display>(value: &Option<T>) -> Option<&dyn Display> {
    value.as_ref().map(|value| value as &dyn Display)
}

/// A form's attributes.
#[derive(Default)]
struct Looks {
    width: Option<u32>,
    height: Option<u32>,
    shape: Option<String>,
    rate: Option<String>,
    sample_rate: Option<u32>,
    channels: Option<u16>,
}

impl Looks {
    fn of(form: &Form) -> Self {
        match *form {
            Form::Pictures { size: (width, height), pixel_aspect: (across, down), frame_rate } => Self {
                width: Some(width),
                height: Some(height),
                shape: Some(format!("{across}:{down}")),
                rate: frame_rate.filter(|rate| rate.0 > 0 && rate.1 > 0).map(|rate| match rate {
                    (count, 1) => count.to_string(),
                    (count, seconds) => format!("{count}/{seconds}"),
                }),
                ..Self::default()
            },
            Form::Sound { sample_rate, channels } => {
                Self { sample_rate: Some(sample_rate), channels: Some(channels), ..Self::default() }
            }
            Form::Text => Self::default(),
        }
    }
}

/// A duration (XML Schema, 3.2.6) in microseconds, which is what players count in.
struct Seconds(i64);

impl Seconds {
    fn nearest(time: Time) -> Self {
        Self(time.round_to(microseconds()))
    }

    /// No later than `time`: a player drops a picture that is shown before its period begins, and with a key frame all
    /// that lean on it.
    fn most(time: Time) -> Self {
        Self(time.floor_to(microseconds()))
    }

    /// No shorter than `time`.
    fn least(time: Time) -> Self {
        Self(time.ceil_to(microseconds()))
    }
}

impl Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let us = self.0.max(0);
        let text = format!("{}.{:06}", us / 1_000_000, us % 1_000_000);
        write!(f, "PT{}S", text.trim_end_matches('0').trim_end_matches('.'))
    }
}

fn microseconds() -> Timescale {
    Timescale::new(1_000_000).expect("not zero")
}
