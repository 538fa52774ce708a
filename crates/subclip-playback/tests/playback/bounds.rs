//! The highest quality that a token opens, wherever pictures are fetched.

use axum::http::StatusCode;
use serde_json::json;
use subclip_app::Policy;
use subclip_core::PlaybackId;

use crate::signed::Owner;
use crate::theatre::Theatre;

/// A session that a token with this bound begins, and what its playlist says.
async fn opened(theatre: &Theatre, owner: &Owner, id: PlaybackId, bound: &str) -> (String, String) {
    let token = owner.token(id, "v", json!({"max_resolution": bound}));
    let text = theatre.get(&format!("/{id}.m3u8?token={token}")).await.text().to_owned();
    let (_, after) = text.split_once("/p5/all.").unwrap();
    let session = after.split_once('/').unwrap().0.to_owned();
    (session, text)
}

#[tokio::test]
async fn a_bound_in_a_token_is_kept_everywhere() {
    let theatre = Theatre::new().await;
    let owner = Owner::new(&theatre).await;
    let id = theatre.film_of_many_lines(Policy::Signed).await.playback[0].id;
    let status = async |path: &str| theatre.get(path).await.status;
    let above = [
        "video.m3u8",
        "video.m3u8?join=discontinuity",
        "video/init.mp4",
        "video/split-init.mp4",
        "video/init-0.mp4",
        "video/0.m4s",
        "video/split-0.m4s",
        "video/99.m4s",
        "keys.m3u8",
        "keys/0.m4s",
        "2160p.m3u8",
        "480p/init.mp4",
        "480p/0.m4s",
    ];
    let within = ["audio.m3u8", "audio/init.mp4", "audio/0.m4s"];

    let (session, text) = opened(&theatre, &owner, id, "360p").await;
    assert!(session.contains(".-.360p."), "{session}");
    assert!(text.contains("/360p.m3u8") && !text.contains("/video.m3u8"), "{text}");
    assert!(!text.contains("I-FRAME"), "key pictures have all lines: {text}");
    for name in above {
        let answer = theatre.get(&format!("/{id}/p5/all.{session}/{name}")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}");
        assert!(answer.text().contains("This playback id needs a valid token."), "{}", answer.text());
    }
    for name in within {
        assert_eq!(status(&format!("/{id}/p5/all.{session}/{name}")).await, StatusCode::OK, "{name}");
    }
    // Let in; but nothing here makes lower qualities.
    let lower = status(&format!("/{id}/p5/all.{session}/360p.m3u8")).await;
    assert_eq!(lower, StatusCode::SERVICE_UNAVAILABLE);
    let token = |bound| owner.token(id, "v", json!({"max_resolution": bound}));
    let manifest = theatre.get(&format!("/{id}.mpd?token={}", token("360p"))).await;
    assert_eq!(manifest.status, StatusCode::SERVICE_UNAVAILABLE, "{}", manifest.text());
    let manifest = theatre.get(&format!("/{id}.mpd?token={}", token("1080p"))).await;
    assert!(manifest.text().contains("id=\"video\""), "{}", manifest.text());
    for (file, bound, expected) in [
        ("highest.mp4", "480p", StatusCode::FORBIDDEN),
        ("540p.mp4", "480p", StatusCode::FORBIDDEN),
        ("capped-1080p.mp4", "480p", StatusCode::FORBIDDEN),
        ("360p.mp4", "480p", StatusCode::NOT_FOUND),
        ("audio.m4a", "270p", StatusCode::OK),
        ("highest.mp4", "540p", StatusCode::OK),
        ("highest.mp4", "2160p", StatusCode::OK),
        ("highest.mp4", "most", StatusCode::BAD_REQUEST),
    ] {
        let path = format!("/{id}/{file}?token={}", token(bound));
        assert_eq!(status(&path).await, expected, "{file} within {bound}");
    }

    // One that bounds nothing that is there refuses nothing.
    let (session, text) = opened(&theatre, &owner, id, "1080p").await;
    assert!(text.contains("/video.m3u8") && text.contains("I-FRAME"), "{text}");
    for name in ["video.m3u8", "video/0.m4s", "keys/0.m4s"] {
        assert_eq!(status(&format!("/{id}/p5/all.{session}/{name}")).await, StatusCode::OK, "{name}");
    }
    // Where nothing is that low, the lowest there is plays.
    let (session, text) = opened(&theatre, &owner, id, "270p").await;
    assert!(text.contains("/360p.m3u8") && !text.contains("/video.m3u8"), "{text}");
    assert_eq!(status(&format!("/{id}/p5/all.{session}/360p.m3u8")).await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(status(&format!("/{id}/p5/all.{session}/video.m3u8")).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_bound_can_be_neither_raised_nor_dropped_nor_asked_for_beside_a_token() {
    let theatre = Theatre::new().await;
    let owner = Owner::new(&theatre).await;
    let id = theatre.film_of_many_lines(Policy::Signed).await.playback[0].id;
    let (session, _) = opened(&theatre, &owner, id, "480p").await;
    let (again, _) = opened(&theatre, &owner, id, "480p").await;
    assert_eq!(session, again, "cached for all with the same rights");
    for altered in [session.replace(".480p.", ".540p."), session.replace(".480p.", ".")] {
        for name in ["video/0.m4s", "360p.m3u8"] {
            let status = theatre.get(&format!("/{id}/p5/all.{altered}/{name}")).await.status;
            assert_eq!(status, StatusCode::FORBIDDEN, "{altered}");
        }
    }
    // Beside a token, queries neither bound nor order what there is to be had, whatever they say.
    let token = owner.token(id, "v", json!({}));
    let plain = theatre.get(&format!("/{id}.m3u8?token={token}")).await;
    assert!(plain.text().contains("/video.m3u8"), "{}", plain.text());
    for query in [
        "max_resolution=360p",
        "max_resolution=huge",
        "min_resolution=540p",
        "rendition_order=asc",
        "redundant_streams=true",
        "default_subtitles_lang=en",
    ] {
        let answer = theatre.get(&format!("/{id}.m3u8?token={token}&{query}")).await;
        assert_eq!((answer.status, answer.text()), (StatusCode::OK, plain.text()), "{query}");
    }
    // A public id's viewers choose for themselves.
    let open = theatre.film_of_many_lines(Policy::Public).await.playback[0].id;
    let low = theatre.get(&format!("/{open}.m3u8?max_resolution=480p")).await;
    assert!(!low.text().contains("/video.m3u8") && !low.text().contains("I-FRAME"), "{}", low.text());
    assert_eq!(theatre.get(&format!("/{open}/p5/all/video/0.m4s")).await.status, StatusCode::OK);
}
