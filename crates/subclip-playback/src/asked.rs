//! What every URL of playback carries: an id, maybe a token or a session, and maybe times to trim by.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderName, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use subclip_app::{Error, Pass, Purpose, Result, Viewer};
use subclip_core::PlaybackId;

/// The query that says whether a URL is signed, and which part of the media it asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Manner {
    token: Option<String>,
    asset_start_time: Option<String>,
    asset_end_time: Option<String>,
    program_start_time: Option<String>,
    program_end_time: Option<String>,
}

impl Manner {
    /// Nothing is trimmed at playback yet, and who asks for a part must not get the whole. Players add the program times
    /// of what they play to a picture's URL too, and a picture is of a moment.
    pub(crate) fn refuse_times(&self, purpose: Purpose) -> Result<()> {
        let times = [("asset_start_time", &self.asset_start_time), ("asset_end_time", &self.asset_end_time)];
        refuse(times, "make a clip of these times, which is an asset of its own")?;
        if purpose == Purpose::Thumbnail {
            return Ok(());
        }
        let times =
            [("program_start_time", &self.program_start_time), ("program_end_time", &self.program_end_time)];
        refuse(times, "there are no live streams on this server, and no recordings of them")
    }
}

/// `Invalid` if any is given; an empty one is none.
fn refuse(times: [(&str, &Option<String>); 2], instead: &str) -> Result<()> {
    match times.iter().find(|(_, time)| time.as_deref().is_some_and(|text| !text.is_empty())) {
        None => Ok(()),
        Some((name, _)) => Err(Error::invalid(format!(
            "{name}: trimming at playback (instant clipping) is not supported by this server yet; {instead}."
        ))),
    }
}

/// Whose media is asked for, what for, and what was brought for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked<'a> {
    pub(crate) id: PlaybackId,
    pub(crate) pass: Pass<'a>,
    pub(crate) purpose: Purpose,
}

impl<'a> Asked<'a> {
    /// `Invalid` for text that can't be a playback id, and where a part of the media is asked for. Beside a token the
    /// query's times mean nothing: those that count are in the token. An empty token is none.
    pub(crate) fn new(id: &str, purpose: Purpose, manner: &'a Manner) -> Result<Self> {
        let id = read(id)?;
        match manner.token.as_deref().filter(|token| !token.is_empty()) {
            Some(token) => Ok(Self { id, pass: Pass::Token(token), purpose }),
            None => {
                manner.refuse_times(purpose)?;
                Ok(Self { id, pass: Pass::None, purpose })
            }
        }
    }

    /// The same for media under a session, which says all that counts.
    pub(crate) fn in_session(id: &str, session: &'a str) -> Result<Self> {
        Ok(Self { id: read(id)?, pass: Pass::Session(session), purpose: Purpose::Video })
    }
}

fn read(id: &str) -> Result<PlaybackId> {
    id.parse().map_err(|_| Error::invalid("Invalid Parameters: this is no playback id."))
}

/// What a request tells of where it comes from.
pub(crate) fn viewer(headers: &HeaderMap) -> Viewer<'_> {
    // What is no text says something, and nothing that any rule names.
    let said = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    Viewer {
        referrer: said(header::REFERER),
        origin: said(header::ORIGIN),
        user_agent: said(header::USER_AGENT),
    }
}

/// The parameters in a token, as a query would say them.
pub(crate) fn in_token<T: DeserializeOwned>(params: &BTreeMap<String, String>) -> Result<T> {
    let words = params.iter().map(|(name, word)| (name.clone(), word.clone().into())).collect();
    serde_json::from_value(serde_json::Value::Object(words)).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use subclip_app::Kind;

    use super::*;

    fn manner(query: &str) -> Manner {
        axum::extract::Query::try_from_uri(&format!("/?{query}").parse().unwrap()).unwrap().0
    }

    #[test]
    fn ids_are_well_formed_and_tokens_are_seen() {
        let id = PlaybackId::from_bytes([7; 16]);
        let check = |query, expected| {
            let manner = manner(query);
            let asked = Asked::new(&id.to_string(), Purpose::Video, &manner).unwrap();
            assert_eq!(asked, Asked { id, pass: expected, purpose: Purpose::Video });
        };
        check("", Pass::None);
        check("token=", Pass::None);
        check("token=a.b.c", Pass::Token("a.b.c"));
        check("token=a.b.c&asset_start_time=1", Pass::Token("a.b.c"));
        for malformed in ["", "x", "with space and 22 char", "video"] {
            let manner = manner("");
            let refused = Asked::new(malformed, Purpose::Video, &manner).unwrap_err();
            assert_eq!(refused.kind, Kind::Invalid, "{malformed}");
            assert_eq!(Asked::in_session(malformed, "x").unwrap_err().kind, Kind::Invalid, "{malformed}");
        }
    }

    #[test]
    fn a_part_is_not_answered_with_the_whole() {
        let id = PlaybackId::from_bytes([7; 16]).to_string();
        for name in ["asset_start_time", "asset_end_time", "program_start_time", "program_end_time"] {
            let given = manner(&format!("{name}=1"));
            let refused = Asked::new(&id, Purpose::Video, &given).unwrap_err();
            assert_eq!(refused.kind, Kind::Invalid);
            assert!(refused.message.starts_with(name) && refused.message.contains("not supported"), "{name}");
            let picture = Asked::new(&id, Purpose::Thumbnail, &given);
            assert_eq!(picture.is_ok(), name.starts_with("program"), "{name}");
            let empty = manner(&format!("{name}="));
            assert!(Asked::new(&id, Purpose::Video, &empty).is_ok(), "an empty one is none");
        }
    }

    #[test]
    fn tokens_say_what_queries_say() {
        let params = BTreeMap::from([
            ("asset_end_time".to_owned(), "5".to_owned()),
            ("sub".to_owned(), "x".to_owned()),
        ]);
        let manner: Manner = in_token(&params).unwrap();
        assert_eq!(manner.asset_end_time.as_deref(), Some("5"));
        assert!(manner.refuse_times(Purpose::Thumbnail).is_err());
        assert!(in_token::<Manner>(&BTreeMap::new()).unwrap().refuse_times(Purpose::Video).is_ok());
    }
}
