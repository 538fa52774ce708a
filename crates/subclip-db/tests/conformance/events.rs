//! Events, and the webhooks that are told of them.

use serde_json::{Value, json};
use subclip_core::{AttemptId, DeliveryId, EventId, EventKind, WebhookId, WorkspaceId};
use subclip_db::delivery::{self, Attempt, Delivery, Outcome, State};
use subclip_db::event::{self, Event, Filter, SubjectType};
use subclip_db::webhook::{self, Webhook};
use subclip_db::{Database, Error, Page, workspace};

use crate::build::{bytes, workspace};

const LEASE_MS: i64 = 100;

/// The `n`th event of all, of subject `subject`, at time `n`.
async fn happened(db: &Database, n: u32, subject: u32) -> Event {
    let owner = workspace(db).await;
    let tx = db.begin().await.unwrap();
    let row = Event {
        id: EventId::from_bytes(bytes(n)),
        workspace: owner,
        kind: if n == 1 { EventKind::AssetCreated } else { EventKind::AssetUpdated },
        subject_type: SubjectType::Asset,
        subject: bytes(subject),
        number: event::next_number(&tx, SubjectType::Asset, bytes(subject)).await.unwrap(),
        data: json!({ "n": n }),
        created_ms: i64::from(n),
    };
    event::insert(&tx, &row).await.unwrap();
    tx.commit().await.unwrap();
    row
}

async fn hook(db: &Database, n: u32) -> Webhook {
    let row = Webhook {
        id: WebhookId::from_bytes(bytes(n)),
        workspace: workspace(db).await,
        url: format!("https://example.com/{n}"),
        format: "plain".into(),
        kinds: json!(["asset.ready"]),
        enabled: true,
        disabled_reason: None,
        secret: "secret".into(),
        failing_since_ms: None,
        failed_ms: None,
        created_ms: i64::from(n),
        updated_ms: i64::from(n),
    };
    webhook::insert(db, &row).await.unwrap();
    row
}

/// The delivery of an event, under the event's number of all.
async fn queued(db: &Database, to: &Webhook, of: &Event) -> Delivery {
    let id = DeliveryId::from_bytes(bytes(of.created_ms as u32 + 1000 * to.created_ms as u32));
    let tx = db.begin().await.unwrap();
    let row = delivery::queue(&tx, vec![Delivery::pending(id, to.id, of)]).await.unwrap().remove(0);
    tx.commit().await.unwrap();
    row
}

pub(crate) async fn an_event_is_queued_to_many_at_once(db: Database) {
    let hooks = [hook(&db, 1).await, hook(&db, 2).await, hook(&db, 3).await];
    let (first, other, second) =
        (happened(&db, 1, 7).await, happened(&db, 2, 8).await, happened(&db, 3, 7).await);
    queued(&db, &hooks[1], &first).await;
    queued(&db, &hooks[2], &other).await;
    let delivery = |to: &Webhook| {
        let id = DeliveryId::from_bytes(bytes(50 + to.created_ms as u32));
        Delivery::pending(id, to.id, &second)
    };
    let tx = db.begin().await.unwrap();
    let rows = delivery::queue(&tx, hooks.iter().map(delivery).collect()).await.unwrap();
    assert_eq!(delivery::queue(&tx, Vec::new()).await.unwrap(), []);
    tx.commit().await.unwrap();
    let at: Vec<_> = rows.iter().map(|row| (row.webhook, row.due_ms)).collect();
    assert_eq!(at, [(hooks[0].id, Some(3)), (hooks[1].id, None), (hooks[2].id, Some(3))], "behind its own");
    for row in rows {
        assert_eq!(delivery::get(&db, row.id).await.unwrap(), Some(row));
    }
}

async fn state(db: &Database, of: &Delivery) -> State {
    delivery::get(db, of.id).await.unwrap().unwrap().state
}

async fn claimed(db: &Database, of: &Delivery, owner: &str, now_ms: i64) -> Option<Delivery> {
    delivery::claim(db, of.id, owner, now_ms, LEASE_MS).await.unwrap()
}

/// Whether what came of a claim counted.
async fn settle(db: &Database, held: &Delivery, outcome: Outcome, at_ms: i64) -> bool {
    let tx = db.begin().await.unwrap();
    let counted = delivery::settle(&tx, held, outcome, at_ms).await.unwrap();
    tx.commit().await.unwrap();
    counted
}

async fn settled(db: &Database, of: &Delivery, outcome: Outcome, at_ms: i64) {
    let held = claimed(db, of, "worker", at_ms).await.unwrap();
    assert!(settle(db, &held, outcome, at_ms).await);
}

