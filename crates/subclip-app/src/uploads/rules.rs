//! What a request that sends bytes says, and what it does to an upload: rules without a disk or a database.

use crate::{Error, Result};

/// Which bytes a request carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// The whole file.
    Whole {
        /// Its size, if the request tells.
        length: Option<u64>,
    },
    /// Some of it.
    Part {
        /// The first byte's place in the file.
        start: u64,
        /// The last byte's.
        end: u64,
        /// The file's size, once the sender knows it.
        total: Option<u64>,
    },
    /// None: the sender asks how far it has come.
    Query {
        /// The file's size, if the sender knows it.
        total: Option<u64>,
    },
}

impl Sent {
    /// The file's size, where it is told for more than this request.
    fn total(self) -> Option<u64> {
        match self {
            Self::Whole { .. } => None,
            Self::Part { total, .. } | Self::Query { total } => total,
        }
    }

    /// How many bytes the file has at least, as far as this request tells.
    pub(super) fn least(self) -> u64 {
        match self {
            Self::Whole { length } => length.unwrap_or(0),
            Self::Part { end, total, .. } => total.unwrap_or(0).max(end.saturating_add(1)),
            Self::Query { total } => total.unwrap_or(0),
        }
    }
}

/// What a request does to an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing: it neither brings bytes that can be taken nor tells anything new.
    None,
    /// It tells the file's size, which it will tell again.
    Note,
    /// It adds to the upload, or ends it.
    Change,
}

/// What a request does to an upload of which so many bytes are there. Only one that changes something takes the turn
/// of the one that sends: a copy of an earlier part that comes late must not.
pub(super) fn effect(total_before: Option<u64>, sent: Sent, there: u64) -> Result<Effect> {
    match sent {
        Sent::Whole { .. } => return Ok(Effect::Change),
        Sent::Part { start, .. } if start > there => return Ok(Effect::None),
        Sent::Part { end, .. } if end >= there => return Ok(Effect::Change),
        Sent::Part { .. } | Sent::Query { .. } => {}
    }
    let total = agreed_total(total_before, sent, there)?;
    Ok(if total == Some(there) {
        Effect::Change
    } else if total == total_before {
        Effect::None
    } else {
        Effect::Note
    })
}

/// The size that the sender has told, now or before. One that is less than what is there could never be reached.
pub(super) fn agreed_total(before: Option<u64>, sent: Sent, there: u64) -> Result<Option<u64>> {
    if sent.total() == Some(0) {
        return Err(Error::invalid("Content-Range: the size can't be 0 bytes; an asset is made of some."));
    }
    if let (Some(before), Some(total)) = (before, sent.total())
        && before != total
    {
        return Err(Error::invalid(format!(
            "Content-Range: the size was {before} bytes before and is {total} now."
        )));
    }
    let total = sent.total().or(before);
    let least = match sent {
        Sent::Whole { .. } => 0,
        Sent::Part { .. } | Sent::Query { .. } => there.max(sent.least()),
    };
    match total {
        Some(total) if total < least => Err(Error::invalid(format!(
            "Content-Range: the size can't be {total} bytes, because the file has {least} at least."
        ))),
        total => Ok(total),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Kind;

    const WHOLE: Sent = Sent::Whole { length: Some(100) };

    fn part(start: u64, end: u64, total: Option<u64>) -> Sent {
        Sent::Part { start, end: end - 1, total }
    }

    fn query(total: Option<u64>) -> Sent {
        Sent::Query { total }
    }

    #[test]
    fn only_what_adds_something_takes_the_turn() {
        let check = |before, sent, there, expected| {
            assert_eq!(effect(before, sent, there), Ok(expected), "{sent:?} with {there} of {before:?}");
        };
        check(None, WHOLE, 50, Effect::Change);
        check(None, part(0, 10, None), 0, Effect::Change);
        check(None, part(5, 11, None), 10, Effect::Change);
        check(None, part(11, 20, None), 10, Effect::None);
        check(None, part(0, 10, None), 10, Effect::None);
        check(None, part(0, 10, Some(100)), 10, Effect::Note);
        check(Some(100), part(0, 10, Some(100)), 10, Effect::None);
        check(Some(10), part(0, 10, Some(10)), 10, Effect::Change);
        check(None, query(None), 10, Effect::None);
        check(None, query(Some(100)), 10, Effect::Note);
        check(Some(100), query(Some(100)), 10, Effect::None);
        check(None, query(Some(10)), 10, Effect::Change);
    }

    #[test]
    fn sizes_that_cannot_be_are_refused() {
        let check = |before, sent, there, expected: Result<Option<u64>, &str>| {
            let agreed = agreed_total(before, sent, there);
            let agreed = agreed.as_ref().map(|&total| total).map_err(|error| {
                assert_eq!(error.kind, Kind::Invalid);
                error.message.as_str()
            });
            match (agreed, expected) {
                (Err(message), Err(part)) => assert!(message.contains(part), "{message}"),
                (agreed, expected) => assert_eq!(agreed, expected, "{sent:?} with {there} of {before:?}"),
            }
        };
        check(None, WHOLE, 50, Ok(None));
        check(Some(100), part(0, 10, None), 0, Ok(Some(100)));
        check(None, query(Some(100)), 100, Ok(Some(100)));
        check(None, query(Some(0)), 0, Err("0 bytes"));
        check(Some(100), query(Some(99)), 0, Err("100 bytes before and is 99 now"));
        check(None, query(Some(9)), 10, Err("10 at least"));
        check(Some(100), part(95, 105, None), 95, Err("105 at least"));
    }
}
