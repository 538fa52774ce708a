//! The smallest H.264 level that holds a picture size, rate and reference count (ITU-T H.264, table A-1).

/// `level_idc`, macroblocks a second, macroblocks a frame, macroblocks in the decoded picture buffer.
const TABLE_A1: [(u8, u64, u64, u64); 19] = [
    (10, 1_485, 99, 396),
    (11, 3_000, 396, 900),
    (12, 6_000, 396, 2_376),
    (13, 11_880, 396, 2_376),
    (20, 11_880, 396, 2_376),
    (21, 19_800, 792, 4_752),
    (22, 20_250, 1_620, 8_100),
    (30, 40_500, 1_620, 8_100),
    (31, 108_000, 3_600, 18_000),
    (32, 216_000, 5_120, 20_480),
    (40, 245_760, 8_192, 32_768),
    (41, 245_760, 8_192, 32_768),
    (42, 522_240, 8_704, 34_816),
    (50, 589_824, 22_080, 110_400),
    (51, 983_040, 36_864, 184_320),
    (52, 2_073_600, 36_864, 184_320),
    (60, 4_177_920, 139_264, 696_320),
    (61, 8_355_840, 139_264, 696_320),
    (62, 16_711_680, 139_264, 696_320),
];

/// The `level_idc` for pictures of this size in pixels, at most this often a second, with this many kept
/// for reference; the highest level if none is high enough.
pub(crate) fn level_idc(width: u32, height: u32, frames_per_second: f64, buffered_frames: u32) -> u8 {
    let across = u64::from(width.div_ceil(16));
    let down = u64::from(height.div_ceil(16));
    let frame = across * down;
    let rate = frame as f64 * frames_per_second;
    let buffered = frame * u64::from(buffered_frames);
    // Neither side may be longer than the square root of eight times the frame limit (A.3.1).
    let fits = |(_, rate_limit, frame_limit, buffer_limit): &(u8, u64, u64, u64)| {
        rate <= *rate_limit as f64
            && frame <= *frame_limit
            && buffered <= *buffer_limit
            && across.max(down).pow(2) <= frame_limit * 8
    };
    TABLE_A1.iter().find(|row| fits(row)).map_or(62, |row| row.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_sizes_have_their_known_levels() {
        for (width, height, fps, buffered, expected) in [
            (176, 144, 15.0, 4, 10),
            (640, 360, 30.0, 4, 30),
            (720, 576, 25.0, 4, 30),
            (854, 480, 30.0, 4, 31),
            (1280, 720, 30.0, 4, 31),
            (1280, 720, 60.0, 4, 32),
            (1920, 1080, 30.0, 4, 40),
            (1918, 1078, 29.97, 4, 40),
            (1080, 1920, 30.0, 4, 40),
            (1920, 1080, 60.0, 4, 42),
            (1920, 1080, 30.0, 13, 50),
            (3840, 2160, 30.0, 4, 51),
            (3840, 2160, 60.0, 4, 52),
            (7680, 4320, 30.0, 4, 60),
            // A strip one macroblock high and very wide.
            (8192, 16, 30.0, 1, 51),
            (16384, 16384, 1000.0, 16, 62),
        ] {
            let found = level_idc(width, height, fps, buffered);
            assert_eq!(found, expected, "{width}x{height} at {fps} with {buffered}");
        }
    }
}
