//! What is told of, and in which order.

use subclip_app::{
    About, Asset, Event, EventQuery, Kind, NewWebhook, Page, Rendition, RenditionKind, Sent, Status,
};
use subclip_core::EventKind;

use crate::bench::{Bench, THREE_GOPS};
use crate::receiver::{Manner, Receiver};
use crate::strain::odd_event;

/// All events, the oldest first.
async fn all(bench: &Bench) -> Vec<Event> {
    let query = EventQuery { page: Page { limit: 100, ..Page::default() }, ..EventQuery::default() };
    let page = bench.app.events().list(&bench.caller, query).await.unwrap();
    assert_eq!(page.next_cursor, None);
    page.events.into_iter().rev().collect()
}

async fn told(bench: &Bench) -> Vec<&'static str> {
    all(bench).await.iter().map(|event| event.kind.as_str()).collect()
}

async fn told_of(bench: &Bench, asset: subclip_core::AssetId) -> Vec<&'static str> {
    let of_it = |event: &&Event| event.about.subject() == subclip_app::Subject::Asset(asset);
    all(bench).await.iter().filter(of_it).map(|event| event.kind.as_str()).collect()
}

#[tokio::test]
async fn an_upload_and_its_asset_are_told_of_as_they_come_about() {
    let bench = Bench::new().await;
    let workers = bench.workers().await;
    let source = bench.source().await;
    let expected = ["upload.created", "asset.created", "upload.asset_created", "asset.ready"];
    assert_eq!(told(&bench).await, expected);
    let events = all(&bench).await;
    let About::Asset(then) = &events[1].about else { panic!("{:?}", events[1]) };
    assert_eq!((then.id, then.status, then.playback.len()), (source, Status::Preparing, 1));
    let now = bench.app.assets().get(&bench.caller, source).await.unwrap();
    assert_eq!(events[3].about, About::Asset(Box::new(now)), "as it was when it became ready");
    let About::Upload(upload) = &events[2].about else { panic!("{:?}", events[2]) };
    assert_eq!((upload.asset, upload.secret.as_str()), (Some(source), ""));
    let numbers: Vec<u64> = events.iter().map(|event| event.number).collect();
    assert_eq!(numbers, [1, 1, 2, 2]);
    workers.stop().await;
}

#[tokio::test]
async fn changes_and_deletion_are_told_of() {
    let bench = Bench::new().await;
    let workers = bench.workers().await;
    let (source, clip) = bench.clipped().await;
    let assets = bench.app.assets();
    let before = told_of(&bench, clip.id).await;
    assert_eq!(before, ["asset.created", "asset.ready"]);
    assets.update(&bench.caller, clip.id, |settings| settings.title = Some("T".into())).await.unwrap();
    assets.update(&bench.caller, clip.id, |settings| settings.title = Some("T".into())).await.unwrap();
    let added = assets.add_playback(&bench.caller, clip.id, subclip_app::Policy::Public).await.unwrap();
    assets.remove_playback(&bench.caller, clip.id, added.id).await.unwrap();
    assets.remove_playback(&bench.caller, clip.id, added.id).await.unwrap_err();
    assets.delete(&bench.caller, clip.id).await.unwrap();
    assets.delete(&bench.caller, clip.id).await.unwrap_err();
    let after = told_of(&bench, clip.id).await;
    assert_eq!(after[2..], ["asset.updated", "asset.updated", "asset.updated", "asset.deleted"]);
    assert_eq!(told_of(&bench, source).await, ["asset.created", "asset.ready"]);
    let last = all(&bench).await.pop().unwrap();
    let About::Asset(then) = last.about else { panic!("{last:?}") };
    assert_eq!((then.settings.title.as_deref(), then.status), (Some("T"), Status::Ready));
    workers.stop().await;
}

#[tokio::test]
async fn files_that_are_asked_for_are_told_of() {
    let bench = Bench::new().await;
    let workers = bench.workers().await;
    let source = bench.source().await;
    let file = |kind| Rendition::new(kind, None);
    let assets = bench.app.assets();
    let add = async |kind| {
        assets.update(&bench.caller, source, |settings| settings.renditions.push(file(kind))).await.unwrap()
    };
    let ids = |asset: Asset| asset.settings.renditions.into_iter().map(|one| one.id).collect::<Vec<_>>();
    let first = ids(add(RenditionKind::Highest).await);
    let both = ids(add(RenditionKind::AudioOnly).await);
    assert!(!first[0].is_empty() && both[0] == first[0] && !both[1].is_empty() && both[1] != both[0]);
    assets.update(&bench.caller, source, |settings| settings.renditions.clear()).await.unwrap();
    let made = ["rendition.created", "rendition.ready"];
    let expected = [made, made, ["rendition.deleted"; 2]].concat();
    assert_eq!(told_of(&bench, source).await[2..], expected, "and nothing of an asset that is the same");
    workers.stop().await;
}

#[tokio::test]
async fn what_fails_is_told_of_once() {
    let bench = Bench::new().await;
    let workers = bench.workers().await;
    let asset = bench.asset_of(b"RIFFxxxxWAVE and nothing that can be indexed").await;
    bench.settled(asset).await;
    assert_eq!(told_of(&bench, asset).await, ["asset.created", "asset.errored"]);
    let last = all(&bench).await.pop().unwrap();
    let About::Asset(then) = last.about else { panic!("{last:?}") };
    assert!(then.failure.is_some());
    workers.stop().await;
}

