//! Signed playback: tokens, the sessions that playlists make of them, and what neither opens.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use subclip_app::{Caller, Policy};
use subclip_core::{PlaybackId, SigningKeyId, WorkspaceId};
use subclip_db::workspace::{self, Workspace};

use crate::theatre::{START_MS, Theatre};

const PRIVATE: &str = include_str!("../../../subclip-app/tests/keys/p256.pem");
const PUBLIC: &str = include_str!("../../../subclip-app/tests/keys/p256.pub.pem");

/// Signs as its owner does.
pub(crate) struct Owner {
    pub(crate) key: SigningKeyId,
}

impl Owner {
    pub(crate) async fn new(theatre: &Theatre) -> Self {
        Self { key: theatre.app.keys().import(&theatre.caller, PUBLIC).await.unwrap().id }
    }

    /// A token for a minute, with more claims beside the usual ones, or others in their place.
    pub(crate) fn token(&self, id: PlaybackId, audience: &str, more: Value) -> String {
        let mut claims = json!({"sub": id.to_string(), "aud": audience, "exp": START_MS / 1000 + 60});
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let lines: String = PRIVATE.lines().filter(|line| !line.starts_with('-')).collect();
        let key = EncodingKey::from_ec_der(&STANDARD.decode(lines).unwrap());
        let header = Header { kid: Some(self.key.to_string()), ..Header::new(Algorithm::ES256) };
        encode(&header, &claims, &key).unwrap()
    }

    /// The query with a token to play an id.
    pub(crate) fn query(&self, id: PlaybackId) -> String {
        format!("?token={}", self.token(id, "v", json!({})))
    }
}

/// Every path that the playlists of an id lead to, which must all play.
pub(crate) async fn walk(theatre: &Theatre, path: &str, told: &[(&str, &str)]) -> Vec<String> {
    let uris = |text: &str| -> Vec<String> {
        let tagged =
            text.lines().filter_map(|line| line.split_once("URI=\"")?.1.split_once('"').map(|(uri, _)| uri));
        tagged.chain(text.lines().filter(|line| !line.starts_with('#'))).map(str::to_owned).collect()
    };
    let beside = |path: &str, uri: &str| {
        let plain = path.split_once('?').map_or(path, |(plain, _)| plain);
        format!("{}/{uri}", plain.rsplit_once('/').unwrap().0)
    };
    let mut found = Vec::new();
    let top = theatre.get_as(path, told).await;
    assert_eq!(top.status, StatusCode::OK, "{path}: {}", top.text());
    for uri in uris(top.text()) {
        let list = beside(path, &uri);
        let answer = theatre.get_as(&list, told).await;
        assert_eq!(answer.status, StatusCode::OK, "{list}");
        for uri in uris(answer.text()) {
            let media = beside(&list, &uri);
            assert_eq!(theatre.get_as(&media, told).await.status, StatusCode::OK, "{media}");
            found.push(media);
        }
        found.push(list);
    }
    found
}

/// All that can be asked for of an id by a token, with a query behind it.
fn all_of(id: PlaybackId, query: &str) -> Vec<String> {
    ["", ".m3u8", ".mpd", "/highest.mp4", "/audio.m4a", "/thumbnail.jpg"]
        .map(|rest| format!("/{id}{rest}{query}"))
        .to_vec()
}

/// What an id's playlists would lead to were it public.
fn media_of(id: PlaybackId) -> Vec<String> {
    [
        "video.m3u8",
        "audio.m3u8",
        "video/init.mp4",
        "video/0.m4s",
        "video/split-0.m4s",
        "audio/0.m4s",
        "keys.m3u8",
        "keys/0.m4s",
    ]
    .map(|rest| format!("/{id}/p5/all/{rest}"))
    .to_vec()
}

async fn refused(theatre: &Theatre, path: &str) {
    let answer = theatre.get(path).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    assert_eq!(
        answer.text(),
        r#"{"error":{"messages":["This playback id needs a valid token."],"type":"forbidden"}}"#
    );
    assert_eq!(answer.cache_control.as_deref(), Some("no-store"), "{path}");
}

