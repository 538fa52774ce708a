//! Events: what happened to things that have owners, in the order in which it happened to each.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, ExprTrait, Func, LockType, Order, Query};
use serde_json::Value as Json;
use subclip_core::{EventId, EventKind, WorkspaceId};

use crate::conn::{self, Conn, is};
use crate::delivery;
use crate::error::{Error, Result};
use crate::page::{Cursor, Page, signed};
use crate::row::{self, Row};

text_enum! {
    /// What kind of thing something happened to.
    pub enum SubjectType {
        /// An asset.
        Asset = "asset",
        /// A direct upload.
        Upload = "upload",
        /// A webhook itself.
        Webhook = "webhook",
    }
}

row! {
    "event"
    /// An event.
    pub struct Event {
        /// Its id. Ids grow with time, so that those of one millisecond are listed in their order too.
        pub id: EventId,
        /// Whose thing it happened to.
        pub workspace: WorkspaceId,
        /// What happened.
        pub kind: EventKind,
        /// To what kind of thing.
        pub subject_type: SubjectType,
        /// To which one.
        pub subject: [u8; 16],
        /// Its place among the events of its subject: higher is later.
        pub number: u64,
        /// The thing as it was then.
        pub data: Json,
        /// When it happened.
        pub created_ms: i64,
    }
}

impl Event {
    /// Its place in a list.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        Cursor { created_ms: self.created_ms, id: self.id.bytes() }
    }
}

/// Which events a list shows; all, by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those of this kind.
    pub kind: Option<EventKind>,
    /// Only those of this thing.
    pub subject: Option<[u8; 16]>,
}

/// Stores an event.
///
/// # Errors
/// [`Error::Duplicate`] where the subject has an event of that number already.
pub async fn insert(tx: &crate::Tx, event: &Event) -> Result<()> {
    conn::insert(tx, event).await
}

/// The number of a subject's next event, the first being 1. Until the transaction ends, nobody else gets one for it: the
/// subject's row is held, unless it was deleted in this transaction.
///
/// # Errors
/// [`Error`] of the database.
pub async fn next_number(tx: &crate::Tx, kind: SubjectType, subject: [u8; 16]) -> Result<u64> {
    let mut held = Query::select();
    // Not the strongest lock: rows that name this one may still be made.
    held.column("id").from(kind.as_str()).and_where(is("id", &subject)).lock(LockType::NoKeyUpdate);
    conn::rows(tx, &held).await?;
    let mut query = Query::select();
    query.expr_as(Func::max(Expr::col("number")), "last").from("event").and_where(is("subject", &subject));
    let found = conn::rows(tx, &query).await?;
    let last: Option<u64> = match found.first() {
        Some(found) => row::read(found, "last")?,
        None => None,
    };
    Ok(last.unwrap_or(0) + 1)
}

/// The event with this id.
///
/// # Errors
/// [`Error`] of the database.
pub async fn get(conn: &impl Conn, id: EventId) -> Result<Option<Event>> {
    conn::one_by(conn, "id", &id).await
}

/// The kinds of these events, of those that are there and can be read.
///
/// # Errors
/// [`Error`] of the database.
pub async fn kinds(conn: &impl Conn, ids: &[EventId]) -> Result<HashMap<EventId, EventKind>> {
    let mut kinds = HashMap::new();
    for group in conn::in_groups(ids) {
        let mut query = Query::select();
        query.columns(["id", "kind"]).from("event").and_where(Expr::col("id").is_in(group));
        for found in conn::rows(conn, &query).await? {
            if let Some(kind) = unless_corrupt(row::read(&found, "kind"))? {
                kinds.insert(row::read(&found, "id")?, kind);
            }
        }
    }
    Ok(kinds)
}

/// An event of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Its place in the list.
    pub cursor: Cursor,
    /// The event; nothing where this version can't read it.
    pub event: Option<Event>,
}

/// Events of a workspace, the newest first.
///
/// # Errors
/// [`Error`] of the database.
pub async fn list(
    conn: &impl Conn,
    workspace: WorkspaceId,
    filter: &Filter,
    page: &Page,
) -> Result<Vec<Listed>> {
    let mut query = conn::select::<Event>();
    query.and_where(is("workspace", &workspace));
    if let Some(kind) = &filter.kind {
        query.and_where(is("kind", kind));
    }
    if let Some(subject) = &filter.subject {
        query.and_where(is("subject", subject));
    }
    page.cut(&mut query);
    let listed = |found| {
        let cursor = Cursor { created_ms: row::read(found, "created_ms")?, id: row::read(found, "id")? };
        Ok(Listed { cursor, event: unless_corrupt(Event::read(found))? })
    };
    conn::rows(conn, &query).await?.iter().map(listed).collect()
}

