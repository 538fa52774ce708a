//! What this dialect must echo and no rule of Subclip needs, kept with the asset's settings.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use subclip_app::{AssetSettings, Rendition, RenditionKind};

const KEY: &str = "mux";

/// The fields of a request that only answers need; absent ones were not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Kept {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) video_quality: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_resolution_tier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mp4_support: Option<String>,
}

impl Kept {
    /// What was kept with an asset, whichever face took it in.
    pub(super) fn of(settings: &AssetSettings) -> Self {
        let kept = settings.vendor.get(KEY).cloned();
        kept.and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default()
    }

    /// Puts it back.
    pub(super) fn put(&self, settings: &mut AssetSettings) {
        match serde_json::to_value(self) {
            Ok(Value::Object(map)) if map.is_empty() => settings.vendor.remove(KEY),
            Ok(value) => settings.vendor.insert(KEY.to_owned(), value),
            Err(_) => None,
        };
    }

    /// Whether files were asked for in the old way.
    pub(super) fn wants_legacy_files(&self) -> bool {
        self.mp4_support.as_deref().is_some_and(|support| support != "none")
    }

    /// Whether this file was.
    pub(super) fn is_legacy(&self, file: &Rendition) -> bool {
        // Earlier versions did not note it of sound.
        let wants_sound =
            || self.mp4_support.as_deref().is_some_and(|support| support.contains("audio-only"));
        file.bundled || (file.kind == RenditionKind::AudioOnly && wants_sound())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_as_it_was_put() {
        let mut settings = AssetSettings::default();
        let kept = Kept { video_quality: Some("basic".to_owned()), ..Kept::default() };
        kept.put(&mut settings);
        assert_eq!(Kept::of(&settings), kept);
        Kept::default().put(&mut settings);
        assert_eq!(settings, AssetSettings::default());
    }

    #[test]
    fn what_another_face_wrote_is_no_obstacle() {
        let mut settings = AssetSettings::default();
        settings.vendor.insert(KEY.to_owned(), Value::from("odd"));
        assert_eq!(Kept::of(&settings), Kept::default());
    }
}
