//! Spans: which samples of which tracks an asset plays, and which it pins until it does.

use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use subclip_core::{Alternate, AssetId, Medium, Span, Timeline, Timescale, TrackId};

use crate::conn::{self, Conn, is};
use crate::error::{Error, Result};
use crate::row;

text_enum! {
    /// Why an asset refers to samples.
    pub enum Role {
        /// It shows them: these spans are its timeline.
        Plays = "plays",
        /// It will need them: what a clip in preparation holds of its source until it is cut.
        Pins = "pins",
        /// It has files in other qualities: each is one span of pictures, at the position of its lines.
        Files = "files",
        /// What it would show without the images that were laid over it, pictures alone: for clips that leave those out.
        /// May reach beyond what it plays on both sides.
        Clean = "clean",
    }
}

row! {
    "span"
    /// A span of a timeline, as stored.
    pub(crate) struct SpanRow {
        pub(crate) asset: AssetId,
        pub(crate) role: Role,
        pub(crate) medium: Medium,
        /// Its place among the spans of its medium; those of the n-th sound begin at (n - 1) times 2^20.
        pub(crate) position: u64,
        pub(crate) track: TrackId,
        pub(crate) first_sample: u32,
        pub(crate) end_sample: u32,
        pub(crate) at_ticks: i64,
        pub(crate) duration_ticks: i64,
        pub(crate) timescale: u32,
    }
}

impl SpanRow {
    fn of(asset: AssetId, role: Role, medium: Medium, position: u64, span: &Span) -> Self {
        Self {
            asset,
            role,
            medium,
            position,
            track: span.track,
            first_sample: span.samples.start,
            end_sample: span.samples.end,
            at_ticks: span.at,
            duration_ticks: span.duration,
            timescale: span.timescale.get(),
        }
    }

    fn span(&self) -> Result<Span> {
        let corrupt = |_| Error::Corrupt { column: "timescale".into(), expected: "timescale" };
        Ok(Span {
            track: self.track,
            timescale: Timescale::new(self.timescale).map_err(corrupt)?,
            samples: self.first_sample..self.end_sample,
            at: self.at_ticks,
            duration: self.duration_ticks,
        })
    }
}

/// Replaces the spans that an asset has in one role.
///
/// # Errors
/// [`Error::Reference`] when the asset or one of the tracks is gone: somebody deleted it meanwhile.
pub async fn set_timeline(tx: &crate::Tx, asset: AssetId, role: Role, timeline: &Timeline) -> Result<()> {
    clear(tx, asset, role).await?;
    insert(tx, asset, role, (Medium::Video, 1), &timeline.video).await?;
    insert(tx, asset, role, (Medium::Audio, 1), &timeline.audio).await?;
    for alternate in &timeline.alternates {
        insert(tx, asset, role, (Medium::Audio, alternate.number), &alternate.spans).await?;
    }
    Ok(())
}

/// Gives an asset another sound to play.
///
/// # Errors
/// As [`set_timeline`]; [`Error::Duplicate`] where it has one of that number.
pub async fn add_alternate(tx: &crate::Tx, asset: AssetId, alternate: &Alternate) -> Result<()> {
    insert(tx, asset, Role::Plays, (Medium::Audio, alternate.number), &alternate.spans).await
}

/// Takes a sound beside the first from what an asset has in any role.
///
/// # Errors
/// [`Error`] of the database.
pub async fn remove_alternate(conn: &impl Conn, asset: AssetId, number: u32) -> Result<()> {
    let from = position(number, 0);
    let mut statement = Query::delete();
    statement
        .from_table("span")
        .and_where(is("asset", &asset))
        .and_where(is("medium", &Medium::Audio))
        .and_where(
            Expr::col("position").between(row::value(&from), row::value(&(from + (SOUND_STRIDE - 1)))),
        );
    conn::execute(conn, &statement).await.map(|_| ())
}

/// How many spans one sound may have.
const SOUND_STRIDE: u64 = 1 << 20;

/// Whether a span is of pictures, or of the first sound.
pub(crate) fn is_first_sound() -> Expr {
    Expr::col("position").lt(row::value(&SOUND_STRIDE))
}

