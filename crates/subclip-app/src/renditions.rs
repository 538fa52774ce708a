//! Files of an asset: what is in them, and where that comes from.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use subclip_core::{AssetId, LINES, Medium, ObjectId, Timeline, rung, rung_of};
use subclip_db::span::{self, Role};
use subclip_db::{asset, track};

use crate::app::App;
use crate::media::{MediaFile, View};
use crate::model::AssetSettings;
use crate::playable::Playable;
use crate::{Error, Result, random, rows};

/// A file that a renditions request names. What needs no encoding is made when it is fetched and stored nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct Rendition {
    /// Its own id, which it is given when it is stored.
    pub id: String,
    /// What is in it.
    pub kind: RenditionKind,
    /// The owner's own text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passthrough: Option<String>,
    /// What came of encoding it, where that is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Whether it is one of a bundle: asked for by a setting that stands for several files, and gone with that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bundled: bool,
}

/// A rendition as any version has stored it: earlier ones did not say which are of a bundle, and gave some of those no id.
#[derive(Deserialize)]
struct Stored {
    id: String,
    kind: RenditionKind,
    #[serde(default)]
    passthrough: Option<String>,
    #[serde(default)]
    outcome: Option<Outcome>,
    #[serde(default)]
    bundled: bool,
}

impl From<Stored> for Rendition {
    fn from(stored: Stored) -> Self {
        let Stored { id, kind, passthrough, outcome, bundled } = stored;
        let bundled = bundled || id.is_empty() || kind.is_of_bundles_alone();
        // An asset has each kind but once, so its name will do.
        let id = if id.is_empty() { kind.stem().to_owned() } else { id };
        Self { id, kind, passthrough, outcome, bundled }
    }
}

impl Rendition {
    /// A file of this kind, of which nothing came yet.
    #[must_use]
    pub fn new(kind: RenditionKind, passthrough: Option<String>) -> Self {
        Self { id: String::new(), kind, passthrough, outcome: None, bundled: false }
    }

    /// Whether both are the same file, whatever has come of it.
    pub(crate) fn is(&self, other: &Self) -> bool {
        (&self.id, self.kind, &self.passthrough) == (&other.id, other.kind, &other.passthrough)
    }
}

/// Gives ids to those that have none yet.
pub(crate) fn give_ids(renditions: &mut [Rendition]) {
    for new in renditions.iter_mut().filter(|one| one.id.is_empty()) {
        new.id = ObjectId::from_bytes(random::id_bytes()).base62();
    }
}

/// What is in a rendition's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RenditionKind {
    /// Pictures in top quality, with sound.
    Highest,
    /// Sound alone.
    AudioOnly,
    /// Pictures of the rung of these lines, with sound; not where that would make them larger.
    Rung(u32),
    /// Pictures of no more than rung 360, with sound.
    Low,
    /// Pictures of no more than rung 540, with sound; for those that are larger than `Low`.
    Medium,
    /// Pictures of no more than rung 1080, with sound; for those that are at least as large as `Medium`.
    High,
    /// Pictures of no more than rung 1080, with sound; sound alone where there are none.
    Capped,
}

/// What came of encoding a rendition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is there.
    Made {
        /// Of its pictures, in pixels.
        width: u32,
        /// Of its pictures, in pixels.
        height: u32,
        /// Of the file.
        size_bytes: u64,
    },
    /// It can't be made.
    Failed {
        /// A sentence for the owner.
        message: String,
    },
}

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// The top quality, with sound.
    Film,
    /// Sound alone.
    Sound,
    /// A rung by its lines, with sound: encoded before it can be fetched.
    Rung(u32),
    /// There is no such file of this asset.
    Nothing,
}

/// How far a file has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RenditionState {
    /// It, or its asset, is being made.
    Preparing,
    /// It can be fetched.
    Ready,
    /// The asset lacks what would be in it, or would have to be made larger.
    Skipped,
    /// It can't be made, or its asset can't.
    Errored,
}

/// A file that can be fetched.
#[derive(Debug, Clone)]
pub enum RenditionFile {
    /// That of the top quality.
    Film,
    /// That of sound alone.
    Sound,
    /// That of this: pictures that were prepared, beside the asset's sound.
    Prepared(Arc<Playable>),
}

impl RenditionKind {
    /// Every one of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let plain = [Self::Highest, Self::AudioOnly, Self::Low, Self::Medium, Self::High, Self::Capped];
        plain.into_iter().chain(LINES.map(Self::Rung))
    }

    /// Whether an asset has it unless its owner takes it back.
    pub(crate) fn is_always_there(self) -> bool {
        matches!(self, Self::Highest | Self::AudioOnly)
    }

    /// Whether nobody can ask for it but with a bundle.
    fn is_of_bundles_alone(self) -> bool {
        matches!(self, Self::Low | Self::Medium | Self::High | Self::Capped)
    }

    /// The name of its file, without what says what is in it.
    fn stem(self) -> &'static str {
        let name = self.file_name();
        name.split_once('.').map_or(name, |(stem, _)| stem)
    }

    /// What its URL ends in, after a playback id.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Highest => "highest.mp4",
            Self::AudioOnly => "audio.m4a",
            Self::Low => "low.mp4",
            Self::Medium => "medium.mp4",
            Self::High => "high.mp4",
            Self::Capped => "capped-1080p.mp4",
            Self::Rung(2160) => "2160p.mp4",
            Self::Rung(1440) => "1440p.mp4",
            Self::Rung(1080) => "1080p.mp4",
            Self::Rung(720) => "720p.mp4",
            Self::Rung(540) => "540p.mp4",
            Self::Rung(480) => "480p.mp4",
            Self::Rung(360) => "360p.mp4",
            Self::Rung(_) => "270p.mp4",
        }
    }
}

