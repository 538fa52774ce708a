//! The deliverer: takes what is due, sends it, many at a time but few to one webhook, and none before its turn.

use std::collections::HashSet;
use std::time::Duration;

use subclip_core::DeliveryId;
use subclip_db::webhook::{self, Webhook};
use subclip_db::{Conn, delivery};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::send::{Sent, send, settle};
use crate::Result;
use crate::app::App;
use crate::error::tried_again;
use crate::events::forget_old;

/// How long a sender need not be heard of: longer than an attempt may take. With the look-out below, a dead sender's
/// deliveries are taken up within 30 s.
const LEASE_MS: i64 = 20_000;
/// How often an idle deliverer looks for what has come due, or was left behind.
const LOOK_OUT: Duration = Duration::from_secs(1);
/// How often old events are forgotten.
const FORGET_EVERY_MS: i64 = 3600 * 1000;
/// Deliveries on their way at once.
const IN_ALL: usize = 32;
/// And to one webhook.
const TO_ONE: u64 = 4;
/// And to one that has been failing: it may make who sends wait as long as it likes.
const TO_ONE_FAILING: u64 = 1;
/// And to all of those together, so that the others always find room.
const TO_ALL_FAILING: usize = 16;

/// A running deliverer. Only who serves runs one: what other commands tell of is delivered by the server.
pub struct Deliverer {
    task: tokio::task::JoinHandle<()>,
    stop: CancellationToken,
}

impl Deliverer {
    /// Starts it. What a dead process of the same name was at is taken up at once.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn start(app: &App) -> Result<Self> {
        delivery::abandon(app.db(), &owner(app), app.now_ms()).await?;
        let stop = CancellationToken::new();
        let task = tokio::spawn(tried_again(run(app.clone(), stop.clone())));
        Ok(Self { task, stop })
    }

    /// Stops it, when the attempts that are under way have ended.
    pub async fn stop(self) {
        self.stop.cancel();
        // It ends by itself; where it panicked, that was said.
        let _ = self.task.await;
    }
}

impl App {
    /// Sends what is due now, and what becomes due by that, for a process that does not wait for a deliverer to come to it.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn deliver_due(&self) -> Result<()> {
        let mut post = Post::new(self);
        loop {
            post.turn().await?;
            if !post.some_came_back().await {
                return Ok(());
            }
        }
    }
}

fn owner(app: &App) -> String {
    format!("{}/deliver", app.worker())
}

async fn run(app: App, stop: CancellationToken) {
    let mut post = Post::new(&app);
    let mut forget_at_ms = 0;
    loop {
        if let Err(error) = post.turn().await {
            // What came back is sent again when its lease ends.
            tracing::warn!(%error, "deliveries can't be settled or taken");
        }
        if app.now_ms() >= forget_at_ms {
            forget_at_ms = app.now_ms() + FORGET_EVERY_MS;
            if let Err(error) = forget_old(&app).await {
                tracing::warn!(%error, "old events can't be forgotten");
            }
        }
        if stop.is_cancelled() {
            break;
        }
        tokio::select! {
            true = post.some_came_back() => {}
            () = app.told() => {}
            () = tokio::time::sleep(LOOK_OUT) => {}
            () = stop.cancelled() => {}
        }
    }
    while post.some_came_back().await {}
    if let Err(error) = post.settle_back().await {
        tracing::warn!(%error, "deliveries can't be settled");
    }
}

/// What is on its way, and what came back.
struct Post {
    app: App,
    owner: String,
    sending: JoinSet<Sent>,
    /// Of those on their way, the ones that go to webhooks that have been failing.
    to_failing: HashSet<DeliveryId>,
    back: Vec<Sent>,
}

/// Deliveries that may be sent, and whether to a webhook that has been failing.
type Chosen = Vec<(DeliveryId, bool)>;

impl Post {
    fn new(app: &App) -> Self {
        Self {
            app: app.clone(),
            owner: owner(app),
            sending: JoinSet::new(),
            to_failing: HashSet::new(),
            back: Vec::new(),
        }
    }

    /// Settles what came back, and sends what is due as far as there is room. All of it is one change, so that many
    /// deliveries wait for the disk together and not one after the other.
    async fn turn(&mut self) -> Result<()> {
        let back = std::mem::take(&mut self.back);
        // Looking costs nobody anything; only writers wait for each other.
        if back.is_empty() && self.choose(self.app.db()).await?.is_empty() {
            return Ok(());
        }
        let (app, now) = (self.app.clone(), self.app.now_ms());
        let tx = app.db().begin().await?;
        for sent in &back {
            settle(&tx, &app, &self.owner, sent).await?;
        }
        let mut taken = Vec::new();
        for (id, failing) in self.choose(&tx).await? {
            let held = delivery::claim(&tx, id, &self.owner, now, LEASE_MS).await?;
            taken.extend(held.map(|held| (held, failing)));
        }
        tx.commit().await?;
        for (held, failing) in taken {
            if failing {
                self.to_failing.insert(held.id);
            }
            let app = app.clone();
            self.sending.spawn(tried_again(async move { send(&app, held).await }));
        }
        Ok(())
    }

    /// Settles what came back, and sends nothing more.
    async fn settle_back(&mut self) -> Result<()> {
        let tx = self.app.db().begin().await?;
        for sent in std::mem::take(&mut self.back) {
            settle(&tx, &self.app, &self.owner, &sent).await?;
        }
        Ok(tx.commit().await?)
    }

    /// What may be sent now: the webhooks that are well first, and of those the ones to which the least is on its way.
    async fn choose(&self, conn: &impl Conn) -> Result<Chosen> {
        let now = self.app.now_ms();
        let mut chosen = Chosen::new();
        let mut room = IN_ALL.saturating_sub(self.sending.len());
        let mut room_for_failing = TO_ALL_FAILING.saturating_sub(self.to_failing.len());
        if room == 0 {
            return Ok(chosen);
        }
        let mut due = webhook::due(conn, now).await?;
        if due.is_empty() {
            return Ok(chosen);
        }
        let in_flight = delivery::in_flight(conn, now).await?;
        let on_their_way = |webhook: &Webhook| in_flight.get(&webhook.id).copied().unwrap_or(0);
        due.sort_by_key(|webhook| (webhook.failing_since_ms.is_some(), on_their_way(webhook)));
        for webhook in &due {
            let failing = webhook.failing_since_ms.is_some();
            let at_once = if failing { TO_ONE_FAILING } else { TO_ONE };
            let most = at_once.saturating_sub(on_their_way(webhook));
            let most = most.min(if failing { room.min(room_for_failing) } else { room } as u64);
            if most == 0 {
                continue;
            }
            let found = delivery::claimable(conn, webhook.id, now, most).await?;
            room = room.saturating_sub(found.len());
            if failing {
                room_for_failing = room_for_failing.saturating_sub(found.len());
            }
            chosen.extend(found.into_iter().map(|id| (id, failing)));
        }
        Ok(chosen)
    }

    /// Waits until something comes back; `false` where nothing is on its way.
    async fn some_came_back(&mut self) -> bool {
        let Some(first) = self.sending.join_next().await else { return false };
        self.note(first);
        while let Some(next) = self.sending.try_join_next() {
            self.note(next);
        }
        true
    }

    fn note(&mut self, ended: Result<Sent, JoinError>) {
        match ended {
            Ok(sent) => {
                self.to_failing.remove(&sent.held.id);
                self.back.push(sent);
            }
            // Nobody knows which one panicked: it is taken up when its lease ends.
            Err(_) => self.to_failing.clear(),
        }
    }
}