#[tokio::test]
async fn a_token_opens_one_timeline() {
    let theatre = Theatre::new().await;
    let owner = Owner::new(&theatre).await;
    let film = theatre.film_for(Policy::Signed).await;
    let source = film.playback[0].id;
    let clip = theatre.clip_for(Policy::Signed, film.id, 160, 320).await.playback[0].id;
    let other = theatre.clip_for(Policy::Signed, film.id, 0, 160).await.playback[0].id;
    for id in [source, clip, other] {
        for path in all_of(id, "").into_iter().chain(all_of(id, "?token=")).chain(media_of(id)) {
            refused(&theatre, &path).await;
        }
    }
    let query = owner.query(clip);
    let session = format!("/{clip}/p5/all.");
    for top in [
        format!("/{clip}.m3u8{query}"),
        format!("/{clip}{query}"),
        format!("/{clip}.m3u8{query}&join=discontinuity"),
    ] {
        let found = walk(&theatre, &top, &[]).await;
        assert!(found.len() >= 6 && found.iter().all(|path| path.starts_with(&session)), "{found:?}");
        for path in found {
            // What opens the clip opens nothing else.
            for id in [source, other] {
                refused(&theatre, &path.replace(&clip.to_string(), &id.to_string())).await;
            }
        }
    }
    for name in ["/highest.mp4", "/audio.m4a"] {
        assert_eq!(theatre.get(&format!("/{clip}{name}{query}")).await.status, StatusCode::OK, "{name}");
    }
    // What playlists name is opened by what they name, and by no token.
    for path in media_of(clip) {
        refused(&theatre, &format!("{path}{query}")).await;
    }
    for id in [source, other] {
        for path in all_of(id, &query) {
            refused(&theatre, &path).await;
        }
    }
    refused(&theatre, &format!("/{clip}/thumbnail.jpg{query}")).await;
    let picture = owner.token(clip, "t", json!({}));
    for path in all_of(clip, &format!("?token={picture}")).iter().filter(|path| !path.contains("thumbnail")) {
        refused(&theatre, path).await;
    }
}

#[tokio::test]
async fn a_session_ends_with_its_token() {
    let theatre = Theatre::new().await;
    let owner = Owner::new(&theatre).await;
    let id = theatre.film_for(Policy::Signed).await.playback[0].id;
    let top = format!("/{id}.m3u8{}", owner.query(id));
    let found = walk(&theatre, &top, &[]).await;
    let segment = found.iter().find(|path| path.ends_with("m4s")).unwrap();
    let list = found.iter().find(|path| path.contains("m3u8")).unwrap();
    theatre.clock.advance_ms(20_500);
    let kept = async |path: &str| theatre.get(path).await.cache_control.unwrap();
    assert_eq!(kept(segment).await, "public, max-age=39, must-revalidate");
    assert_eq!(
        kept(&format!("/{id}/highest.mp4{}", owner.query(id))).await,
        "public, max-age=39, must-revalidate"
    );
    assert_eq!(kept(list).await, "public, no-cache");
    assert_eq!(kept(&top).await, "public, no-cache");
    theatre.clock.advance_ms(39_499);
    assert_eq!(kept(segment).await, "public, max-age=0, must-revalidate");
    theatre.clock.advance_ms(1);
    for path in found.iter().chain([&top]) {
        refused(&theatre, path).await;
    }
}

#[tokio::test]
async fn sessions_are_not_altered_and_tell_of_nobody() {
    let theatre = Theatre::new().await;
    let owner = Owner::new(&theatre).await;
    let id = theatre.film_for(Policy::Signed).await.playback[0].id;
    let open = theatre.film().await.playback[0].id;
    let session = async |claims| {
        let top = format!("/{id}.m3u8?token={}", owner.token(id, "v", claims));
        let text = theatre.get(&top).await.text().to_owned();
        let (_, after) = text.split_once("/p5/all.").unwrap();
        after.split_once('/').unwrap().0.to_owned()
    };
    let one = session(json!({"viewer": "alice"})).await;
    assert_eq!(one, session(json!({"viewer": "bob", "custom": {"x": 1}})).await, "cached for both");
    let later = session(json!({"exp": START_MS / 1000 + 90})).await;
    let (start, mac) = one.rsplit_once('.').unwrap();
    let (later_start, later_mac) = later.rsplit_once('.').unwrap();
    let reversed: String = mac.chars().rev().collect();
    for altered in [
        format!("{later_start}.{mac}"),
        format!("{start}.{later_mac}"),
        format!("{start}.{reversed}"),
        start.to_owned(),
        format!("{start}."),
        "-".to_owned(),
        "a.b.c.d".to_owned(),
        one.replace(&owner.key.to_string(), &SigningKeyId::from_bytes([3; 16]).to_string()),
    ] {
        refused(&theatre, &format!("/{id}/p5/all.{altered}/video/0.m4s")).await;
        refused(&theatre, &format!("/{id}/p5/all.{altered}/video.m3u8")).await;
        // Nor does a token beside it help.
        refused(&theatre, &format!("/{id}/p5/all.{altered}/video/0.m4s{}", owner.query(id))).await;
    }
    refused(&theatre, &format!("/{open}/p5/all.{one}/video/0.m4s")).await;
    for name in ["highest.mp4", "thumbnail.jpg", "odd", "video/99.m4s", "video/..%2fx", "p5/all/video/0.m4s"]
    {
        let status = theatre.get(&format!("/{id}/p5/all.{one}/{name}")).await.status;
        assert_eq!(status, StatusCode::NOT_FOUND, "{name}");
    }
    // Queries mean nothing there: what is asked for is in the path.
    let path = format!("/{id}/p5/all.{one}/video/0.m4s?asset_start_time=1&token=x");
    assert_eq!(theatre.get(&path).await.status, StatusCode::OK);
}

