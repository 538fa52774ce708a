//! `subclip webhook`.

use clap::{Args, Subcommand};
use subclip_app::{App, Caller, Delivery, DeliveryState, NewWebhook, Page, WebhookChange};
use subclip_core::{DeliveryId, EventKind, WebhookId};

use super::print::say;
use crate::config::Config;
use crate::open::{open_existing, try_in_charge};

/// Make, list, change, delete and try out webhooks.
#[derive(Debug, Args)]
pub(crate) struct Webhook {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a webhook and print it; its secret is shown this once
    Create {
        /// The http or https URL to send events to
        url: String,
        /// In whose words: subclip (signed as Standard Webhooks says) or mux
        #[arg(long, default_value = "subclip")]
        format: String,
        /// A kind of event it wants, like asset.ready; may be given several times. All kinds where none is given
        #[arg(long = "event", value_name = "KIND")]
        events: Vec<EventKind>,
    },
    /// List all webhooks, without their secrets
    List,
    /// Change a webhook
    Update {
        /// Its id
        id: WebhookId,
        /// The URL to send events to
        #[arg(long)]
        url: Option<String>,
        /// In whose words
        #[arg(long)]
        format: Option<String>,
        /// A kind of event it wants; may be given several times
        #[arg(long = "event", value_name = "KIND", conflicts_with = "all_events")]
        events: Vec<EventKind>,
        /// It wants all kinds of events
        #[arg(long)]
        all_events: bool,
        /// Tell it of events (again)
        #[arg(long, conflicts_with = "disable")]
        enable: bool,
        /// Tell it nothing any more, also of what happened before
        #[arg(long)]
        disable: bool,
        /// Draw a new secret and print it
        #[arg(long)]
        rotate_secret: bool,
    },
    /// Delete a webhook, and the log of what was sent to it
    Delete {
        /// Its id
        id: WebhookId,
    },
    /// Send a webhook an event that tells of nothing
    Test {
        /// Its id
        id: WebhookId,
    },
    /// List what was sent to a webhook or is to be, the newest first
    Deliveries {
        /// The webhook's id
        id: WebhookId,
        /// How many
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100))]
        limit: u32,
    },
    /// Send a delivery again
    Resend {
        /// The delivery's id
        id: DeliveryId,
    },
}

impl Webhook {
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let app = open_existing(config).await?;
        let caller = app.tokens().operator().await?;
        match self.command {
            Command::Create { url, format, events } => {
                let new = NewWebhook { url, format, kinds: chosen(events), enabled: true };
                let (webhook, secret) = app.webhooks().create(&caller, new).await?;
                say!("id      {}\nsecret  {secret}", webhook.id)
            }
            Command::List => list(&app, &caller).await,
            Command::Update { id, url, format, events, all_events, enable, disable, rotate_secret } => {
                let kinds = if all_events { Some(None) } else { chosen(events).map(Some) };
                let enabled = (enable || disable).then_some(enable);
                let change = WebhookChange { url, format, kinds, enabled };
                app.webhooks().update(&caller, id, change).await?;
                if rotate_secret {
                    let (_, secret) = app.webhooks().rotate_secret(&caller, id).await?;
                    say!("secret  {secret}")?;
                }
                say!("updated {id}")
            }
            Command::Delete { id } => {
                app.webhooks().delete(&caller, id).await?;
                say!("deleted {id}")
            }
            Command::Test { id } => queued(config, &app.webhooks().test(&caller, id).await?),
            Command::Deliveries { id, limit } => deliveries(&app, &caller, id, limit).await,
            Command::Resend { id } => queued(config, &app.webhooks().resend(&caller, id).await?),
        }
    }
}

fn chosen(events: Vec<EventKind>) -> Option<Vec<EventKind>> {
    (!events.is_empty()).then_some(events)
}

async fn list(app: &App, caller: &Caller) -> anyhow::Result<()> {
    let page = Page { limit: 100, page: 1, cursor: None };
    for webhook in app.webhooks().list(caller, page).await?.webhooks {
        let state = match (webhook.enabled, webhook.failing_since_ms) {
            (false, _) => "disabled",
            (true, Some(_)) => "failing",
            (true, None) => "enabled",
        };
        let kinds = webhook.kinds.map_or_else(
            || "all".to_owned(),
            |kinds| kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(","),
        );
        say!("{:22}  {state:8}  {:8}  {kinds}  {}", webhook.id, webhook.format, webhook.url)?;
        if let Some(reason) = webhook.disabled_reason {
            say!("{:22}  {reason}", "")?;
        }
    }
    Ok(())
}

async fn deliveries(app: &App, caller: &Caller, id: WebhookId, limit: u32) -> anyhow::Result<()> {
    let page = Page { limit, page: 1, cursor: None };
    for delivery in app.webhooks().deliveries(caller, id, None, page).await?.deliveries {
        let (_, log) = app.webhooks().delivery(caller, delivery.id).await?;
        let last = log.last();
        let code =
            last.and_then(|attempt| attempt.status).map_or_else(|| "-".to_owned(), |code| code.to_string());
        let why = last.and_then(|attempt| attempt.error.as_deref()).unwrap_or_default();
        let (state, kind) = (state(delivery.state), delivery.kind.as_str());
        let line = format!(
            "{:22}  {state:9}  {kind:21}  {:2} tried  {code:3}  {why}",
            delivery.id, delivery.attempts
        );
        say!("{}", line.trim_end())?;
    }
    Ok(())
}

fn state(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Pending => "pending",
        DeliveryState::Delivered => "delivered",
        DeliveryState::GivenUp => "given up",
        DeliveryState::Skipped => "skipped",
    }
}

/// A delivery is made by a server: only it knows what it may reach.
fn queued(config: &Config, delivery: &Delivery) -> anyhow::Result<()> {
    let when = match try_in_charge(&config.data)? {
        Some(_) => "; it is sent when a server runs",
        None => "",
    };
    say!("queued {}{when}", delivery.id)
}
