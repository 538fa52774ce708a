//! Bodies that clients send. Fields that are not known are refused, so that a slip of the pen is heard of.

use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::{MainAudio, NewAudioTrack, NewRendition, NewTextTrack, Overlay, Policy, Rungs};

/// What an owner may choose for any new asset.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::own) struct Options {
    pub(in crate::own) title: Option<String>,
    pub(in crate::own) passthrough: Option<String>,
    pub(in crate::own) creator_id: Option<String>,
    pub(in crate::own) external_id: Option<String>,
    pub(in crate::own) thumbnail_time: Option<f64>,
    pub(in crate::own) most_lines: Option<u32>,
    pub(in crate::own) rungs: Rungs,
    pub(in crate::own) renditions: Option<Vec<NewRendition>>,
    pub(in crate::own) playback_policies: Option<Vec<Policy>>,
    pub(in crate::own) text_tracks: Option<Vec<NewTextTrack>>,
    pub(in crate::own) main_audio: Option<MainAudio>,
    pub(in crate::own) audio_tracks: Option<Vec<NewAudioTrack>>,
    pub(in crate::own) overlays: Vec<Overlay>,
    pub(in crate::own) normalize_audio: bool,
    pub(in crate::own) master: bool,
    pub(in crate::own) test: bool,
}

