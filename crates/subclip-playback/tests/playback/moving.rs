//! What viewers get before and after the samples of a clip are moved, because its source was deleted.

use axum::http::StatusCode;

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
            "/video.m3u8",
            "/audio.m3u8",
            "/video/init.mp4",
            "/video/0.m4s",
            "/audio/0.m4s",
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
        let seconds = number(theatre.get(&format!("/{id}/{medium}.m3u8")).await.text(), "#EXTINF:");
        assert_eq!(theatre.get(&format!("/{id}/{medium}/1.m4s")).await.status, StatusCode::NOT_FOUND);
        needed += theatre.get(&format!("/{id}/{medium}/0.m4s")).await.body.len() as f64 * 8.0 / seconds;
    }
    let told = number(theatre.get(&format!("/{id}.m3u8")).await.text(), ":BANDWIDTH=");
    assert!((0.8..1.25).contains(&(told / needed)), "{told} of {needed}");
}
