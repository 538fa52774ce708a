//! What nobody needs any more: found here, deleted from the store by the caller, and then forgotten.
//!
//! A track is needed while a span shows or pins any of its samples; an object while it has a track, or while the
//! asset or the sound that holds it is preparing.

use std::collections::HashSet;
use std::ops::Range;

use sea_orm::QueryResult;
use sea_orm::sea_query::{Expr, ExprTrait, LockType, Order, Query};
use subclip_core::{ObjectId, TrackId};

use crate::asset::{self, Asset};
use crate::conn::{self, Conn, is, set};
use crate::database::Tx;
use crate::error::Result;
use crate::object;
use crate::row::{self, Row};
use crate::sound_track::{self, SoundTrack};
use crate::span::{SpanRow, refers_to};
use crate::track::{self, Track};

/// What can be deleted from the store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Collected {
    /// Objects whose bytes can go; their rows stay until [`forget`] is told that they went.
    pub objects: Vec<ObjectId>,
    /// Tracks whose rows are gone and whose stored indexes can go.
    pub tracks: Vec<TrackId>,
}

/// A track of which not everything is needed.
#[derive(Debug, Clone, PartialEq)]
pub struct Shrinkable {
    /// The track.
    pub track: Track,
    /// The samples that are needed: rising, without overlap, not empty. No span goes from one range into another.
    pub shown: Vec<Range<u32>>,
}

/// Every id that has a row. What the store has beyond that is garbage, if it was listed before this was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Objects.
    pub objects: HashSet<ObjectId>,
    /// Tracks.
    pub tracks: HashSet<TrackId>,
}

/// Removes the tracks that nobody needs and dooms the objects that nobody needs. Commit, delete what is named from
/// the store, then [`forget`]; a crash in between is made good by the next time.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn collectable(tx: &Tx) -> Result<Collected> {
    let held = object_is_held();
    let mut tracks = Query::delete();
    tracks
        .from_table("track")
        .and_where(refers_to(("track", "id")).not())
        .and_where(held.not())
        .returning_col("id");
    let tracks = conn::returning(tx, &tracks).await?;

    let mut used = Query::select();
    used.expr(Expr::val(1)).from("track").and_where(Expr::col(("track", "object")).equals(("object", "id")));
    let unneeded = is("doomed", &false).and(Expr::exists(used).not()).and(holder_is_preparing().not());
    // Who makes a track of an object holds it locked. PostgreSQL sees that track in the second statement only: the first
    // one waits for it, and goes on with what it saw before.
    let mut candidates = Query::select();
    candidates.column("id").from("object").and_where(unneeded.clone()).lock(LockType::Update);
    let candidates: Vec<ObjectId> = read_ids(&conn::rows(tx, &candidates).await?)?;
    for group in conn::in_groups(&candidates) {
        let mut doom = Query::update();
        doom.table("object")
            .values([set("doomed", &true)])
            .and_where(unneeded.clone())
            .and_where(Expr::col("id").is_in(group));
        conn::execute(tx, &doom).await?;
    }

    let mut doomed = Query::select();
    doomed.column("id").from("object").and_where(is("doomed", &true));
    let objects = conn::rows(tx, &doomed).await?;
    Ok(Collected { objects: read_ids(&objects)?, tracks: read_ids(&tracks)? })
}

/// Whether the object of a track is held.
fn object_is_held() -> Expr {
    let mut held = Query::select();
    held.expr(Expr::val(1))
        .from("object")
        .and_where(Expr::col(("object", "id")).equals(("track", "object")))
        .and_where(holder_is_preparing());
    Expr::exists(held)
}

/// Whether the asset or the sound that holds an object is preparing.
fn holder_is_preparing() -> Expr {
    let is_preparing = |table: &'static str, preparing: &str| {
        let mut query = Query::select();
        query
            .expr(Expr::val(1))
            .from(table)
            .and_where(Expr::col((table, "id")).equals(("object", "holder")))
            .and_where(Expr::col((table, "status")).eq(preparing));
        Expr::exists(query)
    };
    is_preparing(Asset::TABLE, asset::Status::Preparing.as_str())
        .or(is_preparing(SoundTrack::TABLE, sound_track::Status::Preparing.as_str()))
}

fn read_ids<T: row::Field, C: FromIterator<T>>(rows: &[QueryResult]) -> Result<C> {
    rows.iter().map(|found| row::read(found, "id")).collect()
}

/// Forgets doomed objects whose bytes are gone.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn forget(conn: &impl Conn, objects: &[ObjectId]) -> Result<()> {
    for group in conn::in_groups(objects) {
        let mut statement = Query::delete();
        statement.from_table("object").and_where(is("doomed", &true)).and_where(Expr::col("id").is_in(group));
        conn::execute(conn, &statement).await?;
    }
    Ok(())
}

