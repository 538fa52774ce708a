//! Answering a request for something of known size: conditions, ranges, `HEAD`, caching (RFC 9110, RFC 9111).

use std::ops::Range;

use axum::body::Body;
use axum::http::response::Builder;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use bytes::Bytes;
use subclip_app::{ByteStream, Result};

use crate::sending::{Sending, Sent};
use crate::url::escaped;

/// How long what is answered may be kept by browsers and caches on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Never changes under this URL.
    Forever,
    /// Never changes while this server packages media as it does; the URL does not tell how.
    ADay,
    /// May go on to be something else: checked again every time.
    Checked,
}

/// Whom an answer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// Everybody.
    All,
    /// Who has a token or a session.
    Some {
        /// How many seconds it is good for, from now on.
        left_s: u64,
        /// Whether what the request tells of its page and program counted too.
        restricted: bool,
    },
    /// Who has an address that nobody can guess; no cache that others share may keep it.
    Holder {
        /// How many seconds it is good for, from now on.
        left_s: u64,
    },
}

impl Audience {
    fn restricted(self) -> bool {
        matches!(self, Self::Some { restricted: true, .. })
    }
}

/// The bytes of an answer.
pub(crate) enum Content {
    /// All of them.
    Whole(Bytes),
    /// A way to get any range of them.
    Ranged(Box<dyn FnOnce(Range<u64>) -> ByteStream + Send>),
}

/// Something that can be fetched.
pub(crate) struct Resource {
    pub(crate) content_type: &'static str,
    pub(crate) size: u64,
    /// A strong validator, with its quotes.
    pub(crate) etag: String,
    pub(crate) keep: Keep,
    /// The name to save it under, for downloads.
    pub(crate) save_as: Option<String>,
    pub(crate) content: Content,
}

impl Resource {
    /// A resource whose bytes are at hand.
    pub(crate) fn whole(
        content_type: &'static str,
        etag: String,
        keep: Keep,
        bytes: impl Into<Bytes>,
    ) -> Self {
        let bytes = bytes.into();
        let size = bytes.len() as u64;
        Self { content_type, size, etag, keep, save_as: None, content: Content::Whole(bytes) }
    }

    /// The answer to a `GET` or `HEAD` with these headers.
    ///
    /// # Errors
    /// `Busy` where too much is being sent. What needs no content is answered whatever is sent beside it.
    pub(crate) fn respond(
        self,
        method: &Method,
        request: &HeaderMap,
        audience: Audience,
        sending: &Sending,
    ) -> Result<Response<Body>> {
        if !matches(request, &self.etag) {
            let builder = Response::builder().header(header::CACHE_CONTROL, "no-store");
            return Ok(finish(builder.status(StatusCode::PRECONDITION_FAILED), Body::empty()));
        }
        let mut builder =
            Response::builder().header(header::ETAG, &self.etag).header(header::ACCEPT_RANGES, "bytes");
        let kept = |builder: Builder| {
            let builder = builder.header(header::CACHE_CONTROL, self.cache_control(audience));
            if audience.restricted() { builder.header(header::VARY, TELLING) } else { builder }
        };
        if none_match(request, &self.etag) {
            return Ok(finish(kept(builder).status(StatusCode::NOT_MODIFIED), Body::empty()));
        }
        // Ranges are defined for GET alone (RFC 9110, 14.2): HEAD tells of all of it.
        let asked =
            if method == Method::GET { asked_range(request, &self.etag, self.size) } else { Asked::All };
        let range = match asked {
            Asked::All => {
                builder = builder.status(StatusCode::OK);
                0..self.size
            }
            Asked::Part(range) => {
                let content_range = format!("bytes {}-{}/{}", range.start, range.end - 1, self.size);
                builder =
                    builder.status(StatusCode::PARTIAL_CONTENT).header(header::CONTENT_RANGE, content_range);
                range
            }
            Asked::Nothing => {
                let builder = builder
                    .status(StatusCode::RANGE_NOT_SATISFIABLE)
                    .header(header::CACHE_CONTROL, "no-store")
                    .header(header::CONTENT_RANGE, format!("bytes */{}", self.size));
                return Ok(finish(builder, Body::empty()));
            }
        };
        builder = kept(builder)
            .header(header::CONTENT_TYPE, self.content_type)
            .header(header::CONTENT_LENGTH, range.end - range.start);
        if let Some(disposition) = self.save_as.as_deref().and_then(attachment) {
            builder = builder.header(header::CONTENT_DISPOSITION, disposition);
        }
        if method == Method::HEAD {
            return Ok(finish(builder, Body::empty()));
        }
        let body = match self.content {
            Content::Whole(bytes) => match sending.whole(&bytes, range.start, range.end)? {
                Sent::Small(bytes) => Body::from(bytes),
                Sent::Large(stream) => Body::from_stream(stream),
            },
            Content::Ranged(open) => Body::from_stream(open(range)),
        };
        Ok(finish(builder, body))
    }

