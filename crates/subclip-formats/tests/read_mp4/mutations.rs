//! Real files, broken in thousands of ways: never a panic, never more than the bytes can carry.

use subclip_formats::mp4::read::{Movie, ReadError, conforming, read_with};

use crate::golden::{FILES, data};

const MUTATIONS: u64 = 2000;

/// A small generator of numbers, the same on every machine (xorshift64*).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 33) as usize % bound
    }
}

const STOMPS: [u32; 8] = [0, 1, 7, 8, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff];

fn mutate(file: &mut Vec<u8>, others: &[Vec<u8>], numbers: &mut Numbers) {
    for _ in 0..=numbers.below(4) {
        // Mutations of the index are the interesting ones: half of them go where a box name is.
        let names: Vec<usize> = (4..file.len().saturating_sub(8))
            .filter(|&at| {
                file[at..at + 4].iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            })
            .collect();
        let length = file.len();
        if length < 16 {
            return;
        }
        let at = match names.len() {
            0 => numbers.below(length - 8),
            count => (names[numbers.below(count)] - 4 + numbers.below(32)).min(length - 8),
        };
        match numbers.below(6) {
            0 => file[at] ^= 1 << numbers.below(8),
            1 => file[at] = numbers.next() as u8,
            2 => file.truncate(numbers.below(length)),
            3 => file[at..at + 4].copy_from_slice(&STOMPS[numbers.below(STOMPS.len())].to_be_bytes()),
            4 => {
                let end = (at + numbers.below(200)).min(length);
                file.drain(at..end);
            }
            _ => {
                let other = &others[numbers.below(others.len())];
                let from = numbers.below(other.len());
                let until = (from + numbers.below(200)).min(other.len());
                file.splice(at..at, other[from..until].iter().copied());
            }
        }
    }
}

/// Reads the file, and counts what the reader asked for.
fn read(file: &[u8]) -> (Result<Movie, ReadError>, u64) {
    let mut asked = 0;
    let movie = read_with(file.len() as u64, |range| {
        asked += range.end - range.start;
        Ok(file[range.start as usize..range.end as usize].to_vec())
    });
    (movie, asked)
}

#[test]
fn broken_files_neither_panic_nor_grow() {
    let files = FILES.map(|(name, _)| data(name));
    let mut numbers = Numbers(0x5eed);
    let (mut read_well, mut refused) = (0, 0);
    for round in 0..MUTATIONS {
        let mut file = files[round as usize % files.len()].clone();
        mutate(&mut file, &files, &mut numbers);
        let (result, asked) = read(&file);
        assert!(asked <= file.len() as u64, "mutation {round} reads bytes twice");
        match result {
            Ok(movie) => {
                read_well += 1;
                for track in &movie.tracks {
                    // As many samples as there are bytes, or as there may be without any.
                    let most = file.len() + subclip_formats::mp4::read::MAX_EMPTY_SAMPLES as usize;
                    assert!(track.samples.len() <= most, "mutation {round}");
                    for sample in track.samples.iter().filter(|sample| sample.size > 0) {
                        assert!(sample.bytes().end <= file.len() as u64, "mutation {round}");
                    }
                    // Judging it must not panic either.
                    if let Err(reasons) = conforming(track) {
                        assert!(reasons.iter().all(|reason| !reason.to_string().is_empty()));
                    }
                }
            }
            Err(error) => {
                refused += 1;
                assert!(!error.to_string().is_empty());
            }
        }
    }
    // The mutations are worth something only if they reach both sides of the checks.
    assert!(read_well > MUTATIONS / 10 && refused > MUTATIONS / 10, "{read_well} read, {refused} refused");
    assert!(peak_memory_bytes().is_none_or(|peak| peak < 256 << 20));
}

/// The most memory this process ever held, where the system tells.
fn peak_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes << 10)
}
