//! The URL that takes an upload's bytes, `PUT /uploads/{UPLOAD_ID}/{SECRET}`: whole or in parts, resumable, from any
//! web origin that the upload allows. Every dialect hands it out; it speaks the resumable protocol of Google Cloud
//! Storage, which the vendors' uploaders were written for.

mod cors;
mod errors;
mod patience;
mod range;
mod router;

pub use router::router;