/// Where the spans of a sound stand among all of its medium.
fn position(number: u32, span: u64) -> u64 {
    u64::from(number.saturating_sub(1)) * SOUND_STRIDE + span
}

/// The sound whose span stands there.
fn sound_number(position: u64) -> Result<u32> {
    let corrupt = |_| Error::Corrupt { column: "position".into(), expected: "position" };
    u32::try_from(position / SOUND_STRIDE + 1).map_err(corrupt)
}

async fn insert(
    tx: &crate::Tx,
    asset: AssetId,
    role: Role,
    (medium, number): (Medium, u32),
    spans: &[Span],
) -> Result<()> {
    for (place, span) in (0..SOUND_STRIDE).zip(spans) {
        conn::insert(tx, &SpanRow::of(asset, role, medium, position(number, place), span)).await?;
    }
    Ok(())
}

/// Gives an asset the pictures of a file in another quality, in place of those it had.
///
/// # Errors
/// [`Error::Reference`] when the asset or the track is gone: somebody deleted it meanwhile.
pub async fn set_file(tx: &crate::Tx, asset: AssetId, lines: u32, span: &Span) -> Result<()> {
    clear_file(tx, asset, lines).await?;
    conn::insert(tx, &SpanRow::of(asset, Role::Files, Medium::Video, lines.into(), span)).await
}

/// Takes them from it.
///
/// # Errors
/// [`Error`] of the database.
pub async fn clear_file(conn: &impl Conn, asset: AssetId, lines: u32) -> Result<()> {
    let mut statement = Query::delete();
    statement
        .from_table("span")
        .and_where(is("asset", &asset))
        .and_where(is("role", &Role::Files))
        .and_where(is("position", &lines));
    conn::execute(conn, &statement).await.map(|_| ())
}

/// The pictures of a file in another quality, if the asset has them.
///
/// # Errors
/// [`Error`] of the database.
pub async fn file(conn: &impl Conn, asset: AssetId, lines: u32) -> Result<Option<Span>> {
    let mut query = conn::select::<SpanRow>();
    query
        .and_where(is("asset", &asset))
        .and_where(is("role", &Role::Files))
        .and_where(is("position", &lines));
    conn::one::<SpanRow>(conn, &query).await?.as_ref().map(SpanRow::span).transpose()
}

/// Takes from an asset all spans it has in one role.
///
/// # Errors
/// [`Error`] of the database.
pub async fn clear(conn: &impl Conn, asset: AssetId, role: Role) -> Result<()> {
    let mut statement = Query::delete();
    statement.from_table("span").and_where(is("asset", &asset)).and_where(is("role", &role));
    conn::execute(conn, &statement).await.map(|_| ())
}

/// The spans that an asset has in one role; empty if it has none.
///
/// # Errors
/// [`Error`] of the database.
pub async fn timeline(conn: &impl Conn, asset: AssetId, role: Role) -> Result<Timeline> {
    let mut query = conn::select::<SpanRow>();
    query
        .and_where(is("asset", &asset))
        .and_where(is("role", &role))
        .order_by("medium", Order::Asc)
        .order_by("position", Order::Asc);
    let mut timeline = Timeline::default();
    for row in conn::all::<SpanRow>(conn, &query).await? {
        match row.medium {
            Medium::Video => timeline.video.push(row.span()?),
            Medium::Audio => match sound_number(row.position)? {
                1 => timeline.audio.push(row.span()?),
                number => match timeline.alternates.last_mut() {
                    Some(last) if last.number == number => last.spans.push(row.span()?),
                    _ => timeline.alternates.push(Alternate { number, spans: vec![row.span()?] }),
                },
            },
        }
    }
    Ok(timeline)
}

/// `EXISTS` of a span, in any role, of the track that `column` names.
pub(crate) fn refers_to(column: (&'static str, &'static str)) -> Expr {
    let mut query = Query::select();
    query.expr(Expr::val(1)).from("span").and_where(Expr::col(("span", "track")).equals(column));
    Expr::exists(query)
}
