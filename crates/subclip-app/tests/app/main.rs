//! The application as a whole, over a folder and a database of its own. Clips fall on key frames here, so that no
//! media engine is needed; what needs one is proved end to end.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not as it should be")]

mod access;
mod bench;
mod captions;
mod clips;
mod deletion;
mod events;
mod failures;
mod masters;
mod overlays;
mod playing;
mod receiver;
mod shares;
mod sounds;
mod strain;
mod tests;
mod tokens;
mod uploads;
mod webhooks;
