//! Sounds beside the first: in one transaction with what plays them, kept by clips, gone when nobody plays them.

use std::time::Duration;

use subclip_app::{FirstSound, Kind, NewSound, SoundChange, SoundLabels, SoundTrack, Status};
use subclip_core::AssetId;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::bench::{Bench, THREE_GOPS};

/// A host that sends the film to everybody; its sound is what is wanted of it.
async fn host() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/dubbed.mp4", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut asked = [0; 4096];
            let _ = stream.read(&mut asked).await;
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", THREE_GOPS.len());
            let _ = stream.write_all(&[head.as_bytes(), THREE_GOPS].concat()).await;
        }
    });
    url
}

fn asked(url: &str, language: &str, name: Option<&str>) -> NewSound {
    let (language, name) = (Some(language.to_owned()), name.map(str::to_owned));
    NewSound { labels: SoundLabels { language, name, passthrough: None }, url: url.to_owned() }
}

/// The sounds of an asset beside the first, once they are settled.
async fn settled(bench: &Bench, id: AssetId) -> Vec<SoundTrack> {
    loop {
        let found = bench.app.assets().get(&bench.caller, id).await.unwrap().sounds;
        if found.iter().all(|sound| sound.status != Status::Preparing) {
            return found;
        }
        let _ = tokio::time::timeout(Duration::from_millis(100), bench.app.changed()).await;
    }
}

/// The numbers and names of what viewers may choose.
async fn offered(bench: &Bench, id: AssetId) -> Vec<(u32, String)> {
    let asset = bench.app.assets().get(&bench.caller, id).await.unwrap();
    let playable = bench.app.playable(asset.playback[0].id).await.unwrap();
    let offered = |sound: &subclip_app::PlayedSound| (sound.number, sound.name.clone());
    let sounds = playable.sounds.iter();
    sounds
        .inspect(|sound| assert!(playable.view.timeline.sound(sound.number).is_some()))
        .map(offered)
        .collect()
}

fn told(expected: &[(u32, &str)]) -> Vec<(u32, String)> {
    expected.iter().map(|(number, name)| (*number, (*name).to_owned())).collect()
}

#[tokio::test]
async fn a_sound_comes_is_renamed_and_goes() {
    let (bench, url) = (Bench::open_to_private_addresses().await, host().await);
    let _workers = bench.workers().await;
    let asset = bench.source().await;
    let sounds = bench.app.sound_tracks();
    let made = sounds.ask(&bench.caller, asset, &asked(&url, "de", None)).await.unwrap();
    assert_eq!((made.status, made.name.as_str()), (Status::Preparing, "German"));
    let ready = settled(&bench, asset).await;
    assert_eq!(
        (ready[0].status, ready[0].sample_rate),
        (Status::Ready, Some(48_000)),
        "{:?}",
        ready[0].failure
    );
    assert_eq!(offered(&bench, asset).await, told(&[(1, "Default"), (2, "German")]));

    for (labels, why) in
        [(asked(&url, "fr", Some("German")), "name of its own"), (asked(&url, "?", None), "tag")]
    {
        let refused = sounds.ask(&bench.caller, asset, &labels).await.unwrap_err();
        assert!(refused.kind == Kind::Invalid && refused.message.contains(why), "{refused}");
    }
    let change = SoundChange { name: Some("Deutsch".into()), ..SoundChange::default() };
    assert_eq!(sounds.update(&bench.caller, asset, made.id, change).await.unwrap().name, "Deutsch");
    assert_eq!(offered(&bench, asset).await, told(&[(1, "Default"), (2, "Deutsch")]));
    let default = SoundChange { name: Some("Default".into()), ..SoundChange::default() };
    assert_eq!(sounds.update(&bench.caller, asset, made.id, default).await.unwrap_err().kind, Kind::Invalid);

    let stored = bench.stored().len();
    sounds.delete(&bench.caller, asset, made.id).await.unwrap();
    bench.app.collect_garbage().await.unwrap();
    assert_eq!(offered(&bench, asset).await, told(&[(1, "Default")]));
    assert!(bench.stored().len() < stored, "what nobody plays is gone");
    assert_eq!(sounds.delete(&bench.caller, asset, made.id).await.unwrap_err().kind, Kind::NotFound);
    sounds.ask(&bench.caller, asset, &asked(&url, "de", None)).await.unwrap();
    settled(&bench, asset).await;
    assert_eq!(offered(&bench, asset).await, told(&[(1, "Default"), (3, "German")]), "never numbered alike");
}

