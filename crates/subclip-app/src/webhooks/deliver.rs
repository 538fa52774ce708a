//! The deliverer: takes what is due, sends it, many at a time but few to one webhook, and none before its turn.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use subclip_core::{DeliveryId, WebhookId};
use subclip_db::delivery;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::send::{Sent, send, settle};
use super::share::{Sharing, TO_ONE};
use crate::app::App;
use crate::error::tried_again;
use crate::{Error, Kind, Result};

/// How long a sender need not be heard of: longer than an attempt may take. With the look-out below, a dead sender's
/// deliveries are taken up within 30 s.
const LEASE_MS: i64 = 20_000;
/// How often an idle deliverer looks for what has come due, or was left behind.
const LOOK_OUT: Duration = Duration::from_secs(1);

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
            while post.turn().await? {}
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
    while !stop.is_cancelled() {
        match post.turn().await {
            // What was settled made room, and may have let others of its line go.
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "deliveries can't be settled or taken"),
        }
        tokio::select! {
            true = post.some_came_back() => {}
            () = app.told() => {}
            () = tokio::time::sleep(LOOK_OUT) => {}
            () = stop.cancelled() => {}
        }
    }
    while post.some_came_back().await {}
    if let Err(error) = post.exchange(&[]).await {
        tracing::warn!(%error, "deliveries can't be settled");
    }
}

/// What is on its way, and what came back.
struct Post {
    app: App,
    owner: String,
    sharing: Sharing,
    sending: JoinSet<Sent>,
    /// What is not settled yet: it stays until that is durable.
    back: Vec<Sent>,
}

impl Post {
    fn new(app: &App) -> Self {
        Self {
            app: app.clone(),
            owner: owner(app),
            sharing: Sharing::default(),
            sending: JoinSet::new(),
            back: Vec::new(),
        }
    }

    /// Settles what came back, and sends what is due as far as there is room; `false` where there was nothing to do.
    async fn turn(&mut self) -> Result<bool> {
        while let Some(ended) = self.sending.try_join_next() {
            self.note(ended);
        }
        // Outside of the transaction: looking costs nobody anything; only writers wait for each other.
        let chosen = self.choose().await?;
        if self.back.is_empty() && chosen.is_empty() {
            return Ok(false);
        }
        for held in self.exchange(&chosen).await? {
            let app = self.app.clone();
            self.sending.spawn(tried_again(async move { send(&app, held).await }));
        }
        Ok(true)
    }

    /// What may be sent now, by whose turn it is.
    async fn choose(&mut self) -> Result<Vec<DeliveryId>> {
        let (db, now) = (self.app.db(), self.app.now_ms());
        let mut chosen = Vec::new();
        let due = delivery::due(db, now).await?;
        if due.is_empty() {
            return Ok(chosen);
        }
        let back: HashSet<DeliveryId> = self.back.iter().map(|sent| sent.held.id).collect();
        let flying = delivery::in_flight(db, now).await?;
        let flying = flying.iter().filter(|one| !back.contains(&one.delivery));
        let mut share = self.sharing.begin(&due, flying.map(|one| (one.webhook, one.workspace)));
        let mut found: HashMap<WebhookId, VecDeque<DeliveryId>> = HashMap::new();
        while let Some(webhook) = share.next() {
            let ready = match found.entry(webhook) {
                Entry::Occupied(found) => found.into_mut(),
                Entry::Vacant(slot) => {
                    slot.insert(delivery::claimable(db, webhook, now, TO_ONE as u64).await?.into())
                }
            };
            match ready.pop_front() {
                Some(id) => {
                    share.took(webhook);
                    chosen.push(id);
                }
                None => share.passed(webhook),
            }
        }
        Ok(chosen)
    }

    /// Settles what came back, and takes what was chosen. All of it is one change, so that many deliveries wait for the disk
    /// together and not one after the other.
    async fn exchange(&mut self, chosen: &[DeliveryId]) -> Result<Vec<delivery::Delivery>> {
        // Who holds rows of several webhooks takes them in the order of their ids.
        self.back.sort_by_key(|sent| sent.held.webhook);
        match self.try_exchange(&self.back, chosen).await {
            Ok(taken) => {
                self.back.clear();
                Ok(taken)
            }
            Err(error) if self.back.is_empty() || matches!(error.kind, Kind::Busy | Kind::Full) => {
                self.give_up_lapsed();
                Err(error)
            }
            Err(error) => {
                self.settle_each().await;
                Err(error)
            }
        }
    }

    async fn try_exchange(&self, back: &[Sent], chosen: &[DeliveryId]) -> Result<Vec<delivery::Delivery>> {
        let tx = self.app.db().begin().await?;
        for sent in back {
            settle(&tx, &self.app, sent).await?;
        }
        // Leases begin now that the wait for the other writers is over.
        let now = self.app.now_ms();
        let mut taken = Vec::with_capacity(chosen.len());
        for &id in chosen {
            taken.extend(delivery::claim(&tx, id, &self.owner, now, LEASE_MS).await?);
        }
        tx.commit().await?;
        Ok(taken)
    }

    /// Settles one after the other what can't be settled together, so that one that can't be does not keep the others.
    async fn settle_each(&mut self) {
        for sent in std::mem::take(&mut self.back) {
            if let Err(error) = self.try_exchange(std::slice::from_ref(&sent), &[]).await {
                tracing::warn!(delivery = %sent.held.id, %error, "a delivery can't be settled");
                self.back.push(sent);
            }
        }
        self.give_up_lapsed();
    }

    /// What could not be settled while its lease lasted is sent again.
    fn give_up_lapsed(&mut self) {
        let now = self.app.now_ms();
        self.back.retain(|sent| sent.held.is_leased(now));
    }

    /// Waits until something comes back; `false` where nothing is on its way.
    async fn some_came_back(&mut self) -> bool {
        let Some(first) = self.sending.join_next().await else { return false };
        self.note(first);
        true
    }

    fn note(&mut self, ended: Result<Sent, tokio::task::JoinError>) {
        match ended {
            Ok(sent) => {
                if let Some(took) = sent.took() {
                    self.sharing.heard(sent.held.webhook, took);
                }
                self.back.push(sent);
            }
            // Sending catches what panics in it; one that was lost anyhow is taken up when its lease ends.
            Err(error) => drop(Error::internal(error)),
        }
    }
}
