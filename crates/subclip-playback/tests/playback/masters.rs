//! Masters: what is fetched by their addresses, and when no more.

use axum::http::StatusCode;
use subclip_app::{Asset, MasterState, Policy};
use subclip_core::AssetId;

use crate::theatre::Theatre;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The path and query of the master of an asset.
async fn address(theatre: &Theatre, id: AssetId) -> String {
    theatre.app.assets().give_master(&theatre.caller, id).await.unwrap();
    loop {
        let asset = theatre.app.assets().get(&theatre.caller, id).await.unwrap();
        if let Some(MasterState::Ready { secret }) = asset.master.map(|master| master.state) {
            return format!("/masters/{id}.mp4?key={secret}");
        }
        let _ = tokio::time::timeout(std::time::Duration::from_millis(50), theatre.app.changed()).await;
    }
}

async fn top(theatre: &Theatre, asset: &Asset) -> bytes::Bytes {
    theatre.get(&format!("/{}/highest.mp4", asset.playback[0].id)).await.body
}

#[tokio::test]
async fn a_master_is_the_whole_file_and_needs_no_playback_id() {
    let theatre = Theatre::new().await;
    let film = theatre.film().await;
    let signed = theatre.film_for(Policy::Signed).await;
    let clip = theatre.clip(film.id, 160, 320).await;
    for asset in [&film, &clip] {
        let path = address(&theatre, asset.id).await;
        let answer = theatre.get(&path).await;
        assert_eq!((answer.status, answer.content_type.as_deref()), (StatusCode::OK, Some("video/mp4")));
        assert!(answer.body == top(&theatre, asset).await, "{path}");
        let kept = answer.cache_control.unwrap();
        assert!(kept.starts_with("private, max-age=86") && kept.ends_with("must-revalidate"), "{kept}");
        assert!(answer.vary.iter().all(|name| !name.contains("User-Agent")), "{:?}", answer.vary);
        let part = theatre.get_as(&path, &[("range", "bytes=4-7")]).await;
        assert_eq!((part.status, part.body), (StatusCode::PARTIAL_CONTENT, answer.body.slice(4..8)));
        let same = theatre.get_as(&path, &[("if-none-match", &answer.etag.unwrap())]).await;
        assert_eq!(same.status, StatusCode::NOT_MODIFIED);
    }
    let path = address(&theatre, signed.id).await;
    assert_eq!(theatre.get(&path).await.status, StatusCode::OK, "no token either");
    // A clip of a film that is deleted while it is given out.
    let path = address(&theatre, clip.id).await;
    let before = theatre.get(&path).await;
    theatre.delete(film.id).await;
    let after = theatre.get(&path).await;
    assert!(after.body == before.body && after.status == StatusCode::OK);
}

#[tokio::test]
async fn an_address_opens_nothing_before_and_after_its_time() {
    let theatre = Theatre::new().await;
    let film = theatre.film().await;
    let id = film.id;
    let early = theatre.get(&format!("/masters/{id}.mp4?key=")).await;
    assert_eq!(early.status, StatusCode::NOT_FOUND);
    let path = address(&theatre, id).await;
    for other in [
        format!("/masters/{id}.mp4"),
        format!("/masters/{id}.mp4?key=x"),
        format!("{path}x"),
        path.replace(".mp4", ".m4a"),
        path.replace(".mp4", ""),
        path.replace(&id.to_string(), "x"),
        path.replace(&id.to_string(), &AssetId::from_bytes([1; 16]).to_string()),
        path.replace(&id.to_string(), &film.playback[0].id.to_string()),
    ] {
        let answer = theatre.get(&other).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{other}");
        assert_eq!(answer.cache_control.as_deref(), Some("no-store"));
    }
    theatre.clock.advance_ms(DAY_MS - 1);
    let late = theatre.get(&path).await;
    assert_eq!(late.status, StatusCode::OK);
    assert_eq!(late.cache_control.as_deref(), Some("private, max-age=0, must-revalidate"));
    theatre.clock.advance_ms(1);
    assert_eq!(theatre.get(&path).await.status, StatusCode::NOT_FOUND);
    let path = address(&theatre, id).await;
    assert_eq!(theatre.get(&path).await.status, StatusCode::OK);
    theatre.app.assets().withdraw_master(&theatre.caller, id).await.unwrap();
    assert_eq!(theatre.get(&path).await.status, StatusCode::NOT_FOUND);
    let path = address(&theatre, id).await;
    theatre.app.assets().delete(&theatre.caller, id).await.unwrap();
    assert_eq!(theatre.get(&path).await.status, StatusCode::NOT_FOUND);
}
