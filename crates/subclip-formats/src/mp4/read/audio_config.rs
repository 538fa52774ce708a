//! The `AudioSpecificConfig` (ISO/IEC 14496-3, 1.6.2.1): which AAC it is, how fast, how many channels.

/// What an `AudioSpecificConfig` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AudioConfig {
    /// Audio object type of the core: 2 is AAC-LC.
    pub object_type: u8,
    /// Samples of sound per second that a decoder puts out, spectral band replication included when signalled.
    pub sample_rate: u32,
    /// Channels; 0 when the layout is not one of the standard ones.
    pub channels: u16,
    /// Whether spectral band replication is signalled (HE-AAC), with or without parametric stereo.
    pub high_efficiency: bool,
    /// Samples of sound per packet: 1024 or, rarely, 960.
    pub frame_length: u16,
}

/// By sampling frequency index (table 1.18); 13 and 14 are reserved, 15 announces the number itself.
const SAMPLE_RATES: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

/// By channel configuration (table 1.19 and ISO/IEC 23001-8); 0 where none is defined.
const CHANNELS: [u16; 16] = [0, 1, 2, 3, 4, 5, 6, 8, 0, 0, 0, 7, 8, 24, 8, 0];

const SPECTRAL_BAND_REPLICATION: u8 = 5;
const PARAMETRIC_STEREO: u8 = 29;

impl AudioConfig {
    /// Reads the `AudioSpecificConfig` in `bytes`; `None` when it ends early or names a reserved rate.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut bits = Bits { bytes, at: 0 };
        let mut object_type = bits.object_type()?;
        let mut sample_rate = bits.sample_rate()?;
        let layout = bits.take(4)?;
        let mut high_efficiency = matches!(object_type, SPECTRAL_BAND_REPLICATION | PARAMETRIC_STEREO);
        if high_efficiency {
            sample_rate = bits.sample_rate()?;
            object_type = bits.object_type()?;
        }
        let channels = CHANNELS[layout as usize];
        let mut frame_length = 1024;
        // GASpecificConfig follows for the AAC family; anything else ends here. Its extension flag and the program
        // config element of layout 0 are not followed: neither conforms.
        if matches!(object_type, 1..=4) {
            frame_length = if bits.take(1)? == 1 { 960 } else { 1024 };
            if bits.take(1)? == 1 {
                bits.take(14)?;
            }
            bits.take(1)?;
            if !high_efficiency
                && layout != 0
                && let Some(rate) = bits.trailing_band_replication()
            {
                high_efficiency = true;
                sample_rate = rate;
            }
        }
        Some(Self { object_type, sample_rate, channels, high_efficiency, frame_length })
    }
}

struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> Option<u32> {
        let mut value = 0;
        for at in self.at..self.at + count {
            let byte = self.bytes.get(at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - at % 8) & 1);
        }
        self.at += count;
        Some(value)
    }

    fn object_type(&mut self) -> Option<u8> {
        match self.take(5)? {
            31 => self.take(6).map(|more| 32 + more as u8),
            object_type => Some(object_type as u8),
        }
    }

    fn sample_rate(&mut self) -> Option<u32> {
        match self.take(4)? {
            15 => self.take(24),
            index => SAMPLE_RATES.get(index as usize).copied(),
        }
    }

    /// The backward compatible signal of SBR behind the core's configuration (1.6.6.1): the extended rate.
    fn trailing_band_replication(&mut self) -> Option<u32> {
        let signalled =
            self.take(11)? == 0x2b7 && self.object_type()? == SPECTRAL_BAND_REPLICATION && self.take(1)? == 1;
        if signalled { self.sample_rate() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_profiles_rates_and_channels() {
        let check = |bytes: &[u8], expected: Option<(u8, u32, u16, bool)>| {
            let found = AudioConfig::parse(bytes)
                .map(|c| (c.object_type, c.sample_rate, c.channels, c.high_efficiency));
            assert_eq!(found, expected, "{bytes:02x?}");
        };
        check(&[0x11, 0x90], Some((2, 48_000, 2, false)));
        check(&[0x12, 0x10], Some((2, 44_100, 2, false)));
        check(&[0x14, 0x08], Some((2, 16_000, 1, false)));
        check(&[0x11, 0xb0], Some((2, 48_000, 6, false)));
        check(&[0x11, 0xb8], Some((2, 48_000, 8, false)));
        // An explicit rate of 48 kHz: 00010 1111 (24 bits) 0010 000.
        check(&[0x17, 0x80, 0x5d, 0xc0, 0x10], Some((2, 48_000, 2, false)));
        // Explicit SBR: type 5, 24 kHz, stereo, extended to 48 kHz, core type 2.
        check(&[0x2b, 0x11, 0x88, 0x00], Some((2, 48_000, 2, true)));
        // Explicit PS: type 29, 24 kHz, mono.
        check(&[0xeb, 0x09, 0x88, 0x00], Some((2, 48_000, 1, true)));
        // Backward compatible SBR: AAC-LC, 24 kHz, stereo, then 0x2b7, type 5, present, 48 kHz.
        check(&[0x13, 0x10, 0x56, 0xe5, 0x98], Some((2, 48_000, 2, true)));
        // The same signal saying that there is none.
        check(&[0x11, 0x90, 0x56, 0xe5, 0x00], Some((2, 48_000, 2, false)));
        check(&[0x11, 0x80], Some((2, 48_000, 0, false)));
        check(&[0xf9, 0x46, 0x40], Some((42, 48_000, 2, false)));
        check(&[0x16, 0x90], None);
        check(&[0x11], None);
        check(&[], None);
    }
}
