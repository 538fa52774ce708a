//! Writes what fuzzing starts from, made of the test data of the formats crate: `seeds DATA_FOLDER CORPUS_FOLDER`.

use std::error::Error;
use std::fs;
use std::path::Path;

use subclip_core::{Index, Sample, Track};
use subclip_formats::h264::DecoderConfig;
use subclip_formats::mp4::read::{conforming, read_slice};
use subclip_formats::stored::encode;

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [data, corpus] = arguments.as_slice() else {
        return Err("usage: seeds DATA_FOLDER CORPUS_FOLDER".into());
    };
    let (data, corpus) = (Path::new(data), Path::new(corpus));
    for target in ["captions", "h264_parameters", "mp4_read", "stored_index"] {
        fs::create_dir_all(corpus.join(target))?;
    }
    for entry in fs::read_dir(data)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "mp4" || extension == "mov") {
            let name = path.file_name().and_then(|name| name.to_str()).ok_or("a file without a name")?;
            movie(name, &fs::read(&path)?, corpus)?;
        }
    }
    for entry in fs::read_dir(data.join("captions"))? {
        let path = entry?.path();
        fs::copy(&path, corpus.join("captions").join(path.file_name().ok_or("a file without a name")?))?;
    }
    let table = fs::read_to_string(data.join("h264/records.txt"))?;
    for (number, line) in table.lines().enumerate() {
        if let Some(record) = from_hex(line) {
            parameters(&format!("record{number}"), &record, corpus)?;
        }
    }
    Ok(())
}

/// The file itself, and the stored index of each of its tracks, as it is and of several pages.
fn movie(name: &str, file: &[u8], corpus: &Path) -> Outcome {
    fs::write(corpus.join("mp4_read").join(name), file)?;
    for track in read_slice(file)?.tracks {
        if let Ok((track, index)) = conforming(&track) {
            let number = track.timescale.get();
            let folder = corpus.join("stored_index");
            fs::write(folder.join(format!("{name}-{number}")), encode(&track, &index, 0))?;
            fs::write(
                folder.join(format!("{name}-{number}-long")),
                encode(&track, &repeated(&index, &track), 0),
            )?;
        }
    }
    Ok(())
}

/// The record, and its parameter sets on their own.
fn parameters(name: &str, record: &[u8], corpus: &Path) -> Outcome {
    let folder = corpus.join("h264_parameters");
    fs::write(folder.join(name), record)?;
    let config = DecoderConfig::parse(record)?;
    for (number, nal) in config.sps.iter().chain(&config.pps).enumerate() {
        fs::write(folder.join(format!("{name}-{number}")), nal)?;
        let length = (nal.len() as u32).to_be_bytes();
        let sample = [&length, *nal, &[0, 0, 0, 2, 0x65, 0x88]].concat();
        fs::write(folder.join(format!("{name}-{number}-sample")), sample)?;
    }
    Ok(())
}

/// The same samples over and over, one second apart.
fn repeated(index: &Index, track: &Track) -> Index {
    let second = i64::from(track.timescale.get());
    let again = |times: i64| {
        index.samples.iter().map(move |sample| Sample {
            offset: sample.offset + times as u64 * 10_000,
            dts: sample.dts + times * second,
            pts: sample.pts + times * second,
            ..*sample
        })
    };
    Index { samples: (0..150).flat_map(again).collect(), end_pts: index.end_pts + 149 * second }
}

/// The bytes of a line that is nothing but hexadecimal digits.
fn from_hex(line: &str) -> Option<Vec<u8>> {
    if line.is_empty() || !line.is_ascii() || line.len() % 2 == 1 {
        return None;
    }
    (0..line.len()).step_by(2).map(|at| u8::from_str_radix(&line[at..at + 2], 16).ok()).collect()
}