async fn send_again(db: &Database, of: &Delivery, failures: u32, now_ms: i64) -> bool {
    let tx = db.begin().await.unwrap();
    let queued = delivery::send_again(&tx, of.id, failures, now_ms).await.unwrap();
    tx.commit().await.unwrap();
    queued
}

async fn give_up_some(db: &Database, to: &Webhook, now_ms: i64, most: u64) -> u64 {
    let tx = db.begin().await.unwrap();
    let given_up = delivery::give_up_some(&tx, to.id, now_ms, most).await.unwrap();
    tx.commit().await.unwrap();
    given_up
}

async fn due(db: &Database, now_ms: i64) -> Vec<WebhookId> {
    delivery::due(db, now_ms).await.unwrap().iter().map(|one| one.webhook).collect()
}

async fn enabled(db: &Database, owner: WorkspaceId) -> Vec<Webhook> {
    let tx = db.begin().await.unwrap();
    webhook::enabled_in(&tx, owner).await.unwrap()
}

pub(crate) async fn events_read_back_in_order(db: Database) {
    let first = happened(&db, 1, 7).await;
    let other = happened(&db, 2, 8).await;
    let second = happened(&db, 3, 7).await;
    assert_eq!((first.number, other.number, second.number), (1, 1, 2));
    assert_eq!(event::get(&db, second.id).await.unwrap(), Some(second.clone()));
    let nobody = EventId::from_bytes(bytes(98));
    let kinds = event::kinds(&db, &[first.id, second.id, nobody]).await.unwrap();
    assert_eq!((kinds.len(), kinds[&first.id]), (2, EventKind::AssetCreated));
    let listed = async |filter: Filter, page: Page| -> Vec<i64> {
        let found = event::list(&db, first.workspace, &filter, &page).await.unwrap();
        found.iter().map(|listed| listed.cursor.created_ms).collect()
    };
    assert_eq!(listed(Filter::default(), Page::first(9)).await, [3, 2, 1]);
    assert_eq!(listed(Filter::default(), Page::after(second.cursor(), 1)).await, [2]);
    let of_kind = Filter { kind: Some(EventKind::AssetCreated), ..Filter::default() };
    assert_eq!(listed(of_kind, Page::first(9)).await, [1]);
    let of_subject = Filter { subject: Some(bytes(7)), ..Filter::default() };
    assert_eq!(listed(of_subject, Page::first(9)).await, [3, 1]);
    let stranger = WorkspaceId::from_bytes([9; 16]);
    assert!(event::list(&db, stranger, &Filter::default(), &Page::first(9)).await.unwrap().is_empty());
    let tx = db.begin().await.unwrap();
    let twice = Event { id: EventId::from_bytes(bytes(99)), ..second };
    assert!(matches!(event::insert(&tx, &twice).await, Err(Error::Duplicate(_))));
}

pub(crate) async fn events_are_forgotten_unless_to_be_delivered(db: Database) {
    let to = hook(&db, 1).await;
    let mut deliveries = Vec::new();
    for n in 1..=6 {
        let event = happened(&db, n, n).await;
        deliveries.push(queued(&db, &to, &event).await);
    }
    for (n, delivery) in deliveries.iter().enumerate().filter(|(n, _)| *n != 1) {
        settled(&db, delivery, Outcome::Delivered, 10 + n as i64).await;
    }
    let left = async || -> Vec<i64> {
        let found = event::list(&db, to.workspace, &Filter::default(), &Page::first(9)).await.unwrap();
        found.iter().map(|listed| listed.cursor.created_ms).collect()
    };
    assert_eq!(event::forget_before(&db, 4, 9).await.unwrap(), 2);
    assert_eq!(left().await, [6, 5, 4, 2], "the second is still to be delivered");
    assert_eq!(delivery::get(&db, deliveries[0].id).await.unwrap(), None, "deliveries go along");
    assert_eq!(event::forget_beyond(&db, to.workspace, 4, 9).await.unwrap(), 0);
    assert_eq!(event::forget_beyond(&db, to.workspace, 1, 1).await.unwrap(), 1, "no more at once");
    assert_eq!(left().await, [6, 5, 2], "the oldest goes first");
    assert_eq!(event::forget_beyond(&db, to.workspace, 0, 9).await.unwrap(), 2);
    assert_eq!(left().await, [2]);
}

