//! What can happen to things that have owners: the kinds of events.

use std::fmt;
use std::str::FromStr;

/// Text that names no kind of event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no kind of event")]
pub struct UnknownEvent(pub String);

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// A kind of event: what happened, and to what.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EventKind { $($(#[$doc])* $name,)* }

        impl EventKind {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its name: the thing, a dot, and what became of it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

kinds! {
    /// An asset was accepted.
    AssetCreated = "asset.created",
    /// The file of an asset could not be taken as it is, and was converted.
    AssetNotConforming = "asset.not_conforming",
    /// An asset can be played.
    AssetReady = "asset.ready",
    /// An asset will never be playable.
    AssetErrored = "asset.errored",
    /// What its owner chose for an asset has changed.
    AssetUpdated = "asset.updated",
    /// An asset is gone.
    AssetDeleted = "asset.deleted",
    /// The master of an asset was asked for.
    MasterPreparing = "master.preparing",
    /// The master of an asset can be fetched.
    MasterReady = "master.ready",
    /// The master of an asset can't be made.
    MasterErrored = "master.errored",
    /// The master of an asset was withdrawn, or its time is over.
    MasterDeleted = "master.deleted",
    /// A file of an asset was asked for.
    RenditionCreated = "rendition.created",
    /// A file of an asset can be fetched.
    RenditionReady = "rendition.ready",
    /// A file of an asset will never be there, because the asset lacks what would be in it.
    RenditionSkipped = "rendition.skipped",
    /// A file of an asset could not be made.
    RenditionErrored = "rendition.errored",
    /// A file of an asset is no longer asked for.
    RenditionDeleted = "rendition.deleted",
    /// Further media of an asset was asked for: captions, or another sound.
    TrackCreated = "track.created",
    /// Further media of an asset can be played.
    TrackReady = "track.ready",
    /// Further media of an asset will never be there.
    TrackErrored = "track.errored",
    /// Further media of an asset is gone.
    TrackDeleted = "track.deleted",
    /// An upload waits for its bytes.
    UploadCreated = "upload.created",
    /// All bytes of an upload came, and an asset is made of them.
    UploadAssetCreated = "upload.asset_created",
    /// Its owner gave an upload up.
    UploadCancelled = "upload.cancelled",
    /// The bytes of an upload did not come in time.
    UploadTimedOut = "upload.timed_out",
    /// Nothing happened: somebody wants to see an event arrive.
    WebhookTest = "webhook.test",
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EventKind {
    type Err = UnknownEvent;

    fn from_str(text: &str) -> Result<Self, UnknownEvent> {
        let found = Self::ALL.iter().find(|kind| kind.as_str() == text);
        found.copied().ok_or_else(|| UnknownEvent(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for kind in EventKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(*kind));
        }
        assert_eq!("asset.lost".parse::<EventKind>(), Err(UnknownEvent("asset.lost".into())));
    }
}
