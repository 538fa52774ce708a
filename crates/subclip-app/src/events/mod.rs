//! Events: what happened, told of in the very transaction in which it happens. `docs/design/events.md` says why.

mod changes;
mod forget;
mod master_then;
mod masters;
mod outbox;
mod snapshot;
mod sound_then;
mod sounds;
mod text_then;
mod texts;

use subclip_core::{AssetId, EventId, EventKind, UploadId, WebhookId, WorkspaceId};
use subclip_db::event;

use crate::app::App;
use crate::captions::TextTrack;
use crate::model::{Asset, Caller, Page, Rendition, Upload};
use crate::page::Paging;
use crate::sounds::SoundTrack;
use crate::{Error, Result};

pub(crate) use changes::Changes;
pub(crate) use forget::Forgetting;
pub(crate) use outbox::tell_one;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// Whose thing it happened to.
    pub workspace: WorkspaceId,
    /// What happened.
    pub kind: EventKind,
    /// Its place among the events of its subject: higher is later.
    pub number: u64,
    /// To what it happened, as that was then.
    pub about: About,
    /// When it happened, in ms since 1970.
    pub created_ms: i64,
}

/// To what something happened, as that was then.
#[derive(Debug, Clone, PartialEq)]
pub enum About {
    /// An asset.
    Asset(Box<Asset>),
    /// A file of an asset.
    Rendition {
        /// The asset.
        asset: Box<Asset>,
        /// The file.
        rendition: Rendition,
    },
    /// Captions of an asset.
    Text {
        /// The asset.
        asset: Box<Asset>,
        /// The captions.
        text: TextTrack,
    },
    /// A sound of an asset beside the first.
    Sound {
        /// The asset.
        asset: Box<Asset>,
        /// The sound.
        sound: SoundTrack,
    },
    /// A direct upload, without the secret of its URL.
    Upload(Box<Upload>),
    /// A webhook, which is tried out.
    Webhook(WebhookId),
}

/// Which thing something happened to. The events of one subject are told in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// An asset, its files, captions and sounds included.
    Asset(AssetId),
    /// A direct upload.
    Upload(UploadId),
    /// A webhook.
    Webhook(WebhookId),
}

impl About {
    /// The thing itself.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match self {
            Self::Asset(asset)
            | Self::Rendition { asset, .. }
            | Self::Text { asset, .. }
            | Self::Sound { asset, .. } => Subject::Asset(asset.id),
            Self::Upload(upload) => Subject::Upload(upload.id),
            Self::Webhook(id) => Subject::Webhook(*id),
        }
    }
}

impl Subject {
    fn bytes(self) -> [u8; 16] {
        match self {
            Self::Asset(id) => id.bytes(),
            Self::Upload(id) => id.bytes(),
            Self::Webhook(id) => id.bytes(),
        }
    }

    fn row_type(self) -> event::SubjectType {
        match self {
            Self::Asset(_) => event::SubjectType::Asset,
            Self::Upload(_) => event::SubjectType::Upload,
            Self::Webhook(_) => event::SubjectType::Webhook,
        }
    }
}

impl Event {
    /// An event as it is stored.
    pub(crate) fn of_row(row: &event::Event) -> Result<Self> {
        Ok(Self {
            id: row.id,
            workspace: row.workspace,
            kind: row.kind,
            number: row.number,
            about: snapshot::read(&row.data)?,
            created_ms: row.created_ms,
        })
    }
}

/// An event of a list, unless it can't be read: that must not keep the others from being seen.
fn readable(listed: event::Listed) -> Option<Event> {
    let event = listed.event.and_then(|row| Event::of_row(&row).ok());
    if event.is_none() {
        tracing::warn!(event = %EventId::from_bytes(listed.cursor.id), "an event can't be read and is not listed");
    }
    event
}

/// Which events to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventQuery {
    /// Which page; only by cursor.
    pub page: Page,
    /// Only those of this kind.
    pub kind: Option<EventKind>,
    /// Only those of this asset, upload or webhook, by the bits of its id.
    pub subject: Option<[u8; 16]>,
}

/// A page of events, the newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct EventPage {
    /// The events.
    pub events: Vec<Event>,
    /// Where the next page goes on; `None` after the last.
    pub next_cursor: Option<String>,
}

/// What can be done with events.
pub struct Events<'a>(pub(crate) &'a App);

impl Events<'_> {
    /// A page of events, the newest first. They are kept for 30 days. Those that this version can't read are left out.
    ///
    /// # Errors
    /// `Invalid` for a cursor that is none.
    pub async fn list(&self, caller: &Caller, query: EventQuery) -> Result<EventPage> {
        let paging = Paging::of(&query.page)?;
        let filter = event::Filter { kind: query.kind, subject: query.subject };
        let found = event::list(self.0.db(), caller.workspace, &filter, paging.rows()).await?;
        let (found, next_cursor) = paging.shown(found, |listed| listed.cursor);
        let events = found.into_iter().filter_map(readable).collect();
        Ok(EventPage { events, next_cursor })
    }

    /// One event.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, caller: &Caller, id: EventId) -> Result<Event> {
        let row = event::get(self.0.db(), id).await?.filter(|row| row.workspace == caller.workspace);
        Event::of_row(&row.ok_or_else(|| Error::not_found("event"))?)
    }
}
