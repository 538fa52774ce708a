//! Random text for things that have an id only on the wire.

use subclip_core::ObjectId;

/// A fresh id of 22 letters and digits.
pub(crate) fn fresh_id() -> String {
    let mut drawn = [0; 16];
    getrandom::fill(&mut drawn).expect("the operating system gives random bytes");
    ObjectId::from_bytes(drawn).base62()
}
