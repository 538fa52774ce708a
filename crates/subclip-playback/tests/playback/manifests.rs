//! DASH manifests beside playlists, and key pictures alone: what they lead to, and for whom.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use bytes::Bytes;
use serde_json::json;
use subclip_app::Policy;

use crate::signed::{Owner, walk};
use crate::theatre::Theatre;

/// The value of each attribute of this name, in order.
fn values<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let before = format!(" {name}=\"");
    text.split(&before).skip(1).map(|rest| rest.split_once('"').unwrap().0).collect()
}

/// Every path that the manifest of an id leads to, which must all play: those of its inits and of as many segments as it
/// tells the times of.
async fn led_to(theatre: &Theatre, path: &str) -> BTreeSet<String> {
    let answer = theatre.get(path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    assert_eq!(answer.content_type.as_deref(), Some("application/dash+xml"));
    assert_eq!(answer.cache_control.as_deref(), Some("public, no-cache"));
    let mut found = BTreeSet::new();
    for set in answer.text().split("<AdaptationSet ").skip(1) {
        let (_, forms) = set.split_once("</SegmentTemplate>").unwrap();
        let repeats: usize = values(set, "r").iter().map(|count| count.parse::<usize>().unwrap()).sum();
        let first: usize = values(set, "startNumber")[0].parse().unwrap();
        for id in values(forms, "id") {
            let named = |template: &str| format!("/{}", template.replace("$RepresentationID$", id));
            found.insert(named(values(set, "initialization")[0]));
            for number in first..first + set.matches("<S ").count() + repeats {
                found.insert(named(&values(set, "media")[0].replace("$Number$", &number.to_string())));
            }
        }
    }
    for path in &found {
        assert_eq!(theatre.get(path).await.status, StatusCode::OK, "{path}");
    }
    found
}

/// The media that an id's playlists lead to, but for key pictures alone.
async fn played(theatre: &Theatre, path: &str) -> BTreeSet<String> {
    let found = walk(theatre, path, &[]).await.into_iter();
    found.filter(|path| !path.contains(".m3u8") && !path.contains("/keys/")).collect()
}

#[tokio::test]
async fn a_manifest_leads_to_what_playlists_lead_to() {
    let theatre = Theatre::new().await;
    let film = theatre.film().await;
    let clip = theatre.clip(film.id, 160, 400).await.playback[0].id;
    let id = film.playback[0].id;
    for (id, query) in [(id, ""), (clip, ""), (id, "?asset_start_time=0.16&asset_end_time=0.32")] {
        for join in ["", "one-init", "discontinuity"] {
            let query =
                if query.is_empty() { format!("?join={join}") } else { format!("{query}&join={join}") };
            let found = led_to(&theatre, &format!("/{id}.mpd{query}")).await;
            assert!(found.len() >= 4, "{found:?}");
            assert_eq!(found, played(&theatre, &format!("/{id}.m3u8{query}")).await);
        }
    }
    let text = theatre.get(&format!("/{id}.mpd")).await;
    assert_eq!(values(text.text(), "mediaPresentationDuration"), ["PT0.4S"]);
    let told = theatre.get(&format!("/{clip}.mpd")).await;
    assert_eq!(values(told.text(), "mediaPresentationDuration"), ["PT0.24S"]);
    assert_ne!(text.etag, told.etag);
}

#[tokio::test]
async fn a_token_opens_the_manifest_of_its_id() {
    let theatre = Theatre::new().await;
    let owner = Owner::new(&theatre).await;
    let film = theatre.film_for(Policy::Signed).await;
    let id = film.playback[0].id;
    let clip = theatre.clip_for(Policy::Signed, film.id, 160, 320).await.playback[0].id;
    for id in [id, clip] {
        let found = led_to(&theatre, &format!("/{id}.mpd{}", owner.query(id))).await;
        let session = format!("/{id}/p5/all.");
        assert!(found.iter().all(|path| path.starts_with(&session)), "{found:?}");
    }
    let part = owner.token(id, "v", json!({"asset_end_time": 0.16}));
    let found = led_to(&theatre, &format!("/{id}.mpd?token={part}")).await;
    assert!(found.iter().all(|path| path.starts_with(&format!("/{id}/p5/0-160000."))), "{found:?}");
    for query in ["".to_owned(), owner.query(clip), format!("?token={}", owner.token(id, "t", json!({})))] {
        assert_eq!(theatre.get(&format!("/{id}.mpd{query}")).await.status, StatusCode::FORBIDDEN, "{query}");
    }
}

#[tokio::test]
async fn what_has_no_manifest_says_so() {
    let theatre = Theatre::new().await;
    let id = theatre.film().await.playback[0].id;
    for (path, status) in [
        ("/x.mpd".to_owned(), StatusCode::BAD_REQUEST),
        (format!("/{id}.mpd?join=x"), StatusCode::BAD_REQUEST),
        (format!("/{id}.mpd?asset_start_time=9"), StatusCode::BAD_REQUEST),
        (format!("/{id}.m3u8.mpd"), StatusCode::NOT_FOUND),
        (format!("/{id}.mpd.m3u8"), StatusCode::NOT_FOUND),
        ("/0000000000000000000000.mpd".to_owned(), StatusCode::NOT_FOUND),
    ] {
        assert_eq!(theatre.get(&path).await.status, status, "{path}");
    }
}

/// What follows the header of the `mdat` box.
fn media(segment: &Bytes) -> &[u8] {
    let at = segment.windows(4).position(|four| four == b"mdat").unwrap();
    &segment[at + 4..]
}

#[tokio::test]
async fn key_pictures_are_those_of_the_timeline() {
    let theatre = Theatre::new().await;
    let film = theatre.film().await;
    let clip = theatre.clip(film.id, 160, 320).await.playback[0].id;
    let mut seen = Vec::new();
    for (id, length) in [(film.playback[0].id, "0.400000"), (clip, "0.160000")] {
        let list = theatre.get(&format!("/{id}/p5/all/keys.m3u8")).await;
        // The others come less than half a second later.
        let entry =
            format!("#EXT-X-MAP:URI=\"video/init.mp4\"\n#EXTINF:{length},\nkeys/0.m4s\n#EXT-X-ENDLIST\n");
        assert!(
            list.text().contains("#EXT-X-I-FRAMES-ONLY") && list.text().ends_with(&entry),
            "{}",
            list.text()
        );
        let apart = theatre.get(&format!("/{id}/p5/all/keys.m3u8?join=discontinuity")).await;
        assert!(apart.text().contains("\nkeys/split-0.m4s\n"), "{}", apart.text());
        let whole = theatre.get(&format!("/{id}/p5/all/video/0.m4s")).await.body;
        for name in ["0.m4s", "split-0.m4s"] {
            let key = theatre.get(&format!("/{id}/p5/all/keys/{name}")).await.body;
            let (picture, all) = (media(&key), media(&whole));
            assert!(all.starts_with(picture) && !picture.is_empty() && picture.len() < all.len());
            seen.push(key);
        }
        for beyond in ["1.m4s", "split-1.m4s", "00.m4s", "-1.m4s", "x"] {
            let path = format!("/{id}/p5/all/keys/{beyond}");
            assert_eq!(theatre.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    assert_ne!(media(&seen[0]), media(&seen[2]), "a clip's first picture is its own");
}