/// Tracks that are needed, but not all of them; in order of their ids, at most `limit` after `after`. Those that a
/// preparing asset holds are left alone, and so are those of which one span leaves out `spared` samples or fewer.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn shrinkable(
    conn: &impl Conn,
    after: Option<TrackId>,
    limit: u64,
    spared: u32,
) -> Result<Vec<Shrinkable>> {
    let mut partly = Vec::new();
    let mut last = after;
    // Whether the spans of a track cover it takes more than a comparison, so this looks at tracks until it has
    // enough of them.
    loop {
        let candidates = candidates(conn, last, spared).await?;
        let Some(end) = candidates.last() else { return Ok(partly) };
        last = Some(end.id);
        for track in candidates {
            let shown = shown(conn, track.id).await?;
            let whole = shown.iter().map(|range| range.end - range.start).sum::<u32>() >= track.samples;
            if !whole && !shown.is_empty() {
                partly.push(Shrinkable { track, shown });
            }
            if partly.len() as u64 >= limit {
                return Ok(partly);
            }
        }
    }
}

/// Some tracks that are needed and that no single span covers, but for `spared` samples.
async fn candidates(conn: &impl Conn, after: Option<TrackId>, spared: u32) -> Result<Vec<Track>> {
    let length = Expr::col(("span", "end_sample")).sub(Expr::col(("span", "first_sample")));
    let mut whole = Query::select();
    whole
        .expr(Expr::val(1))
        .from("span")
        .and_where(Expr::col(("span", "track")).equals(("track", "id")))
        .and_where(length.gte(Expr::col(("track", "samples")).sub(row::value(&spared))));
    let held = object_is_held();
    let mut query = conn::select::<Track>();
    query
        .and_where(refers_to(("track", "id")))
        .and_where(Expr::exists(whole).not())
        .and_where(held.not())
        .order_by("id", Order::Asc)
        .limit(100);
    if let Some(after) = after {
        query.and_where(Expr::col("id").gt(row::value(&after)));
    }
    conn::all(conn, &query).await
}

/// The samples of a track that any span shows or pins.
async fn shown(conn: &impl Conn, track: TrackId) -> Result<Vec<Range<u32>>> {
    let mut query = Query::select();
    query
        .distinct()
        .columns(["first_sample", "end_sample"])
        .from("span")
        .and_where(is("track", &track))
        .order_by("first_sample", Order::Asc);
    let read = |found: &QueryResult| {
        Ok(row::read::<u32>(found, "first_sample")?..row::read::<u32>(found, "end_sample")?)
    };
    let ranges: Vec<Range<u32>> = conn::rows(conn, &query).await?.iter().map(read).collect::<Result<_>>()?;
    Ok(union(ranges))
}

/// Ranges that rise by their starts, joined where they overlap.
fn union(ranges: Vec<Range<u32>>) -> Vec<Range<u32>> {
    let mut joined: Vec<Range<u32>> = Vec::new();
    for range in ranges.into_iter().filter(|range| !range.is_empty()) {
        match joined.last_mut() {
            Some(last) if range.start < last.end => last.end = Ord::max(last.end, range.end),
            _ => joined.push(range),
        }
    }
    joined
}

/// Makes every span of `old` that shows any of the samples `from` show the same ones in `new`, which holds them all from
/// its first on and has the same timescale. `false`, with nothing changed, if one of the tracks is gone, the new one's
/// object is doomed, or such a span shows more than `from`: it came after the copying began.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn move_spans(tx: &Tx, old: TrackId, from: Range<u32>, new: TrackId) -> Result<bool> {
    let (Some(there), Some(to)) = (track::get(tx, old).await?, track::get(tx, new).await?) else {
        return Ok(false);
    };
    let object = object::lock(tx, to.object).await?;
    if there.timescale != to.timescale || object.is_none_or(|object| object.doomed) {
        return Ok(false);
    }
    let mut overlapping = conn::select::<SpanRow>();
    overlapping
        .and_where(is("track", &old))
        .and_where(Expr::col("first_sample").lt(row::value(&from.end)))
        .and_where(Expr::col("end_sample").gt(row::value(&from.start)));
    let spans: Vec<SpanRow> = conn::all(tx, &overlapping).await?;
    let is_held = |span: &SpanRow| {
        from.start <= span.first_sample
            && span.end_sample <= from.end
            && span.end_sample - from.start <= to.samples
    };
    if !spans.iter().all(is_held) {
        return Ok(false);
    }
    for span in &spans {
        let (first, end) = (span.first_sample - from.start, span.end_sample - from.start);
        let mut statement = Query::update();
        statement
            .table("span")
            .values([set("track", &new), set("first_sample", &first), set("end_sample", &end)])
            .and_where(is("asset", &span.asset))
            .and_where(is("role", &span.role))
            .and_where(is("medium", &span.medium))
            .and_where(is("position", &span.position));
        conn::execute(tx, &statement).await?;
    }
    Ok(true)
}

/// Every id that has a row. Rows come before bytes, so list the store first and ask this afterwards.
///
/// # Errors
/// [`Error`](crate::Error) of the database.
pub async fn known(conn: &impl Conn) -> Result<Known> {
    let ids = |table: &'static str| {
        let mut query = Query::select();
        query.column("id").from(table);
        query
    };
    let objects = conn::rows(conn, &ids(crate::object::Object::TABLE)).await?;
    let tracks = conn::rows(conn, &ids(Track::TABLE)).await?;
    Ok(Known { objects: read_ids(&objects)?, tracks: read_ids(&tracks)? })
}
