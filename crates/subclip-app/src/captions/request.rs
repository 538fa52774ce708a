//! Captions on their way: what making them goes by, and how they are asked for.

use serde::{Deserialize, Serialize};
use subclip_core::{AssetId, TextTrackId, Time, Timescale};
use subclip_db::text_track::{self as row, Source, Status};
use subclip_db::{Tx, asset};

use super::names::named;
use super::{NewText, TextFrom, TextLabels};
use crate::app::App;
use crate::events::Changes;
use crate::jobs::{enqueue_text, lane_of};
use crate::labels::{LANGUAGE_AUTO, UNKNOWN};
use crate::rows::{self, Exact};
use crate::{Result, random};

/// What the `request` column of a text track holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Making {
    /// Where they come from; nothing for those that came whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<TextFrom>,
    /// For a clip: the part that is wanted of what comes from there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) part: Option<Bounds>,
    /// For a clip: the part that is wanted of the text track that these follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cut: Option<Bounds>,
    /// Whether its owner gave it no name, so that it may get another.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) unnamed: bool,
}

/// From where to where on a timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bounds(pub(crate) Exact, pub(crate) Exact);

impl Bounds {
    pub(crate) fn of(start: Time, end: Time) -> Self {
        Self(start.into(), end.into())
    }

    pub(crate) fn times(self) -> Result<(Time, Time)> {
        Ok((self.0.time()?, self.1.time()?))
    }

    /// A part of this part, on the timeline that this one is on.
    pub(crate) fn within(self, inner: Self) -> Result<Self> {
        let ((start, end), (from, to)) = (self.times()?, inner.times()?);
        let scale = Timescale::NANOSECONDS;
        let moved = |time: Time| Time::new(start.round_to(scale).saturating_add(time.round_to(scale)), scale);
        Ok(Self::of(moved(from), moved(to).min(end)))
    }
}

impl Making {
    pub(crate) fn of(row: &row::TextTrack) -> Result<Self> {
        rows::parse(&row.request)
    }
}

/// A row for captions that are asked for; its place is still to be found.
pub(super) fn new_row(
    app: &App,
    asset: AssetId,
    labels: &TextLabels,
    name: String,
    from: Option<&TextFrom>,
) -> Result<row::TextTrack> {
    let of_sound = from == Some(&TextFrom::Sound);
    let unsaid = if of_sound { LANGUAGE_AUTO } else { UNKNOWN };
    let making = Making { from: from.cloned(), unnamed: labels.name.is_none(), ..Making::default() };
    let now = app.now_ms();
    Ok(row::TextTrack {
        id: TextTrackId::from_bytes(random::id_bytes()),
        asset,
        position: 0,
        language: labels.language.clone().unwrap_or_else(|| unsaid.to_owned()),
        name,
        closed_captions: labels.closed_captions,
        passthrough: labels.passthrough.clone(),
        source: if of_sound { Source::Generated } else { Source::Uploaded },
        status: if from.is_some() { Status::Preparing } else { Status::Ready },
        error_kind: None,
        error_message: None,
        request: rows::json(&making)?,
        follows: None,
        created_ms: now,
        updated_ms: now,
    })
}

/// What the text tracks of an asset are called.
pub(super) async fn names_of(tx: &Tx, asset: AssetId) -> Result<Vec<String>> {
    Ok(row::list(tx, &[asset]).await?.into_iter().map(|row| row.name).collect())
}

/// Makes text tracks of an asset, and queues what makes them ready. Sound is there when the asset is.
pub(crate) async fn insert_new(
    tx: &Tx,
    app: &App,
    asset: AssetId,
    new: &[NewText],
) -> Result<Vec<row::TextTrack>> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let names = named(new.iter().map(|one| &one.labels), &names_of(tx, asset).await?)?;
    let row = |(one, name): (&NewText, String)| {
        new_row(app, asset, &one.labels, name, Some(&one.from)).map(|row| (row, None))
    };
    let rows = new.iter().zip(names).map(row).collect::<Result<_>>()?;
    let made = Changes { tx, app }.create_texts(asset, rows).await?;
    for row in &made {
        enqueue(tx, app, row).await?;
    }
    Ok(made)
}

/// Queues what makes a text track ready.
pub(super) async fn enqueue(tx: &Tx, app: &App, row: &row::TextTrack) -> Result<()> {
    let Some(from) = Making::of(row)?.from else { return Ok(()) };
    let waits_for = match from {
        TextFrom::Url(_) => None,
        TextFrom::Sound => {
            let asset = asset::lock(tx, row.asset).await?;
            asset.filter(|asset| asset.status == asset::Status::Preparing).map(|asset| asset.id)
        }
    };
    enqueue_text(tx, app, row, lane_of(&from), waits_for).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_part_lies_in_it() {
        let time = |ticks, scale| Time::new(ticks, Timescale::new(scale).unwrap());
        let check = |outer: (Time, Time), inner: (Time, Time), expected: (i64, i64)| {
            let found = Bounds::of(outer.0, outer.1).within(Bounds::of(inner.0, inner.1)).unwrap();
            let (start, end) = found.times().unwrap();
            let ms = |time: Time| time.round_to(Timescale::MILLISECONDS);
            assert_eq!((ms(start), ms(end)), expected);
        };
        check((time(300, 30), time(600, 30)), (time(60, 30), time(90, 30)), (12_000, 13_000));
        check((time(300, 30), time(600, 30)), (time(1, 1), time(99, 1)), (11_000, 20_000));
        check((time(1001, 30_000), time(60, 1)), (time(1001, 30_000), time(1, 1)), (67, 1_033));
    }
}