    /// Nothing is kept longer than its audience may have it. What others may be refused for what their requests tell is
    /// not shared at all: many shared caches don't look at `Vary`.
    fn cache_control(&self, audience: Audience) -> String {
        let shared = !audience.restricted() && !matches!(audience, Audience::Holder { .. });
        let scope = if shared { "public" } else { "private" };
        match (self.keep, audience) {
            (Keep::Forever, Audience::All) => format!("{scope}, max-age={YEAR_S}, immutable"),
            (Keep::ADay, Audience::All) => format!("{scope}, max-age={DAY_S}"),
            (Keep::Forever | Keep::ADay, Audience::Some { left_s, .. } | Audience::Holder { left_s }) => {
                let most_s = if self.keep == Keep::ADay { DAY_S } else { YEAR_S };
                format!("{scope}, max-age={}, must-revalidate", left_s.min(most_s))
            }
            (Keep::Checked, _) => format!("{scope}, no-cache"),
        }
    }
}

/// Whether a request with these headers is answered with more than that it knows it all, or that it has got it wrong.
pub(crate) fn wants_content(request: &HeaderMap, etag: &str) -> bool {
    matches(request, etag) && !none_match(request, etag)
}

/// What stands for ever, in seconds.
const YEAR_S: u64 = 31_536_000;
/// What stands as long as the server is not another one, in seconds.
const DAY_S: u64 = 86_400;
/// What a request tells of its page and program: a browser's own cache may serve several pages.
const TELLING: &str = "Referer, Origin, User-Agent";

fn finish(builder: Builder, body: Body) -> Response<Body> {
    builder.body(body).expect("every header here is made of visible characters")
}

/// What part of a resource is asked for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    All,
    Part(Range<u64>),
    /// A range that lies wholly beyond the end.
    Nothing,
}

/// The range asked for. Several ranges at once, and what can't be understood, are answered with everything, as
/// RFC 9110, 14.2 allows.
fn asked_range(request: &HeaderMap, etag: &str, size: u64) -> Asked {
    let Some(text) = request.get(header::RANGE).and_then(|v| v.to_str().ok()) else { return Asked::All };
    if request.get(header::IF_RANGE).is_some_and(|given| given.as_bytes() != etag.as_bytes()) {
        return Asked::All;
    }
    let Some(spec) = text.trim().strip_prefix("bytes=").filter(|spec| !spec.contains(',')) else {
        return Asked::All;
    };
    match spec.trim().split_once('-') {
        Some(("", suffix)) => match position(suffix) {
            Some(last) if last > 0 && size > 0 => Asked::Part(size.saturating_sub(last)..size),
            Some(_) => Asked::Nothing,
            None => Asked::All,
        },
        Some((first, "")) => match position(first) {
            Some(first) if first < size => Asked::Part(first..size),
            Some(_) => Asked::Nothing,
            None => Asked::All,
        },
        Some((first, last)) => match position(first).zip(position(last)) {
            Some((first, last)) if first > last => Asked::All,
            Some((first, _)) if first >= size => Asked::Nothing,
            Some((first, last)) => Asked::Part(first..last.saturating_add(1).min(size)),
            None => Asked::All,
        },
        None => Asked::All,
    }
}

