//! Which page of a list, and other bounded numbers.

use std::collections::HashMap;
use std::str::FromStr;

use subclip_app::{AssetQuery, Page};

use crate::common::{Fault, Fields};

const USUAL_LIMIT: u32 = 25;
const MOST: u32 = 100;
const USUAL_TIMEOUT_S: u32 = 3600;
const TIMEOUTS_S: std::ops::RangeInclusive<f64> = 60.0..=604_800.0;

/// What `GET /video/v1/assets` asks for.
pub(in crate::mux) enum AssetList {
    /// A page of assets.
    Of(AssetQuery),
    /// The assets of a live stream, of which this server has none.
    Nothing,
}

/// Reads the query of `GET /video/v1/assets`.
pub(in crate::mux) fn asset_list(query: &HashMap<String, String>) -> Result<AssetList, Fault> {
    let mut page = page(query)?;
    page.cursor = said(query, "cursor").cloned();
    if said(query, "live_stream_id").is_some() {
        return Ok(AssetList::Nothing);
    }
    let upload = said(query, "upload_id").map(|id| id.parse().map_err(|_| Fault::BadId)).transpose()?;
    Ok(AssetList::Of(AssetQuery { page, upload }))
}

/// Reads `limit` and `page`; a limit past the most is the most.
pub(in crate::mux) fn page(query: &HashMap<String, String>) -> Result<Page, Fault> {
    let mut wrong = Vec::new();
    let limit = positive(query, "limit", &mut wrong).unwrap_or(USUAL_LIMIT).min(MOST);
    let page = positive(query, "page", &mut wrong).unwrap_or(1);
    if wrong.is_empty() { Ok(Page { limit, page, cursor: None }) } else { Err(Fault::Invalid(wrong)) }
}

/// A word of the query; an empty one is none.
fn said<'a>(query: &'a HashMap<String, String>, name: &str) -> Option<&'a String> {
    query.get(name).filter(|text| !text.is_empty())
}

fn positive(query: &HashMap<String, String>, name: &str, wrong: &mut Vec<String>) -> Option<u32> {
    let text = said(query, name)?;
    let number = u32::from_str(text).ok().filter(|&n| n > 0);
    if number.is_none() {
        wrong.push(format!("{name} must be a whole number from 1."));
    }
    number
}

/// How long an upload waits for its bytes.
pub(super) fn timeout_s(fields: &Fields<'_>) -> u32 {
    let Some(seconds) = fields.number("timeout") else { return USUAL_TIMEOUT_S };
    if !TIMEOUTS_S.contains(&seconds) || seconds.fract() != 0.0 {
        fields.note("timeout", "must be a whole number of seconds from 60 to 604800");
        return USUAL_TIMEOUT_S;
    }
    seconds as u32
}
