//! Requests of this dialect as requests of the application, or everything that is wrong with them.
//!
//! Fields that are not known are ignored, as Mux does: official clients send more than they were asked to.

mod changes;
mod inputs;
mod lists;
mod overlays;
mod restrictions;
mod settings;
mod sounds;
#[cfg(test)]
mod tests;
mod texts;
mod webhooks;

use serde_json::Value;
use subclip_app::{NewAsset, NewClip, NewUpload, Policy, Rendition};

use crate::common::{Fault, Faults, Fields};
use inputs::Media;

pub(super) use changes::{legacy_files, master_access, set_legacy_files, update};
pub(super) use lists::{AssetList, asset_list, page};
pub(super) use restrictions::{new_restriction, referrer_rules, user_agent_rules};
pub(super) use sounds::update_sound;
pub(super) use texts::{NewTrack, create_track, generate, update_track};
pub(super) use webhooks::{create_webhook, update_webhook};

/// What a request for a new asset asks for.
#[derive(Debug, PartialEq)]
pub(super) enum NewMedia {
    /// Fetch a file.
    Fetch {
        /// Where it lies.
        url: String,
        /// The rest.
        new: NewAsset,
    },
    /// Cut a clip.
    Clip(NewClip),
}

/// `POST /video/v1/assets`. Renditions have no id yet.
pub(super) fn create_asset(body: &Value) -> Result<NewMedia, Fault> {
    let faults = Faults::default();
    let asked = Fields::of_body(body, &faults).and_then(|fields| {
        let media = inputs::main(&fields);
        let mut asset = settings::new_asset(&fields);
        let main = media?;
        main.beside.choose(&mut asset.settings);
        Some(match main.media {
            Media::File(url) => NewMedia::Fetch { url, new: asset },
            Media::Clip { source, start, end } => {
                NewMedia::Clip(NewClip { source, start, end, policies_of_source: false, asset })
            }
        })
    });
    faults.unless_any(asked).map_err(Fault::Invalid)
}

/// `POST /video/v1/uploads`. Renditions have no id yet.
pub(super) fn create_upload(body: &Value) -> Result<NewUpload, Fault> {
    let faults = Faults::default();
    let asked = Fields::of_body(body, &faults).map(|fields| {
        let settings = fields.object("new_asset_settings");
        let mut new_asset = settings.map_or_else(NewAsset::default, |settings| {
            let beside = inputs::of_upload(&settings);
            let mut asset = settings::new_asset(&settings);
            beside.unwrap_or_default().choose(&mut asset.settings);
            asset
        });
        // A test is made of an upload that is one.
        let test = fields.flag("test") == Some(true);
        new_asset.settings.test |= test;
        NewUpload {
            timeout_s: lists::timeout_s(&fields),
            cors_origin: fields.text_up_to("cors_origin", 2048).unwrap_or("*").to_owned(),
            new_asset,
            test,
        }
    });
    faults.unless_any(asked).map_err(Fault::Invalid)
}

/// `POST …/playback-ids`. Nothing is opened to all unless it is said so.
pub(super) fn playback_policy(body: &Value) -> Result<Policy, Fault> {
    let faults = Faults::default();
    let asked = Fields::of_body(body, &faults).and_then(|fields| match fields.text("policy") {
        None if fields.value("policy").is_none() => {
            fields.note("policy", "must be there");
            None
        }
        None => None,
        Some(name) => settings::policy(&fields.name("policy"), name, &faults),
    });
    faults.unless_any(asked).map_err(Fault::Invalid)
}

/// `POST …/static-renditions`; the rendition has no id yet.
pub(super) fn rendition(body: &Value) -> Result<Rendition, Fault> {
    let faults = Faults::default();
    let asked = Fields::of_body(body, &faults).and_then(|fields| settings::rendition(&fields));
    faults.unless_any(asked).map_err(Fault::Invalid)
}
