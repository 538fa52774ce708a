//! The `codecs` parameter (RFC 6381) of the codecs that Subclip plays.

/// `avc1.PPCCLL` from an `AVCDecoderConfigurationRecord`: profile, constraints and level in hexadecimal.
/// `None` if it is too short to say.
#[must_use]
pub fn avc_codec_string(config: &[u8]) -> Option<String> {
    let [_, profile, constraints, level, ..] = config else { return None };
    Some(format!("avc1.{profile:02X}{constraints:02X}{level:02X}"))
}

/// `mp4a.40.N` from an `AudioSpecificConfig`: N is the audio object type (ISO/IEC 14496-3, 1.6.2.1).
/// `None` if it is too short to say.
#[must_use]
pub fn aac_codec_string(config: &[u8]) -> Option<String> {
    const ESCAPE: u8 = 31;
    let object_type = match config.first()? >> 3 {
        ESCAPE => 32 + ((config[0] & 0x07) << 3 | config.get(1)? >> 5),
        object_type => object_type,
    };
    Some(format!("mp4a.40.{object_type}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn avc_names_profile_constraints_and_level() {
        let check = |config: &[u8], expected: Option<&str>| {
            assert_eq!(avc_codec_string(config).as_deref(), expected);
        };
        check(&[1, 0x64, 0x00, 0x1f, 0xff], Some("avc1.64001F"));
        check(&[1, 0x42, 0xc0, 0x0a], Some("avc1.42C00A"));
        check(&[1, 0x64, 0x00], None);
    }

    #[test]
    fn aac_names_the_object_type() {
        let check = |config: &[u8], expected: Option<&str>| {
            assert_eq!(aac_codec_string(config).as_deref(), expected);
        };
        check(&[0x12, 0x10], Some("mp4a.40.2"));
        check(&[0x2b, 0x92], Some("mp4a.40.5"));
        check(&[0xf9, 0x40], Some("mp4a.40.42"));
        check(&[0xf8], None);
        check(&[], None);
    }
}