#[tokio::test]
async fn an_asset_deleted_while_it_is_prepared_is_told_of_last_as_deleted() {
    let bench = Bench::new().await;
    let source = bench.asset_of(THREE_GOPS).await;
    let clip = bench.clip(source, 0, 160).await.unwrap();
    bench.app.assets().delete(&bench.caller, source).await.unwrap();
    let workers = bench.workers().await;
    bench.settled(clip.id).await;
    workers.stop().await;
    assert_eq!(told_of(&bench, source).await, ["asset.created", "asset.deleted"]);
    assert_eq!(told_of(&bench, clip.id).await, ["asset.created", "asset.errored"]);
}

#[tokio::test]
async fn uploads_that_come_to_nothing_are_told_of() {
    let bench = Bench::new().await;
    let (cancelled, late) = (bench.upload(60).await, bench.upload(60).await);
    bench.app.uploads().cancel(&bench.caller, cancelled.id).await.unwrap();
    bench.app.uploads().cancel(&bench.caller, cancelled.id).await.unwrap_err();
    bench.clock.advance_ms(60_000);
    bench.app.collect_garbage().await.unwrap();
    bench.app.collect_garbage().await.unwrap();
    bench.send(&late, Sent::Whole { length: None }, THREE_GOPS).await.unwrap_err();
    let expected = ["upload.created", "upload.created", "upload.cancelled", "upload.timed_out"];
    let mut told = told(&bench).await;
    told.sort_unstable_by_key(|kind| expected.iter().position(|one| one == kind));
    assert_eq!(told, expected, "each once, and no asset");
}

#[tokio::test]
async fn nothing_is_told_of_what_was_refused() {
    let bench = Bench::new().await;
    let workers = bench.workers().await;
    let source = bench.source().await;
    let before = told(&bench).await.len();
    for (from, to) in [(200, 100), (400, 500), (161, 165)] {
        bench.clip(source, from, to).await.unwrap_err();
    }
    let late = |settings: &mut subclip_app::AssetSettings| settings.thumbnail_time = Some(99.0);
    bench.app.assets().update(&bench.caller, source, late).await.unwrap_err();
    assert_eq!(told(&bench).await.len(), before);
    workers.stop().await;
}

#[tokio::test]
async fn events_are_paged_filtered_and_forgotten() {
    const LONG_S: u32 = 60 * 24 * 3600;
    let bench = Bench::open_to_private_addresses().await;
    let mut uploads = Vec::new();
    for _ in 0..5 {
        uploads.push(bench.upload(LONG_S).await.id);
    }
    let list = async |query: EventQuery| bench.app.events().list(&bench.caller, query).await;
    let mut query = EventQuery { page: Page { limit: 2, ..Page::default() }, ..EventQuery::default() };
    let mut seen = 0;
    loop {
        let page = list(query.clone()).await.unwrap();
        seen += page.events.len();
        let Some(next) = page.next_cursor else { break };
        query.page.cursor = Some(next);
    }
    assert_eq!(seen, 5);
    let only = EventQuery { subject: Some(uploads[3].bytes()), ..EventQuery::default() };
    let found = list(only).await.unwrap().events;
    assert_eq!(found.len(), 1);
    assert_eq!(bench.app.events().get(&bench.caller, found[0].id).await.unwrap(), found[0]);
    let of_kind = EventQuery { kind: Some(EventKind::AssetReady), ..EventQuery::default() };
    assert!(list(of_kind).await.unwrap().events.is_empty());
    let bad = EventQuery { page: Page { cursor: Some("odd".into()), ..Page::default() }, ..query };
    assert_eq!(list(bad).await.unwrap_err().kind, Kind::Invalid);

    // What is to be delivered outlives what is not.
    let hook = Receiver::new(Manner::Code(200)).await;
    let new = NewWebhook { url: hook.url.clone(), format: "plain".into(), kinds: None, enabled: true };
    bench.app.webhooks().create(&bench.caller, new).await.unwrap();
    bench.upload(LONG_S).await;
    bench.clock.advance_ms(31 * 24 * 3600 * 1000);
    bench.app.collect_garbage().await.unwrap();
    assert_eq!(told(&bench).await, ["upload.created"]);
    bench.app.deliver_due().await.unwrap();
    assert_eq!(hook.kinds(), ["upload.created"]);
    bench.app.collect_garbage().await.unwrap();
    assert!(told(&bench).await.is_empty());
}

#[tokio::test]
async fn an_event_that_can_not_be_read_hides_no_other() {
    let bench = Bench::new().await;
    bench.upload(60).await;
    odd_event(&bench, 2_000_000).await;
    odd_event(&bench, 2_000_001).await;
    bench.upload(60).await;
    let first = EventQuery { page: Page { limit: 2, ..Page::default() }, ..EventQuery::default() };
    let page = bench.app.events().list(&bench.caller, first.clone()).await.unwrap();
    assert!(page.events.is_empty(), "the newest two can't be read");
    let rest = Page { cursor: page.next_cursor, ..first.page };
    let page = bench.app.events().list(&bench.caller, EventQuery { page: rest, ..first }).await.unwrap();
    assert_eq!((page.events.len(), page.next_cursor), (2, None));
}

#[tokio::test]
async fn many_uploads_end_a_few_at_a_time() {
    let bench = Bench::new().await;
    for _ in 0..230 {
        bench.upload(60).await;
    }
    bench.clock.advance_ms(60_000);
    bench.app.collect_garbage().await.unwrap();
    let query = |cursor| EventQuery {
        page: Page { limit: 100, cursor, ..Page::default() },
        kind: Some(EventKind::UploadTimedOut),
        subject: None,
    };
    let (mut ended, mut cursor) = (0, None);
    loop {
        let page = bench.app.events().list(&bench.caller, query(cursor)).await.unwrap();
        ended += page.events.len();
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(ended, 230, "each is told of once");
}
