//! Webhooks are told of everything, in order, whatever the others do.

use std::collections::BTreeSet;

use subclip_app::{
    Deliverer, Delivery, DeliveryState, Kind, MOST_ATTEMPTS, NewWebhook, Page, Webhook, WebhookChange,
};
use subclip_core::EventKind;

use crate::bench::Bench;
use crate::receiver::{Manner, Receiver};

pub(crate) async fn hook(bench: &Bench, url: &str) -> Webhook {
    let new = NewWebhook { url: url.into(), format: "plain".into(), kinds: None, enabled: true };
    bench.app.webhooks().create(&bench.caller, new).await.unwrap().0
}

pub(crate) async fn deliveries(bench: &Bench, of: &Webhook) -> Vec<Delivery> {
    let page = Page { limit: 100, ..Page::default() };
    bench.app.webhooks().deliveries(&bench.caller, of.id, None, page).await.unwrap().deliveries
}

/// The states of all that was sent to a webhook, the newest first.
pub(crate) async fn states(bench: &Bench, of: &Webhook) -> Vec<DeliveryState> {
    deliveries(bench, of).await.iter().map(|delivery| delivery.state).collect()
}

/// Why the last attempt of the newest delivery failed.
pub(crate) async fn why(bench: &Bench, of: &Webhook) -> String {
    let newest = deliveries(bench, of).await.remove(0);
    let (_, log) = bench.app.webhooks().delivery(&bench.caller, newest.id).await.unwrap();
    log.last().unwrap().error.clone().unwrap_or_default()
}

pub(crate) async fn due(bench: &Bench) {
    bench.app.deliver_due().await.unwrap();
}

#[tokio::test]
async fn a_clip_is_told_of_from_the_first_to_the_last() {
    let bench = Bench::open_to_private_addresses().await;
    let receiver = Receiver::new(Manner::Code(204)).await;
    hook(&bench, &receiver.url).await;
    let (workers, deliverer) = (bench.workers().await, Deliverer::start(&bench.app).await.unwrap());
    let (source, clip) = bench.clipped().await;
    bench.app.assets().delete(&bench.caller, clip.id).await.unwrap();
    let got = receiver.has(7).await;
    deliverer.stop().await;
    workers.stop().await;
    let of = |asset: subclip_core::AssetId| -> Vec<&str> {
        let name = format!("Asset({asset:?})");
        got.iter().filter(|got| got.subject == name).map(|got| got.kind.as_str()).collect()
    };
    assert_eq!(of(source), ["asset.created", "asset.ready"]);
    assert_eq!(of(clip.id), ["asset.created", "asset.ready", "asset.deleted"]);
    assert_eq!(got.iter().map(|got| &got.id).collect::<BTreeSet<_>>().len(), 7, "none twice");
}

#[tokio::test]
async fn bad_answers_are_failures_and_are_tried_again() {
    for (manner, words) in [
        (Manner::Code(500), "answered 500"),
        (Manner::Code(302), "redirects are not followed"),
        (Manner::Code(404), "answered 404"),
        (Manner::Breaks, "broke off"),
    ] {
        let bench = Bench::open_to_private_addresses().await;
        let receiver = Receiver::new(manner).await;
        let to = hook(&bench, &receiver.url).await;
        bench.upload(60).await;
        due(&bench).await;
        assert!(why(&bench, &to).await.contains(words), "{manner:?}: {}", why(&bench, &to).await);
        bench.clock.advance_ms(5_000);
        due(&bench).await;
        let got = receiver.got();
        assert_eq!(got.len(), 2, "{manner:?}");
        assert_eq!((&got[0].id, got[1].tries), (&got[1].id, 1), "{manner:?}: the same event");
        assert_eq!(states(&bench, &to).await, [DeliveryState::Pending], "{manner:?}");
    }
    let bench = Bench::open_to_private_addresses().await;
    let to = hook(&bench, &Receiver::nobody().await).await;
    bench.upload(60).await;
    due(&bench).await;
    assert!(why(&bench, &to).await.contains("can't be reached"));
}

