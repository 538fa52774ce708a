//! A track: one stream of samples of one codec, and what a player must know before the first of them.

use crate::time::Timescale;

/// What a track is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Medium {
    /// Pictures.
    Video,
    /// Sound.
    Audio,
}

/// How pictures are coded: H.264, 8 bit 4:2:0, progressive, every sync sample an IDR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoFormat {
    /// The `AVCDecoderConfigurationRecord` (ISO/IEC 14496-15, 5.3.3.1): parameter sets and NAL length size.
    pub config: Vec<u8>,
    /// Width of the shown picture in samples, before the pixel aspect ratio is applied.
    pub width: u32,
    /// Height of the shown picture in samples.
    pub height: u32,
    /// Width to height of one pixel; `(1, 1)` when square.
    pub pixel_aspect: (u32, u32),
}

impl VideoFormat {
    /// Width and height in square pixels; `None` where that is more than there can be.
    #[must_use]
    pub fn shown_size(&self) -> Option<(u32, u32)> {
        let (across, down) = self.pixel_aspect;
        let width = u64::from(self.width) * u64::from(across) / u64::from(down.max(1));
        Some((u32::try_from(width).ok()?, self.height))
    }
}

/// How sound is coded: AAC-LC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioFormat {
    /// The `AudioSpecificConfig` (ISO/IEC 14496-3, 1.6.2.1).
    pub config: Vec<u8>,
    /// Channels.
    pub channels: u16,
    /// Samples of sound per second.
    pub sample_rate: u32,
}

/// How a track is coded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Codec {
    /// H.264 video.
    Avc(VideoFormat),
    /// AAC-LC audio.
    Aac(AudioFormat),
}

/// One stream of samples; where they lie is told by its index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// Ticks per second of every time in the index.
    pub timescale: Timescale,
    /// How the samples are coded.
    pub codec: Codec,
    /// BCP 47 language, `und` when the source did not say.
    pub language: String,
}

impl Track {
    /// What the track is for.
    #[must_use]
    pub fn medium(&self) -> Medium {
        match self.codec {
            Codec::Avc(_) => Medium::Video,
            Codec::Aac(_) => Medium::Audio,
        }
    }

    /// The video format, if these are pictures.
    #[must_use]
    pub fn video(&self) -> Option<&VideoFormat> {
        match &self.codec {
            Codec::Avc(format) => Some(format),
            Codec::Aac(_) => None,
        }
    }

    /// The audio format, if this is sound.
    #[must_use]
    pub fn audio(&self) -> Option<&AudioFormat> {
        match &self.codec {
            Codec::Aac(format) => Some(format),
            Codec::Avc(_) => None,
        }
    }
}