pub(crate) async fn webhooks_read_back_and_change(db: Database) {
    let (one, two) = (hook(&db, 1).await, hook(&db, 2).await);
    let owner = one.workspace;
    assert_eq!(webhook::get_in(&db, owner, one.id).await.unwrap(), Some(one.clone()));
    assert_eq!(webhook::get_in(&db, WorkspaceId::from_bytes([9; 16]), one.id).await.unwrap(), None);
    assert_eq!(webhook::list(&db, owner, &Page::first(9)).await.unwrap(), [two.clone(), one.clone()]);
    assert_eq!(webhook::count(&db, owner).await.unwrap(), 2);
    let taken = Webhook { url: two.url.clone(), ..one.clone() };
    assert!(matches!(webhook::replace(&db, &taken).await, Err(Error::Duplicate(_))));
    let elsewhere =
        workspace::Workspace { id: WorkspaceId::from_bytes([2; 16]), name: "other".into(), created_ms: 0 };
    workspace::insert(&db, &elsewhere).await.unwrap();
    let same_url = Webhook { id: WebhookId::from_bytes(bytes(3)), workspace: elsewhere.id, ..one.clone() };
    webhook::insert(&db, &same_url).await.unwrap();
    assert_eq!(workspace::ids(&db).await.unwrap().len(), 2);

    let changed = Webhook {
        url: "https://example.com/new".into(),
        format: "fancy".into(),
        kinds: Value::Null,
        secret: "other".into(),
        updated_ms: 9,
        ..one
    };
    assert!(webhook::replace(&db, &changed).await.unwrap());
    assert_eq!(webhook::get(&db, one.id).await.unwrap(), Some(changed));
    assert_eq!(enabled(&db, owner).await.len(), 2);
    assert!(webhook::disable(&db, one.id, "why").await.unwrap());
    assert!(!webhook::disable(&db, one.id, "again").await.unwrap());
    assert_eq!(enabled(&db, owner).await, [two]);
    let disabled = webhook::get(&db, one.id).await.unwrap().unwrap();
    assert_eq!((disabled.enabled, disabled.disabled_reason.as_deref()), (false, Some("why")));
    assert!(!webhook::delete(&db, elsewhere.id, one.id).await.unwrap(), "another's");
    assert!(webhook::delete(&db, owner, one.id).await.unwrap());
    assert_eq!(webhook::get(&db, one.id).await.unwrap(), None);
}

pub(crate) async fn webhooks_remember_since_when_they_fail(db: Database) {
    let to = hook(&db, 1).await;
    for (said, since, last) in [(Some((5, 9)), Some(5), Some(9)), (None, None, None)] {
        webhook::set_failing(&db, to.id, said).await.unwrap();
        let now = webhook::get(&db, to.id).await.unwrap().unwrap();
        assert_eq!((now.failing_since_ms, now.failed_ms), (since, last));
    }
}

pub(crate) async fn deliveries_of_a_subject_wait_for_each_other(db: Database) {
    let (to, other) = (hook(&db, 1).await, hook(&db, 2).await);
    let (first, second) = (happened(&db, 1, 7).await, happened(&db, 2, 7).await);
    let aside = happened(&db, 3, 8).await;
    let (a, b) = (queued(&db, &to, &first).await, queued(&db, &to, &second).await);
    let c = queued(&db, &to, &aside).await;
    queued(&db, &other, &second).await;
    assert_eq!((a.due_ms, b.due_ms), (Some(1), None), "one that waits is not due");
    let claimable = async |now_ms| delivery::claimable(&db, to.id, now_ms, 9).await.unwrap();
    assert_eq!(claimable(0).await, [], "nothing is due yet");
    assert_eq!(claimable(10).await, [a.id, c.id]);
    assert_eq!(delivery::claimable(&db, to.id, 10, 1).await.unwrap(), [a.id]);
    assert_eq!(delivery::claimable(&db, other.id, 10, 9).await.unwrap().len(), 1, "webhooks do not wait");
    settled(&db, &a, Outcome::Again { next_ms: 50 }, 10).await;
    assert_eq!(claimable(20).await, [c.id], "the second waits for the first");
    settled(&db, &a, Outcome::GivenUp, 60).await;
    assert_eq!(claimable(60).await, [c.id, b.id]);
    let tried = delivery::get(&db, a.id).await.unwrap().unwrap();
    assert_eq!((tried.attempts, tried.failures, tried.first_attempt_ms), (2, 2, Some(10)));
    assert_eq!((tried.state, tried.finished_ms, tried.due_ms), (State::GivenUp, Some(60), None));
    assert!(send_again(&db, &a, 29, 70).await);
    assert_eq!(
        claimable(70).await,
        [a.id, c.id],
        "what is sent again comes before the second again, and all"
    );
    settled(&db, &a, Outcome::Delivered, 71).await;
    assert_eq!(claimable(71).await, [c.id, b.id]);
    assert!(send_again(&db, &b, 0, 72).await);
    assert_eq!(claimable(72).await, [b.id, c.id], "one that is pending anyhow is hurried");
}