#[tokio::test]
async fn what_recovers_gets_everything_in_order() {
    let bench = Bench::open_to_private_addresses().await;
    let receiver = Receiver::new(Manner::AtFirst(1, 503)).await;
    let to = hook(&bench, &receiver.url).await;
    let workers = bench.workers().await;
    let source = bench.source().await;
    workers.stop().await;
    bench.app.assets().delete(&bench.caller, source).await.unwrap();
    due(&bench).await;
    let now = bench.app.webhooks().get(&bench.caller, to.id).await.unwrap();
    assert_eq!(now.failing_since_ms, None, "another subject's went through");
    bench.clock.advance_ms(5_000);
    due(&bench).await;
    let mut numbers: Vec<_> = receiver.numbers().into_values().collect();
    numbers.sort();
    // The first of one of the subjects came twice; what was behind it waited.
    assert!(
        numbers == [vec![1, 1, 2], vec![1, 2, 3]] || numbers == [vec![1, 1, 2, 3], vec![1, 2]],
        "{numbers:?}"
    );
    assert!(states(&bench, &to).await.iter().all(|state| *state == DeliveryState::Delivered));
}

#[tokio::test]
async fn one_subject_waits_and_another_goes_on() {
    let bench = Bench::open_to_private_addresses().await;
    let receiver = Receiver::new(Manner::AtFirst(1, 500)).await;
    let to = hook(&bench, &receiver.url).await;
    let held = bench.upload(60).await;
    due(&bench).await;
    bench.app.uploads().cancel(&bench.caller, held.id).await.unwrap();
    let free = bench.upload(60).await;
    let asset = bench.asset_of(b"anything").await;
    due(&bench).await;
    let subjects = receiver.numbers();
    assert_eq!(subjects[&format!("Upload({:?})", held.id)], [1], "it waits for its time");
    assert_eq!(subjects[&format!("Upload({:?})", free.id)], [1]);
    assert_eq!(subjects[&format!("Asset({asset:?})")], [1]);
    bench.clock.advance_ms(5_000);
    due(&bench).await;
    assert_eq!(receiver.numbers()[&format!("Upload({:?})", held.id)], [1, 1]);
    let cancelled = |delivery: &Delivery| delivery.kind == EventKind::UploadCancelled;
    assert!(!deliveries(&bench, &to).await.iter().any(cancelled), "the format has no word for that");
}

#[tokio::test]
async fn a_dead_endpoint_delays_nobody() {
    const EVENTS: usize = 100;
    let bench = Bench::open_to_private_addresses().await;
    let mut well = Vec::new();
    for _ in 0..9 {
        let receiver = Receiver::new(Manner::Code(200)).await;
        hook(&bench, &receiver.url).await;
        well.push(receiver);
    }
    let dead = Receiver::new(Manner::Waits).await;
    hook(&bench, &dead.url).await;
    for _ in 0..EVENTS {
        bench.upload(60).await;
    }
    let deliverer = Deliverer::start(&bench.app).await.unwrap();
    for receiver in &well {
        let got = receiver.has(EVENTS).await;
        let ids: BTreeSet<_> = got.iter().map(|got| &got.id).collect();
        assert_eq!((ids.len(), got.len()), (EVENTS, EVENTS), "each once");
    }
    assert!(dead.got().len() < EVENTS / 2, "the dead one has not got them: {}", dead.got().len());
    dead.release();
    deliverer.stop().await;
}

#[tokio::test]
async fn few_are_on_their_way_to_one_endpoint() {
    let bench = Bench::open_to_private_addresses().await;
    let receiver = Receiver::new(Manner::Code(200)).await;
    let to = hook(&bench, &receiver.url).await;
    bench.upload(60).await;
    let deliverer = Deliverer::start(&bench.app).await.unwrap();
    receiver.has(1).await;
    receiver.becomes(Manner::Waits);
    for _ in 0..20 {
        bench.upload(60).await;
    }
    assert_eq!(receiver.has(5).await.len(), 5);
    let in_flight = subclip_db::delivery::in_flight(&bench.db, 1_000_000).await.unwrap();
    assert_eq!(in_flight.iter().map(|one| one.webhook).collect::<Vec<_>>(), [to.id; 4]);
    receiver.release();
    receiver.has(21).await;
    deliverer.stop().await;
}

