//! Fetching from hosts that answer as they are told to.

use futures::TryStreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::*;
use crate::{Error, Kind};

/// A host that gives these answers one after the other, and then the requests it got.
async fn host(answers: &'static [&'static str]) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/file", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        let mut requests = Vec::new();
        for answer in answers {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(connection.read_u8().await.unwrap());
            }
            connection.write_all(answer.as_bytes()).await.unwrap();
            requests.push(String::from_utf8(request).unwrap());
        }
        requests
    });
    (url, serving)
}

/// What a fetch that has ten bytes gets of such a host: where it goes on, the size, and the bytes.
async fn resumed(
    answers: &'static [&'static str],
) -> (Result<(u64, Option<u64>, String), FetchError>, Vec<String>) {
    let (url, serving) = host(answers).await;
    let resume = Resume { offset: 10, validator: "\"one\"".into(), size_bytes: None };
    let fetched = async {
        let opened = Fetcher::new(true).unwrap().open(&url, Some(&resume)).await?;
        let (offset, size_bytes) = (opened.offset, opened.size_bytes);
        let bytes: Vec<_> = opened.into_stream().try_collect().await?;
        Ok((offset, size_bytes, String::from_utf8(bytes.concat()).unwrap()))
    };
    (fetched.await, serving.await.unwrap())
}

const ANEW: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nfresh";

#[tokio::test]
async fn a_file_of_which_nothing_is_left_is_complete() {
    let (fetched, requests) = resumed(&[
        "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */10\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    ])
    .await;
    assert_eq!(fetched, Ok((10, Some(10), String::new())));
    assert!(requests[0].contains("range: bytes=10-\r\n"), "{}", requests[0]);
}

#[tokio::test]
async fn a_file_that_became_another_is_fetched_anew() {
    let (fetched, requests) = resumed(&[
        "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        ANEW,
    ])
    .await;
    assert_eq!(fetched, Ok((0, Some(5), "fresh".into())));
    assert!(!requests[1].contains("range:"), "{}", requests[1]);
    let (fetched, _) = resumed(&[
        "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        ANEW,
    ])
    .await;
    assert_eq!(fetched, Ok((0, Some(5), "fresh".into())));
}

#[tokio::test]
async fn what_is_left_is_fetched() {
    let (fetched, _) = resumed(&[
        "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 10-13/14\r\nContent-Length: 4\r\nConnection: close\r\n\r\nrest",
    ])
    .await;
    assert_eq!(fetched, Ok((10, Some(14), "rest".into())));
}

#[tokio::test]
async fn a_small_file_is_held_whole_or_not_at_all() {
    let small = async |answer: &'static [&'static str], most_bytes| {
        let (url, serving) = host(answer).await;
        let fetched = Fetcher::new(true).unwrap().small(&url, most_bytes).await;
        serving.await.unwrap();
        fetched
    };
    let untold: &[&str] = &["HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nfresh"];
    for answer in [&[ANEW], untold] {
        assert_eq!(small(answer, 5).await, Ok(Some("fresh".into())));
        assert_eq!(small(answer, 4).await, Ok(None));
    }
    let broken_off = &["HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nfresh"];
    assert!(matches!(small(broken_off, 10).await, Err(FetchError::Unreachable(_))));
}

#[test]
fn literal_private_addresses_are_refused_before_connecting() {
    let fetcher = Fetcher::new(false).unwrap();
    for url in ["http://127.0.0.1/a", "http://[::1]:8080/a", "http://0x7f.1/a", "http://2130706433/a"] {
        assert!(matches!(fetcher.checked(url), Err(FetchError::Private(_))), "{url}");
    }
    for url in ["file:///etc/passwd", "ftp://example.com/a", "not a url", "data:,x", "vendor://assets/x"] {
        assert!(matches!(fetcher.checked(url), Err(FetchError::NotAUrl(_))), "{url}");
    }
    assert!(Fetcher::new(true).unwrap().checked("http://127.0.0.1/a").is_ok());
}

#[tokio::test]
async fn names_of_private_addresses_are_refused_after_resolution() {
    let outcome = Fetcher::new(false).unwrap().open("http://localhost:9/a", None).await;
    assert_eq!(outcome.err(), Some(FetchError::Private("localhost".into())));
}

#[test]
fn answers_that_ask_for_patience_are_told_from_those_that_fail() {
    let answered = |status: u16| {
        let response = http::Response::builder().status(status).body("").unwrap();
        Error::from(super::answer::opened(response.into(), None).err().unwrap()).kind
    };
    for (statuses, kind) in [
        (&[429, 502, 503, 504][..], Kind::Busy),
        (&[408, 425, 500, 501], Kind::NotReady),
        (&[401, 403, 404, 410], Kind::Invalid),
    ] {
        for status in statuses {
            assert_eq!(answered(*status), kind, "{status}");
        }
    }
}
