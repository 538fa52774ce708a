//! Making, changing and deleting webhooks, and looking at what was sent to them.

use subclip_core::{DeliveryId, EventId, EventKind, WebhookId};
use subclip_db::delivery::{self, State};
use subclip_db::{Tx, event, webhook, workspace};

use super::backoff::ONE_TRY;
use super::format::named;
use super::model::kinds_column;
use super::{
    Attempt, Delivery, DeliveryPage, DeliveryState, NewWebhook, Webhook, WebhookChange, WebhookPage, attempts,
};
use crate::app::App;
use crate::events::{About, tell_one};
use crate::fetch::http_url;
use crate::model::{Caller, Page};
use crate::page::Paging;
use crate::{Error, Result, random};

/// Webhooks that one workspace may have.
const MOST_WEBHOOKS: u64 = 100;
/// Bytes of a URL: as many as databases can hold apart in an index.
const LONGEST_URL: usize = 2048;

/// Deliveries that are changed in one go, which others wait for.
const AT_ONCE: u64 = 500;

/// What can be done with webhooks.
pub struct Webhooks<'a>(pub(crate) &'a App);

impl Webhooks<'_> {
    /// Makes a webhook, and gives its secret: the only time it is seen.
    ///
    /// # Errors
    /// `Forbidden` for a caller that may not write; `Invalid` for a URL that can't be sent to, and for a format that this
    /// server does not know; `Conflict` where the workspace has a webhook with this URL, or has too many.
    pub async fn create(&self, caller: &Caller, new: NewWebhook) -> Result<(Webhook, String)> {
        caller.must_write()?;
        let now = self.0.now_ms();
        let mut row = webhook::Webhook {
            id: WebhookId::from_bytes(random::id_bytes()),
            workspace: caller.workspace,
            url: String::new(),
            format: String::new(),
            kinds: kinds_column(new.kinds.as_deref()),
            enabled: new.enabled,
            disabled_reason: None,
            secret: random::signing_secret(),
            failing_since_ms: None,
            failed_ms: None,
            created_ms: now,
            updated_ms: now,
        };
        set_url(&mut row, new.url)?;
        self.set_format(&mut row, new.format)?;
        let tx = self.0.db().begin().await?;
        workspace::hold(&tx, caller.workspace).await?;
        if webhook::count(&tx, caller.workspace).await? >= MOST_WEBHOOKS {
            return Err(Error::conflict(format!(
                "There are {MOST_WEBHOOKS} webhooks already; delete one that is not needed."
            )));
        }
        webhook::insert(&tx, &row).await.map_err(taken)?;
        tx.commit().await?;
        let secret = row.secret.clone();
        Ok((Webhook::of_row(row)?, secret))
    }

    /// A webhook.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, caller: &Caller, id: WebhookId) -> Result<Webhook> {
        let row = webhook::get_in(self.0.db(), caller.workspace, id).await?;
        Webhook::of_row(row.ok_or_else(unknown)?)
    }

    /// A page of webhooks, the newest first.
    ///
    /// # Errors
    /// `Invalid` for a cursor that is none.
    pub async fn list(&self, caller: &Caller, page: Page) -> Result<WebhookPage> {
        let paging = Paging::of(&page)?;
        let found = webhook::list(self.0.db(), caller.workspace, paging.rows()).await?;
        let (found, next_cursor) = paging.shown(found, webhook::Webhook::cursor);
        let webhooks = found.into_iter().map(Webhook::of_row).collect::<Result<_>>()?;
        Ok(WebhookPage { webhooks, next_cursor })
    }

    /// Changes a webhook. One that is enabled again starts afresh; one that is disabled is sent nothing any more, also of
    /// what happened before. What waits for its next try is tried at a new URL at once.
    ///
    /// # Errors
    /// `NotFound`, and as for making one.
    pub async fn update(&self, caller: &Caller, id: WebhookId, change: WebhookChange) -> Result<Webhook> {
        caller.must_write()?;
        if change.enabled == Some(true) && !self.get(caller, id).await?.enabled {
            while empty(self.0, id).await? {}
        }
        let tx = self.0.db().begin().await?;
        let mut row = self.own(&tx, caller, id).await?;
        let new_url = change.url.filter(|url| *url != row.url);
        let moved = new_url.is_some();
        if let Some(url) = new_url {
            set_url(&mut row, url)?;
            (row.failing_since_ms, row.failed_ms) = (None, None);
        }
        if let Some(format) = change.format {
            self.set_format(&mut row, format)?;
        }
        if let Some(kinds) = change.kinds {
            row.kinds = kinds_column(kinds.as_deref());
        }
        match change.enabled {
            Some(true) if !row.enabled => {
                // Nothing came since it was emptied, but what was being sent then.
                while delivery::give_up_some(&tx, id, self.0.now_ms(), AT_ONCE).await? == AT_ONCE {}
                (row.enabled, row.disabled_reason) = (true, None);
                (row.failing_since_ms, row.failed_ms) = (None, None);
            }
            Some(enabled) => row.enabled = enabled,
            None => {}
        }
        row.updated_ms = self.0.now_ms();
        webhook::replace(&tx, &row).await.map_err(taken)?;
        self.0.commit(tx).await?;
        // A step at a time, so that nobody waits for long. What is left where this process dies is done by upkeep, or
        // in its own time.
        if !row.enabled {
            while empty(self.0, id).await? {}
        } else if moved {
            while delivery::hurry_some(self.0.db(), id, self.0.now_ms(), AT_ONCE).await? == AT_ONCE {}
            self.0.announce_delivery();
        }
        Webhook::of_row(row)
    }

    /// Draws a new secret, and gives it: the only time it is seen. What is sent from now on is signed with it.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn rotate_secret(&self, caller: &Caller, id: WebhookId) -> Result<(Webhook, String)> {
        caller.must_write()?;
        let tx = self.0.db().begin().await?;
        let mut row = self.own(&tx, caller, id).await?;
        row.secret = random::signing_secret();
        row.updated_ms = self.0.now_ms();
        webhook::replace(&tx, &row).await?;
        tx.commit().await?;
        let secret = row.secret.clone();
        Ok((Webhook::of_row(row)?, secret))
    }

    /// Deletes a webhook, with all that was to be sent to it and the log of what was.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delete(&self, caller: &Caller, id: WebhookId) -> Result<()> {
        caller.must_write()?;
        let tx = self.0.db().begin().await?;
        let row = self.own(&tx, caller, id).await?;
        let off = webhook::Webhook { enabled: false, ..row };
        webhook::replace(&tx, &off).await?;
        tx.commit().await?;
        while delivery::delete_some(self.0.db(), id, AT_ONCE).await? == AT_ONCE {}
        if webhook::delete(self.0.db(), caller.workspace, id).await? { Ok(()) } else { Err(unknown()) }
    }

    /// Sends a webhook an event that tells of nothing, whatever kinds it wants: at once, and once, as who asks for it
    /// watches.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` where it is disabled.
    pub async fn test(&self, caller: &Caller, id: WebhookId) -> Result<Delivery> {
        caller.must_write()?;
        let tx = self.0.db().begin().await?;
        let row = self.own(&tx, caller, id).await?;
        must_be_enabled(&row)?;
        let queued = tell_one(&tx, self.0, &row, EventKind::WebhookTest, &About::Webhook(id)).await?;
        self.0.commit(tx).await?;
        Ok(Delivery::of_row(&queued, EventKind::WebhookTest))
    }

    /// A page of what was sent to a webhook or is to be, the newest first.
    ///
    /// # Errors
    /// `NotFound`; `Invalid` for a cursor that is none.
    pub async fn deliveries(
        &self,
        caller: &Caller,
        id: WebhookId,
        state: Option<DeliveryState>,
        page: Page,
    ) -> Result<DeliveryPage> {
        self.get(caller, id).await?;
        let paging = Paging::of(&page)?;
        let found = delivery::list(self.0.db(), id, state.map(row_state), paging.rows()).await?;
        let (found, next_cursor) = paging.shown(found, delivery::Delivery::cursor);
        let events: Vec<EventId> = found.iter().map(|row| row.event).collect();
        let kinds = event::kinds(self.0.db(), &events).await?;
        // One whose event was forgotten meanwhile is gone with it; one that can't be read is of no kind that has a name.
        let deliveries =
            found.iter().filter_map(|row| Some(Delivery::of_row(row, *kinds.get(&row.event)?))).collect();
        Ok(DeliveryPage { deliveries, next_cursor })
    }

    /// A delivery, with all that was tried.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn delivery(&self, caller: &Caller, id: DeliveryId) -> Result<(Delivery, Vec<Attempt>)> {
        let unknown = || Error::not_found("delivery");
        let row = delivery::get_in(self.0.db(), caller.workspace, id).await?.ok_or_else(unknown)?;
        let event = event::get(self.0.db(), row.event).await?.ok_or_else(unknown)?;
        let tried = attempts::of(self.0.db(), id).await?;
        Ok((Delivery::of_row(&row, event.kind), tried))
    }

    /// Sends a delivery again, at once: the same event under the same id. Of one that was settled, one attempt is made and
    /// no more.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` where its webhook is disabled, or it is being sent right now.
    pub async fn resend(&self, caller: &Caller, id: DeliveryId) -> Result<Delivery> {
        caller.must_write()?;
        let tx = self.0.db().begin().await?;
        let unknown = || Error::not_found("delivery");
        let row = delivery::get_in(&tx, caller.workspace, id).await?.ok_or_else(unknown)?;
        must_be_enabled(&self.own(&tx, caller, row.webhook).await?)?;
        let failures = if row.state == State::Pending { row.failures } else { ONE_TRY };
        if !delivery::send_again(&tx, id, failures, self.0.now_ms()).await? {
            return Err(Error::conflict("It is being sent right now."));
        }
        self.0.commit(tx).await?;
        Ok(self.delivery(caller, id).await?.0)
    }

    /// Held until the transaction ends.
    async fn own(&self, tx: &Tx, caller: &Caller, id: WebhookId) -> Result<webhook::Webhook> {
        webhook::lock_in(tx, caller.workspace, id).await?.ok_or_else(unknown)
    }

    fn set_format(&self, row: &mut webhook::Webhook, format: String) -> Result<()> {
        if named(self.0, &format).is_none() {
            let names: Vec<&str> = self.0.formats().iter().map(|format| format.name()).collect();
            return Err(Error::invalid(format!("The format must be one of {}.", names.join(", "))));
        }
        row.format = format;
        Ok(())
    }
}

