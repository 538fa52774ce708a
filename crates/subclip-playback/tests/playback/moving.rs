//! What viewers get before and after the samples of a clip are moved, because its source was deleted.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake};

use axum::http::StatusCode;
use tokio::sync::Notify;

use crate::theatre::Theatre;

#[tokio::test]
async fn deleting_the_source_changes_no_byte() {
    let theatre = Theatre::new().await;
    for (from_ms, to_ms) in [(160, 320), (0, 160), (160, 400)] {
        let film = theatre.film().await;
        let id = theatre.clip(film.id, from_ms, to_ms).await.playback[0].id;
        let mut before = Vec::new();
        for name in [
            ".m3u8",
            ".m3u8?join=discontinuity",
            "/p5/all/video.m3u8",
            "/p5/all/audio.m3u8",
            "/p5/all/video/init.mp4",
            "/p5/all/video/0.m4s",
            "/p5/all/audio/0.m4s",
            "/highest.mp4",
        ] {
            let answer = theatre.get(&format!("/{id}{name}")).await;
            assert_eq!(answer.status, StatusCode::OK, "{name}");
            before.push((name, answer));
        }
        theatre.delete(film.id).await;
        for (name, answer) in before {
            assert_eq!(theatre.get(&format!("/{id}{name}")).await, answer, "{name} of {from_ms} to {to_ms}");
        }
    }
}

/// The number after a word in a playlist.
fn number(text: &str, word: &str) -> f64 {
    let after = text.split_once(word).unwrap().1;
    after[..after.find([',', '\n']).unwrap()].parse().unwrap()
}

#[tokio::test]
async fn the_rate_that_is_told_is_that_of_the_segments() {
    let theatre = Theatre::new().await;
    let film = theatre.film().await;
    let id = theatre.clip(film.id, 160, 320).await.playback[0].id;
    let mut needed = 0.0;
    for medium in ["video", "audio"] {
        let seconds = number(theatre.get(&format!("/{id}/p5/all/{medium}.m3u8")).await.text(), "#EXTINF:");
        assert_eq!(theatre.get(&format!("/{id}/p5/all/{medium}/1.m4s")).await.status, StatusCode::NOT_FOUND);
        needed +=
            theatre.get(&format!("/{id}/p5/all/{medium}/0.m4s")).await.body.len() as f64 * 8.0 / seconds;
    }
    let told = number(theatre.get(&format!("/{id}.m3u8")).await.text(), ":BANDWIDTH=");
    assert!((0.8..1.25).contains(&(told / needed)), "{told} of {needed}");
}

/// Tells when a future can go on.
#[derive(Default)]
struct Woken(Notify);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.notify_one();
    }
}

/// Lets a future take so many steps, and then leaves it where it is; its result where it came to its end.
async fn take_steps<T>(mut future: Pin<&mut impl Future<Output = T>>, steps: usize) -> Option<T> {
    let woken = Arc::new(Woken::default());
    for _ in 0..steps {
        if let Poll::Ready(result) = future.as_mut().poll(&mut Context::from_waker(&woken.clone().into())) {
            return Some(result);
        }
        woken.0.notified().await;
    }
    None
}

#[tokio::test]
async fn nobody_is_refused_while_the_source_is_deleted() {
    let theatre = Theatre::new().await;
    for steps in 0..12 {
        let film = theatre.film().await;
        let id = theatre.clip(film.id, 160, 320).await.playback[0].id;
        theatre.app.forget_playable(id).await;
        let path = format!("/{id}.m3u8");
        let mut asked = pin!(theatre.get(&path));
        // However far a request has come, the samples may move before it goes on.
        let early = take_steps(asked.as_mut(), steps).await;
        theatre.delete(film.id).await;
        let answer = match early {
            Some(answer) => answer,
            None => asked.await,
        };
        assert_eq!(answer.status, StatusCode::OK, "after {steps} steps: {}", answer.text());
    }
}

#[tokio::test]
async fn what_was_never_there_makes_nobody_look_anew() {
    let theatre = Theatre::new().await;
    let id = theatre.film().await.playback[0].id;
    for name in [
        "2160p/0.m4s",
        "2160p/init.mp4",
        "480p/0.m4s",
        "480p/99.m4s",
        "video/99.m4s",
        "video/split-99.m4s",
        "video/init-99.mp4",
        "keys/99.m4s",
        "audio-2/0.m4s",
        "audio-2/init.mp4",
        "audio/split-0.m4s",
    ] {
        // It is known for two seconds.
        theatre.app.forget_playable(id).await;
        let known = theatre.app.playable(id).await.unwrap();
        let answer = theatre.get(&format!("/{id}/p5/all/{name}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{name}");
        assert!(Arc::ptr_eq(&known, &theatre.app.playable(id).await.unwrap()), "{name}: is still known");
    }
}