/// What waits behind the first of its line is sent, whatever becomes of that.
pub(crate) async fn lines_always_have_a_first(db: Database) {
    let (to, other) = (hook(&db, 1).await, hook(&db, 2).await);
    let mut line = Vec::new();
    for n in 1..=4 {
        let event = happened(&db, n, 7).await;
        line.push(queued(&db, &to, &event).await);
        queued(&db, &other, &event).await;
    }
    let first = async |now_ms| delivery::claimable(&db, to.id, now_ms, 9).await.unwrap();
    for (n, outcome) in [Outcome::Delivered, Outcome::Skipped, Outcome::GivenUp].into_iter().enumerate() {
        assert_eq!(first(10).await, [line[n].id]);
        settled(&db, &line[n], outcome, 10).await;
    }
    assert_eq!(first(10).await, [line[3].id]);
    // A resend of what others follow, while the last one is on its way.
    let held = claimed(&db, &line[3], "worker", 20).await.unwrap();
    assert!(send_again(&db, &line[1], 0, 20).await);
    assert_eq!(first(20).await, [line[1].id]);
    settled(&db, &line[1], Outcome::Delivered, 20).await;
    assert_eq!(first(20).await, []);
    assert!(settle(&db, &held, Outcome::Again { next_ms: 30 }, 20).await);
    assert_eq!(first(30).await, [line[3].id]);
    // What is asked for behind another one has that hurried.
    let late = queued(&db, &to, &happened(&db, 5, 7).await).await;
    assert!(send_again(&db, &late, 0, 25).await);
    assert_eq!(first(25).await, [line[3].id]);
}

pub(crate) async fn webhooks_are_due_while_something_is(db: Database) {
    let hooks = [hook(&db, 1).await, hook(&db, 2).await, hook(&db, 3).await, hook(&db, 4).await];
    assert!(due(&db, 100).await.is_empty());
    let (one, two) = (happened(&db, 1, 7).await, happened(&db, 2, 8).await);
    let gone = queued(&db, &hooks[0], &one).await;
    for to in [&hooks[1], &hooks[3]] {
        queued(&db, to, &one).await;
        queued(&db, to, &two).await;
    }
    assert!(due(&db, 0).await.is_empty(), "not yet");
    assert_eq!(due(&db, 5).await, [hooks[0].id, hooks[1].id, hooks[3].id], "each once");
    settled(&db, &gone, Outcome::Delivered, 5).await;
    webhook::set_failing(&db, hooks[3].id, Some((4, 4))).await.unwrap();
    let found = delivery::due(&db, 5).await.unwrap();
    assert_eq!(found.iter().map(|due| due.failing).collect::<Vec<_>>(), [false, true]);
    assert!(found.iter().all(|due| due.workspace == hooks[0].workspace));
    webhook::disable(&db, hooks[1].id, "why").await.unwrap();
    assert_eq!(due(&db, 5).await, [hooks[3].id]);
    assert_eq!(webhook::to_be_emptied(&db, 5, 9).await.unwrap(), [hooks[1].id]);
}

pub(crate) async fn deliveries_are_leased(db: Database) {
    let to = hook(&db, 1).await;
    let sent = queued(&db, &to, &happened(&db, 1, 7).await).await;
    let claim = async |owner: &'static str, now_ms| claimed(&db, &sent, owner, now_ms).await;
    let one = claim("one", 10).await.unwrap();
    assert_eq!((one.due_ms, one.claims), (Some(110), 1));
    assert_eq!(claim("two", 20).await, None);
    let flying = delivery::in_flight(&db, 20).await.unwrap();
    assert_eq!((flying.len(), flying[0].webhook, flying[0].workspace), (1, to.id, to.workspace));
    assert_eq!(delivery::claimable(&db, to.id, 20, 9).await.unwrap(), []);
    assert!(due(&db, 20).await.is_empty());
    assert!(!send_again(&db, &sent, 0, 20).await, "it is being sent");
    assert_eq!(delivery::hurry_some(&db, to.id, 20, 9).await.unwrap(), 0, "it is being sent");
    let two = claim("two", 110).await.unwrap();
    assert!(!settle(&db, &one, Outcome::Delivered, 111).await, "the first was not heard of in time");
    assert_eq!(state(&db, &sent).await, State::Pending);
    assert_eq!(delivery::abandon(&db, "t", 120).await.unwrap(), 0, "another's name begins so");
    assert_eq!(delivery::abandon(&db, "two", 120).await.unwrap(), 1);
    let again = claim("two", 120).await.unwrap();
    assert!(!settle(&db, &two, Outcome::GivenUp, 120).await, "the same worker's earlier claim");
    assert!(delivery::count_lost_try(&db, sent.id).await.unwrap());
    assert!(settle(&db, &again, Outcome::Delivered, 121).await);
    assert_eq!(delivery::get(&db, sent.id).await.unwrap().unwrap().attempts, 2);
    assert!(delivery::in_flight(&db, 121).await.unwrap().is_empty());
    assert_eq!(claim("four", 500).await, None, "it is settled");
}

