//! Ids in the payloads of jobs, as text.

use serde::{Deserialize, Serialize};
use subclip_core::{AssetId, SoundTrackId, TextTrackId, UploadId};

/// Ids in payloads: as base62 text.
macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident($id:ty);)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) struct $name(pub(crate) $id);

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map(Self).map_err(serde::de::Error::custom)
            }
        }

        impl From<$id> for $name {
            fn from(id: $id) -> Self {
                Self(id)
            }
        }
    )*};
}

keys! {
    /// An asset's id.
    AssetKey(AssetId);
    /// A sound track's id.
    SoundKey(SoundTrackId);
    /// A text track's id.
    TextKey(TextTrackId);
    /// An upload's id.
    UploadKey(UploadId);
}
