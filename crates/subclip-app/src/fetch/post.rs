//! Posting to a URL: one request, no redirect, a bounded answer, and the same addresses closed as for fetching.

use std::time::{Duration, Instant};

use http::{HeaderMap, StatusCode, header};

use super::{FetchError, Fetcher, plain, refused_by_guard};

/// How long posting may take, from looking the name up to the last byte of the answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How much of an answer's body is read, and how much of its headers is kept.
const MOST_BYTES: usize = 4096;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    /// Names in lower case, with values as text, as far as they are kept.
    pub(crate) headers: Vec<(String, String)>,
    /// The first 4 KiB, as text.
    pub(crate) body: String,
}

/// What came of posting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Posted {
    /// What was answered, as far as it came.
    pub(crate) reply: Option<Reply>,
    /// Why there is no whole answer.
    pub(crate) fault: Option<FetchError>,
    pub(crate) took: Duration,
}

impl Fetcher {
    /// Posts a body.
    pub(crate) async fn post(&self, url: &str, headers: HeaderMap, body: Vec<u8>) -> Posted {
        let began = Instant::now();
        let mut reply = None;
        let posting = tokio::time::timeout(PATIENCE, self.try_post(url, headers, body, &mut reply)).await;
        let fault = posting
            .unwrap_or_else(|_| {
                let what = if reply.is_some() { "the answer did not end" } else { "no answer came" };
                Err(FetchError::Unreachable(format!("{what} within {} seconds", PATIENCE.as_secs())))
            })
            .err();
        Posted { reply, fault, took: began.elapsed() }
    }

    async fn try_post(
        &self,
        url: &str,
        headers: HeaderMap,
        body: Vec<u8>,
        reply: &mut Option<Reply>,
    ) -> Result<(), FetchError> {
        let url = self.checked(url)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let request = self.client.post(url).headers(headers).header(header::ACCEPT_ENCODING, "identity");
        let mut response = request.body(body).send().await.map_err(|error| {
            if refused_by_guard(&error) {
                FetchError::Private(host.clone())
            } else {
                FetchError::Unreachable(format!("the host {host} can't be reached ({})", plain(&error)))
            }
        })?;
        let (status, headers) = (response.status(), kept(response.headers()));
        let reply = reply.insert(Reply { status, headers, body: String::new() });
        let mut read = Vec::new();
        while read.len() < MOST_BYTES {
            let chunk = response.chunk().await.map_err(|error| {
                FetchError::Unreachable(format!("the connection broke off ({})", plain(&error)))
            })?;
            let Some(chunk) = chunk else { break };
            read.extend_from_slice(&chunk[..chunk.len().min(MOST_BYTES - read.len())]);
            // Kept as it comes, so that what a broken answer said is seen.
            reply.body = text(&read);
        }
        Ok(())
    }
}

/// Text that can be stored: databases take no NUL.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}")
}

fn kept(headers: &HeaderMap) -> Vec<(String, String)> {
    let mut left = MOST_BYTES;
    let mut kept = Vec::new();
    for (name, value) in headers {
        let value = text(value.as_bytes());
        let Some(room) = left.checked_sub(name.as_str().len() + value.len()) else { break };
        left = room;
        kept.push((name.to_string(), value));
    }
    kept
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Posts to a host that reads the request and then sends `answer` and, unless it `hangs`, ends the connection.
    async fn posted(answer: Vec<u8>, hangs: bool) -> Posted {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"{\"a\":1}") {
                request.push(connection.read_u8().await.unwrap());
            }
            // It may have heard enough before all is sent.
            let _ = connection.write_all(&answer).await;
            if hangs {
                std::future::pending::<()>().await;
            }
        });
        let posted = Fetcher::new(true).unwrap().post(&url, HeaderMap::new(), b"{\"a\":1}".to_vec()).await;
        serving.abort();
        posted
    }

    fn fault(posted: &Posted) -> String {
        posted.fault.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    #[tokio::test]
    async fn an_answer_is_kept() {
        let posted =
            posted(b"HTTP/1.1 201 Created\r\nX-One: 1\r\nContent-Length: 2\r\n\r\nok".to_vec(), true).await;
        let reply = posted.reply.unwrap();
        assert_eq!((reply.status.as_u16(), reply.body.as_str(), posted.fault), (201, "ok", None));
        assert!(reply.headers.contains(&("x-one".into(), "1".into())));
    }

    #[tokio::test]
    async fn no_more_of_an_answer_is_read_than_is_kept() {
        let endless = [&b"HTTP/1.1 200 OK\r\n\r\n"[..], &vec![b'a'; 100_000]].concat();
        let posted = posted(endless, true).await;
        assert_eq!((posted.reply.unwrap().body.len(), posted.fault), (MOST_BYTES, None));
    }

    #[tokio::test]
    async fn an_answer_is_text_that_can_be_stored() {
        let odd = posted(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\na\0\xffb".to_vec(), true).await;
        assert_eq!(odd.reply.unwrap().body, "a\u{fffd}\u{fffd}b");
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let posted = posted(
            b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n".to_vec(),
            true,
        )
        .await;
        assert_eq!((posted.reply.unwrap().status.as_u16(), posted.fault), (307, None));
    }

    #[tokio::test]
    async fn an_answer_that_breaks_off_is_a_fault() {
        let nothing = posted(Vec::new(), false).await;
        assert!(
            nothing.reply.is_none() && fault(&nothing).starts_with("the host 127.0.0.1 can't be reached"),
            "{nothing:?}"
        );
        let half = posted(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf".to_vec(), false).await;
        assert!(fault(&half).contains("broke off"), "{half:?}");
        assert_eq!(half.reply.unwrap().body, "half");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_does_not_come_is_given_up() {
        let silent = posted(Vec::new(), true).await;
        assert!(silent.reply.is_none() && fault(&silent).contains("within 5 seconds"), "{silent:?}");
        let dripping = posted(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf".to_vec(), true).await;
        assert!(dripping.reply.is_some() && fault(&dripping).contains("did not end within"), "{dripping:?}");
    }

    #[tokio::test]
    async fn private_addresses_are_closed() {
        let fetcher = Fetcher::new(false).unwrap();
        for url in ["http://127.0.0.1:9/", "http://localhost:9/", "http://[::1]:9/"] {
            let posted = fetcher.post(url, HeaderMap::new(), Vec::new()).await;
            assert!(matches!(posted.fault, Some(FetchError::Private(_))), "{url}: {posted:?}");
        }
    }

    #[test]
    fn headers_are_kept_up_to_a_bound() {
        let mut headers = HeaderMap::new();
        for n in 0..100 {
            let name: header::HeaderName = format!("x-{n}").parse().unwrap();
            headers.insert(name, "v".repeat(100).parse().unwrap());
        }
        let bytes: usize = kept(&headers).iter().map(|(name, value)| name.len() + value.len()).sum();
        assert!((MOST_BYTES - 110..=MOST_BYTES).contains(&bytes), "{bytes}");
    }
}
