//! Playlists of images to wind by: where they are named, and what they name.

use axum::http::StatusCode;
use serde_json::json;
use subclip_app::Policy;

use crate::signed::Owner;
use crate::theatre::Theatre;

const NAMED: &str = "#EXT-X-IMAGE-STREAM-INF:";

/// Where the playlist that a multivariant playlist names lies.
fn named(text: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with(NAMED))?;
    Some(format!("/{}", line.split_once("URI=\"")?.1.strip_suffix('"')?))
}

/// The seconds that the images of a playlist are shown, and where the images lie.
fn shown(text: &str) -> (f64, Vec<&str>) {
    assert!(text.contains("#EXT-X-IMAGES-ONLY\n") && text.ends_with("#EXT-X-ENDLIST\n"), "{text}");
    let seconds = text.lines().filter_map(|line| line.strip_prefix("#EXTINF:")?.strip_suffix(','));
    let seconds = seconds.map(|text| text.parse::<f64>().unwrap()).sum();
    (seconds, text.lines().filter(|line| !line.starts_with('#')).collect())
}

#[tokio::test]
async fn images_are_named_where_they_are_asked_for() {
    let theatre = Theatre::new().await;
    let film = theatre.film().await;
    let clip = theatre.clip(film.id, 160, 320).await;
    let (id, clip) = (film.playback[0].id, clip.playback[0].id);
    for without in ["", "?roku_trick_play=false", "?roku_trick_play="] {
        assert_eq!(named(theatre.get(&format!("/{id}.m3u8{without}")).await.text()), None);
    }
    assert_eq!(theatre.get(&format!("/{id}.m3u8?roku_trick_play=1")).await.status, StatusCode::BAD_REQUEST);
    for (path, seconds, scope) in [
        (format!("/{id}.m3u8?roku_trick_play=true"), 0.4, format!("/{id}/p5/all")),
        (format!("/{clip}.m3u8?roku_trick_play=true"), 0.16, format!("/{clip}/p5/all")),
        (
            format!("/{id}.m3u8?roku_trick_play=true&asset_start_time=0.16&asset_end_time=0.32"),
            0.16,
            format!("/{id}/p5/160000-320000"),
        ),
    ] {
        let top = theatre.get(&path).await;
        let plain = theatre.get(&path.replace("=true", "=false")).await;
        assert_ne!(top.etag, plain.etag);
        assert_eq!(
            top.text().lines().filter(|line| !line.starts_with(NAMED)).count(),
            plain.text().lines().count()
        );
        let list = named(top.text()).unwrap();
        assert_eq!(list, format!("{scope}/tiles.m3u8"));
        let answer = theatre.get(&list).await;
        assert_eq!(answer.content_type.as_deref(), Some("application/vnd.apple.mpegurl"));
        let (shown, images) = shown(answer.text());
        assert!((shown - seconds).abs() < 1e-5, "{shown}");
        assert_eq!(images, ["tiles/0.jpg"]);
        for other in ["1.jpg", "00.jpg", "0.png", "-1.jpg", "x.jpg", "4294967295.jpg"] {
            assert_eq!(theatre.get(&format!("{scope}/tiles/{other}")).await.status, StatusCode::NOT_FOUND);
        }
    }
}

#[tokio::test]
async fn a_token_names_them_under_its_session() {
    let theatre = Theatre::new().await;
    let film = theatre.film_for(Policy::Signed).await;
    let owner = Owner::new(&theatre).await;
    let id = film.playback[0].id;
    let token = owner.token(id, "v", json!({ "roku_trick_play": true }));
    let top = theatre.get(&format!("/{id}.m3u8?token={token}")).await;
    assert_eq!(top.status, StatusCode::OK, "{}", top.text());
    let list = named(top.text()).unwrap();
    let answer = theatre.get(&list).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(shown(answer.text()).1, ["tiles/0.jpg"]);
    for path in ["tiles.m3u8", "tiles/0.jpg"] {
        let without = theatre.get(&format!("/{id}/p5/all/{path}")).await;
        assert_eq!(without.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(named(theatre.get(&format!("/{id}.m3u8{}", owner.query(id))).await.text()), None);
}
