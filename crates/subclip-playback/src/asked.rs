//! What every URL of playback carries: an id, maybe a token or a session, and maybe times to trim by.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, HeaderName, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use subclip_app::{Error, ExcerptTimes, Pass, Purpose, Result, Viewer};
use subclip_core::access::ODD;
use subclip_core::{PlaybackId, Time};

use crate::scope::Scope;
use crate::url::escaped;

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
    /// What a URL must carry to ask for the same of the same viewer: the token where there is one, which says the times
    /// too, or else the times. Empty, or a query with its question mark.
    pub(crate) fn again(&self) -> String {
        let given = |(name, value): (&str, &Option<String>)| {
            let value = value.as_deref().filter(|value| !value.is_empty())?;
            Some(format!("{name}={}", escaped(value)))
        };
        if let Some(token) = given(("token", &self.token)) {
            return format!("?{token}");
        }
        let times = [
            ("asset_start_time", &self.asset_start_time),
            ("asset_end_time", &self.asset_end_time),
            ("program_start_time", &self.program_start_time),
            ("program_end_time", &self.program_end_time),
        ];
        let times: Vec<String> = times.into_iter().filter_map(given).collect();
        if times.is_empty() { String::new() } else { format!("?{}", times.join("&")) }
    }

    /// The part that is asked for. Players add the program times of what they play to a picture's URL too, and a picture is
    /// of a moment.
    ///
    /// # Errors
    /// `Invalid` where the times are none or in the wrong order, and where what is asked for has no parts: who asks for one
    /// must not get the whole.
    pub(crate) fn times(&self, purpose: Purpose) -> Result<ExcerptTimes> {
        if purpose == Purpose::Thumbnail {
            let times =
                [("asset_start_time", &self.asset_start_time), ("asset_end_time", &self.asset_end_time)];
            refuse(times, "a thumbnail is of a moment: write time")?;
            return Ok(ExcerptTimes::default());
        }
        let times =
            [("program_start_time", &self.program_start_time), ("program_end_time", &self.program_end_time)];
        refuse(times, "there are no live streams on this server, and no recordings of them")?;
        let start = seconds("asset_start_time", self.asset_start_time.as_deref())?;
        let end = seconds("asset_end_time", self.asset_end_time.as_deref())?;
        if end.is_some_and(|end| end <= start.unwrap_or(Time::ZERO)) {
            return Err(Error::invalid("asset_end_time: the part must end after it begins."));
        }
        Ok(ExcerptTimes { start, end })
    }
}

/// `Invalid` if any is given; an empty one is none.
fn refuse(times: [(&str, &Option<String>); 2], why: &str) -> Result<()> {
    match times.iter().find(|(_, time)| time.as_deref().is_some_and(|text| !text.is_empty())) {
        None => Ok(()),
        Some((name, _)) => Err(Error::invalid(format!("{name}: {why}."))),
    }
}

/// Seconds from the start; an empty text is none.
fn seconds(name: &str, text: Option<&str>) -> Result<Option<Time>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let time = text.parse::<f64>().ok().and_then(|seconds| Time::from_seconds(seconds).ok());
    match time.filter(|time| *time >= Time::ZERO) {
        Some(time) => Ok(Some(time)),
        None => Err(Error::invalid(format!("{name}: write seconds from the start, like 12.5"))),
    }
}

/// Whose media is asked for, what for, and what was brought for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Asked<'a> {
    pub(crate) id: PlaybackId,
    pub(crate) pass: Pass<'a>,
    pub(crate) purpose: Purpose,
    /// The part that is asked for; a token has its own.
    pub(crate) times: ExcerptTimes,
}

impl<'a> Asked<'a> {
    /// `Invalid` for text that can't be a playback id, and for a part that can't be. Beside a token the query's times mean
    /// nothing: those that count are in the token. An empty token is none.
    pub(crate) fn new(id: &str, purpose: Purpose, manner: &'a Manner) -> Result<Self> {
        let id = read(id)?;
        match manner.token.as_deref().filter(|token| !token.is_empty()) {
            Some(token) => Ok(Self { id, pass: Pass::Token(token), purpose, times: ExcerptTimes::default() }),
            None => Ok(Self { id, pass: Pass::None, purpose, times: manner.times(purpose)? }),
        }
    }

    /// The same for what playlists name: its path says all that counts.
    pub(crate) fn in_scope(id: &str, scope: &'a Scope) -> Result<Self> {
        let excerpt = scope.excerpt();
        let pass = scope.session().map_or(Pass::None, |text| Pass::Session { text, excerpt });
        let times = excerpt.map(ExcerptTimes::from).unwrap_or_default();
        Ok(Self { id: read(id)?, pass, purpose: Purpose::Video, times })
    }
}

