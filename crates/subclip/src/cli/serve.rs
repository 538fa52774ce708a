//! `subclip serve`.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use subclip_app::{App, Deliverer, Page, Workers};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::print::{NobodyReads, say, told};
use crate::config::{Config, SandboxMode};
use crate::listen::serve;
use crate::open::{open, succeed};
use crate::server::router;

/// How long requests may take to end once the server was asked to.
const LEAVE: Duration = Duration::from_secs(5);

/// Serve the APIs and playback.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Also take in this sample video, cut a clip from it, and print the links
    #[arg(long, value_name = "FILE")]
    demo: Option<PathBuf>,
}

impl Serve {
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let app = open(config).await?;
        let engine = crate::open::engine(config)?.check().await.context("the media engine can't be used")?;
        tracing::info!(engine, "media engine");
        if config.sandbox == SandboxMode::BestEffort {
            tracing::warn!(
                "the sandbox is best-effort: hostile media may see more of this machine than it should"
            );
        }
        let listener = TcpListener::bind(config.listen)
            .await
            .with_context(|| format!("can't listen on {}", config.listen))?;
        first_token(&app, config).await?;
        let workers = Workers::start(&app).await?;
        let deliverer = Deliverer::start(&app).await?;
        if let Err(error) = greet(app.public_url()) {
            tracing::debug!(%error, "nobody reads where this server is");
        }
        let sample = self.demo.clone();
        let demonstrated = app.clone();
        let demo = tokio::spawn(async move {
            if let Some(sample) = sample
                && let Err(error) = super::demo::demo(&demonstrated, &sample).await
                && !error.is::<NobodyReads>()
            {
                tracing::error!(error = told(&error), "the demo failed");
            }
        });
        let succession = tokio::spawn({
            let (data, name) = (config.data.clone(), app.worker().to_owned());
            async move {
                if let Err(error) = succeed(&data, &name).await {
                    tracing::warn!(%error, "this server is not in charge of its data folder");
                }
            }
        });
        let asked = CancellationToken::new();
        let server = serve(listener, router(&app, config.join.into()), asked.clone());
        let ending = async {
            super::stopped().await;
            asked.cancel();
            demo.abort();
            // A paused player never ends its request: those still open are cut off, or at once if asked again.
            tokio::select! {
                () = tokio::time::sleep(LEAVE) => {}
                () = super::stopped() => {}
            }
        };
        tokio::select! {
            () = server => {}
            () = ending => tracing::info!("connections that were still open are cut off"),
        }
        succession.abort();
        tokio::join!(workers.stop(), deliverer.stop());
        Ok(())
    }
}

/// The token from the settings, or one that is made and shown where there is none at all.
async fn first_token(app: &App, config: &Config) -> anyhow::Result<()> {
    if let Some((id, secret)) = &config.token {
        return Ok(app.tokens().ensure(id, secret).await?);
    }
    let operator = app.tokens().operator().await?;
    let any = Page { limit: 1, page: 1, cursor: None };
    if app.tokens().list(&operator, any).await?.tokens.is_empty() {
        let token = app.tokens().create(&operator, "first token", true).await?;
        let said = say!(
            "A first access token was made; its secret is shown this once:\n  id      {}\n  secret  {}\n",
            token.id,
            token.secret
        );
        if said.is_err() {
            let id = token.id;
            tracing::warn!(
                id,
                "nobody reads the secret of the first access token; see `subclip token create`"
            );
        }
    }
    Ok(())
}

fn greet(url: &str) -> anyhow::Result<()> {
    say!(
        "Subclip serves on {url}\n  its own API  {url}/v1/docs\n  Mux's        {url}/mux as the SDK's base URL"
    )
}
