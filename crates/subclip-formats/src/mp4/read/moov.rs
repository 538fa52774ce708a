//! The movie header (`moov`): tracks, their descriptions, and the samples listed there.

use subclip_core::Timescale;

use super::edits;
use super::entries;
use super::error::ReadError;
use super::matrix::Matrix;
use super::movie::{Edits, Kind, MovieTrack, SampleEntry};
use super::node::{FourCc, Node};
use super::tables;
use super::track::{Bounds, Defaults, TIME_LIMIT, TrackBuilder, timescale};

/// The most tracks a file may have.
pub const MAX_TRACKS: usize = 256;

/// A movie header, read; fragments may still add samples.
pub(super) struct Moov {
    pub(super) timescale: Timescale,
    pub(super) tracks: Vec<TrackBuilder>,
    /// Whether fragments are announced (`mvex`).
    pub(super) extended: bool,
}

impl Moov {
    pub(super) fn parse(moov: &Node<'_>, bounds: &mut Bounds) -> Result<Self, ReadError> {
        if let Some(compressed) = moov.find(b"cmov")? {
            return Err(compressed.unsupported("the movie header is compressed"));
        }
        let (movie_scale, movie_matrix) = movie_header(&moov.need(b"mvhd")?)?;
        let mut tracks: Vec<TrackBuilder> = Vec::new();
        let mut mvex = None;
        for child in moov.children(0) {
            let child = child?;
            match &child.kind().0 {
                b"trak" => {
                    if tracks.len() == MAX_TRACKS {
                        return Err(child.too_large(format!("a file may have {MAX_TRACKS} tracks")));
                    }
                    let track = read_track(&child, movie_scale, movie_matrix, bounds)?;
                    let number = track.track.number;
                    if tracks.iter().any(|other| other.track.number == number) {
                        return Err(child.malformed(format!("has track id {number} like another")));
                    }
                    tracks.push(track);
                }
                b"mvex" => mvex = Some(child),
                _ => {}
            }
        }
        if let Some(mvex) = &mvex {
            for child in mvex.children(0) {
                let child = child?;
                if child.kind().0 == *b"trex" {
                    read_defaults(&child, &mut tracks)?;
                }
            }
        }
        Ok(Self { timescale: movie_scale, tracks, extended: mvex.is_some() })
    }

    /// Whether fragments are worth looking for: announced, or nothing is listed here.
    pub(super) fn expects_fragments(&self) -> bool {
        self.extended || self.tracks.iter().all(|track| track.samples.is_empty())
    }
}

/// `mvhd` (8.2.2).
fn movie_header(mvhd: &Node<'_>) -> Result<(Timescale, Matrix), ReadError> {
    let mut fields = mvhd.fields();
    let (version, _) = fields.version_and_flags()?;
    fields.skip(if version == 1 { 16 } else { 8 })?;
    let ticks = fields.u32()?;
    fields.u64_or_u32(version)?;
    fields.skip(16)?;
    let matrix = Matrix::read(&mut fields)?;
    let scale = Timescale::new(ticks).map_err(|_| mvhd.malformed("says a timescale of zero"))?;
    Ok((scale, matrix))
}

/// `trex` (8.8.3).
fn read_defaults(trex: &Node<'_>, tracks: &mut [TrackBuilder]) -> Result<(), ReadError> {
    let mut fields = trex.fields();
    fields.version_and_flags()?;
    let number = fields.u32()?;
    fields.u32()?;
    let defaults = Defaults { duration: fields.u32()?, size: fields.u32()?, flags: fields.u32()? };
    // A trex for a track that isn't there is harmless.
    if let Some(track) = tracks.iter_mut().find(|track| track.track.number == number) {
        track.defaults = defaults;
    }
    Ok(())
}

fn read_track(
    trak: &Node<'_>,
    movie_scale: Timescale,
    movie_matrix: Matrix,
    bounds: &mut Bounds,
) -> Result<TrackBuilder, ReadError> {
    let mdia = trak.need(b"mdia")?;
    let kind = handler(&mdia)?;
    let (number, enabled, matrix) = track_header(&trak.need(b"tkhd")?)?;
    let (rotation_degrees, mirrored) = matrix.then(movie_matrix).orientation();
    let (timescale, end_pts, language) = media_header(&mdia, kind)?;
    let mut track = MovieTrack {
        number,
        kind,
        enabled,
        timescale,
        language,
        rotation_degrees,
        mirrored,
        entries: Vec::new(),
        edits: Edits::None,
        samples: Vec::new(),
        end_pts,
    };
    if let Kind::Other(_) = kind {
        track.entries = first_entry_name(&mdia)?;
        return Ok(TrackBuilder::new(track, edits::EditList::None));
    }
    let minf = mdia.need(b"minf")?;
    refuse_external_data(&minf)?;
    let stbl = minf.need(b"stbl")?;
    track.entries = entries::parse(&stbl.need(b"stsd")?, kind)?;
    let mut builder = TrackBuilder::new(track, edits::parse(trak, movie_scale)?);
    if builder.is_listed() {
        tables::read(&stbl, &mut builder, bounds)?;
    }
    Ok(builder)
}

