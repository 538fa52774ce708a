//! Pages of lists, as the database takes them and as they are shown.

use std::fmt::Display;
use std::str::FromStr;

use subclip_db::Page as DbPage;

use crate::model::Page;
use crate::{Error, Result};

/// Pages have at most this many rows.
const LONGEST: u32 = 100;

/// A page as the database takes it.
///
/// # Errors
/// `Invalid` for a cursor that is none.
pub(crate) fn db_page(page: &Page) -> Result<DbPage> {
    let limit = u64::from(page.limit.clamp(1, LONGEST));
    match page.cursor.as_deref().filter(|cursor| !cursor.is_empty()) {
        Some(text) => Ok(DbPage::after(cursor(text)?, limit)),
        None => Ok(DbPage::numbered(u64::from(page.page.max(1)), limit)),
    }
}

/// Where a page goes on.
///
/// # Errors
/// `Invalid` for a cursor that is none.
pub(crate) fn cursor<C: FromStr>(text: &str) -> Result<C> {
    text.parse().map_err(|_| Error::invalid("cursor: this is not a cursor that a list gave"))
}

/// A page of a list that tells where the next one goes on.
pub(crate) struct Paging(DbPage);

impl Paging {
    /// # Errors
    /// As [`db_page`].
    pub(crate) fn of(page: &Page) -> Result<Self> {
        let mut rows = db_page(page)?;
        // One row more than is shown tells whether there is a next page.
        rows.limit += 1;
        Ok(Self(rows))
    }

    /// The rows to look for.
    pub(crate) fn rows(&self) -> &DbPage {
        &self.0
    }

    /// Of those that were found, the ones that are shown, and where the next page goes on; `None` after the last.
    pub(crate) fn shown<R, C: Display>(
        &self,
        mut found: Vec<R>,
        cursor: impl Fn(&R) -> C,
    ) -> (Vec<R>, Option<String>) {
        let shown = self.0.limit as usize - 1;
        let more = found.len() > shown;
        found.truncate(shown);
        let next = found.last().filter(|_| more).map(|row| cursor(row).to_string());
        (found, next)
    }
}
