//! Spans: which samples of which tracks an asset plays, and which it pins until it does.

use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use subclip_core::{AssetId, Medium, Span, Timeline, Timescale, TrackId};

use crate::conn::{self, Conn, is};
use crate::error::{Error, Result};

text_enum! {
    /// Why an asset refers to samples.
    pub enum Role {
        /// It shows them: these spans are its timeline.
        Plays = "plays",
        /// It will need them: what a clip in preparation holds of its source until it is cut.
        Pins = "pins",
    }
}

row! {
    "span"
    /// A span of a timeline, as stored.
    pub(crate) struct SpanRow {
        pub(crate) asset: AssetId,
        pub(crate) role: Role,
        pub(crate) medium: Medium,
        pub(crate) position: u32,
        pub(crate) track: TrackId,
        pub(crate) first_sample: u32,
        pub(crate) end_sample: u32,
        pub(crate) at_ticks: i64,
        pub(crate) duration_ticks: i64,
        pub(crate) timescale: u32,
    }
}

impl SpanRow {
    fn of(asset: AssetId, role: Role, medium: Medium, position: u32, span: &Span) -> Self {
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
    for (medium, spans) in [(Medium::Video, &timeline.video), (Medium::Audio, &timeline.audio)] {
        for (position, span) in (0..).zip(spans) {
            conn::insert(tx, &SpanRow::of(asset, role, medium, position, span)).await?;
        }
    }
    Ok(())
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
            Medium::Audio => timeline.audio.push(row.span()?),
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
