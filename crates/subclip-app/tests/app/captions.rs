//! Captions on their way: what is said of them meanwhile counts, and nobody waits for them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use subclip_app::{Kind, NewText, Status, TextChange, TextForm, TextFrom, TextLabels, TextTrack};
use subclip_core::AssetId;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::bench::Bench;

const CUES: &str = "WEBVTT\n\n00:00.100 --> 00:00.200\nHello\n";

/// A host of these captions, or of whatever is fetched from it, which sends them once it has a permit for that.
pub(crate) struct Host {
    pub(crate) url: String,
    permits: Arc<Semaphore>,
    asked: Arc<Semaphore>,
    left: Arc<Semaphore>,
}

impl Host {
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/captions.vtt", listener.local_addr().unwrap());
        let [permits, asked, left] = std::array::from_fn(|_| Arc::new(Semaphore::new(0)));
        let (gate, seen, gone) = (permits.clone(), asked.clone(), left.clone());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (gate, seen, gone) = (gate.clone(), seen.clone(), gone.clone());
                tokio::spawn(async move {
                    let mut asked = [0; 4096];
                    let _ = stream.read(&mut asked).await;
                    seen.add_permits(1);
                    tokio::select! {
                        permit = gate.acquire() => permit.unwrap().forget(),
                        _ = stream.read(&mut asked) => return gone.add_permits(1),
                    }
                    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{CUES}", CUES.len());
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        Self { url, permits, asked, left }
    }

    /// Waits until somebody asks for the captions.
    pub(crate) async fn is_asked(&self) {
        self.asked.acquire().await.unwrap().forget();
    }

    /// Waits until somebody who was sent nothing yet goes away.
    pub(crate) async fn is_left(&self) {
        let left = tokio::time::timeout(Duration::from_secs(60), self.left.acquire()).await;
        left.expect("it is still waited for").unwrap().forget();
    }

    fn release(&self, times: usize) {
        self.permits.add_permits(times);
    }

    pub(crate) fn text(&self, name: &str) -> NewText {
        let labels =
            TextLabels { language: Some("en".into()), name: Some(name.into()), ..TextLabels::default() };
        NewText { labels, from: TextFrom::Url(self.url.clone()) }
    }
}

async fn texts(bench: &Bench, id: AssetId) -> Vec<TextTrack> {
    bench.app.assets().get(&bench.caller, id).await.unwrap().texts
}

/// The captions of an asset, once they are settled.
async fn settled(bench: &Bench, id: AssetId) -> Vec<TextTrack> {
    loop {
        let found = texts(bench, id).await;
        if found.iter().all(|text| text.status != Status::Preparing) {
            return found;
        }
        let _ = tokio::time::timeout(Duration::from_millis(100), bench.app.changed()).await;
    }
}

/// The cues of the first captions of an asset, as viewers get them.
async fn shown(bench: &Bench, id: AssetId) -> String {
    let asset = bench.app.assets().get(&bench.caller, id).await.unwrap();
    let playable = bench.app.playable(asset.playback[0].id).await.unwrap();
    bench.app.captions_as(&playable, asset.texts[0].id, TextForm::File).await.unwrap()
}

#[tokio::test]
async fn what_is_said_of_captions_on_their_way_counts() {
    let (bench, host) = (Bench::open_to_private_addresses().await, Host::new().await);
    let _workers = bench.workers().await;
    let asset = bench.source().await;
    let tracks = bench.app.text_tracks();
    let made = tracks.ask(&bench.caller, asset, &[host.text("English")]).await.unwrap().remove(0);
    // Of one that follows it, too.
    let clip = bench.clip(asset, 0, 160).await.unwrap();
    let follower = texts(&bench, clip.id).await.remove(0);
    host.is_asked().await;
    for (id, text, name) in [(asset, made.id, "Subtitles"), (clip.id, follower.id, "Of the clip")] {
        let change = TextChange {
            language: Some("en-GB".into()),
            name: Some(name.into()),
            closed_captions: Some(true),
            passthrough: Some(Some("mine".into())),
        };
        tracks.update(&bench.caller, id, text, change).await.unwrap();
    }
    // What it was called so far is another's by the time it comes.
    tracks.ask(&bench.caller, asset, &[host.text("English")]).await.unwrap();
    host.release(2);
    for (id, name) in [(asset, "Subtitles"), (clip.id, "Of the clip")] {
        let text = settled(&bench, id).await.remove(0);
        assert_eq!(text.status, Status::Ready, "{:?}", text.failure);
        assert_eq!((text.name.as_str(), text.language.as_str()), (name, "en-GB"));
        assert_eq!((text.closed_captions, text.passthrough.as_deref()), (true, Some("mine")));
    }
}

#[tokio::test]
async fn captions_that_are_deleted_are_not_waited_for() {
    let (bench, host) = (Bench::open_to_private_addresses().await, Host::new().await);
    let _workers = bench.workers().await;
    let asset = bench.source().await;
    let tracks = bench.app.text_tracks();
    let made = tracks.ask(&bench.caller, asset, &[host.text("English")]).await.unwrap().remove(0);
    host.is_asked().await;
    tracks.delete(&bench.caller, asset, made.id).await.unwrap();
    host.is_left().await;
}

#[tokio::test]
async fn clips_get_their_part_whenever_it_comes() {
    let (bench, host) = (Bench::open_to_private_addresses().await, Host::new().await);
    let _workers = bench.workers().await;
    let [stays, goes] = [bench.source().await, bench.source().await];
    for asset in [stays, goes] {
        bench.app.text_tracks().ask(&bench.caller, asset, &[host.text("English")]).await.unwrap();
        host.is_asked().await;
    }
    let (outer, orphan) =
        (bench.clip(stays, 0, 320).await.unwrap(), bench.clip(goes, 160, 400).await.unwrap());
    assert_eq!(bench.settled(outer.id).await.status, Status::Ready);
    let inner = bench.clip(outer.id, 160, 320).await.unwrap();
    bench.delete(goes).await;
    host.release(3);
    let late = {
        settled(&bench, outer.id).await;
        bench.clip(outer.id, 160, 320).await.unwrap()
    };
    for (id, expected) in [
        (outer.id, "00:00:00.100 --> 00:00:00.200"),
        (inner.id, "00:00:00.000 --> 00:00:00.040"),
        (orphan.id, "00:00:00.000 --> 00:00:00.040"),
        (late.id, "00:00:00.000 --> 00:00:00.040"),
    ] {
        assert_eq!(bench.settled(id).await.status, Status::Ready);
        let text = settled(&bench, id).await.remove(0);
        assert_eq!(text.status, Status::Ready, "{:?}", text.failure);
        assert_eq!(shown(&bench, id).await, format!("WEBVTT\n\n{expected}\nHello\n"));
    }
}

#[tokio::test]
async fn the_captions_of_an_asset_are_bounded_together() {
    let (bench, host) = (Bench::open_to_private_addresses().await, Host::new().await);
    let _workers = bench.workers().await;
    let asset = bench.source().await;
    let line = format!("{}\n", "x".repeat(999));
    let large = format!("WEBVTT\n\n00:00.000 --> 00:00.100\n{}", line.repeat(2_090));
    let add = async |n: usize| {
        let labels = TextLabels { name: Some(format!("Text {n}")), ..TextLabels::default() };
        let bytes = Bytes::from(large.clone());
        bench.app.text_tracks().create_from_bytes(&bench.caller, asset, &labels, bytes).await
    };
    for n in 0..8 {
        add(n).await.unwrap();
    }
    let refused = add(8).await.unwrap_err();
    assert!(refused.kind == Kind::Invalid && refused.message.contains("16777216 bytes"), "{refused}");
    // Small ones fit in, and a clip has as much room as its source.
    bench.app.text_tracks().ask(&bench.caller, asset, &[host.text("English")]).await.unwrap();
    host.release(1);
    assert!(settled(&bench, asset).await.iter().all(|text| text.status == Status::Ready));
    assert_eq!(bench.clip(asset, 0, 160).await.unwrap().texts.len(), 9);
}
