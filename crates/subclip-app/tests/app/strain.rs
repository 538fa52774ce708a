//! Webhooks where something is amiss: endpoints that are slow or silent, owners who do something about it, events that this
//! version can't read, a log that has grown.

use serde_json::json;
use subclip_app::{AssetSettings, Deliverer, DeliveryState, Rendition, RenditionKind, WebhookChange};
use subclip_core::{DeliveryId, EventId, EventKind};
use subclip_db::delivery::{self, Delivery};
use subclip_db::event::{self, Event, SubjectType};
use subclip_db::webhook;

use crate::bench::Bench;
use crate::receiver::{Manner, Receiver};
use crate::webhooks::{deliveries, due, hook, states, why};

/// An event, of no webhook yet, whose data this version knows nothing of.
pub(crate) async fn odd_event(bench: &Bench, created_ms: i64) -> Event {
    let bytes = u128::try_from(created_ms).unwrap().to_be_bytes();
    let row = Event {
        id: EventId::from_bytes(bytes),
        workspace: bench.caller.workspace,
        kind: EventKind::AssetUpdated,
        subject_type: SubjectType::Asset,
        subject: bytes,
        number: 1,
        data: json!({"about": "what a later version knows"}),
        created_ms,
    };
    let tx = bench.db.begin().await.unwrap();
    event::insert(&tx, &row).await.unwrap();
    tx.commit().await.unwrap();
    row
}

async fn silent(bench: &Bench, count: usize) -> Vec<Receiver> {
    let mut silent = Vec::new();
    for _ in 0..count {
        let receiver = Receiver::new(Manner::Waits).await;
        hook(bench, &receiver.url).await;
        silent.push(receiver);
    }
    silent
}

fn moved(url: &str) -> WebhookChange {
    WebhookChange { url: Some(url.into()), ..WebhookChange::default() }
}

#[tokio::test]
async fn slow_endpoints_keep_nobody_waiting() {
    const EVENTS: usize = 100;
    let bench = Bench::open_to_private_addresses().await;
    let slow = silent(&bench, 40).await;
    let prompt = Receiver::new(Manner::Code(200)).await;
    hook(&bench, &prompt.url).await;
    for _ in 0..EVENTS {
        bench.upload(60).await;
    }
    let deliverer = Deliverer::start(&bench.app).await.unwrap();
    for one in &slow {
        one.has(1).await;
    }
    // They are not released yet.
    prompt.has(EVENTS).await;
    slow.iter().for_each(Receiver::release);
    deliverer.stop().await;
}

#[tokio::test]
async fn failing_endpoints_keep_none_from_recovering() {
    let bench = Bench::open_to_private_addresses().await;
    let silent = silent(&bench, 20).await;
    let recovering = Receiver::new(Manner::Code(200)).await;
    hook(&bench, &recovering.url).await;
    for one in delivery_hooks(&bench).await {
        webhook::set_failing(&bench.db, one, Some((1_000_000, 1_000_000))).await.unwrap();
    }
    for _ in 0..50 {
        bench.upload(60).await;
    }
    let deliverer = Deliverer::start(&bench.app).await.unwrap();
    recovering.has(50).await;
    silent.iter().for_each(Receiver::release);
    deliverer.stop().await;
}

async fn delivery_hooks(bench: &Bench) -> Vec<subclip_core::WebhookId> {
    let page = subclip_app::Page { limit: 100, ..subclip_app::Page::default() };
    let page = bench.app.webhooks().list(&bench.caller, page).await.unwrap();
    page.webhooks.iter().map(|one| one.id).collect()
}

#[tokio::test]
async fn an_endpoint_with_little_traffic_is_not_disabled_by_two_failures() {
    let bench = Bench::open_to_private_addresses().await;
    let receiver = Receiver::new(Manner::Code(503)).await;
    let to = hook(&bench, &receiver.url).await;
    bench.app.webhooks().test(&bench.caller, to.id).await.unwrap();
    due(&bench).await;
    bench.clock.advance_ms(4 * 24 * 3600 * 1000);
    bench.upload(60).await;
    due(&bench).await;
    let now = bench.app.webhooks().get(&bench.caller, to.id).await.unwrap();
    assert!(now.enabled, "for four days nothing was tried");
    assert_eq!(states(&bench, &to).await, [DeliveryState::Pending, DeliveryState::GivenUp]);
    receiver.becomes(Manner::Code(200));
    bench.clock.advance_ms(5_000);
    due(&bench).await;
    assert_eq!(states(&bench, &to).await[0], DeliveryState::Delivered);
}