#[tokio::test]
async fn keys_and_ids_that_are_gone_close_what_they_opened() {
    let theatre = Theatre::new().await;
    let owner = Owner::new(&theatre).await;
    let film = theatre.film_for(Policy::Signed).await;
    let id = film.playback[0].id;
    let top = format!("/{id}.m3u8{}", owner.query(id));
    let found = walk(&theatre, &top, &[]).await;
    let second =
        theatre.app.assets().add_playback(&theatre.caller, film.id, Policy::Signed).await.unwrap().id;
    let of_second = walk(&theatre, &format!("/{second}.m3u8{}", owner.query(second)), &[]).await;
    theatre.app.assets().remove_playback(&theatre.caller, film.id, second).await.unwrap();
    for path in of_second {
        refused(&theatre, &path).await;
    }
    assert_eq!(
        theatre.get(&format!("/{second}.m3u8{}", owner.query(second))).await.status,
        StatusCode::NOT_FOUND
    );
    theatre.app.keys().delete(&theatre.caller, owner.key).await.unwrap();
    for path in found.iter().chain([&top, &format!("/{id}/highest.mp4{}", owner.query(id))]) {
        refused(&theatre, path).await;
    }
}

#[tokio::test]
async fn another_workspaces_key_opens_nothing() {
    let theatre = Theatre::new().await;
    let elsewhere = Workspace { id: WorkspaceId::from_bytes([9; 16]), name: "other".into(), created_ms: 0 };
    workspace::insert(&theatre.db, &elsewhere).await.unwrap();
    let stranger = Caller { workspace: elsewhere.id, may_write: true };
    let owner = Owner { key: theatre.app.keys().import(&stranger, PUBLIC).await.unwrap().id };
    let id = theatre.film_for(Policy::Signed).await.playback[0].id;
    for path in all_of(id, &owner.query(id)) {
        refused(&theatre, &path).await;
    }
    let unknown = Owner { key: SigningKeyId::from_bytes([5; 16]) };
    refused(&theatre, &format!("/{id}.m3u8{}", unknown.query(id))).await;
}

#[tokio::test]
async fn what_counts_is_in_the_token() {
    let theatre = Theatre::new().await;
    let owner = Owner::new(&theatre).await;
    let id = theatre.film_for(Policy::Signed).await.playback[0].id;
    let status = async |path: String| theatre.get(&path).await.status.as_u16();
    let with = |claims: Value| owner.token(id, "v", claims);
    // A query beside the token is passed over, and so is what nobody knows.
    assert_eq!(
        status(format!("/{id}.m3u8{}&asset_start_time=1&max_resolution=720p", owner.query(id))).await,
        200
    );
    assert_eq!(
        status(format!("/{id}.m3u8?token={}", with(json!({"custom": {"a": 1}, "odd": [1]})))).await,
        200
    );
    // A part that can't be is refused, and nobody gets the whole instead.
    for (name, value) in [
        ("asset_start_time", json!(1)),
        ("asset_end_time", json!([2])),
        ("asset_start_time", json!(true)),
        ("asset_end_time", json!(0)),
        ("program_start_time", json!(1_700_000_000)),
        ("program_end_time", json!(1_700_000_000)),
    ] {
        let token = with(json!({name: value}));
        for path in all_of(id, &format!("?token={token}")).iter().filter(|path| !path.contains("thumbnail")) {
            let answer = theatre.get(path).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        }
        let status =
            status(format!("/{id}/thumbnail.jpg?token={}", owner.token(id, "t", json!({name: value})))).await;
        assert_eq!(status == 400, name.starts_with("asset"), "{name}: {status}");
    }
    // A picture that can't be, by the token and not by the query. There is no engine here to make one.
    let picture =
        |claims, query| format!("/{id}/thumbnail.png?token={}{query}", owner.token(id, "t", claims));
    for wrong in [
        json!({"width": 0}),
        json!({"width": 1.5}),
        json!({"latest": true}),
        json!({"rotate": 45}),
        json!({"time": {}}),
    ] {
        assert_eq!(status(picture(wrong.clone(), "")).await, 400, "{wrong}");
    }
    assert_eq!(status(picture(json!({}), "&width=0&format=webp&program_time=1")).await, 503);
    assert_eq!(status(picture(json!({"width": "64", "time": 0.1}), "")).await, 503);
}

