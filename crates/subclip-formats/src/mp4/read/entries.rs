//! Sample descriptions (`stsd`): H.264 and AAC are read, encrypted ones refused, others named.

use subclip_core::{AudioFormat, VideoFormat, lowest_terms};

use super::audio_config::AudioConfig;
use super::error::ReadError;
use super::movie::{Kind, SampleEntry};
use super::node::Node;

/// The sample entries of a track.
pub(super) fn parse(stsd: &Node<'_>, kind: Kind) -> Result<Vec<SampleEntry>, ReadError> {
    let mut fields = stsd.fields();
    let (version, _) = fields.version_and_flags()?;
    let count = fields.u32()?;
    let mut entries = Vec::new();
    for entry in stsd.children(8).take(count as usize) {
        let entry = entry?;
        entries.push(match (kind, &entry.kind().0) {
            (Kind::Video | Kind::Audio, b"encv" | b"enca" | b"drmi" | b"drms") => {
                return Err(entry.unsupported("the media is encrypted"));
            }
            (Kind::Video, b"avc1") => avc(&entry)?,
            (Kind::Video, b"avc3") => other(&entry, "H.264 with its parameter sets in band"),
            (Kind::Audio, b"mp4a") => aac(&entry, version)?,
            _ => other(&entry, ""),
        });
    }
    if entries.len() < count as usize {
        return Err(stsd.malformed(format!("says {count} entries, has {}", entries.len())));
    }
    Ok(entries)
}

fn other(entry: &Node<'_>, detail: &'static str) -> SampleEntry {
    SampleEntry::Other { fourcc: entry.kind(), detail }
}

/// Bytes of a `VisualSampleEntry` (12.1.3) before the boxes in it.
const VISUAL_FIELDS: usize = 78;

fn avc(entry: &Node<'_>) -> Result<SampleEntry, ReadError> {
    let mut fields = entry.fields();
    fields.skip(24)?;
    let (width, height) = (u32::from(fields.u16()?), u32::from(fields.u16()?));
    fields.skip(VISUAL_FIELDS - 28)?;
    let mut config = None;
    let mut pixel_aspect = (1, 1);
    for child in entry.children(VISUAL_FIELDS) {
        let child = child?;
        match &child.kind().0 {
            b"avcC" if config.is_none() => {
                if child.body().len() < 7 || child.body()[0] != 1 {
                    return Err(child.malformed("is not a version 1 AVC configuration"));
                }
                config = Some(child.body().to_vec());
            }
            b"pasp" => {
                let mut fields = child.fields();
                let (across, down) = (fields.u32()?, fields.u32()?);
                // A zero on either side says that the ratio is unknown.
                pixel_aspect = lowest_terms(across.into(), down.into()).unwrap_or(pixel_aspect);
            }
            _ => {}
        }
    }
    Ok(match config {
        Some(config) => SampleEntry::Avc(VideoFormat { config, width, height, pixel_aspect }),
        None => other(entry, "H.264 without its configuration"),
    })
}

fn aac(entry: &Node<'_>, stsd_version: u8) -> Result<SampleEntry, ReadError> {
    let mut fields = entry.fields();
    fields.skip(8)?;
    let version = fields.u16()?;
    fields.skip(18)?;
    // QuickTime's sound descriptions grow by version; ISO's version 1 (under a version 1 stsd) does not.
    let skip = match (stsd_version, version) {
        (0, 1) => 28 + 16,
        (0, 2) => 28 + 36,
        _ => 28,
    };
    if entry.body().len() < skip {
        return Err(entry.malformed(format!("is too short for a sound description of version {version}")));
    }
    for child in entry.children(skip) {
        let child = child?;
        match &child.kind().0 {
            b"esds" => return elementary_stream(entry, &child),
            b"wave" => {
                if let Some(esds) = child.find(b"esds")? {
                    return elementary_stream(entry, &esds);
                }
            }
            _ => {}
        }
    }
    Ok(other(entry, "audio without its configuration"))
}

/// The `ES_Descriptor` in an `esds` (ISO/IEC 14496-1, 7.2.6.5).
fn elementary_stream(entry: &Node<'_>, esds: &Node<'_>) -> Result<SampleEntry, ReadError> {
    let short = || esds.malformed("ends inside its descriptors");
    let stream = esds.body().get(4..).and_then(|rest| descriptor(rest, 3)).ok_or_else(short)?;
    let flags = *stream.get(2).ok_or_else(short)?;
    let url = if flags & 0x40 == 0 { 0 } else { 1 + usize::from(*stream.get(3).ok_or_else(short)?) };
    let dependence = if flags & 0x80 == 0 { 0 } else { 2 };
    let clock = if flags & 0x20 == 0 { 0 } else { 2 };
    let decoder =
        stream.get(3 + dependence + url + clock..).and_then(|rest| descriptor(rest, 4)).ok_or_else(short)?;
    // Object type indications (mp4ra.org): MPEG-4 audio, MPEG-2 AAC, and MPEG-1 or 2 layer 3.
    match decoder.first().ok_or_else(short)? {
        0x40 | 0x66..=0x68 => {}
        0x69 | 0x6b => return Ok(other(entry, "MPEG layer 3 audio")),
        _ => return Ok(other(entry, "audio of an unknown object type")),
    }
    let Some(config) = decoder.get(13..).and_then(|rest| descriptor(rest, 5)) else {
        return Ok(other(entry, "AAC without its configuration"));
    };
    let read = AudioConfig::parse(config)
        .ok_or_else(|| esds.malformed("holds an AudioSpecificConfig that can't be read"))?;
    Ok(SampleEntry::Aac(AudioFormat {
        config: config.to_vec(),
        channels: read.channels,
        sample_rate: read.sample_rate,
    }))
}

/// The body of the descriptor at the start of `bytes` if it has this `tag` and is whole.
fn descriptor(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    let (&found, mut rest) = bytes.split_first()?;
    let mut length = 0usize;
    // The length has seven bits a byte, four bytes at the most.
    for _ in 0..4 {
        let (&byte, after) = rest.split_first()?;
        rest = after;
        length = length << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    if found == tag { rest.get(..length) } else { None }
}
