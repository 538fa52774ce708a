//! Files of another muxer against what another demuxer says of them (`tests/data/make.sh` made both).

use std::path::PathBuf;

use subclip_formats::mp4::read::{Kind, SampleEntry, read_slice};

/// All files, and by how much the other demuxer shows the pictures late: FFmpeg answers negative composition offsets
/// by moving the pictures and not the sound (ISO/IEC 14496-12, 8.6.1.3 moves neither).
pub(crate) const FILES: [(&str, i64); 8] = [
    ("progressive.mp4", 0),
    ("bframes.mp4", 0),
    ("fragmented.mp4", 0),
    ("fragments_av.mp4", 0),
    ("hybrid.mp4", 0),
    ("negative.mp4", 512),
    ("pcm.mov", 0),
    ("wave.mov", 0),
];

pub(crate) fn data(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The samples of a track as the golden files list them: pts, dts, size, position, key frame.
type Row = (i64, i64, u64, u64, bool);

fn golden(name: &str, stream: usize, late: i64) -> Vec<Row> {
    let text = String::from_utf8(data(&format!("{}.packets", &name[..name.len() - 4]))).unwrap();
    let rows = text.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    rows.filter(|fields| fields[0] == stream.to_string())
        .map(|fields| {
            let number = |at: usize| fields[at].parse::<i64>().unwrap();
            (number(1) - late, number(2), number(3) as u64, number(4) as u64, fields[5] == "K")
        })
        .collect()
}

#[test]
fn samples_are_what_another_demuxer_lists() {
    for (name, late) in FILES {
        let movie = read_slice(&data(name)).unwrap();
        for (stream, track) in movie.tracks.iter().enumerate() {
            let found: Vec<Row> =
                track.samples.iter().map(|s| (s.pts, s.dts, u64::from(s.size), s.offset, s.sync)).collect();
            let late = if track.kind == Kind::Video { late } else { 0 };
            let expected = match track.entries[..] {
                [SampleEntry::Other { .. }] => Vec::new(),
                _ => golden(name, stream, late),
            };
            assert_eq!(found, expected, "{name}, stream {stream}");
        }
    }
}