/// A number of digits alone: what Rust reads may begin with a sign. One that is too large to be counted lies past every
/// end.
fn position(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

/// `If-Match`, compared strongly, where it is there (RFC 9110, 13.1.1). It is looked at first (13.2.2).
fn matches(request: &HeaderMap, etag: &str) -> bool {
    let mut listed = request.get_all(header::IF_MATCH).iter().peekable();
    let names_it = |value: &HeaderValue| {
        value.to_str().unwrap_or_default().split(',').map(str::trim).any(|tag| tag == "*" || tag == etag)
    };
    listed.peek().is_none() || listed.any(names_it)
}

/// `If-None-Match`, compared weakly (RFC 9110, 13.1.2).
fn none_match(request: &HeaderMap, etag: &str) -> bool {
    let listed = |value: &HeaderValue| {
        let text = value.to_str().unwrap_or_default();
        text.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
    };
    request.get_all(header::IF_NONE_MATCH).iter().any(listed)
}

/// `Content-Disposition` for a name of any characters (RFC 6266).
fn attachment(name: &str) -> Option<HeaderValue> {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_graphic() && !"\"\\/;%".contains(c) || c == ' ' { c } else { '_' })
        .collect();
    let encoded = escaped(name);
    HeaderValue::from_str(&format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(header::HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    fn respond(
        resource: Resource,
        method: &Method,
        request: &HeaderMap,
        audience: Audience,
    ) -> Response<Body> {
        resource.respond(method, request, audience, &Sending::default()).unwrap()
    }

    fn resource() -> Resource {
        Resource::whole("video/mp4", "\"a\"".into(), Keep::Forever, &b"0123456789"[..])
    }

    #[test]
    fn ranges() {
        let check = |range: &str, expected: Asked| {
            assert_eq!(asked_range(&headers(&[(header::RANGE, range)]), "\"a\"", 10), expected, "{range}");
        };
        check("bytes=0-3", Asked::Part(0..4));
        check("bytes=4-", Asked::Part(4..10));
        check("bytes=-3", Asked::Part(7..10));
        check("bytes=5-99", Asked::Part(5..10));
        check("bytes=10-", Asked::Nothing);
        check("bytes=99-100", Asked::Nothing);
        check("bytes=0-1,4-5", Asked::All);
        check("lines=0-1", Asked::All);
        check("bytes=-99", Asked::Part(0..10));
        check("bytes=-0", Asked::Nothing);
        check("bytes=5-2", Asked::All);
        check("bytes=x-2", Asked::All);
        check("bytes=2-x", Asked::All);
        check("bytes=+1-+2", Asked::All);
        check("bytes=+1-2", Asked::All);
        check("bytes=1-+2", Asked::All);
        check("bytes=+1-", Asked::All);
        check("bytes=-+3", Asked::All);
        check("bytes=99-x", Asked::All);
        check("bytes=-", Asked::All);
        check("bytes=0-18446744073709551615", Asked::Part(0..10));
        check("bytes=0-99999999999999999999", Asked::Part(0..10));
        check("bytes=99999999999999999999-", Asked::Nothing);
        check("bytes=-99999999999999999999", Asked::Part(0..10));
    }

    #[test]
    fn if_range_guards_against_a_changed_file() {
        let with = |tag: &str| headers(&[(header::RANGE, "bytes=0-3"), (header::IF_RANGE, tag)]);
        assert_eq!(asked_range(&with("\"a\""), "\"a\"", 10), Asked::Part(0..4));
        assert_eq!(asked_range(&with("\"b\""), "\"a\"", 10), Asked::All);
        assert_eq!(asked_range(&with("W/\"a\""), "\"a\"", 10), Asked::All, "a weak tag proves nothing");
    }

    #[test]
    fn statuses_and_headers() {
        let get = |pairs: &[_]| respond(resource(), &Method::GET, &headers(pairs), Audience::All);
        let whole = get(&[]);
        assert_eq!(
            (whole.status(), &whole.headers()[header::CONTENT_LENGTH]),
            (StatusCode::OK, &HeaderValue::from(10))
        );
        let part = get(&[(header::RANGE, "bytes=2-3")]);
        assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(part.headers()[header::CONTENT_RANGE], "bytes 2-3/10");
        let beyond = get(&[(header::RANGE, "bytes=10-")]);
        assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);
        assert_eq!(beyond.headers()[header::CONTENT_RANGE], "bytes */10");
        let same = get(&[(header::IF_NONE_MATCH, "\"x\", W/\"a\"")]);
        assert_eq!(same.status(), StatusCode::NOT_MODIFIED);
        assert!(!same.headers().contains_key(header::CONTENT_LENGTH));
        for (tag, status) in [
            ("\"a\"", StatusCode::OK),
            ("*", StatusCode::OK),
            ("\"x\", \"a\"", StatusCode::OK),
            ("\"x\"", StatusCode::PRECONDITION_FAILED),
            ("W/\"a\"", StatusCode::PRECONDITION_FAILED),
        ] {
            assert_eq!(get(&[(header::IF_MATCH, tag)]).status(), status, "{tag}");
        }
        let both = get(&[(header::IF_MATCH, "\"x\""), (header::IF_NONE_MATCH, "\"a\"")]);
        assert_eq!(both.status(), StatusCode::PRECONDITION_FAILED, "If-Match is looked at first");
        let head = respond(resource(), &Method::HEAD, &HeaderMap::new(), Audience::All);
        assert_eq!(head.headers()[header::CONTENT_LENGTH], "10");
        let head =
            respond(resource(), &Method::HEAD, &headers(&[(header::RANGE, "bytes=0-0")]), Audience::All);
        assert_eq!(
            (head.status(), &head.headers()[header::CONTENT_LENGTH]),
            (StatusCode::OK, &HeaderValue::from(10))
        );
    }

    #[test]
    fn what_has_no_body_needs_no_room() {
        let sending = Sending::new(0, 4);
        let check = |method: Method, pairs: &[_], expected: Option<StatusCode>| {
            let answer = resource().respond(&method, &headers(pairs), Audience::All, &sending);
            assert_eq!(answer.map(|response| response.status()).ok(), expected, "{method} {pairs:?}");
        };
        check(Method::GET, &[], None);
        check(Method::GET, &[(header::RANGE, "bytes=0-4")], None);
        check(Method::GET, &[(header::RANGE, "bytes=0-3")], Some(StatusCode::PARTIAL_CONTENT));
        check(Method::GET, &[(header::RANGE, "bytes=10-")], Some(StatusCode::RANGE_NOT_SATISFIABLE));
        check(Method::GET, &[(header::IF_NONE_MATCH, "\"a\"")], Some(StatusCode::NOT_MODIFIED));
        check(Method::GET, &[(header::IF_MATCH, "\"b\"")], Some(StatusCode::PRECONDITION_FAILED));
        check(Method::HEAD, &[], Some(StatusCode::OK));
    }

    #[test]
    fn errors_are_not_kept() {
        let forever = "public, max-age=31536000, immutable";
        for (name, value, status, kept) in [
            (header::RANGE, "bytes=0-", 206, forever),
            (header::RANGE, "bytes=0-1,3-4", 200, forever),
            (header::IF_NONE_MATCH, "\"a\"", 304, forever),
            (header::RANGE, "bytes=10-", 416, "no-store"),
            (header::RANGE, "bytes=-0", 416, "no-store"),
            (header::IF_MATCH, "\"x\"", 412, "no-store"),
        ] {
            let response = respond(resource(), &Method::GET, &headers(&[(name, value)]), Audience::All);
            assert_eq!(response.status(), status, "{value}");
            assert_eq!(response.headers().get_all(header::CACHE_CONTROL).iter().collect::<Vec<_>>(), [kept]);
        }
    }

    #[test]
    fn nothing_is_kept_longer_than_it_may_be_had() {
        let check = |keep: Keep, left_s: u64, restricted: bool, expected: &str| {
            let audience = Audience::Some { left_s, restricted };
            let whole = respond(Resource { keep, ..resource() }, &Method::GET, &HeaderMap::new(), audience);
            let same = headers(&[(header::IF_NONE_MATCH, "\"a\"")]);
            let same = respond(Resource { keep, ..resource() }, &Method::GET, &same, audience);
            for (response, status) in [(whole, StatusCode::OK), (same, StatusCode::NOT_MODIFIED)] {
                assert_eq!(response.status(), status);
                assert_eq!(response.headers()[header::CACHE_CONTROL], expected);
                let varies = response.headers().get(header::VARY).map(|value| value.to_str().unwrap());
                assert_eq!(varies, restricted.then_some("Referer, Origin, User-Agent"), "{expected}");
            }
        };
        check(Keep::Forever, 60, false, "public, max-age=60, must-revalidate");
        check(Keep::Forever, 0, false, "public, max-age=0, must-revalidate");
        check(Keep::Forever, u64::MAX, false, "public, max-age=31536000, must-revalidate");
        check(Keep::Forever, 60, true, "private, max-age=60, must-revalidate");
        let holder = respond(resource(), &Method::GET, &HeaderMap::new(), Audience::Holder { left_s: 60 });
        assert_eq!(holder.headers()[header::CACHE_CONTROL], "private, max-age=60, must-revalidate");
        assert!(!holder.headers().contains_key(header::VARY));
        check(Keep::Checked, 60, false, "public, no-cache");
        check(Keep::Checked, 60, true, "private, no-cache");
    }

    #[test]
    fn download_names_survive() {
        let name = attachment("héllo \"x\".mp4").unwrap();
        assert_eq!(name, "attachment; filename=\"h_llo _x_.mp4\"; filename*=UTF-8''h%C3%A9llo%20%22x%22.mp4");
    }
}