/// Declares request bodies that have fields of their own and those of [`Options`] beside them, in one flat object.
macro_rules! with_options {
    ($($(#[$doc:meta])* struct $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub(in crate::own) struct $name {
            $($(#[$field_doc])* pub(in crate::own) $field: $kind,)*
            /// A title, of at most 512 characters.
            #[schema(max_length = 512)]
            title: Option<String>,
            /// Your own text, which comes back with the asset; at most 255 characters.
            #[schema(max_length = 255)]
            passthrough: Option<String>,
            /// Your name for who made it; at most 128 characters.
            #[schema(max_length = 128)]
            creator_id: Option<String>,
            /// Your own id for it; at most 128 characters.
            #[schema(max_length = 128)]
            external_id: Option<String>,
            /// Where its thumbnail is taken when a request names no time, in seconds, not past its end. Usually the middle.
            #[schema(minimum = 0)]
            thumbnail_time: Option<f64>,
            /// The most lines of a picture that has to be encoded anew, and of the rungs of its ladder: 1080, 1440 or 2160.
            /// When left out, 1080 for the first, and no bound for the others.
            #[schema(example = 1080)]
            most_lines: Option<u32>,
            #[serde(default)]
            rungs: Rungs,
            /// Files to make of it, each but once. More can be asked for later.
            renditions: Option<Vec<NewRendition>>,
            /// Captions to go with it.
            text_tracks: Option<Vec<NewTextTrack>>,
            /// What its first sound is called. A clip's is called like its source's when left out.
            main_audio: Option<MainAudio>,
            /// Sounds to go with it, of which viewers may choose one instead of the first.
            audio_tracks: Option<Vec<NewAudioTrack>>,
            /// Images that are burnt into its pictures, the later above the earlier; at most ten.
            #[serde(default)]
            #[schema(max_items = 10)]
            overlays: Vec<Overlay>,
            /// Whether its sound is made as loud as all other: -24 LUFS.
            #[serde(default)]
            normalize_audio: bool,
            /// Whether its master is given out for 24 hours as soon as it is ready.
            #[serde(default)]
            master: bool,
            /// Whether it is made to try things out: the word TEST is burnt into its pictures, it has ten seconds at the most,
            /// and is deleted after 24 hours.
            #[serde(default)]
            test: bool,
        }

        impl $name {
            /// Takes out what was chosen for the asset.
            pub(in crate::own) fn options(&mut self) -> Options {
                Options {
                    title: self.title.take(),
                    passthrough: self.passthrough.take(),
                    creator_id: self.creator_id.take(),
                    external_id: self.external_id.take(),
                    thumbnail_time: self.thumbnail_time.take(),
                    most_lines: self.most_lines.take(),
                    rungs: self.rungs,
                    renditions: self.renditions.take(),
                    playback_policies: self.playback_policies.take(),
                    text_tracks: self.text_tracks.take(),
                    main_audio: self.main_audio.take(),
                    audio_tracks: self.audio_tracks.take(),
                    overlays: std::mem::take(&mut self.overlays),
                    normalize_audio: self.normalize_audio,
                    master: self.master,
                    test: self.test,
                }
            }
        }
    )*};
}

with_options! {
    /// A new asset, made from a file that the server fetches.
    struct NewAsset {
        /// The http or https URL of a media file.
        #[schema(example = "https://example.com/film.mp4", max_length = 8192)]
        url: String,
        /// Who may play it: a playback id is made for each. Usually one that is public; none for an empty list.
        playback_policies: Option<Vec<Policy>>,
    }

    /// A new clip.
    struct NewClip {
        /// The id of the asset to cut from.
        #[schema(example = "4rW9XvLxFQ1ouZzjQ3nVqk")]
        source: String,
        /// Where the clip begins in its source; its beginning when left out.
        start: Option<ClipTime>,
        /// Where the clip ends in its source; its end when left out.
        end: Option<ClipTime>,
        /// Whether images that were burnt into its source's pictures stay; usually so.
        copy_overlays: Option<bool>,
        /// Who may play it: a playback id is made for each, and none for an empty list. When left out, those who may play its
        /// source: one for each policy among its source's playback ids, and none where that has none.
        playback_policies: Option<Vec<Policy>>,
    }

    /// A new upload: the promise of an asset.
    struct NewUpload {
        /// How long to wait for the bytes, in seconds: 60 to 604800, usually 3600.
        #[schema(minimum = 60, maximum = 604_800)]
        timeout: Option<u32>,
        /// The web origin whose pages may send the bytes; all of them when left out.
        #[schema(example = "https://example.com")]
        cors_origin: Option<String>,
        /// Who may play it: a playback id is made for each. Usually one that is public; none for an empty list.
        playback_policies: Option<Vec<Policy>>,
    }
}

/// A place in an asset: seconds, or text like `62.5`, `1:02.5` or `1:00:02.5`. The clip begins or ends at the frame
/// boundary nearest to it.
#[derive(Debug, Clone, PartialEq, Deserialize, ToSchema)]
#[serde(untagged)]
pub(in crate::own) enum ClipTime {
    /// Seconds.
    Seconds(f64),
    /// Hours, minutes and seconds.
    Clock(String),
}

/// What to change of an asset. What is left out stays; `null` or an empty string clears.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::own) struct UpdateAsset {
    /// A title.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 512)]
    pub(in crate::own) title: Option<Option<String>>,
    /// Your own text.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 255)]
    pub(in crate::own) passthrough: Option<Option<String>>,
    /// Your name for who made it.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 128)]
    pub(in crate::own) creator_id: Option<Option<String>>,
    /// Your own id for it.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 128)]
    pub(in crate::own) external_id: Option<Option<String>>,
    /// Where its thumbnail is taken when a request names no time, in seconds, not past its end.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<f64>, minimum = 0)]
    pub(in crate::own) thumbnail_time: Option<Option<f64>>,
}

/// Tells `null` from a field that is not there.
pub(super) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    field: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(field).map(Some)
}

/// A new playback id.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(in crate::own) struct NewPlaybackId {
    /// Who may play; usually everybody.
    pub(in crate::own) policy: Option<Policy>,
}

/// A new access token.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::own) struct NewToken {
    /// What to call it; 1 to 128 characters.
    #[schema(example = "website", min_length = 1, max_length = 128)]
    pub(in crate::own) name: String,
    /// Whether it may change anything; usually so.
    pub(in crate::own) may_write: Option<bool>,
}