#[tokio::test]
async fn private_addresses_are_refused() {
    let bench = Bench::new().await;
    let mut hooks = Vec::new();
    for url in ["http://127.0.0.1:9/", "http://localhost:9/hook", "http://[::1]/", "http://169.254.169.254/"]
    {
        hooks.push(hook(&bench, url).await);
    }
    bench.upload(60).await;
    due(&bench).await;
    for to in hooks {
        assert!(why(&bench, &to).await.contains("private address"), "{}: {}", to.url, why(&bench, &to).await);
    }
}

#[tokio::test]
async fn what_can_not_be_delivered_is_given_up_after_a_day() {
    let bench = Bench::open_to_private_addresses().await;
    let receiver = Receiver::new(Manner::Code(500)).await;
    let to = hook(&bench, &receiver.url).await;
    bench.upload(60).await;
    for _ in 0..30 {
        due(&bench).await;
        bench.clock.advance_ms(90 * 60 * 1000);
    }
    let tried = receiver.got().len();
    assert!((10..=MOST_ATTEMPTS as usize).contains(&tried), "{tried}");
    assert_eq!(states(&bench, &to).await, [DeliveryState::GivenUp]);
    let given_up = deliveries(&bench, &to).await.remove(0);
    assert_eq!((given_up.attempts as usize, given_up.next_ms), (tried, None));
    assert!(bench.app.webhooks().get(&bench.caller, to.id).await.unwrap().enabled);
}

#[tokio::test]
async fn an_endpoint_that_fails_for_three_days_is_disabled() {
    let bench = Bench::open_to_private_addresses().await;
    let receiver = Receiver::new(Manner::Code(500)).await;
    let to = hook(&bench, &receiver.url).await;
    let now = async || bench.app.webhooks().get(&bench.caller, to.id).await.unwrap();
    // Something is always waiting for its next try.
    for step in 0..=48 {
        assert!(now().await.enabled, "{step}");
        if step % 12 == 0 {
            bench.upload(60).await;
        }
        due(&bench).await;
        bench.clock.advance_ms(90 * 60 * 1000);
    }
    assert!(!now().await.enabled, "the attempt after three days was the last");
    assert!(now().await.disabled_reason.unwrap().contains("3 days"));
    bench.app.collect_garbage().await.unwrap();
    assert!(states(&bench, &to).await.iter().all(|state| *state == DeliveryState::GivenUp));
    let (told, tried) = (deliveries(&bench, &to).await.len(), receiver.got().len());
    bench.upload(60).await;
    due(&bench).await;
    assert_eq!(
        (deliveries(&bench, &to).await.len(), receiver.got().len()),
        (told, tried),
        "it is told nothing"
    );
    let oldest = deliveries(&bench, &to).await.pop().unwrap();
    let refused = bench.app.webhooks().resend(&bench.caller, oldest.id).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Conflict);

    receiver.becomes(Manner::Code(200));
    let change = WebhookChange { enabled: Some(true), ..WebhookChange::default() };
    let enabled = bench.app.webhooks().update(&bench.caller, to.id, change).await.unwrap();
    assert_eq!((enabled.disabled_reason, enabled.failing_since_ms), (None, None));
    bench.upload(60).await;
    due(&bench).await;
    assert_eq!(receiver.got().len(), tried + 1, "of what happened meanwhile it is told nothing");
    assert_eq!(states(&bench, &to).await[0], DeliveryState::Delivered);
}

#[tokio::test]
async fn what_was_told_before_a_crash_is_delivered_after_it() {
    let bench = Bench::open_to_private_addresses().await;
    let receiver = Receiver::new(Manner::Code(200)).await;
    hook(&bench, &receiver.url).await;
    let asset = bench.asset_of(b"anything").await;
    // The process dies with nothing sent, but something taken to be.
    let taken = subclip_db::delivery::due(&bench.db, 1_000_000).await.unwrap().remove(0);
    let ids = subclip_db::delivery::claimable(&bench.db, taken.webhook, 1_000_000, 1).await.unwrap();
    subclip_db::delivery::claim(&bench.db, ids[0], "bench/deliver", 1_000_000, 20_000).await.unwrap();
    let bench = bench.reopened().await;
    let deliverer = Deliverer::start(&bench.app).await.unwrap();
    let got = receiver.has(3).await;
    deliverer.stop().await;
    let name = format!("Asset({asset:?})");
    assert!(got.iter().any(|got| got.subject == name && got.kind == "asset.created"));
    assert_eq!(got.iter().map(|got| &got.id).collect::<BTreeSet<_>>().len(), 3);
    assert_eq!(receiver.got().len(), 3, "once each");
}