impl Content {
    /// What is in a file of an asset whose pictures, if there are any, are shown in this size.
    #[must_use]
    pub fn of(kind: RenditionKind, size: Option<(u32, u32)>, has_sound: bool) -> Self {
        let Some(size) = size else {
            let is_sound = matches!(kind, RenditionKind::AudioOnly | RenditionKind::Capped);
            return if has_sound && is_sound { Self::Sound } else { Self::Nothing };
        };
        let at_most = |lines| rung(size, lines).map_or(Self::Film, |rung| Self::Rung(rung.lines));
        let reaches = |width, height| size.0 >= width || size.1 >= height;
        match kind {
            RenditionKind::Highest => Self::Film,
            RenditionKind::AudioOnly if has_sound => Self::Sound,
            RenditionKind::Rung(lines) if lines <= rung_of(size) => at_most(lines),
            RenditionKind::Low => at_most(360),
            RenditionKind::Medium if reaches(640, 360) => at_most(540),
            RenditionKind::High if reaches(960, 540) => at_most(1080),
            RenditionKind::Capped => at_most(1080),
            _ => Self::Nothing,
        }
    }
}

/// The rungs that these renditions of a ready asset need encoded, and of which nothing came yet.
pub(crate) fn to_prepare<'a>(
    content: impl Fn(RenditionKind) -> Content,
    renditions: impl IntoIterator<Item = &'a Rendition>,
) -> Vec<u32> {
    let pending = renditions.into_iter().filter(|rendition| rendition.outcome.is_none());
    pending
        .filter_map(|rendition| match content(rendition.kind) {
            Content::Rung(lines) => Some(lines),
            _ => None,
        })
        .collect()
}

impl App {
    /// The file of this kind of a ready asset.
    ///
    /// # Errors
    /// `NotFound` where it can't be there, was not asked for though it must be, or was taken back; `NotReady` while it is
    /// prepared; `Invalid` for an excerpt in a quality that is prepared, which are whole.
    pub async fn rendition_file(&self, whole: &Playable, kind: RenditionKind) -> Result<RenditionFile> {
        let not_found = || Error::not_found("file");
        if whole.is_withdrawn(kind) {
            return Err(not_found());
        }
        let asked =
            if kind.is_always_there() { None } else { Some(self.asked_for(whole.asset, kind).await?) };
        let outcome = asked.and_then(|rendition| rendition.outcome);
        match (Content::of(kind, whole.shown_size(), whole.audio.is_some()), outcome) {
            (Content::Film, _) => Ok(RenditionFile::Film),
            (Content::Sound, _) if kind == RenditionKind::AudioOnly => Ok(RenditionFile::Sound),
            (Content::Rung(_), _) if whole.excerpt.is_some() => Err(Error::invalid(
                "This file is prepared for the whole asset. Make a clip and ask for it there, or fetch highest.mp4.",
            )),
            (Content::Rung(lines), Some(Outcome::Made { .. })) => {
                Ok(RenditionFile::Prepared(self.prepared(whole.asset, lines).await?))
            }
            (Content::Rung(_), None) => {
                Err(Error::not_ready("The file is still being prepared; try again soon."))
            }
            // What of sound alone would be pictures is named as what it is.
            (Content::Rung(_) | Content::Sound | Content::Nothing, _) => Err(not_found()),
        }
    }

    /// The rendition of this kind that the owner of an asset asked for.
    async fn asked_for(&self, asset: AssetId, kind: RenditionKind) -> Result<Rendition> {
        let not_found = || Error::not_found("file");
        let row = asset::get(self.db(), asset).await?.ok_or_else(not_found)?;
        let settings: AssetSettings = rows::parse(&row.settings)?;
        settings.rendition(kind).cloned().ok_or_else(not_found)
    }

    /// What the file of a rung plays: its own pictures, and the sound of its asset.
    ///
    /// # Errors
    /// `NotFound` where it was not prepared.
    pub(crate) async fn prepared(&self, asset: AssetId, lines: u32) -> Result<Arc<Playable>> {
        if let Some(known) = self.prepared_files().get(&(asset, lines)).await {
            return Ok(known);
        }
        let span = span::file(self.db(), asset, lines).await?.ok_or_else(|| Error::not_found("file"))?;
        let timeline = Timeline { video: vec![span], ..span::timeline(self.db(), asset, Role::Plays).await? };
        let playable =
            Arc::new(file_playable(self, asset, lines, self.view(self.db(), timeline).await?).await?);
        self.prepared_files().insert((asset, lines), playable.clone()).await;
        Ok(playable)
    }

