//! What a manifest says: periods, what can be chosen in each, and in which forms it is there.

use subclip_core::Time;

use super::segments::Segments;

/// A manifest of a recording, printed by its `Display`.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// What is played one after the other: one, unless decoders must start anew in between.
    pub periods: Vec<Period>,
    /// When the last of them ends.
    pub end: Time,
}

/// A stretch of time whose media are decoded in one go (5.3.2).
#[derive(Debug, Clone, PartialEq)]
pub struct Period {
    /// When it begins. The first begins at 0; each lasts until the next one begins.
    pub start: Time,
    /// What can be played in it: pictures, each sound, each text. In all periods in the same order.
    pub sets: Vec<AdaptationSet>,
}

/// One thing to be seen, heard or read, in forms that a player changes between (5.3.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdaptationSet {
    /// What it is.
    pub content: Content,
    /// What it is there for.
    pub role: Role,
    /// BCP 47 language, if known.
    pub language: Option<String>,
    /// What a player shows in its menu, if it has a name.
    pub label: Option<String>,
    /// Its forms.
    pub representations: Vec<Representation>,
}

/// What an adaptation set holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Pictures.
    Video,
    /// Sound.
    Audio,
    /// Text that is read along.
    Text,
}

/// What an adaptation set is there for (5.8.5.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// To be played unless another is chosen.
    Main,
    /// To be chosen in its place.
    Alternate,
    /// To be read by who does not hear.
    Caption,
    /// To be read by who does not understand.
    Subtitle,
}

/// One form of an adaptation set's content (5.3.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Representation {
    /// Its name, which its segments' names may hold. Letters, digits and hyphens.
    pub id: String,
    /// What its segments take at the most, in bits per second.
    pub bandwidth_bps: u64,
    /// Its codec (RFC 6381), where its kind of file does not say.
    pub codec: Option<String>,
    /// What it looks or sounds like.
    pub form: Form,
    /// Where its bytes are.
    pub media: Media,
}

/// What a representation looks or sounds like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// Pictures.
    Pictures {
        /// Width and height of what is shown, in pixels of the shape `pixel_aspect`.
        size: (u32, u32),
        /// Width to height of one pixel; `(1, 1)` when square.
        pixel_aspect: (u32, u32),
        /// Pictures per second as a fraction, where they are evenly spaced.
        frame_rate: Option<(u32, u32)>,
    },
    /// Sound.
    Sound {
        /// Samples of sound per second.
        sample_rate: u32,
        /// Channels.
        channels: u16,
    },
    /// Text.
    Text,
}

/// Where a representation's bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Media {
    /// In an init segment and media segments.
    Segments(Segments),
    /// In one file, at this URL relative to the manifest, whose time 0 is the period's start.
    File(String),
}

impl Content {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Text => "text",
        }
    }

    /// All pictures and sound are fragmented MP4, all text is WebVTT.
    pub(super) fn mime_type(self) -> &'static str {
        match self {
            Self::Video => "video/mp4",
            Self::Audio => "audio/mp4",
            Self::Text => "text/vtt",
        }
    }
}

impl Role {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Alternate => "alternate",
            Self::Caption => "caption",
            Self::Subtitle => "subtitle",
        }
    }
}

impl AdaptationSet {
    /// What all its representations say alike of their segments, if they have any.
    pub(super) fn shared_segments(&self) -> Option<&Segments> {
        let mut each = self.representations.iter().map(Representation::segments);
        let first = each.next()??;
        each.all(|other| other == Some(first)).then_some(first)
    }
}

impl Representation {
    pub(super) fn segments(&self) -> Option<&Segments> {
        match &self.media {
            Media::Segments(segments) => Some(segments),
            Media::File(_) => None,
        }
    }
}

impl Manifest {
    /// The longest segment of all.
    pub(super) fn longest_segment(&self) -> Option<Time> {
        let sets = self.periods.iter().flat_map(|period| &period.sets);
        let segments = sets.flat_map(|set| &set.representations).filter_map(Representation::segments);
        segments.filter_map(Segments::longest).max()
    }
}