/// `tkhd` (8.3.2): the track's id, whether it is enabled, and how it is turned.
fn track_header(tkhd: &Node<'_>) -> Result<(u32, bool, Matrix), ReadError> {
    let mut fields = tkhd.fields();
    let (version, flags) = fields.version_and_flags()?;
    fields.skip(if version == 1 { 16 } else { 8 })?;
    let number = fields.u32()?;
    fields.skip(4)?;
    fields.u64_or_u32(version)?;
    fields.skip(16)?;
    Ok((number, flags & 1 != 0, Matrix::read(&mut fields)?))
}

/// `hdlr` (8.4.3).
fn handler(mdia: &Node<'_>) -> Result<Kind, ReadError> {
    let hdlr = mdia.need(b"hdlr")?;
    let mut fields = hdlr.fields();
    fields.skip(8)?;
    Ok(match &fields.u32()?.to_be_bytes() {
        b"vide" => Kind::Video,
        b"soun" => Kind::Audio,
        other => Kind::Other(FourCc(*other)),
    })
}

/// `mdhd` (8.4.2): timescale, duration, language.
fn media_header(mdia: &Node<'_>, kind: Kind) -> Result<(Timescale, i64, String), ReadError> {
    let mdhd = mdia.need(b"mdhd")?;
    let mut fields = mdhd.fields();
    let (version, _) = fields.version_and_flags()?;
    fields.skip(if version == 1 { 16 } else { 8 })?;
    let timescale = timescale(&mdhd, fields.u32()?, kind)?;
    let duration = fields.u64_or_u32(version)?;
    // All bits set means unknown.
    let unknown = if version == 1 { u64::MAX } else { u64::from(u32::MAX) };
    let duration = if duration == unknown { 0 } else { duration.min(TIME_LIMIT as u64) as i64 };
    let language = match mdia.find(b"elng")? {
        Some(elng) => extended_language(elng.body()),
        None => None,
    };
    Ok((timescale, duration, language.unwrap_or(packed_language(fields.u16()?))))
}

/// `elng` (8.4.6): a BCP 47 tag, closed by a zero.
fn extended_language(body: &[u8]) -> Option<String> {
    let text = body.get(4..)?.split(|&byte| byte == 0).next()?;
    let plain = text.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    if !plain || !(2..=35).contains(&text.len()) {
        return None;
    }
    Some(text.iter().map(|&byte| char::from(byte)).collect())
}

/// Three letters of five bits each; QuickTime's numbers of languages all have the first letter zero.
fn packed_language(packed: u16) -> String {
    let letters = [10, 5, 0].map(|shift| (packed >> shift & 0x1f) as u8 + 0x60);
    if letters.iter().all(u8::is_ascii_lowercase) {
        letters.map(char::from).iter().collect()
    } else {
        "und".to_owned()
    }
}

/// What the first sample entry of a track is called that is neither video nor audio.
fn first_entry_name(mdia: &Node<'_>) -> Result<Vec<SampleEntry>, ReadError> {
    let Some(minf) = mdia.find(b"minf")? else { return Ok(Vec::new()) };
    let Some(stbl) = minf.find(b"stbl")? else { return Ok(Vec::new()) };
    let Some(stsd) = stbl.find(b"stsd")? else { return Ok(Vec::new()) };
    let name = stsd.body().get(12..).and_then(|rest| rest.first_chunk::<4>());
    Ok(name.map(|&name| SampleEntry::Other { fourcc: FourCc(name), detail: "" }).into_iter().collect())
}

/// Samples must lie in this file (`dref`, 8.7.2): a reference elsewhere could name anything.
fn refuse_external_data(minf: &Node<'_>) -> Result<(), ReadError> {
    let Some(dinf) = minf.find(b"dinf")? else { return Ok(()) };
    let Some(dref) = dinf.find(b"dref")? else { return Ok(()) };
    for reference in dref.children(8) {
        let reference = reference?;
        if reference.fields().version_and_flags()?.1 & 1 == 0 {
            return Err(reference.unsupported("the media lies in another file"));
        }
    }
    Ok(())
}
