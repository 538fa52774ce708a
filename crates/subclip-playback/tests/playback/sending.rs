//! What viewers get while others don't take what they asked for.

use axum::body::Body;
use axum::http::{Method, Request, Response, StatusCode, header};
use subclip_app::Policy;
use subclip_playback::Sending;

use crate::theatre::Theatre;

/// Playlists stand here for all that is made whole.
#[tokio::test]
async fn answers_that_nobody_takes_leave_room_for_others() {
    let theatre = Theatre::with(Sending::new(8 << 10, 100)).await;
    let id = theatre.film_for(Policy::Public).await.playback[0].id;
    let playlist = format!("/{id}.m3u8");
    let ask = async |method: Method, held: &str| {
        let request = Request::builder().method(method).uri(&playlist).header(header::IF_NONE_MATCH, held);
        theatre.answer(request.body(Body::empty()).unwrap()).await
    };
    let get = async || ask(Method::GET, "\"none\"").await;
    let etag = theatre.get(&playlist).await.etag.unwrap();

    let mut untaken: Vec<Response<Body>> = Vec::new();
    let refused = loop {
        match get().await {
            answer if answer.status() == StatusCode::OK => untaken.push(answer),
            other => break other,
        }
        assert!(untaken.len() <= 8, "each takes a KiB at the least");
    };
    assert!(!untaken.is_empty());
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "2");
    let said = axum::body::to_bytes(refused.into_body(), 1 << 10).await.unwrap();
    assert!(said.starts_with(b"{\"error\":{"), "{said:?}");

    // What holds nothing goes on.
    assert_eq!(ask(Method::HEAD, "\"none\"").await.status(), StatusCode::OK);
    assert_eq!(ask(Method::GET, &etag).await.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(theatre.get(&format!("/{id}/p5/all/video/0.m4s")).await.status, StatusCode::OK);
    let first = theatre.get_as(&playlist, &[("range", "bytes=0-6")]).await;
    assert_eq!((first.status, first.text()), (StatusCode::PARTIAL_CONTENT, "#EXTM3U"));

    // So does the next, when one was taken to its end, or who asked for it is gone.
    let taken = axum::body::to_bytes(untaken.pop().unwrap().into_body(), 1 << 20).await.unwrap();
    assert!(taken.starts_with(b"#EXTM3U"));
    untaken.push(get().await);
    assert_eq!(untaken.last().map(Response::status), Some(StatusCode::OK));
    assert_eq!(get().await.status(), StatusCode::SERVICE_UNAVAILABLE);
    untaken.pop();
    assert_eq!(get().await.status(), StatusCode::OK);
}
