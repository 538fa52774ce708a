//! `/uploads`

use axum::body::Body;
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http::{Method, Request};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::server::{Answer, PUBLIC_URL, Server, Who};

const ORIGIN: &str = "https://example.com";

/// A new upload: its id and the path its bytes go to.
async fn upload(server: &Server) -> (String, String) {
    let made = server.post("/v1/uploads", json!({"cors_origin": ORIGIN, "timeout": 60})).await.json();
    let path = made["url"].as_str().unwrap().strip_prefix(PUBLIC_URL).unwrap().to_owned();
    (made["id"].as_str().unwrap().to_owned(), path)
}

async fn send(server: &Server, method: &str, path: &str, range: Option<&str>, bytes: &'static str) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header("origin", ORIGIN);
    if let Some(range) = range {
        request = request.header("content-range", range);
    }
    let request = request.header("content-length", bytes.len()).body(Body::from(bytes)).unwrap();
    server.send(request).await
}

async fn status(server: &Server, id: &str) -> Value {
    server.get(&format!("/v1/uploads/{id}")).await.json()["status"].take()
}

#[tokio::test]
async fn a_whole_file_is_an_asset() {
    let server = Server::new().await;
    let (id, path) = upload(&server).await;
    let done = send(&server, "PUT", &path, None, "a whole file").await;
    assert_eq!((done.status.as_u16(), done.header("access-control-allow-origin")), (200, Some(ORIGIN)));
    let upload = server.get(&format!("/v1/uploads/{id}")).await.json();
    assert_eq!((&upload["status"], &upload["url"]), (&json!("asset_created"), &Value::Null));
    let asset = server.get(&format!("/v1/assets/{}", upload["asset_id"].as_str().unwrap())).await.json();
    assert_eq!((&asset["upload_id"], &asset["origin"]), (&json!(id), &json!("upload")));
    let found = server.get(&format!("/mux/video/v1/assets?upload_id={id}")).await.json();
    assert_eq!(found["data"][0]["id"], asset["id"]);
}

#[tokio::test]
async fn parts_are_resumed_where_they_left_off() {
    let server = Server::new().await;
    let (id, path) = upload(&server).await;
    let check = async |range: &str, bytes, expected: (u16, Option<&str>)| {
        let answer = send(&server, "PUT", &path, Some(range), bytes).await;
        assert_eq!((answer.status.as_u16(), answer.header("range")), expected, "{range}");
        assert_eq!(answer.header("location"), None);
        assert!(answer.header("access-control-expose-headers").is_some_and(|names| names.contains("Range")));
    };
    check("bytes */*", "", (308, None)).await;
    check("bytes 0-4/*", "01234", (308, Some("bytes=0-4"))).await;
    // A hole: nothing is taken, and the client learns where to go on.
    check("bytes 8-9/12", "89", (308, Some("bytes=0-4"))).await;
    // An overlap.
    check("bytes 3-7/12", "34567", (308, Some("bytes=0-7"))).await;
    check("bytes */12", "", (308, Some("bytes=0-7"))).await;
    // A length that is not the range's, and a size that is not the one told before.
    check("bytes 8-11/12", "8", (400, None)).await;
    check("bytes 8-11/13", "89ab", (400, None)).await;
    // What is no text must not pass for a request with the whole file.
    let no_text =
        Request::builder().method("PUT").uri(&path).header("content-range", &b"bytes 8-11/\xb2"[..]);
    assert_eq!(server.send(no_text.body(Body::from("89ab")).unwrap()).await.status, 400);
    assert_eq!(status(&server, &id).await, "waiting");
    check("bytes 8-11/12", "89ab", (200, None)).await;
    // The answer got lost, and the client sends the last part again.
    check("bytes 8-11/12", "89ab", (200, None)).await;
    assert_eq!(status(&server, &id).await, "asset_created");
}

#[tokio::test]
async fn only_the_uploads_own_pages_may_send() {
    let server = Server::new().await;
    let (_, path) = upload(&server).await;
    let preflight = send(&server, "OPTIONS", &path, None, "").await;
    assert_eq!(preflight.status, 204);
    assert_eq!(preflight.header("access-control-allow-origin"), Some(ORIGIN));
    assert_eq!(preflight.header("access-control-allow-methods"), Some("PUT, OPTIONS"));
    assert_eq!(preflight.header("access-control-allow-headers"), Some("Content-Type, Content-Range"));
    let elsewhere = Request::builder().method("OPTIONS").uri(&path).header("origin", "https://evil.test");
    let refused = server.send(elsewhere.body(Body::empty()).unwrap()).await;
    assert_eq!(refused.header("access-control-allow-origin"), None);
}

/// The URL is all the permission that is needed to send.
#[tokio::test]
async fn who_may_only_read_does_not_learn_where_bytes_go() {
    let server = Server::new().await;
    let (id, path) = upload(&server).await;
    for uploads in ["/v1/uploads", "/mux/video/v1/uploads"] {
        for asked in [uploads.to_owned(), format!("{uploads}/{id}")] {
            let seen = async |who| {
                let answer = server.ask(who, Method::GET, &asked, Value::Null).await;
                (answer.status.as_u16(), String::from_utf8(answer.body).unwrap())
            };
            let (status, body) = seen(Who::Reader).await;
            assert!(status == 200 && body.contains(&id) && !body.contains("/uploads/"), "{asked}: {body}");
            assert!(seen(Who::Writer).await.1.contains(&path), "{asked}");
        }
    }
}