pub(crate) async fn deliveries_are_listed_and_given_up(db: Database) {
    let (to, other) = (hook(&db, 1).await, hook(&db, 2).await);
    let mut sent = Vec::new();
    for n in 1..=3 {
        let event = happened(&db, n, n).await;
        sent.push(queued(&db, &to, &event).await);
        queued(&db, &other, &event).await;
    }
    settled(&db, &sent[0], Outcome::Skipped, 10).await;
    let listed = async |only, page: Page| -> Vec<i64> {
        delivery::list(&db, to.id, only, &page).await.unwrap().iter().map(|one| one.created_ms).collect()
    };
    assert_eq!(listed(None, Page::first(9)).await, [3, 2, 1]);
    assert_eq!(listed(None, Page::after(sent[2].cursor(), 9)).await, [2, 1]);
    assert_eq!(listed(Some(State::Pending), Page::first(9)).await, [3, 2]);
    let held = claimed(&db, &sent[1], "worker", 11).await.unwrap();
    assert_eq!(give_up_some(&db, &to, 11, 9).await, 1, "what is being sent is its sender's");
    assert!(settle(&db, &held, Outcome::Again { next_ms: 90 }, 11).await);
    assert_eq!(delivery::hurry_some(&db, to.id, 12, 9).await.unwrap(), 1);
    assert_eq!(delivery::claimable(&db, to.id, 12, 9).await.unwrap(), [sent[1].id]);
    assert_eq!(delivery::get(&db, sent[1].id).await.unwrap().unwrap().failures, 0);
    assert_eq!(give_up_some(&db, &other, 12, 2).await, 2, "no more at once");
    assert_eq!(give_up_some(&db, &other, 12, 2).await, 1);
    assert_eq!(give_up_some(&db, &to, 12, 9).await, 1);
    assert_eq!(listed(Some(State::GivenUp), Page::first(9)).await, [3, 2]);
    assert_eq!(state(&db, &sent[0]).await, State::Skipped);
    let found = delivery::get_in(&db, to.workspace, sent[0].id).await.unwrap().unwrap();
    assert_eq!((found.attempts, found.failures), (0, 0));
    let stranger = WorkspaceId::from_bytes([9; 16]);
    assert_eq!(delivery::get_in(&db, stranger, sent[0].id).await.unwrap(), None);
    assert_eq!(delivery::delete_some(&db, to.id, 2).await.unwrap(), 2);
    assert_eq!(listed(None, Page::first(9)).await.len(), 1);
    webhook::delete(&db, to.workspace, to.id).await.unwrap();
    assert_eq!(delivery::get(&db, sent[0].id).await.unwrap(), None, "deliveries go with their webhook");
}

pub(crate) async fn attempts_are_logged_up_to_a_bound(db: Database) {
    let sent = queued(&db, &hook(&db, 1).await, &happened(&db, 1, 7).await).await;
    let attempt = |n: u32| Attempt {
        id: AttemptId::from_bytes(bytes(n)),
        delivery: sent.id,
        url: "https://example.com".into(),
        created_ms: i64::from(n),
        duration_ms: 12,
        status: (n != 2).then_some(500),
        headers: json!({"server": "s"}),
        body: "no".into(),
        error: Some("It failed.".into()),
    };
    for n in 1..=4 {
        delivery::log(&db, &attempt(n)).await.unwrap();
    }
    delivery::forget_attempts(&db, sent.id, 3).await.unwrap();
    assert_eq!(delivery::attempts(&db, sent.id).await.unwrap(), [attempt(2), attempt(3), attempt(4)]);
    let nowhere = Attempt { delivery: DeliveryId::from_bytes(bytes(9)), ..attempt(9) };
    assert!(matches!(delivery::log(&db, &nowhere).await, Err(Error::Reference(_))));
}