    /// The size of such a file.
    pub(crate) async fn prepared_size(&self, file: &Arc<Playable>) -> Result<u64> {
        MediaFile::measure(file.clone(), self.library(), &[Medium::Video, Medium::Audio]).await
    }
}

async fn file_playable(app: &App, asset: AssetId, lines: u32, view: View) -> Result<Playable> {
    let delay = view.composition_delay();
    let pictures = view.timeline.video.first().map(|span| span.track);
    Ok(Playable {
        asset,
        excerpt: None,
        made: None,
        // Each has a track of its own, so nothing else is ever known under its id.
        generation: match pictures {
            Some(track) => {
                app.generations().of(AssetId::from_bytes(track.bytes()), &view.timeline, delay).await
            }
            None => app.generations().new_one(),
        },
        delay,
        video: view.video_track()?,
        audio: view.audio_track().cloned(),
        frame_rate: view.frame_rate(),
        thumbnail_time: None,
        part: None,
        texts: Arc::default(),
        sounds: Arc::default(),
        ladder: subclip_core::Ladder::default(),
        most_lines: lines,
        withdrawn: Vec::new(),
        file_lines: Some(lines),
        view,
    })
}

/// The shown size and the sound of a ready asset, as its rows tell: what [`Content::of`] wants to know.
pub(crate) fn facts(tracks: &[track::Track]) -> (Option<(u32, u32)>, bool) {
    let of = |medium| tracks.iter().filter(move |track| track.medium == medium);
    let size = of(Medium::Video).max_by_key(|track| track.duration_ticks);
    (size.and_then(|track| track.width.zip(track.height)), of(Medium::Audio).next().is_some())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn files_hold_what_there_is() {
        use Content::{Film, Nothing, Rung, Sound};
        let hd = Some((1920, 1080));
        let check = |kind, size, has_sound, expected| {
            assert_eq!(
                Content::of(kind, size, has_sound),
                expected,
                "{kind:?} of {size:?}, sound: {has_sound}"
            );
        };
        check(RenditionKind::Highest, hd, false, Film);
        check(RenditionKind::Highest, None, true, Nothing);
        check(RenditionKind::AudioOnly, hd, true, Sound);
        check(RenditionKind::AudioOnly, hd, false, Nothing);
        check(RenditionKind::Rung(2160), hd, true, Nothing);
        check(RenditionKind::Rung(1080), hd, true, Film);
        check(RenditionKind::Rung(480), hd, true, Rung(480));
        check(RenditionKind::Rung(480), Some((888, 500)), true, Rung(480));
        check(RenditionKind::Rung(480), None, true, Nothing);
        check(RenditionKind::Rung(720), Some((1080, 1920)), true, Rung(720));
        for (size, low, medium, high) in [
            ((320, 180), Film, Nothing, Nothing),
            ((640, 360), Film, Film, Nothing),
            ((960, 540), Rung(360), Film, Film),
            ((1920, 1080), Rung(360), Rung(540), Film),
            ((3840, 2160), Rung(360), Rung(540), Rung(1080)),
        ] {
            check(RenditionKind::Low, Some(size), true, low);
            check(RenditionKind::Medium, Some(size), true, medium);
            check(RenditionKind::High, Some(size), true, high);
        }
        check(RenditionKind::Capped, hd, true, Film);
        check(RenditionKind::Capped, Some((3840, 2160)), true, Rung(1080));
        check(RenditionKind::Capped, None, true, Sound);
    }

    #[test]
    fn what_earlier_versions_stored_is_read() {
        let check = |stored: serde_json::Value, id: &str, bundled: bool| {
            let read: Rendition = serde_json::from_value(stored).unwrap();
            assert_eq!((read.id.as_str(), read.bundled), (id, bundled), "{read:?}");
            let again: Rendition = serde_json::from_value(rows::json(&read).unwrap()).unwrap();
            assert_eq!(again, read);
        };
        check(json!({"id": "r", "kind": "audio_only"}), "r", false);
        check(json!({"id": "r", "kind": {"rung": 480}}), "r", false);
        check(json!({"id": "r", "kind": "capped"}), "r", true);
        check(json!({"id": "", "kind": "audio_only"}), "audio", true);
        check(json!({"id": "", "kind": "capped"}), "capped-1080p", true);
        check(json!({"id": "r", "kind": "audio_only", "bundled": true}), "r", true);
    }

    #[test]
    fn what_came_of_it_is_not_prepared_again() {
        let rendition =
            |lines, outcome| Rendition { outcome, ..Rendition::new(RenditionKind::Rung(lines), None) };
        let all = [
            rendition(720, None),
            rendition(480, Some(Outcome::Failed { message: "Why.".into() })),
            rendition(1080, None),
        ];
        let content = |kind| Content::of(kind, Some((1920, 1080)), true);
        assert_eq!(to_prepare(content, &all), [720]);
    }
}