/// Gives up what was to be sent to disabled webhooks, one step of it; `true` where there may be more. Who disables one does
/// so at once, unless the process dies over it, or it is the server that disabled it.
pub(crate) async fn empty_disabled(app: &App) -> Result<bool> {
    let Some(&id) = webhook::to_be_emptied(app.db(), app.now_ms(), 1).await?.first() else {
        return Ok(false);
    };
    empty(app, id).await?;
    Ok(true)
}

/// Gives up some of what was to be sent to a webhook that is disabled; `true` where there may be more.
async fn empty(app: &App, id: WebhookId) -> Result<bool> {
    let tx = app.db().begin().await?;
    let disabled = webhook::lock(&tx, id).await?.is_some_and(|row| !row.enabled);
    if !disabled {
        return Ok(false);
    }
    let given_up = delivery::give_up_some(&tx, id, app.now_ms(), AT_ONCE).await?;
    tx.commit().await?;
    Ok(given_up == AT_ONCE)
}

fn set_url(row: &mut webhook::Webhook, url: String) -> Result<()> {
    if url.len() > LONGEST_URL {
        return Err(Error::invalid(format!("The URL must have at most {LONGEST_URL} characters.")));
    }
    // Where it leads is checked each time something is sent, by who sends it.
    http_url(&url)?;
    row.url = url;
    Ok(())
}

fn row_state(state: DeliveryState) -> State {
    match state {
        DeliveryState::Pending => State::Pending,
        DeliveryState::Delivered => State::Delivered,
        DeliveryState::GivenUp => State::GivenUp,
        DeliveryState::Skipped => State::Skipped,
    }
}

fn unknown() -> Error {
    Error::not_found("webhook")
}

fn taken(error: subclip_db::Error) -> Error {
    match error {
        subclip_db::Error::Duplicate(_) => Error::conflict("There is a webhook with this URL already."),
        other => other.into(),
    }
}

fn must_be_enabled(row: &webhook::Webhook) -> Result<()> {
    if row.enabled { Ok(()) } else { Err(Error::conflict("The webhook is disabled; enable it first.")) }
}