/// What was read, unless a later version wrote it.
fn unless_corrupt<T>(read: Result<T>) -> Result<Option<T>> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(Error::Corrupt { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Forgets events from before `before_ms` with their deliveries, at most `most` at once, and tells how many. What still
/// has to be delivered stays.
///
/// # Errors
/// [`Error`] of the database.
pub async fn forget_before(conn: &impl Conn, before_ms: i64, most: u64) -> Result<u64> {
    forget(conn, Expr::col(("event", "created_ms")).lt(before_ms), most).await
}

/// Forgets a workspace's oldest events beyond the newest `keep`, at most `most` at once, and tells how many. What still
/// has to be delivered stays.
///
/// # Errors
/// [`Error`] of the database.
pub async fn forget_beyond(conn: &impl Conn, workspace: WorkspaceId, keep: u64, most: u64) -> Result<u64> {
    let mut oldest_kept = conn::select::<Event>();
    let page = Page { limit: 1, offset: keep, after: None };
    page.cut(oldest_kept.and_where(is("workspace", &workspace)));
    let Some(first_to_go) = conn::one::<Event>(conn, &oldest_kept).await? else { return Ok(0) };
    let at = Expr::col(("event", "created_ms")).eq(first_to_go.created_ms);
    let before = Expr::col(("event", "created_ms")).lt(first_to_go.created_ms);
    let id = Expr::col(("event", "id")).lte(first_to_go.id.bytes().to_vec());
    let whose = Expr::col(("event", "workspace")).eq(workspace.bytes().to_vec());
    forget(conn, whose.and(before.or(at.and(id))), most).await
}

async fn forget(conn: &impl Conn, which: Expr, most: u64) -> Result<u64> {
    let mut chosen = Query::select();
    chosen
        .column(("event", "id"))
        .from("event")
        .and_where(which)
        .and_where(delivery::pending_of_event().not())
        .order_by(("event", "created_ms"), Order::Asc)
        .limit(signed(most));
    // Looking costs nobody anything; only writers wait for each other.
    let ids: Vec<EventId> =
        conn::rows(conn, &chosen).await?.iter().map(|found| row::read(found, "id")).collect::<Result<_>>()?;
    let mut gone = 0;
    for group in conn::in_groups(&ids) {
        let mut statement = Query::delete();
        statement.from_table("event").and_where(Expr::col("id").is_in(group));
        gone += conn::execute(conn, &statement).await?;
    }
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::Query;
    use subclip_core::{EventId, EventKind, WorkspaceId};

    use super::*;
    use crate::conn::set;
    use crate::{Database, workspace};

    #[tokio::test]
    async fn a_kind_of_a_later_version_hides_no_other_event() {
        let db = Database::open("sqlite::memory:").await.unwrap();
        let owner = workspace::ensure_default(&db, WorkspaceId::from_bytes([1; 16]), 0).await.unwrap().id;
        let tx = db.begin().await.unwrap();
        for n in 1..=3 {
            let row = Event {
                id: EventId::from_bytes([n; 16]),
                workspace: owner,
                kind: EventKind::AssetReady,
                subject_type: SubjectType::Asset,
                subject: [n; 16],
                number: 1,
                data: Json::Null,
                created_ms: i64::from(n),
            };
            insert(&tx, &row).await.unwrap();
        }
        let mut later = Query::update();
        later
            .table("event")
            .values([set("kind", &"asset.dreamt".to_owned())])
            .and_where(is("created_ms", &2_i64));
        conn::execute(&tx, &later).await.unwrap();
        tx.commit().await.unwrap();

        let found = list(&db, owner, &Filter::default(), &Page::first(9)).await.unwrap();
        let read: Vec<_> = found.iter().map(|one| (one.cursor.created_ms, one.event.is_some())).collect();
        assert_eq!(read, [(3, true), (2, false), (1, true)]);
        let ids = [1, 2, 3].map(|n| EventId::from_bytes([n; 16]));
        assert_eq!(kinds(&db, &ids).await.unwrap().len(), 2);
        assert!(matches!(get(&db, ids[1]).await, Err(Error::Corrupt { .. })));
    }
}