#[tokio::test]
async fn what_takes_no_bytes_says_so() {
    let server = Server::new().await;
    let (id, path) = upload(&server).await;
    let (_, late) = upload(&server).await;
    let wrong = format!("/uploads/{id}/wrong");
    for unknown in ["/uploads/nonsense/secret", "/uploads/%FF/secret", wrong.as_str()] {
        let refusal = send(&server, "PUT", unknown, None, "x").await.refusal();
        assert_eq!((refusal.0, refusal.1.as_str()), (404, "not_found"), "{unknown}");
    }
    let check = async |method, path: &str, range, bytes, expected: (u16, &str)| {
        let refusal = send(&server, method, path, range, bytes).await.refusal();
        assert_eq!((refusal.0, refusal.1.as_str()), expected, "{method} {path} {range:?}");
    };
    check("POST", &path, None, "x", (405, "method_not_allowed")).await;
    check("PUT", &path, Some("bytes 5-4/9"), "x", (400, "invalid_parameters")).await;
    check("PUT", &path, None, "", (400, "invalid_parameters")).await;
    server.post(&format!("/v1/uploads/{id}/cancel"), Value::Null).await;
    check("PUT", &path, None, "x", (410, "forbidden")).await;
    server.clock.advance_ms(61_000);
    check("PUT", &late, None, "x", (410, "forbidden")).await;
}

/// A network that goes away says nothing: no end of the body, no error.
#[tokio::test]
async fn a_sender_that_falls_silent_makes_room_for_its_next_try() {
    let server = Server::new().await;
    let (_, path) = upload(&server).await;
    let first = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"01234"))]);
    // Time flies from here on, and not before: it would fly past the database's patience.
    let silence = stream::once(async {
        tokio::time::pause();
        std::future::pending().await
    });
    let stalled = Request::builder().method("PUT").uri(&path).header("content-range", "bytes 0-9/10");
    let answer = server.send(stalled.body(Body::from_stream(first.chain(silence))).unwrap()).await;
    tokio::time::resume();
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, Some("1")));
    let kept = send(&server, "PUT", &path, Some("bytes */10"), "").await;
    assert_eq!((kept.status.as_u16(), kept.header("range")), (308, Some("bytes=0-4")));
    assert_eq!(send(&server, "PUT", &path, Some("bytes 5-9/10"), "56789").await.status, 200);
}

/// A client whose connection was lost asks again at once; nobody else knows that the old one is dead.
#[tokio::test]
async fn a_newer_request_takes_over_from_a_silent_one() {
    let server = Server::new().await;
    let (id, path) = upload(&server).await;
    let (fell_silent, silent) = oneshot::channel();
    let first = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"01234"))]);
    let silence = stream::once(async {
        fell_silent.send(()).ok();
        std::future::pending().await
    });
    let stalled = Request::builder().method("PUT").uri(&path).header("content-range", "bytes 0-9/10");
    let stalled = stalled.body(Body::from_stream(first.chain(silence))).unwrap();
    let newer = async {
        silent.await.unwrap();
        let asked = send(&server, "PUT", &path, Some("bytes */10"), "").await;
        assert_eq!(asked.status, 308, "how far it has come is told meanwhile");
        let taken = send(&server, "PUT", &path, Some("bytes 0-6/10"), "0123456").await;
        assert_eq!((taken.status.as_u16(), taken.header("range")), (308, Some("bytes=0-6")));
        assert_eq!(send(&server, "PUT", &path, Some("bytes 7-9/10"), "789").await.status, 200);
    };
    tokio::select! {
        answer = server.send(stalled) => panic!("nobody hears it: {}", answer.status),
        () = newer => {}
    }
    assert_eq!(status(&server, &id).await, "asset_created");
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_before_it_comes() {
    let server = Server::new().await;
    let (id, path) = upload(&server).await;
    let refused = send(&server, "PUT", &path, Some("bytes 0-2/1000001"), "012").await;
    assert_eq!(refused.header("access-control-allow-origin"), Some(ORIGIN));
    let (code, kind, sentence) = refused.refusal();
    assert_eq!((code, kind.as_str()), (413, "invalid_parameters"));
    assert!(sentence.contains("more than 1000000 bytes"), "{sentence}");
    assert_eq!(status(&server, &id).await, "waiting");
}

/// A client that is cut off while it sends does not see why.
#[tokio::test]
async fn what_is_sent_to_no_upload_is_read_and_then_refused() {
    let server = Server::new().await;
    let (_, path) = upload(&server).await;
    let (read, was_read) = oneshot::channel();
    let bytes = stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"01234"))]);
    let end = stream::once(async move {
        read.send(()).ok();
        Ok(Bytes::new())
    });
    let forged = Request::builder().method("PUT").uri(format!("{path}x"));
    let answer = server.send(forged.body(Body::from_stream(bytes.chain(end))).unwrap()).await;
    assert_eq!(answer.status, 404);
    was_read.await.expect("all of it was read");
}
