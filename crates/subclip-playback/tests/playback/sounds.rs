//! Sounds beside the first: named, played under addresses of their own, and no part of anything else.

use axum::http::StatusCode;
use subclip_app::Asset;
use subclip_core::{Alternate, SoundTrackId};
use subclip_db::sound_track::{self, SoundTrack, Status};
use subclip_db::span;

use crate::signed::walk;
use crate::theatre::Theatre;

impl Theatre {
    /// A film with its own sound as another, from its second packet on.
    async fn film_with_alternate(&self, number: u32, name: &str) -> Asset {
        let film = self.film().await;
        self.add_alternate(&film, number, name).await;
        film
    }

    async fn add_alternate(&self, film: &Asset, number: u32, name: &str) {
        let mut spans = self.app.playable(film.playback[0].id).await.unwrap().view.timeline.audio.clone();
        let packet = 1024;
        spans[0].samples.start += 1;
        (spans[0].at, spans[0].duration) = (spans[0].at + packet, spans[0].duration - packet);
        let row = SoundTrack {
            id: SoundTrackId::from_bytes([number as u8; 16]),
            asset: film.id,
            number,
            language: "de".into(),
            name: name.into(),
            passthrough: None,
            status: Status::Ready,
            channels: Some(1),
            sample_rate: Some(48_000),
            error_kind: None,
            error_message: None,
            request: serde_json::Value::Null,
            created_ms: 0,
            updated_ms: 0,
        };
        let tx = self.db.begin().await.unwrap();
        sound_track::insert(&tx, &row).await.unwrap();
        span::add_alternate(&tx, film.id, &Alternate { number, spans }).await.unwrap();
        tx.commit().await.unwrap();
        self.app.forget_playable(film.playback[0].id).await;
    }
}

fn media_lines(playlist: &str) -> Vec<&str> {
    playlist.lines().filter(|line| line.starts_with("#EXT-X-MEDIA:TYPE=AUDIO")).collect()
}

#[tokio::test]
async fn every_sound_is_named_and_played() {
    let theatre = Theatre::new().await;
    let id = theatre.film_with_alternate(2, "Deutsch").await.playback[0].id;
    let top = theatre.get(&format!("/{id}.m3u8")).await;
    let lines = media_lines(top.text());
    assert_eq!(lines.len(), 2, "{lines:?}");
    for (line, words) in lines.iter().zip([
        ["NAME=\"Default\"", "DEFAULT=YES", "/audio.m3u8?"],
        ["NAME=\"Deutsch\",LANGUAGE=\"de\"", "DEFAULT=NO", "/audio-2.m3u8?"],
    ]) {
        assert!(words.iter().all(|word| line.contains(word)), "{line}");
    }
    let found = walk(&theatre, &format!("/{id}.m3u8"), &[]).await;
    let of_sound = |name: &str| found.iter().filter(|path| path.contains(name)).count();
    assert!(of_sound("/audio-2/") > 0 && of_sound("/audio-2/") == of_sound("/audio/"), "{found:?}");
    for path in &found {
        assert_eq!(theatre.get(path).await.status, StatusCode::OK, "{path}");
    }
    let (first, other) = ("audio/0.m4s", "audio-2/0.m4s");
    let body = async |name: &str| theatre.get(&format!("/{id}/p5/all/{name}")).await.body;
    assert!(body(other).await.len() < body(first).await.len(), "it has a packet less");
    for missing in ["audio-3.m3u8", "audio-3/0.m4s", "audio-1/0.m4s", "audio-02/0.m4s", "audio-2/split-0.m4s"]
    {
        assert_eq!(
            theatre.get(&format!("/{id}/p5/all/{missing}")).await.status,
            StatusCode::NOT_FOUND,
            "{missing}"
        );
    }
    let manifest = theatre.get(&format!("/{id}.mpd")).await;
    for words in
        ["<Label>Default</Label>", "<Label>Deutsch</Label>", "id=\"audio-2\"", "lang=\"de\"", "alternate"]
    {
        assert!(manifest.text().contains(words), "{words}: {}", manifest.text());
    }
}

#[tokio::test]
async fn a_sound_that_comes_changes_nothing_of_the_others() {
    let theatre = Theatre::new().await;
    let film = theatre.film().await;
    let id = film.playback[0].id;
    let top = format!("/{id}.m3u8");
    let mut before = Vec::new();
    for path in walk(&theatre, &top, &[]).await {
        before.push((theatre.get(&path).await, path));
    }
    let (file, plain) = (format!("/{id}/highest.mp4"), theatre.get(&top).await);
    let film_before = theatre.get(&file).await;
    theatre.add_alternate(&film, 2, "Deutsch").await;
    for (answer, path) in &before {
        assert_eq!(theatre.get(path).await, *answer, "{path}");
    }
    assert_eq!(theatre.get(&file).await, film_before, "files have the first sound");
    let with_one = theatre.get(&top).await;
    assert_ne!(with_one.etag, plain.etag);
    theatre.add_alternate(&film, 5, "Français").await;
    let with_two = theatre.get(&top).await;
    assert_eq!(media_lines(with_two.text()).len(), 3);
    assert_ne!(with_two.etag, with_one.etag);
}

#[tokio::test]
async fn a_part_has_its_part_of_every_sound() {
    let theatre = Theatre::new().await;
    let film = theatre.film_with_alternate(2, "Deutsch").await;
    let id = film.playback[0].id;
    let part = "asset_start_time=0.16&asset_end_time=0.32";
    let found = walk(&theatre, &format!("/{id}.m3u8?{part}"), &[]).await;
    let sounds: Vec<_> = found.iter().filter(|path| path.contains("/audio-2/")).collect();
    assert!(!sounds.is_empty(), "{found:?}");
    for path in sounds {
        assert!(path.contains("/160000-320000/"), "{path}");
        // Both sounds are of the same packets here.
        let of_first = theatre.get(&path.replace("/audio-2/", "/audio/")).await;
        assert!(theatre.get(path).await.body == of_first.body, "{path}");
    }
    let clip = theatre.clip(film.id, 160, 320).await;
    let clip_top = theatre.get(&format!("/{}.m3u8", clip.playback[0].id)).await;
    assert_eq!(media_lines(clip_top.text()).len(), 2);
    theatre.delete(film.id).await;
    for path in walk(&theatre, &format!("/{}.m3u8", clip.playback[0].id), &[]).await {
        assert_eq!(theatre.get(&path).await.status, StatusCode::OK, "{path}");
    }
}