#[tokio::test]
async fn clips_keep_the_sounds_of_a_source_that_goes() {
    let (bench, url) = (Bench::open_to_private_addresses().await, host().await);
    let _workers = bench.workers().await;
    let asset = bench.source().await;
    for (language, name) in [("de", "Deutsch"), ("fr", "Français")] {
        let new = asked(&url, language, Some(name));
        bench.app.sound_tracks().ask(&bench.caller, asset, &new).await.unwrap();
    }
    let of_source = settled(&bench, asset).await;
    bench.app.sound_tracks().delete(&bench.caller, asset, of_source[0].id).await.unwrap();
    let clip = bench.clip(asset, 160, 400).await.unwrap();
    let inner = bench.clip(clip.id, 0, 160).await.unwrap();
    for id in [clip.id, inner.id] {
        assert_eq!(bench.settled(id).await.status, Status::Ready);
        let sounds = settled(&bench, id).await;
        assert_eq!(sounds.iter().map(|sound| sound.name.as_str()).collect::<Vec<_>>(), ["Français"]);
        assert_ne!(sounds[0].id, of_source[1].id);
    }
    let expected = told(&[(1, "Default"), (2, "Français")]);
    assert_eq!(offered(&bench, clip.id).await, expected);
    bench.delete(asset).await;
    bench.delete(clip.id).await;
    assert_eq!(offered(&bench, inner.id).await, expected);
    let playable = bench.app.playable(inner.playback[0].id).await.unwrap();
    let sound = &playable.view.timeline.sound(2).unwrap()[0];
    assert!(sound.end() <= playable.view.timeline.duration(), "none of it lies outside");
    bench.delete(inner.id).await;
    assert_eq!(bench.stored(), [], "nothing is left of what nobody plays");
}

#[tokio::test]
async fn the_first_sound_has_a_name_that_no_other_gets() {
    let (bench, url) = (Bench::open_to_private_addresses().await, host().await);
    let _workers = bench.workers().await;
    let mut new = subclip_app::NewAsset { policies: vec![subclip_app::Policy::Public], ..Default::default() };
    new.settings.sound = FirstSound { language: Some("en".into()), name: None };
    new.settings.sounds = vec![asked(&url, "en", None), asked(&url, "de", None)];
    let asset = bench.app.assets().create_from_url(&bench.caller, &url, new.clone()).await.unwrap().id;
    assert_eq!(bench.settled(asset).await.status, Status::Ready);
    settled(&bench, asset).await;
    let expected = told(&[(1, "English"), (2, "English 2"), (3, "German")]);
    assert_eq!(offered(&bench, asset).await, expected);
    let clip = bench.clip(asset, 0, 160).await.unwrap();
    assert_eq!(bench.settled(clip.id).await.status, Status::Ready);
    assert_eq!(offered(&bench, clip.id).await, expected, "a clip's sounds are called like its source's");
    new.settings.sounds.push(asked(&url, "de", Some("English")));
    let refused = bench.app.assets().create_from_url(&bench.caller, &url, new).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Invalid);
}

#[tokio::test]
async fn a_sound_that_can_not_be_had_is_told_of_and_leaves_nothing() {
    let bench = Bench::open_to_private_addresses().await;
    let _workers = bench.workers().await;
    let asset = bench.source().await;
    let before = bench.stored();
    let new = asked("http://127.0.0.1:1/gone", "de", None);
    let closed = Bench::new().await;
    let _closed_workers = closed.workers().await;
    let there = closed.source().await;
    closed.app.sound_tracks().ask(&closed.caller, there, &new).await.unwrap();
    let failed = settled(&closed, there).await;
    assert_eq!(failed[0].status, Status::Errored, "private addresses are closed to it");
    assert_eq!(offered(&closed, there).await, told(&[(1, "Default")]));
    let made = bench.app.sound_tracks().ask(&bench.caller, asset, &new).await.unwrap();
    bench.app.sound_tracks().delete(&bench.caller, asset, made.id).await.unwrap();
    bench.app.collect_garbage().await.unwrap();
    assert_eq!(bench.stored(), before);
}
