//! Assets and uploads to word answers of, in tests.

use subclip_app::{
    Asset, AssetSettings, CutReport, Failure, Input, InputFile, InputTrack, Join, Master, MasterState,
    NewAsset, Origin, Playback, Policy, Rendition, RenditionKind, SoundTrack, Stage, Status, TextSource,
    TextTrack, TrackDetail, TrackFacts, Upload, UploadStatus,
};
use subclip_core::{AssetId, PlaybackId, SoundTrackId, TextTrackId, Time, Timescale, TrackId, UploadId};

fn time(ticks: i64, ticks_per_second: u32) -> Time {
    Time::new(ticks, Timescale::new(ticks_per_second).unwrap())
}

/// Titles, texts and both renditions.
pub(crate) fn settings() -> AssetSettings {
    let rendition = |id: &str, kind, passthrough: Option<&str>| Rendition {
        id: id.to_owned(),
        ..Rendition::new(kind, passthrough.map(str::to_owned))
    };
    AssetSettings {
        passthrough: Some("order 66".to_owned()),
        title: Some("Ein schöner Film".to_owned()),
        creator_id: Some("me".to_owned()),
        external_id: Some("film-1".to_owned()),
        thumbnail_time: Some(1.5),
        most_lines: Some(1440),
        renditions: vec![
            rendition("rendition1", RenditionKind::Highest, None),
            rendition("rendition2", RenditionKind::AudioOnly, Some("podcast")),
        ],
        ..AssetSettings::default()
    }
}

/// An asset that was just accepted, to be fetched by URL, with one public playback id.
pub(crate) fn preparing() -> Asset {
    Asset {
        id: AssetId::from_bytes([0xA5; 16]),
        status: Status::Preparing,
        stage: Stage::Ingesting,
        progress_percent: 37,
        origin: Origin::Url,
        source: None,
        upload: None,
        settings: AssetSettings::default(),
        input: Input { url: Some("https://example.com/film.mkv".to_owned()), ..Input::default() },
        failure: None,
        duration: None,
        tracks: Vec::new(),
        texts: Vec::new(),
        sounds: Vec::new(),
        master: None,
        playback: vec![Playback { id: PlaybackId::from_bytes([0x42; 16]), policy: Policy::Public }],
        cut: None,
        ends_ms: None,
        created_ms: 1_607_876_845_678,
        updated_ms: 1_607_876_846_000,
    }
}

/// A track with pictures.
pub(crate) fn pictures() -> TrackFacts {
    TrackFacts {
        id: TrackId::from_bytes([1; 16]),
        detail: TrackDetail::Video {
            width: 1920,
            height: 1080,
            shape: (16, 9),
            frame_rate: Some(30_000.0 / 1001.0),
        },
        duration: time(300_300, 30_000),
        language: "und".to_owned(),
    }
}

/// A track with sound.
pub(crate) fn sound() -> TrackFacts {
    TrackFacts {
        id: TrackId::from_bytes([2; 16]),
        detail: TrackDetail::Audio { channels: 2, sample_rate: 48_000 },
        duration: time(480_000, 48_000),
        language: "und".to_owned(),
    }
}

/// Captions that are ready.
pub(crate) fn captions() -> TextTrack {
    TextTrack {
        id: TextTrackId::from_bytes([3; 16]),
        language: "en-GB".to_owned(),
        name: "English".to_owned(),
        closed_captions: true,
        passthrough: Some("subs".to_owned()),
        source: TextSource::Uploaded,
        status: Status::Ready,
        failure: None,
    }
}

/// Another sound, which is ready.
pub(crate) fn german() -> SoundTrack {
    SoundTrack {
        id: SoundTrackId::from_bytes([4; 16]),
        language: "de".to_owned(),
        name: "German".to_owned(),
        passthrough: Some("dubbed".to_owned()),
        status: Status::Ready,
        failure: None,
        channels: Some(1),
        sample_rate: Some(44_100),
    }
}

/// A file that had to be encoded anew.
pub(crate) fn odd_file() -> InputFile {
    InputFile {
        container: "matroska,webm".to_owned(),
        tracks: vec![
            InputTrack {
                medium: "video".to_owned(),
                codec: "vp8".to_owned(),
                duration_s: Some(10.01),
                width: Some(1920),
                height: Some(1080),
                frame_rate: Some(29.97),
                ..InputTrack::default()
            },
            InputTrack {
                medium: "audio".to_owned(),
                codec: "vorbis".to_owned(),
                sample_rate: Some(48_000),
                channels: Some(2),
                ..InputTrack::default()
            },
        ],
        not_conforming: vec!["The video is vp8, not H.264.".to_owned()],
        conversion: None,
        oddities: vec![],
    }
}

/// The same asset when it is ready, with all that can be chosen.
pub(crate) fn ready() -> Asset {
    let mut asset = preparing();
    asset.status = Status::Ready;
    asset.stage = Stage::Completed;
    asset.progress_percent = 100;
    asset.settings = settings();
    asset.input.file = Some(odd_file());
    asset.duration = Some(time(300_300, 30_000));
    asset.tracks = vec![pictures(), sound()];
    asset.texts = vec![captions()];
    asset.sounds = vec![german()];
    asset
}

/// The same while its master is given out.
pub(crate) fn with_master(state: MasterState) -> Asset {
    Asset { master: Some(Master { state, until_ms: Some(1_607_963_245_678) }), ..ready() }
}

/// A clip that is ready.
pub(crate) fn clip() -> Asset {
    Asset {
        id: AssetId::from_bytes([0xC1; 16]),
        origin: Origin::Clip,
        source: Some(AssetId::from_bytes([0xA5; 16])),
        settings: AssetSettings::default(),
        input: Input { start_s: Some(2.5), end_s: Some(12.51), ..Input::default() },
        cut: Some(CutReport { copied_frames: 240, encoded_frames: 60, join: Join::OneInit }),
        ..ready()
    }
}

/// An asset of an upload that can't be made.
pub(crate) fn errored() -> Asset {
    Asset {
        status: Status::Errored,
        stage: Stage::Errored,
        origin: Origin::Upload,
        upload: Some(UploadId::from_bytes([0x0F; 16])),
        input: Input::default(),
        failure: Some(Failure {
            kind: "invalid_input".to_owned(),
            message: "The file has neither pictures nor sound; upload a media file.".to_owned(),
        }),
        playback: Vec::new(),
        ..preparing()
    }
}

/// An upload that waits.
pub(crate) fn upload() -> Upload {
    Upload {
        id: UploadId::from_bytes([0x0F; 16]),
        secret: "secret".to_owned(),
        status: UploadStatus::Waiting,
        timeout_s: 3600,
        cors_origin: "https://example.com".to_owned(),
        new_asset: NewAsset { settings: settings(), policies: vec![Policy::Public] },
        asset: None,
        failure: None,
        test: false,
        created_ms: 1_607_876_845_678,
    }
}