#[tokio::test]
async fn what_waits_is_tried_at_a_new_address_at_once() {
    let bench = Bench::open_to_private_addresses().await;
    let to = hook(&bench, &Receiver::nobody().await).await;
    for _ in 0..5 {
        bench.upload(60).await;
    }
    due(&bench).await;
    assert_eq!(states(&bench, &to).await, [DeliveryState::Pending; 5]);
    let receiver = Receiver::new(Manner::Code(200)).await;
    let changed = bench.app.webhooks().update(&bench.caller, to.id, moved(&receiver.url)).await.unwrap();
    assert_eq!(changed.failing_since_ms, None);
    due(&bench).await;
    assert_eq!(states(&bench, &to).await, [DeliveryState::Delivered; 5]);
}

#[tokio::test]
async fn what_an_owner_asks_for_comes_before_what_waits() {
    let bench = Bench::open_to_private_addresses().await;
    let receiver = Receiver::new(Manner::Waits).await;
    let to = hook(&bench, &receiver.url).await;
    for _ in 0..30 {
        bench.upload(60).await;
    }
    let deliverer = Deliverer::start(&bench.app).await.unwrap();
    receiver.has(1).await;
    bench.app.webhooks().test(&bench.caller, to.id).await.unwrap();
    receiver.release_one();
    // With it go three others; none of the four is answered before all are there.
    let got = receiver.has(5).await;
    assert!(got[1..].iter().any(|got| got.kind == "webhook.test"), "{got:?}");
    receiver.release();
    receiver.has(31).await;
    deliverer.stop().await;
}

#[tokio::test]
async fn what_was_under_way_when_a_webhook_was_disabled_is_written_down() {
    let bench = Bench::open_to_private_addresses().await;
    let receiver = Receiver::new(Manner::Waits).await;
    let to = hook(&bench, &receiver.url).await;
    bench.upload(60).await;
    bench.upload(60).await;
    let deliverer = Deliverer::start(&bench.app).await.unwrap();
    receiver.has(1).await;
    let off = WebhookChange { enabled: Some(false), ..WebhookChange::default() };
    bench.app.webhooks().update(&bench.caller, to.id, off).await.unwrap();
    let mut now = states(&bench, &to).await;
    now.sort_by_key(|state| *state == DeliveryState::GivenUp);
    assert_eq!(now, [DeliveryState::Pending, DeliveryState::GivenUp]);
    receiver.release();
    deliverer.stop().await;
    let all = deliveries(&bench, &to).await;
    let done = all.iter().find(|one| one.state == DeliveryState::Delivered).unwrap();
    let (done, log) = bench.app.webhooks().delivery(&bench.caller, done.id).await.unwrap();
    assert_eq!((done.attempts, log.len(), log[0].status), (1, 1, Some(200)));
    assert_eq!(receiver.got().len(), 1);
}

#[tokio::test]
async fn what_can_not_be_said_is_logged_and_given_up_in_the_end() {
    let bench = Bench::open_to_private_addresses().await;
    let receiver = Receiver::new(Manner::Code(200)).await;
    let to = hook(&bench, &receiver.url).await;
    let row = webhook::get(&bench.db, to.id).await.unwrap().unwrap();
    let later = webhook::Webhook {
        id: subclip_core::WebhookId::from_bytes([9; 16]),
        url: "https://example.com/later".into(),
        format: "of a later version".into(),
        ..row
    };
    webhook::insert(&bench.db, &later).await.unwrap();
    let odd = odd_event(&bench, 1_000_000).await;
    for (n, webhook) in [to.id, later.id].into_iter().enumerate() {
        let tx = bench.db.begin().await.unwrap();
        let id = DeliveryId::from_bytes([n as u8; 16]);
        delivery::queue(&tx, vec![Delivery::pending(id, webhook, &odd)]).await.unwrap();
        tx.commit().await.unwrap();
    }
    let later = bench.app.webhooks().get(&bench.caller, later.id).await.unwrap();
    due(&bench).await;
    for (of, words) in [(&to, "can't read the event"), (&later, "does not know the webhook's format")] {
        assert!(why(&bench, of).await.contains(words), "{}", why(&bench, of).await);
        assert_eq!(states(&bench, of).await, [DeliveryState::Pending]);
        let now = bench.app.webhooks().get(&bench.caller, of.id).await.unwrap();
        assert_eq!(now.failing_since_ms, None, "that is no fault of the webhook's");
    }
    for _ in 0..30 {
        bench.clock.advance_ms(90 * 60 * 1000);
        due(&bench).await;
    }
    for of in [&to, &later] {
        assert_eq!(states(&bench, of).await, [DeliveryState::GivenUp]);
    }
    assert!(receiver.got().is_empty());
}

