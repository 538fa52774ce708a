//! Which part of a list is wanted. Lists run from the newest to the oldest, by time of creation and then by id.

use std::fmt;
use std::str::FromStr;

use sea_orm::sea_query::{Expr, ExprTrait, Order, SelectStatement};

/// Text that is no cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor")]
pub struct CursorParseError;

/// A place in a list: the last item that was seen. Items that come or go elsewhere do not shift it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// When that item was created.
    pub created_ms: i64,
    /// Its id.
    pub id: [u8; 16],
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:032x}", self.created_ms, u128::from_be_bytes(self.id))
    }
}

impl FromStr for Cursor {
    type Err = CursorParseError;

    fn from_str(text: &str) -> Result<Self, CursorParseError> {
        let (created_ms, id) = text.rsplit_once('-').ok_or(CursorParseError)?;
        if id.len() != 32 || !id.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(CursorParseError);
        }
        let created_ms = created_ms.parse().map_err(|_| CursorParseError)?;
        let id = u128::from_str_radix(id, 16).map_err(|_| CursorParseError)?;
        Ok(Self { created_ms, id: id.to_be_bytes() })
    }
}

/// The most that a database can count, if it is more: both count in signed numbers.
pub(crate) fn signed(count: u64) -> u64 {
    Ord::min(count, i64::MAX as u64)
}

/// A part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// At most so many items. One more than is shown tells whether there are more.
    pub limit: u64,
    /// Items left out before the first.
    pub offset: u64,
    /// Only what comes after this place.
    pub after: Option<Cursor>,
}

impl Page {
    /// The first `limit` items.
    #[must_use]
    pub const fn first(limit: u64) -> Self {
        Self { limit, offset: 0, after: None }
    }

    /// What comes after a place.
    #[must_use]
    pub const fn after(cursor: Cursor, limit: u64) -> Self {
        Self { limit, offset: 0, after: Some(cursor) }
    }

    /// Page `number`, counted from 1, of pages of `limit` items.
    #[must_use]
    pub const fn numbered(number: u64, limit: u64) -> Self {
        Self { limit, offset: number.saturating_sub(1).saturating_mul(limit), after: None }
    }

    /// Orders a query and cuts this page out of it.
    pub(crate) fn cut(&self, query: &mut SelectStatement) {
        if let Some(Cursor { created_ms, id }) = self.after {
            let same_time = Expr::col("created_ms").eq(created_ms).and(Expr::col("id").lt(id.to_vec()));
            query.and_where(Expr::col("created_ms").lt(created_ms).or(same_time));
        }
        query
            .order_by("created_ms", Order::Desc)
            .order_by("id", Order::Desc)
            .limit(signed(self.limit))
            .offset(signed(self.offset));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back() {
        for cursor in [Cursor { created_ms: 0, id: [0; 16] }, Cursor { created_ms: -5, id: [0xfe; 16] }] {
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        for bad in
            ["", "-", "5", "5-", "x-00000000000000000000000000000000", "5-+0000000000000000000000000000000"]
        {
            assert_eq!(bad.parse::<Cursor>(), Err(CursorParseError), "{bad}");
        }
    }

    #[test]
    fn numbered_pages_count_from_one() {
        let offsets = [0, 1, 2, u64::MAX].map(|number| Page::numbered(number, 10).offset);
        assert_eq!(offsets, [0, 0, 10, u64::MAX]);
    }
}
