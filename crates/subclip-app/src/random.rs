//! Random ids and secrets, from the operating system.

use std::sync::atomic::{AtomicU16, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use subclip_core::Jitter;

/// Sixteen random bytes: the stuff of ids.
pub(crate) fn id_bytes() -> [u8; 16] {
    bytes()
}

/// Sixteen bytes that begin with the time, so that ids made of them sort as things happened: those that a process makes
/// in one millisecond are counted.
pub(crate) fn timed_id_bytes(now_ms: i64) -> [u8; 16] {
    static MADE: AtomicU16 = AtomicU16::new(0);
    let mut id: [u8; 16] = bytes();
    id[..6].copy_from_slice(&now_ms.to_be_bytes()[2..]);
    id[6..8].copy_from_slice(&MADE.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    id
}

/// A random name of letters and digits.
#[must_use]
pub fn random_name() -> String {
    subclip_core::AssetId::from_bytes(id_bytes()).hex()
}

/// A random UUID's 36 characters.
pub(crate) fn uuid() -> String {
    subclip_core::AssetId::from_bytes(id_bytes()).uuid()
}

/// A secret of 256 bits, as 43 letters, digits, `-` and `_`.
pub(crate) fn secret() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<32>())
}

/// 256 random bits, to sign with.
pub(crate) fn secret_bytes() -> [u8; 32] {
    bytes()
}

/// Where a library draws as much as it needs to make a key.
pub(crate) fn source() -> rsa::rand_core::OsRng {
    rsa::rand_core::OsRng
}

/// A secret to sign messages with, as Standard Webhooks writes it: 256 bits in base64, behind a word that says what it is.
pub(crate) fn signing_secret() -> String {
    format!("whsec_{}", STANDARD.encode(bytes::<32>()))
}

/// A random number between 0 and 1, to spread retries with.
pub(crate) fn jitter() -> Jitter {
    let drawn = u32::from_be_bytes(bytes());
    Jitter(f64::from(drawn) / f64::from(u32::MAX))
}

fn bytes<const N: usize>() -> [u8; N] {
    let mut drawn = [0; N];
    getrandom::fill(&mut drawn).expect("the operating system gives random bytes");
    drawn
}