#[tokio::test]
async fn an_odd_answer_is_kept_as_text() {
    let bench = Bench::open_to_private_addresses().await;
    let receiver = Receiver::new(Manner::Odd).await;
    let to = hook(&bench, &receiver.url).await;
    bench.upload(60).await;
    due(&bench).await;
    let sent = deliveries(&bench, &to).await.remove(0);
    let (sent, log) = bench.app.webhooks().delivery(&bench.caller, sent.id).await.unwrap();
    assert_eq!((sent.state, log[0].body.as_str()), (DeliveryState::Delivered, "\u{fffd}\u{fffd}"));
}

#[tokio::test]
async fn a_webhook_goes_with_all_that_was_sent_to_it() {
    let bench = Bench::open_to_private_addresses().await;
    let to = hook(&bench, "https://example.com/").await;
    let row = webhook::get(&bench.db, to.id).await.unwrap().unwrap();
    let tx = bench.db.begin().await.unwrap();
    for n in 0..1_200_u128 {
        let event = Event {
            id: EventId::from_bytes(n.to_be_bytes()),
            workspace: row.workspace,
            kind: EventKind::AssetUpdated,
            subject_type: SubjectType::Asset,
            subject: n.to_be_bytes(),
            number: 1,
            data: json!({}),
            created_ms: 1_000_000,
        };
        event::insert(&tx, &event).await.unwrap();
        let id = DeliveryId::from_bytes(n.to_be_bytes());
        delivery::queue(&tx, vec![Delivery::pending(id, row.id, &event)]).await.unwrap();
    }
    tx.commit().await.unwrap();
    let off = WebhookChange { enabled: Some(false), ..WebhookChange::default() };
    bench.app.webhooks().update(&bench.caller, to.id, off).await.unwrap();
    assert!(webhook::to_be_emptied(&bench.db, 1_000_000, 1).await.unwrap().is_empty());
    assert!(states(&bench, &to).await.iter().all(|state| *state == DeliveryState::GivenUp));
    bench.app.webhooks().delete(&bench.caller, to.id).await.unwrap();
    let last = DeliveryId::from_bytes(1_199_u128.to_be_bytes());
    assert_eq!(delivery::get(&bench.db, last).await.unwrap(), None);
}

#[tokio::test]
async fn what_has_a_size_is_told_with_it_or_later() {
    let bench = Bench::open_to_private_addresses().await;
    let workers = bench.workers().await;
    let source = bench.source().await;
    workers.stop().await;
    // A process that has read nothing yet, over a disk that gives out something else for a while.
    let bench = bench.reopened().await;
    let receiver = Receiver::new(Manner::Code(200)).await;
    let to = hook(&bench, &receiver.url).await;
    let stored = bench.stored().into_iter().map(|(path, _)| path);
    let indexes = stored.filter(|path| path.components().any(|part| part.as_os_str() == "indexes"));
    let indexes: Vec<_> = indexes.map(|path| (std::fs::read(&path).unwrap(), path)).collect();
    assert!(!indexes.is_empty());
    for (_, path) in &indexes {
        std::fs::remove_file(path).unwrap();
        std::fs::write(path, b"something else").unwrap();
    }
    let ask = |settings: &mut AssetSettings| {
        settings.renditions.push(Rendition::new(RenditionKind::Highest, None));
    };
    let asset = bench.app.assets().update(&bench.caller, source, ask).await.unwrap();
    assert_eq!(bench.app.assets().file_sizes(&asset).await, [], "who asks again is told");
    due(&bench).await;
    assert_eq!(receiver.kinds(), [""; 0]);
    assert_eq!(states(&bench, &to).await, [DeliveryState::Pending; 2]);
    let now = bench.app.webhooks().get(&bench.caller, to.id).await.unwrap();
    assert_eq!(now.failing_since_ms, None, "that is no fault of the webhook's");
    for (bytes, path) in &indexes {
        std::fs::write(path, bytes).unwrap();
    }
    for _ in 0..2 {
        bench.clock.advance_ms(10_000);
        due(&bench).await;
    }
    assert_eq!(receiver.kinds(), ["rendition.created", "rendition.ready"]);
    assert_eq!(bench.app.assets().file_sizes(&asset).await.len(), 1);
}
