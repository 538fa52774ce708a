//! What a host's answer means: a file, the rest of one, or that there is no more of it.

use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt, TryStreamExt};
use http::{HeaderMap, StatusCode, header};

use super::pace::paced;
use super::{FetchError, plain};

/// From where to go on with a fetch that broke off.
#[derive(Debug, Clone)]
pub(crate) struct Resume {
    /// Bytes that are there already.
    pub offset: u64,
    /// The `ETag` or `Last-Modified` that the first answer carried.
    pub validator: String,
    /// The size that the first answer told, if it did.
    pub size_bytes: Option<u64>,
}

/// A body on its way.
pub(crate) struct Opened {
    /// Where in the file the body begins: the offset asked for, or zero when the host starts anew.
    pub offset: u64,
    /// The file's whole size, if the host tells.
    pub size_bytes: Option<u64>,
    /// What a later [`Resume`] should carry; `None` when the fetch can't be resumed.
    pub validator: Option<String>,
    body: BoxStream<'static, Result<Bytes, FetchError>>,
}

impl Opened {
    /// The bytes.
    pub(crate) fn into_stream(self) -> impl Stream<Item = Result<Bytes, FetchError>> + Send {
        self.body
    }

    fn new(response: reqwest::Response, offset: u64, size_bytes: Option<u64>) -> Self {
        let lost =
            |e: reqwest::Error| FetchError::Unreachable(format!("the connection broke off ({})", plain(&e)));
        let validator = validator(response.headers());
        let body = paced(response.bytes_stream().map_err(lost).boxed());
        Self { offset, size_bytes, validator, body }
    }
}

/// The file that an answer brings.
///
/// # Errors
/// [`FetchError`], where it brings none.
pub(super) fn opened(response: reqwest::Response, resume: Option<&Resume>) -> Result<Opened, FetchError> {
    let status = response.status();
    match (status, resume) {
        (StatusCode::PARTIAL_CONTENT, Some(resume)) => {
            let (start, size_bytes) = content_range(response.headers()).ok_or(FetchError::Status(206))?;
            if start != resume.offset {
                return Err(FetchError::Status(206));
            }
            Ok(Opened::new(response, start, size_bytes))
        }
        (StatusCode::OK, _) => {
            let size_bytes = response.content_length();
            Ok(Opened::new(response, 0, size_bytes))
        }
        (status, _) if matches!(status.as_u16(), 429 | 502..=504) => {
            Err(FetchError::Unavailable(status.as_u16()))
        }
        (status, _) if status.is_server_error() || matches!(status.as_u16(), 408 | 425) => {
            Err(FetchError::Unreachable(format!("the host answered {}", status.as_u16())))
        }
        (status, _) => Err(FetchError::Status(status.as_u16())),
    }
}

/// What a 416 means to one who asked for the rest: that there is none, where the file is as long as what came and as
/// was told before, and is still the same file. `None` means to fetch anew.
pub(super) fn all_there(headers: &HeaderMap, resume: &Resume) -> Option<Opened> {
    let same = validator(headers).is_none_or(|validator| validator == resume.validator);
    let as_told = resume.size_bytes.is_none_or(|size| size == resume.offset);
    (same && as_told && whole_size(headers) == Some(resume.offset)).then(|| Opened {
        offset: resume.offset,
        size_bytes: Some(resume.offset),
        validator: Some(resume.validator.clone()),
        body: stream::empty().boxed(),
    })
}

/// A strong `ETag`, or else `Last-Modified`: what RFC 9110, 13.1.5 lets `If-Range` carry.
fn validator(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    text(header::ETAG).filter(|tag| !tag.starts_with("W/")).or_else(|| text(header::LAST_MODIFIED))
}

/// `Content-Range: bytes 100-199/1000` as the first byte and the whole size.
fn content_range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let text = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
    let start = range.split_once('-')?.0.parse().ok()?;
    Some((start, size.parse().ok()))
}

/// `Content-Range: bytes */1000`, as a 416 carries it (RFC 9110, 15.5.17).
fn whole_size(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_RANGE)?.to_str().ok()?.strip_prefix("bytes */")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranged(text: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_RANGE, text.parse().unwrap())])
    }

    #[test]
    fn reads_content_ranges() {
        let read = |text: &str| content_range(&ranged(text));
        assert_eq!(read("bytes 5-9/10"), Some((5, Some(10))));
        assert_eq!(read("bytes 5-9/*"), Some((5, None)));
        assert_eq!(read("bytes */10"), None);
        assert_eq!(read("lines 5-9/10"), None);
    }

    #[test]
    fn nothing_is_left_of_the_same_file_only() {
        let check = |range: &str, tag: Option<&'static str>, told: Option<u64>, expected: bool| {
            let mut headers = ranged(range);
            if let Some(tag) = tag {
                headers.insert(header::ETAG, header::HeaderValue::from_static(tag));
            }
            let resume = Resume { offset: 10, validator: "\"one\"".into(), size_bytes: told };
            assert_eq!(all_there(&headers, &resume).is_some(), expected, "{range} {tag:?} {told:?}");
        };
        check("bytes */10", None, None, true);
        check("bytes */10", None, Some(10), true);
        check("bytes */10", Some("\"one\""), None, true);
        check("bytes */10", Some("\"two\""), None, false);
        // The host promised more than it has.
        check("bytes */10", None, Some(11), false);
        check("bytes */9", None, None, false);
        check("bytes */*", None, None, false);
    }
}
