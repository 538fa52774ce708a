//! The Mux dialect: what Mux Video's REST API asks and answers, over Subclip's own model.
//!
//! | Their noun | Our noun |
//! | --- | --- |
//! | asset | asset |
//! | asset with `source_asset_id`, `ingest_type: on_demand_clip` | clip: an asset cut from another |
//! | input `mux://assets/{ID}` with `start_time`, `end_time` | the source and the range of a clip |
//! | input with another URL | the file an asset is fetched from |
//! | playback id, playback policy | playback id, policy |
//! | text track, input of `type: text`, `generated_subtitles` | text track: captions in a language |
//! | audio track that is not primary, further input of `type: audio` | sound track: another sound to choose |
//! | direct upload, `new_asset_settings` | upload, the new asset it promises |
//! | static rendition, `mp4_support` | rendition: a file made when it is fetched |
//! | `test` | test: with a badge, short, and deleted by itself |
//! | `master_access`, `master` | master: whether it is given out |
//! | `max_resolution_tier` | the most lines of a picture that is encoded anew |
//! | `progress.state` | stage |
//! | `errors` | failure |
//! | `non_standard_input_reasons` | why the input was not taken as it is |
//! | signing key, playback restriction | signing key, restriction |
//! | environment | workspace |
//! | access token | token |
//! | webhook, `address`, `signing_secret` | webhook, URL, secret |
//! | webhook event, `video.asset.static_rendition.*`, `video.asset.track.*` | event, `rendition.*`, `track.*` |
//!
//! Paths lack the prefix: a client whose base URL ends in `/mux` asks for `/mux/video/v1/assets`.

mod errors;
mod from_wire;
mod handlers;
mod kept;
mod router;
mod to_wire;
mod webhooks;
mod wire;

pub use router::router;
pub use webhooks::WebhookWords;
