//! Parts of an asset that are played without being assets: what is in them, and what they don't open.

use axum::http::StatusCode;
use serde_json::json;
use subclip_app::Policy;

use crate::signed::{Owner, walk};
use crate::theatre::Theatre;

/// The film's GOPs begin here: so nothing is encoded, which nothing can do here.
const SECOND_GOP_S: f64 = 0.16;
const THIRD_GOP_S: f64 = 0.32;

fn query() -> String {
    format!("asset_start_time={SECOND_GOP_S}&asset_end_time={THIRD_GOP_S}")
}

#[tokio::test]
async fn a_part_has_the_bytes_of_the_clip() {
    let theatre = Theatre::new().await;
    let film = theatre.film().await;
    let (id, clip) = (film.playback[0].id, theatre.clip(film.id, 160, 320).await.playback[0].id);
    let found = walk(&theatre, &format!("/{id}.m3u8?{}", query()), &[]).await;
    let part = format!("/{id}/p5/160000-320000/");
    assert!(found.len() >= 6 && found.iter().all(|path| path.starts_with(&part)), "{found:?}");
    let all = format!("/{clip}/p5/all/");
    for path in &found {
        let (of_part, of_clip) = (theatre.get(path).await, theatre.get(&path.replace(&part, &all)).await);
        assert!(of_part.body == of_clip.body, "{path}");
        assert_ne!(of_part.etag, of_clip.etag);
        let whole = theatre.get(&path.replace(&part, &format!("/{id}/p5/all/"))).await;
        assert_ne!(of_part.etag, whole.etag, "{path}");
    }
    let file = theatre.get(&format!("/{id}/highest.mp4?{}", query())).await;
    assert!(file.body == theatre.get(&format!("/{clip}/highest.mp4")).await.body);
    // Beyond the part there is nothing.
    assert_eq!(theatre.get(&format!("{part}video/1.m4s")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn times_go_to_the_nearest_frame_and_not_past_the_end() {
    let theatre = Theatre::new().await;
    let id = theatre.film().await.playback[0].id;
    let scope = async |query: &str| {
        let answer = theatre.get(&format!("/{id}.m3u8?{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{query}: {}", answer.text());
        let (_, after) = answer.text().split_once("/p5/").unwrap();
        after.split_once('/').unwrap().0.to_owned()
    };
    assert_eq!(scope("asset_start_time=0.17&asset_end_time=0.31").await, "160000-320000");
    assert_eq!(scope("asset_start_time=0.16").await, "160000-400000");
    assert_eq!(scope("asset_start_time=0.16&asset_end_time=99").await, "160000-400000");
    for all in ["", "asset_start_time=0", "asset_end_time=0.4", "asset_start_time=0.01&asset_end_time=1e6"] {
        assert_eq!(scope(all).await, "all", "{all}");
    }
    for (query, why) in [
        ("asset_start_time=0.4", "lasts only"),
        ("asset_start_time=7", "lasts only"),
        ("asset_start_time=0.161&asset_end_time=0.165", "No frame"),
        ("asset_start_time=0.3&asset_end_time=0.2", "asset_end_time"),
        ("asset_start_time=-1", "asset_start_time"),
    ] {
        let answer = theatre.get(&format!("/{id}.m3u8?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(answer.text().contains(why), "{query}: {}", answer.text());
    }
    for path in ["p5/400000-500000/video.m3u8", "p5/160000-160001/video.m3u8"] {
        assert_eq!(theatre.get(&format!("/{id}/{path}")).await.status, StatusCode::BAD_REQUEST, "{path}");
    }
    for path in ["p5/320000-160000/video.m3u8", "p5/0160000-320000/video.m3u8", "p5/x/video.m3u8"] {
        assert_eq!(theatre.get(&format!("/{id}/{path}")).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_token_for_a_part_opens_that_part() {
    let theatre = Theatre::new().await;
    let owner = Owner::new(&theatre).await;
    let id = theatre.film_for(Policy::Signed).await.playback[0].id;
    let claims = json!({"asset_start_time": SECOND_GOP_S, "asset_end_time": THIRD_GOP_S.to_string()});
    let token = owner.token(id, "v", claims);
    // What stands beside the token widens nothing.
    let top = format!("/{id}.m3u8?token={token}&asset_start_time=0&asset_end_time=99");
    let found = walk(&theatre, &top, &[]).await;
    let part = format!("/{id}/p5/160000-320000.");
    assert!(found.len() >= 6 && found.iter().all(|path| path.starts_with(&part)), "{found:?}");
    for path in found {
        for other in ["all", "0-320000", "160000-400000", "160000-320001"] {
            let wider = path.replace("/160000-320000.", &format!("/{other}."));
            assert_eq!(theatre.get(&wider).await.status, StatusCode::FORBIDDEN, "{wider}");
        }
        let bare =
            format!("/{id}/p5/160000-320000/{}", path.split('/').skip(4).collect::<Vec<_>>().join("/"));
        assert_eq!(theatre.get(&bare).await.status, StatusCode::FORBIDDEN, "{bare}");
    }
    // Nor does the session of a whole open a part of it: what is signed is what is opened.
    let whole = walk(&theatre, &format!("/{id}.m3u8{}", owner.query(id)), &[]).await;
    let segment = whole.iter().find(|path| path.ends_with("video/0.m4s")).unwrap();
    let altered = segment.replace("/all.", "/160000-320000.");
    assert_eq!(theatre.get(&altered).await.status, StatusCode::FORBIDDEN, "{altered}");
    // A file is of the part too, and a picture of none.
    let clip = theatre.get(&format!("/{id}/highest.mp4?token={token}")).await;
    let all = theatre.get(&format!("/{id}/highest.mp4{}", owner.query(id))).await;
    assert!(clip.status == StatusCode::OK && clip.body.len() < all.body.len());
}

#[tokio::test]
async fn a_part_outlives_the_move_of_its_samples() {
    let theatre = Theatre::new().await;
    let film = theatre.film().await;
    let id = theatre.clip(film.id, 160, 400).await.playback[0].id;
    let found = walk(&theatre, &format!("/{id}.m3u8?asset_end_time=0.16"), &[]).await;
    let mut before = Vec::new();
    for path in found {
        before.push((theatre.get(&path).await, path));
    }
    theatre.delete(film.id).await;
    for (answer, path) in before {
        assert_eq!(theatre.get(&path).await, answer, "{path}");
    }
}