fn read(id: &str) -> Result<PlaybackId> {
    id.parse().map_err(|_| Error::invalid("Invalid Parameters: this is no playback id."))
}

/// What a request tells of where it comes from.
pub(crate) fn viewer(headers: &HeaderMap) -> Viewer<'_> {
    // Of two pages or programs, none is the one.
    let said = |name: HeaderName| {
        let mut values = headers.get_all(name).iter();
        let first = values.next()?;
        Some(if values.next().is_none() { first.to_str().unwrap_or(ODD) } else { ODD })
    };
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
    fn what_is_said_twice_is_odd() {
        let headers = |values: &[&[u8]]| {
            let values = values.iter().map(|value| header::HeaderValue::from_bytes(value).unwrap());
            HeaderMap::from_iter(values.map(|value| (header::REFERER, value)))
        };
        for (values, expected) in [
            (&[][..], None),
            (&[&b"https://a.example/"[..]], Some("https://a.example/")),
            (&[b"https://a.example/", b"https://b.example/"], Some(ODD)),
            (&[b"\xff"], Some(ODD)),
        ] {
            assert_eq!(viewer(&headers(values)).referrer, expected);
        }
    }

    #[test]
    fn ids_are_well_formed_and_tokens_are_seen() {
        let id = PlaybackId::from_bytes([7; 16]);
        let check = |query, expected| {
            let manner = manner(query);
            let asked = Asked::new(&id.to_string(), Purpose::Video, &manner).unwrap();
            let times = ExcerptTimes::default();
            assert_eq!(asked, Asked { id, pass: expected, purpose: Purpose::Video, times });
        };
        check("", Pass::None);
        check("token=", Pass::None);
        check("token=a.b.c", Pass::Token("a.b.c"));
        check("token=a.b.c&asset_start_time=1", Pass::Token("a.b.c"));
        for malformed in ["", "x", "with space and 22 char", "video"] {
            let manner = manner("");
            let refused = Asked::new(malformed, Purpose::Video, &manner).unwrap_err();
            assert_eq!(refused.kind, Kind::Invalid, "{malformed}");
            let refused = Asked::in_scope(malformed, &Scope::read("all").unwrap()).unwrap_err();
            assert_eq!(refused.kind, Kind::Invalid, "{malformed}");
        }
    }

    #[test]
    fn parts() {
        let time = |seconds: f64| Some(Time::from_seconds(seconds).unwrap());
        let check = |query: &str, start, end| {
            let times = manner(query).times(Purpose::Video);
            assert_eq!(times, Ok(ExcerptTimes { start, end }), "{query}");
        };
        check("", None, None);
        check("asset_start_time=&asset_end_time=", None, None);
        check("asset_start_time=0", time(0.0), None);
        check("asset_start_time=1.5&asset_end_time=2e1", time(1.5), time(20.0));
        check("asset_end_time=0.001", None, time(0.001));
        for bad in [
            "asset_start_time=x",
            "asset_start_time=-1",
            "asset_start_time=NaN",
            "asset_start_time=inf",
            "asset_end_time=0",
            "asset_end_time=1e300",
            "asset_start_time=2&asset_end_time=2",
            "asset_start_time=2&asset_end_time=1",
            "program_start_time=1",
            "program_end_time=1",
        ] {
            let refused = manner(bad).times(Purpose::Video).unwrap_err();
            assert_eq!(refused.kind, Kind::Invalid, "{bad}");
            let named = bad.split('=').next().unwrap();
            assert!(refused.message.starts_with(&named[..6]), "{bad}: {}", refused.message);
        }
    }

    #[test]
    fn a_moment_has_no_part() {
        for name in ["asset_start_time", "asset_end_time", "program_start_time", "program_end_time"] {
            let times = manner(&format!("{name}=1")).times(Purpose::Thumbnail);
            assert_eq!(times.is_ok(), name.starts_with("program"), "{name}");
        }
    }

    #[test]
    fn what_is_asked_again_is_the_same() {
        for (query, expected) in [
            ("", ""),
            ("token=&asset_end_time=", ""),
            ("token=a.b-_.c&asset_start_time=1&format=webp", "?token=a.b-_.c"),
            ("asset_start_time=1.5&asset_end_time=3", "?asset_start_time=1.5&asset_end_time=3"),
            ("program_start_time=1%0A%20--%3E", "?program_start_time=1%0A%20--%3E"),
        ] {
            assert_eq!(manner(query).again(), expected, "{query}");
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
        assert!(manner.times(Purpose::Thumbnail).is_err());
        assert!(in_token::<Manner>(&BTreeMap::new()).unwrap().times(Purpose::Video).is_ok());
    }
}
