//! Golden files of boxes: every byte, one box per paragraph, so that a change can be read.

use std::fmt::Write;
use std::path::Path;

/// Compares `bytes` with the golden file `name`; with `UPDATE_GOLDEN=1` in the environment, writes it instead.
pub(crate) fn check(name: &str, bytes: &[u8]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    let mut text = String::new();
    dump(bytes, 0, &mut text);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    assert!(text == golden, "{name} differs, now:\n{text}");
}

/// All boxes of `bytes`: name, size, and the bytes of what is no box, 16 to a line.
fn dump(mut bytes: &[u8], depth: usize, out: &mut String) {
    while !bytes.is_empty() {
        let size = u32::from_be_bytes(bytes[..4].try_into().unwrap()) as usize;
        let kind = std::str::from_utf8(&bytes[4..8]).unwrap();
        writeln!(out, "{:depth$}{kind} {size}", "", depth = 2 * depth).unwrap();
        // An mdat's media is not part of what is written.
        let end = if kind == "mdat" { bytes.len() } else { size };
        let body = &bytes[8..end];
        let fields = fields_before_boxes(kind).unwrap_or(body.len());
        for line in body[..fields].chunks(16) {
            let hex: Vec<String> = line.chunks(4).map(hex).collect();
            writeln!(out, "{:depth$}{}", "", hex.join(" "), depth = 2 * depth + 2).unwrap();
        }
        dump(&body[fields..], depth + 1, out);
        bytes = &bytes[end..];
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How many bytes of fields precede the boxes inside a box; `None` if there are none inside.
fn fields_before_boxes(kind: &str) -> Option<usize> {
    match kind {
        "moov" | "trak" | "edts" | "mdia" | "minf" | "dinf" | "stbl" | "mvex" | "moof" | "traf" => Some(0),
        "dref" | "stsd" => Some(8),
        "mp4a" => Some(28),
        "avc1" => Some(78),
        _ => None,
    }
}
