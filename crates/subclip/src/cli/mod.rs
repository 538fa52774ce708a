//! The command line: what can be typed, and what each command does.

mod asset;
mod cut;
mod demo;
mod gc;
mod inspect;
mod progress;
mod serve;
mod token;

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

use crate::config::{Config, Overrides};

/// The hidden command by which the program starts itself to enter the engine's sandbox.
pub(crate) const SANDBOX: &str = "sandbox";

/// A self-hosted video clipping server: cuts to the exact frame, copies what can be copied.
#[derive(Debug, Parser)]
#[command(name = "subclip", version, about, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    overrides: Overrides,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the APIs and playback
    Serve(serve::Serve),
    /// Cut a clip out of a file, to the exact frame; no server needed
    Cut(cut::Cut),
    /// Show a file's tracks and GOPs, and whether it can be served as it is
    Inspect(inspect::Inspect),
    /// Make, list and revoke access tokens
    Token(token::Token),
    /// Add assets
    Asset(asset::Asset),
    /// Remove what no asset shows any more, and files that nothing knows
    Gc(gc::Gc),
}

/// Runs what was typed.
pub(crate) fn run() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    if args.next().is_some_and(|first| first == SANDBOX) {
        return subclip_engine::sandbox::run(args);
    }
    let cli = Cli::parse();
    start_log(matches!(cli.command, Command::Serve(_)));
    match execute(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("subclip: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn execute(cli: Cli) -> anyhow::Result<()> {
    let config = Config::load(cli.overrides)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match cli.command {
            Command::Serve(command) => command.run(&config).await,
            Command::Cut(command) => command.run(&config).await,
            Command::Inspect(command) => command.run(&config).await,
            Command::Token(command) => command.run(&config).await,
            Command::Asset(command) => command.run(&config).await,
            Command::Gc(command) => command.run(&config).await,
        }
    })
}

/// The log goes to standard error. A server tells what it does; other commands only what goes wrong.
fn start_log(serving: bool) {
    let default = if serving { "info" } else { "error" };
    let filter =
        tracing_subscriber::EnvFilter::try_from_env("SUBCLIP_LOG").unwrap_or_else(|_| default.into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
}

/// Until the process is asked to end.
pub(crate) async fn stopped() {
    let interrupt = tokio::signal::ctrl_c();
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = interrupt => {}
        () = terminate => {}
    }
}

/// Makes a file appear where a command works on it, without a copy where that can be.
fn link_or_copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    if std::fs::hard_link(from, to).is_err() {
        std::fs::copy(from, to).with_context(|| format!("{} can't be read", from.display()))?;
    }
    Ok(())
}
