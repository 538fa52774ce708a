//! The outbox: an event, and a delivery for each webhook that wants it, are written in the transaction of what they tell
//! of. So none is lost, and none is told of before it is true.

use subclip_core::{DeliveryId, EventId, EventKind, WorkspaceId};
use subclip_db::delivery::{self, Delivery};
use subclip_db::{Tx, event, webhook};

use super::{About, snapshot};
use crate::app::App;
use crate::webhooks::{ONE_TRY, wants};
use crate::{Error, Result, random};

/// Tells of something, in the transaction in which it happens.
pub(super) async fn tell(
    tx: &Tx,
    app: &App,
    workspace: WorkspaceId,
    kind: EventKind,
    about: &About,
) -> Result<()> {
    let event = write(tx, app, workspace, kind, about).await?;
    let enabled = webhook::enabled_in(tx, workspace).await?;
    let told = enabled.iter().filter(|webhook| wants(app, webhook, kind));
    delivery::queue(tx, told.map(|webhook| pending(webhook, &event)).collect()).await?;
    Ok(())
}

/// Tells one webhook of something, whatever it usually wants: at once, and tried once. The webhook's row is held.
pub(crate) async fn tell_one(
    tx: &Tx,
    app: &App,
    webhook: &webhook::Webhook,
    kind: EventKind,
    about: &About,
) -> Result<Delivery> {
    let event = write(tx, app, webhook.workspace, kind, about).await?;
    let at_once = Some(delivery::AT_ONCE_MS);
    let row = Delivery { due_ms: at_once, failures: ONE_TRY, ..pending(webhook, &event) };
    let queued = delivery::queue(tx, vec![row]).await?.pop();
    queued.ok_or_else(|| Error::internal("a delivery was not queued"))
}

async fn write(
    tx: &Tx,
    app: &App,
    workspace: WorkspaceId,
    kind: EventKind,
    about: &About,
) -> Result<event::Event> {
    let (subject, now) = (about.subject(), app.now_ms());
    let number = event::next_number(tx, subject.row_type(), subject.bytes()).await?;
    let row = event::Event {
        id: EventId::from_bytes(random::timed_id_bytes(now)),
        workspace,
        kind,
        subject_type: subject.row_type(),
        subject: subject.bytes(),
        number,
        data: snapshot::write(about)?,
        created_ms: now,
    };
    event::insert(tx, &row).await?;
    Ok(row)
}

fn pending(webhook: &webhook::Webhook, event: &event::Event) -> Delivery {
    let id = DeliveryId::from_bytes(random::timed_id_bytes(event.created_ms));
    Delivery::pending(id, webhook.id, event)
}