#[tokio::test]
async fn what_a_dead_machine_was_at_is_taken_up_when_its_lease_ends() {
    let bench = Bench::open_to_private_addresses().await;
    let receiver = Receiver::new(Manner::Code(200)).await;
    hook(&bench, &receiver.url).await;
    bench.upload(60).await;
    let to = subclip_db::delivery::due(&bench.db, 1_000_000).await.unwrap().remove(0);
    let ids = subclip_db::delivery::claimable(&bench.db, to.webhook, 1_000_000, 1).await.unwrap();
    subclip_db::delivery::claim(&bench.db, ids[0], "elsewhere/deliver", 1_000_000, 20_000).await.unwrap();
    due(&bench).await;
    assert!(receiver.got().is_empty());
    bench.clock.advance_ms(20_000);
    due(&bench).await;
    assert_eq!(receiver.got().len(), 1);
}

#[tokio::test]
async fn tests_and_resends_are_sent_at_once() {
    let bench = Bench::open_to_private_addresses().await;
    let receiver = Receiver::new(Manner::AtFirst(2, 500)).await;
    let to = hook(&bench, &receiver.url).await;
    let only = WebhookChange { kinds: Some(Some(vec![EventKind::AssetReady])), ..WebhookChange::default() };
    bench.app.webhooks().update(&bench.caller, to.id, only).await.unwrap();
    bench.upload(60).await;
    let test = bench.app.webhooks().test(&bench.caller, to.id).await.unwrap();
    due(&bench).await;
    assert_eq!(receiver.kinds(), ["webhook.test"], "the filter holds for all but tests");
    assert_eq!(states(&bench, &to).await, [DeliveryState::GivenUp], "who tests watches");
    for _ in 0..3 {
        bench.app.webhooks().resend(&bench.caller, test.id).await.unwrap();
        due(&bench).await;
    }
    assert_eq!(states(&bench, &to).await, [DeliveryState::Delivered]);
    let got = receiver.got();
    assert_eq!(got.iter().map(|got| got.tries).collect::<Vec<_>>(), [0, 1, 2, 3]);
    assert!(got.iter().all(|one| one.id == got[0].id), "the same event");
    let (delivery, log) = bench.app.webhooks().delivery(&bench.caller, test.id).await.unwrap();
    assert_eq!((delivery.attempts, log.len()), (4, 4));
    let codes: Vec<_> = log.iter().map(|attempt| attempt.status).collect();
    assert_eq!(codes, [Some(500), Some(500), Some(200), Some(200)]);
    assert_eq!((log[0].body.as_str(), log[0].url.as_str()), ("ok", to.url.as_str()));
}

#[tokio::test]
async fn a_resend_that_fails_is_not_tried_again() {
    let bench = Bench::open_to_private_addresses().await;
    let receiver = Receiver::new(Manner::Code(200)).await;
    let to = hook(&bench, &receiver.url).await;
    let sent = bench.app.webhooks().test(&bench.caller, to.id).await.unwrap();
    due(&bench).await;
    let url = Some(Receiver::nobody().await);
    let moved = WebhookChange { url, ..WebhookChange::default() };
    bench.app.webhooks().update(&bench.caller, to.id, moved).await.unwrap();
    bench.app.webhooks().resend(&bench.caller, sent.id).await.unwrap();
    due(&bench).await;
    assert_eq!(states(&bench, &to).await, [DeliveryState::GivenUp]);
}

