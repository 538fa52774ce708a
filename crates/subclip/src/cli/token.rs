//! `subclip token`.

use clap::{Args, Subcommand};
use subclip_app::{App, Page};

use super::print::say;
use crate::config::Config;
use crate::open::{open_beside, open_existing};

/// Make, list and revoke access tokens.
#[derive(Debug, Args)]
pub(crate) struct Token {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a token and print it; its secret is shown this once
    Create {
        /// What to call it
        #[arg(long, default_value = "")]
        name: String,
        /// It may look at everything and change nothing
        #[arg(long)]
        read_only: bool,
    },
    /// List all tokens, the oldest first, without their secrets
    List,
    /// Make a token worth nothing from now on
    Revoke {
        /// Its id
        id: String,
    },
}

impl Token {
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        match self.command {
            // The first token may be made before the server is started for the first time.
            Command::Create { name, read_only } => {
                create(&open_beside(config).await?, &name, !read_only).await
            }
            Command::List => list(&open_existing(config).await?).await,
            Command::Revoke { id } => {
                let app = open_existing(config).await?;
                let operator = app.tokens().operator().await?;
                app.tokens().revoke(&operator, &id).await?;
                say!("revoked {id}")
            }
        }
    }
}

async fn create(app: &App, name: &str, may_write: bool) -> anyhow::Result<()> {
    let operator = app.tokens().operator().await?;
    let token = app.tokens().create(&operator, name, may_write).await?;
    say!("id      {}\nsecret  {}", token.id, token.secret)
}

async fn list(app: &App) -> anyhow::Result<()> {
    let operator = app.tokens().operator().await?;
    let (mut tokens, mut cursor) = (Vec::new(), None);
    loop {
        let page = app.tokens().list(&operator, Page { limit: 100, page: 1, cursor }).await?;
        tokens.extend(page.tokens);
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    for token in tokens.into_iter().rev() {
        let scope = if token.may_write { "read,write" } else { "read" };
        let state = if token.revoked_ms.is_some() { "revoked" } else { "active" };
        say!("{:36}  {scope:10}  {state:7}  {}", token.id, token.name)?;
    }
    Ok(())
}
