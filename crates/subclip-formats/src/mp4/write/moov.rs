//! The parts of a `moov` that init segments and progressive files share.

use bytes::BufMut;
use mp4_atom::{Dinf, Dref, Elst, ElstEntry, FourCC, Ftyp, Hdlr, Mdhd, Mvhd, Smhd, Tkhd, Url, Vmhd};
use subclip_core::{Codec, Timescale, Track};

use super::boxes::{atom, full_box, plain_box};
use super::sample_entry::{is_square, stsd};

/// One track as its `trak` box tells it.
pub(super) struct Trak<'a> {
    /// Its number in the file, from 1.
    pub(super) id: u32,
    pub(super) track: &'a Track,
    /// How long it plays, in the movie's timescale; 0 in an init segment.
    pub(super) movie_duration: u64,
    /// How long its samples last, in its own timescale; 0 in an init segment.
    pub(super) media_duration: u64,
    /// The edit list; none where empty.
    pub(super) edits: Vec<ElstEntry>,
}

/// `segment_duration` ticks of the movie during which nothing plays.
pub(super) fn empty_edit(segment_duration: u64) -> ElstEntry {
    ElstEntry { segment_duration, media_time: None, media_rate: 1.into() }
}

/// `segment_duration` ticks of the movie that play the track from `media_time` on.
pub(super) fn media_edit(segment_duration: u64, media_time: i64) -> ElstEntry {
    ElstEntry { segment_duration, media_time: Some(media_time.max(0).unsigned_abs()), media_rate: 1.into() }
}

/// Appends the `ftyp` box.
pub(super) fn ftyp(out: &mut Vec<u8>, major: &[u8; 4], compatible: &[&[u8; 4]]) {
    let compatible_brands = compatible.iter().map(|&brand| FourCC::new(brand)).collect();
    atom(out, &Ftyp { major_brand: FourCC::new(major), minor_version: 0, compatible_brands });
}

/// Appends the `mvhd` box; `tracks` are numbered from 1.
pub(super) fn mvhd(out: &mut Vec<u8>, timescale: Timescale, duration: u64, tracks: u32) {
    let mvhd = Mvhd {
        timescale: timescale.get(),
        duration,
        rate: 1.into(),
        volume: 1.into(),
        next_track_id: tracks + 1,
        ..Mvhd::default()
    };
    atom(out, &mvhd);
}

/// Appends the `trak` box; `tables` appends what follows the sample descriptions in its `stbl`.
pub(super) fn trak(out: &mut Vec<u8>, trak: Trak<'_>, tables: impl FnOnce(&mut Vec<u8>)) {
    let Trak { track, media_duration, .. } = trak;
    plain_box(out, b"trak", |out| {
        atom(out, &tkhd(&trak));
        if !trak.edits.is_empty() {
            plain_box(out, b"edts", |out| atom(out, &Elst { entries: trak.edits }));
        }
        plain_box(out, b"mdia", |out| {
            media_header(out, track, media_duration);
            plain_box(out, b"minf", |out| {
                match track.codec {
                    Codec::Avc(_) => atom(out, &Vmhd::default()),
                    Codec::Aac(_) => atom(out, &Smhd::default()),
                }
                atom(out, &Dinf { dref: Dref { entries: vec![Url::default().into()] } });
                plain_box(out, b"stbl", |out| {
                    stsd(out, &track.codec);
                    tables(out);
                });
            });
        });
    });
}

fn tkhd(trak: &Trak<'_>) -> Tkhd {
    let mut tkhd = Tkhd {
        track_id: trak.id,
        duration: trak.movie_duration,
        enabled: true,
        in_movie: true,
        ..Tkhd::default()
    };
    match &trak.track.codec {
        Codec::Avc(format) => {
            let aspect = if is_square(format.pixel_aspect) { (1, 1) } else { format.pixel_aspect };
            tkhd.width = fixed(format.width, aspect);
            tkhd.height = fixed(format.height, (1, 1));
        }
        Codec::Aac(_) => tkhd.volume = 1.into(),
    }
    tkhd
}

/// `length * aspect` as 16.16 fixed point.
fn fixed(length: u32, (numerator, denominator): (u32, u32)) -> mp4_atom::FixedPoint<u16> {
    let scaled = (u128::from(length) << 16) * u128::from(numerator) / u128::from(denominator);
    let bits = u32::try_from(scaled).unwrap_or(u32::MAX);
    mp4_atom::FixedPoint::new((bits >> 16) as u16, bits as u16)
}

/// `mdhd`, `elng` where a packed code cannot tell the language, and `hdlr`.
fn media_header(out: &mut Vec<u8>, track: &Track, duration: u64) {
    let packed = Some(track.language.as_str()).filter(|language| is_packable(language));
    let mdhd = Mdhd {
        timescale: track.timescale.get(),
        duration,
        language: packed.unwrap_or("und").to_owned(),
        ..Mdhd::default()
    };
    atom(out, &mdhd);
    if packed.is_none() {
        full_box(out, b"elng", 0, 0, |out| {
            out.put_slice(track.language.replace('\0', "").as_bytes());
            out.put_u8(0);
        });
    }
    let (handler, name) = match track.codec {
        Codec::Avc(_) => (b"vide", "VideoHandler"),
        Codec::Aac(_) => (b"soun", "SoundHandler"),
    };
    atom(out, &Hdlr { handler: FourCC::new(handler), name: name.to_owned() });
}

/// Whether a language is the three small letters of ISO 639-2 that `mdhd` has room for.
fn is_packable(language: &str) -> bool {
    language.len() == 3 && language.bytes().all(|byte| byte.is_ascii_lowercase())
}