#[tokio::test]
async fn a_public_id_takes_no_token() {
    let theatre = Theatre::new().await;
    let owner = Owner::new(&theatre).await;
    let id = theatre.film().await.playback[0].id;
    for path in all_of(id, &owner.query(id)).into_iter().chain(all_of(id, "?token=x")) {
        assert_eq!(theatre.get(&path).await.status, StatusCode::BAD_REQUEST, "{path}");
    }
    let answer = theatre.get(&format!("/{id}/p5/all/video/0.m4s")).await;
    assert_eq!(answer.cache_control.as_deref(), Some("public, max-age=31536000, immutable"));
    assert!(!theatre.get(&format!("/{id}.m3u8")).await.text().contains("p5/all."));
}

#[tokio::test]
async fn maps_of_storyboards_name_pictures_that_open_to_the_same_viewer() {
    let theatre = Theatre::new().await;
    let owner = Owner::new(&theatre).await;
    let film = theatre.film_for(Policy::Signed).await;
    let id = film.playback[0].id;
    let token = owner.token(id, "s", json!({}));
    let map = theatre.get(&format!("/{id}/storyboard.json?token={token}&format=webp")).await;
    assert_eq!(map.status, StatusCode::OK, "{}", map.text());
    let map: Value = serde_json::from_slice(&map.body).unwrap();
    assert_eq!(map["url"], format!("http://subclip.example/{id}/storyboard.webp?token={token}"));
    let text = theatre.get(&format!("/{id}/storyboard.vtt?token={token}")).await;
    let cue = format!("\nhttp://subclip.example/{id}/storyboard.jpg?token={token}#xywh=0,0,");
    assert!(text.text().starts_with("WEBVTT\n") && text.text().contains(&cue), "{}", text.text());
    assert_eq!(text.cache_control.as_deref(), Some("public, no-cache"));
    for (file, audiences) in [
        ("storyboard.vtt", ["v", "t", "g"]),
        ("animated.gif", ["v", "t", "s"]),
        ("thumbnail.jpg", ["v", "g", "s"]),
    ] {
        for audience in audiences {
            let token = owner.token(id, audience, json!({}));
            refused(&theatre, &format!("/{id}/{file}?token={token}")).await;
        }
    }
    let wrong = owner.token(id, "g", json!({"fps": 60}));
    let answer = theatre.get(&format!("/{id}/animated.gif?token={wrong}&fps=10")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "what the token says counts: {}", answer.text());
    let wrong = owner.token(id, "s", json!({"format": "gif"}));
    let answer = theatre.get(&format!("/{id}/storyboard.vtt?token={wrong}&format=jpg")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_public_map_carries_nothing() {
    let theatre = Theatre::new().await;
    let id = theatre.film().await.playback[0].id;
    let map = theatre.get(&format!("/{id}/storyboard.json")).await;
    let map: Value = serde_json::from_slice(&map.body).unwrap();
    assert_eq!(map["url"], format!("http://subclip.example/{id}/storyboard.jpg"));
    // Ten frames in 0.4 s.
    assert_eq!(map["duration"], 0.4);
    let starts: Vec<f64> =
        map["tiles"].as_array().unwrap().iter().map(|tile| tile["start"].as_f64().unwrap()).collect();
    assert_eq!(starts, [0.0, 0.04, 0.08, 0.12, 0.16, 0.2, 0.24, 0.28, 0.32, 0.36]);
}