#[tokio::test]
async fn what_has_no_word_after_all_is_skipped() {
    let bench = Bench::open_to_private_addresses().await;
    let receiver = Receiver::new(Manner::Code(200)).await;
    let to = hook(&bench, &receiver.url).await;
    bench.upload(60).await;
    bench.clock.advance_ms(60_000);
    bench.app.collect_garbage().await.unwrap();
    due(&bench).await;
    assert_eq!(states(&bench, &to).await, [DeliveryState::Skipped, DeliveryState::Delivered]);
    assert_eq!(receiver.kinds(), ["upload.created"]);
}

#[tokio::test]
async fn webhooks_are_managed_within_bounds() {
    let bench = Bench::new().await;
    let webhooks = bench.app.webhooks();
    let new = |url: &str, format: &str| NewWebhook {
        url: url.into(),
        format: format.into(),
        kinds: Some(vec![EventKind::AssetReady]),
        enabled: true,
    };
    let refused = async |url: &str, format: &str| {
        webhooks.create(&bench.caller, new(url, format)).await.unwrap_err().kind
    };
    assert_eq!(refused("ftp://example.com/", "plain").await, Kind::Invalid);
    assert_eq!(refused("not a url", "plain").await, Kind::Invalid);
    assert_eq!(refused("https://example.com/", "fancy").await, Kind::Invalid);
    let long = format!("https://example.com/{}", "a".repeat(2048));
    assert_eq!(refused(&long, "plain").await, Kind::Invalid);
    let (made, secret) = webhooks.create(&bench.caller, new("https://example.com/", "plain")).await.unwrap();
    assert_eq!(made.kinds, Some(vec![EventKind::AssetReady]));
    assert_eq!(refused("https://example.com/", "plain").await, Kind::Conflict);
    let (_, other) = webhooks.rotate_secret(&bench.caller, made.id).await.unwrap();
    assert!(secret != other && [&secret, &other].iter().all(|one| one.starts_with("whsec_")));
    for n in 1..100 {
        webhooks.create(&bench.caller, new(&format!("https://example.com/{n}"), "plain")).await.unwrap();
    }
    assert_eq!(refused("https://example.com/more", "plain").await, Kind::Conflict);
    let page = webhooks.list(&bench.caller, Page { limit: 60, ..Page::default() }).await.unwrap();
    assert_eq!(page.webhooks.len(), 60);
    let rest = Page { limit: 60, cursor: page.next_cursor, ..Page::default() };
    let rest = webhooks.list(&bench.caller, rest).await.unwrap();
    assert_eq!((rest.webhooks.len(), rest.next_cursor), (40, None));

    let reader = subclip_app::Caller { may_write: false, ..bench.caller };
    assert_eq!(webhooks.delete(&reader, made.id).await.unwrap_err().kind, Kind::Forbidden);
    assert_eq!(webhooks.test(&reader, made.id).await.unwrap_err().kind, Kind::Forbidden);
    let workspace = subclip_core::WorkspaceId::from_bytes([9; 16]);
    let stranger = subclip_app::Caller { workspace, may_write: true };
    assert_eq!(webhooks.get(&stranger, made.id).await.unwrap_err().kind, Kind::NotFound);
    webhooks.delete(&bench.caller, made.id).await.unwrap();
    assert_eq!(webhooks.get(&bench.caller, made.id).await.unwrap_err().kind, Kind::NotFound);
    assert_eq!(webhooks.delete(&bench.caller, made.id).await.unwrap_err().kind, Kind::NotFound);
}

#[tokio::test]
async fn what_is_disabled_or_deleted_gets_nothing_more() {
    let bench = Bench::open_to_private_addresses().await;
    let receiver = Receiver::new(Manner::Code(200)).await;
    let to = hook(&bench, &receiver.url).await;
    bench.upload(60).await;
    let off = WebhookChange { enabled: Some(false), ..WebhookChange::default() };
    bench.app.webhooks().update(&bench.caller, to.id, off).await.unwrap();
    due(&bench).await;
    assert_eq!(states(&bench, &to).await, [DeliveryState::GivenUp]);
    let on = WebhookChange { enabled: Some(true), ..WebhookChange::default() };
    bench.app.webhooks().update(&bench.caller, to.id, on).await.unwrap();
    bench.upload(60).await;
    bench.app.webhooks().delete(&bench.caller, to.id).await.unwrap();
    due(&bench).await;
    assert!(receiver.got().is_empty());
}
