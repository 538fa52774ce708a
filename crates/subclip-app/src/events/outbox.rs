//! The outbox: an event, and a delivery for each webhook that wants it, are written in the transaction of what they tell
//! of. So none is lost, and none is told of before it is true.

use subclip_core::{DeliveryId, EventId, EventKind, WorkspaceId};
use subclip_db::delivery::{self, Delivery};
use subclip_db::{Tx, event, webhook, workspace};

use super::{About, snapshot};
use crate::app::App;
use crate::webhooks::wants;
use crate::{Result, random};

/// How long events are kept.
const KEPT_MS: i64 = 30 * 24 * 3600 * 1000;
/// How many events of a workspace are kept.
const KEPT_OF_WORKSPACE: u64 = 100_000;
/// How many are forgotten in one statement, which others wait for.
const AT_ONCE: u64 = 500;

/// Tells of something, in the transaction in which it happens.
pub(super) async fn tell(
    tx: &Tx,
    app: &App,
    workspace: WorkspaceId,
    kind: EventKind,
    about: &About,
) -> Result<()> {
    let event = write(tx, app, workspace, kind, about).await?;
    for webhook in webhook::enabled_in(tx, workspace).await? {
        if wants(app, &webhook, kind) {
            queue(tx, &webhook, &event).await?;
        }
    }
    Ok(())
}

/// Tells one webhook of something, whatever it usually wants.
pub(crate) async fn tell_one(
    tx: &Tx,
    app: &App,
    webhook: &webhook::Webhook,
    kind: EventKind,
    about: &About,
) -> Result<Delivery> {
    let event = write(tx, app, webhook.workspace, kind, about).await?;
    queue(tx, webhook, &event).await
}

async fn write(
    tx: &Tx,
    app: &App,
    workspace: WorkspaceId,
    kind: EventKind,
    about: &About,
) -> Result<event::Event> {
    let (subject, now) = (about.subject(), app.now_ms());
    let number = event::next_number(tx, subject.bytes()).await?;
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

async fn queue(tx: &Tx, webhook: &webhook::Webhook, event: &event::Event) -> Result<Delivery> {
    let id = DeliveryId::from_bytes(random::timed_id_bytes(event.created_ms));
    let row = Delivery::pending(id, webhook.id, event);
    delivery::insert(tx, &row).await?;
    Ok(row)
}

/// Forgets events that are old, or too many, unless they are still to be delivered.
pub(crate) async fn forget_old(app: &App) -> Result<()> {
    let before_ms = app.now_ms() - KEPT_MS;
    while event::forget_before(app.db(), before_ms, AT_ONCE).await? == AT_ONCE {}
    for workspace in workspace::ids(app.db()).await? {
        while event::forget_beyond(app.db(), workspace, KEPT_OF_WORKSPACE, AT_ONCE).await? == AT_ONCE {}
    }
    Ok(())
}
