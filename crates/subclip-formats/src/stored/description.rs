//! What a track is, in the head of its stored index.

use subclip_core::{AudioFormat, Codec, Timescale, Track, VideoFormat};

use super::varint::{Damage, Reader, put_bytes, put_unsigned};

const AVC: u8 = 1;
const AAC: u8 = 2;

/// Appends the description of `track`.
pub(crate) fn put(out: &mut Vec<u8>, track: &Track) {
    put_unsigned(out, u64::from(track.timescale.get()));
    put_bytes(out, track.language.as_bytes());
    match &track.codec {
        Codec::Avc(format) => {
            out.push(AVC);
            put_bytes(out, &format.config);
            for number in [format.width, format.height, format.pixel_aspect.0, format.pixel_aspect.1] {
                put_unsigned(out, u64::from(number));
            }
        }
        Codec::Aac(format) => {
            out.push(AAC);
            put_bytes(out, &format.config);
            put_unsigned(out, u64::from(format.channels));
            put_unsigned(out, u64::from(format.sample_rate));
        }
    }
}

/// Reads the description of a track.
pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Track, Damage> {
    let timescale = Timescale::new(reader.narrow()?).map_err(|_| "its timescale is zero")?;
    let language = std::str::from_utf8(reader.bytes()?).map_err(|_| "its language is not text")?.to_owned();
    let codec = match reader.byte()? {
        AVC => Codec::Avc(VideoFormat {
            config: reader.bytes()?.to_vec(),
            width: reader.narrow()?,
            height: reader.narrow()?,
            pixel_aspect: (reader.narrow()?, reader.narrow()?),
        }),
        AAC => Codec::Aac(AudioFormat {
            config: reader.bytes()?.to_vec(),
            channels: reader.narrow()?,
            sample_rate: reader.narrow()?,
        }),
        _ => return Err("its codec is unknown"),
    };
    Ok(Track { timescale, codec, language })
}
