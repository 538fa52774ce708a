//! Bringing bytes into the store, of which something is to be made: fetched, staged, or made by the engine.

use std::path::Path;

use serde::{Deserialize, Serialize};
use subclip_core::{ObjectId, UploadId};

use crate::fetch::{Opened, Resume};
use crate::jobs::Context;
use crate::store::{Holder, announce, is_stored, object_stored};
use crate::{Error, Result, random};

/// What a host said a file is, when it last sent some of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Told {
    /// What tells it from another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) validator: Option<String>,
    /// And how long it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) size_bytes: Option<u64>,
}

/// Bytes on their way into the store, within a job.
pub(crate) struct Intake<'a> {
    pub(crate) context: &'a Context,
    pub(crate) holder: Holder,
}

/// A fetch that has begun.
pub(crate) struct Fetching {
    opened: Opened,
    /// What the host says now; to be kept before the first byte is taken.
    pub(crate) told: Told,
}

impl Intake<'_> {
    /// The object of the media as it came. Its id follows from its holder's, so that a second run finds what the first one
    /// brought.
    pub(crate) fn original(&self) -> ObjectId {
        ObjectId::from_bytes(self.holder.bytes())
    }

    /// Where its bytes gather while they are fetched.
    pub(crate) fn staged(&self) -> UploadId {
        UploadId::from_bytes(self.holder.bytes())
    }

    /// Announces an object, and tells whether it is in the store already.
    pub(crate) async fn is_stored(&self, id: ObjectId) -> Result<bool> {
        announce(&self.context.app, id, self.holder).await?;
        is_stored(&self.context.app, id).await
    }

    /// Begins to fetch a URL into staging, where an earlier try that was `told` so broke off.
    pub(crate) async fn open(&self, url: &str, told: Told) -> Result<Fetching> {
        let app = &self.context.app;
        let there = app.storage().staging_length(self.staged()).await?;
        let size_bytes = told.size_bytes;
        let validator = told.validator.filter(|_| there > 0);
        let resume = validator.map(|validator| Resume { offset: there, validator, size_bytes });
        let opened = tokio::select! {
            opened = app.fetcher().open(url, resume.as_ref()) => opened?,
            () = self.context.cancel.cancelled() => return Err(cancelled()),
        };
        if opened.offset < there {
            app.storage().staging_truncate(self.staged(), opened.offset).await?;
        }
        let told = Told { validator: opened.validator.clone(), size_bytes: opened.size_bytes };
        Ok(Fetching { opened, told })
    }

    /// Brings the bytes that are left.
    pub(crate) async fn fetch(&self, Fetching { opened, .. }: Fetching) -> Result<()> {
        let app = &self.context.app;
        let (offset, size_bytes) = (opened.offset, opened.size_bytes);
        let most_bytes = app.storage().most_file_bytes();
        if size_bytes.is_some_and(|size| size > most_bytes) {
            return Err(subclip_storage::Error::TooLarge { most_bytes }.into());
        }
        let mut staging = app.storage().staging_open(self.staged()).await?;
        let appended = tokio::select! {
            appended = staging.append(offset, opened.into_stream()) => appended?,
            () = self.context.cancel.cancelled() => return Err(cancelled()),
        };
        if let Some(error) = appended.interrupted {
            return Err(error.into());
        }
        match size_bytes {
            Some(size) if size != appended.length => {
                Err(Error::busy(format!("The host sent {} of {size} bytes.", appended.length)))
            }
            _ if appended.length == 0 => Err(Error::invalid("The host sent an empty file.")),
            _ => Ok(()),
        }
    }

    /// Makes an object of what was staged.
    pub(crate) async fn finish(&self, staged: UploadId, id: ObjectId) -> Result<()> {
        let app = &self.context.app;
        let size = app.storage().staging_finish(staged, id).await?;
        object_stored(app, id, size).await
    }

    /// Takes a file that the engine made into the store.
    pub(crate) async fn adopt(&self, path: &Path) -> Result<ObjectId> {
        let app = &self.context.app;
        let id = ObjectId::from_bytes(random::id_bytes());
        announce(app, id, self.holder).await?;
        let size = app.storage().adopt(id, path).await?;
        object_stored(app, id, size).await?;
        Ok(id)
    }
}

fn cancelled() -> Error {
    Error::conflict("The fetch was cancelled.")
}
