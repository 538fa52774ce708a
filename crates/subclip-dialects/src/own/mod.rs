//! Subclip's own API, `/v1`: everything the server can do, in its own words, described by OpenAPI.
//!
//! | Noun | What it is |
//! | --- | --- |
//! | asset | asset |
//! | clip | an asset cut from another: made under `/v1/clips`, and from then on an asset like any other |
//! | rendition | rendition |
//! | playback id | playback id |
//! | signing key | signing key |
//! | playback restriction | restriction |
//! | upload | upload |
//! | token | access token |
//! | event | event |
//! | webhook, delivery, attempt | webhook, delivery, attempt |

mod docs;
mod errors;
mod from_wire;
mod handlers;
mod router;
mod to_wire;
mod webhooks;
mod wire;

pub use router::router;
pub use webhooks::WebhookWords;
