//! The command line: what can be typed, and what each command does.

mod asset;
mod cut;
mod demo;
mod gc;
mod input;
mod inspect;
mod print;
mod progress;
mod serve;
mod token;
mod webhook;
mod workplace;

use std::fmt;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Arg, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::config::{Config, OnData, OnFile, OnMedia, Overrides};

/// The hidden command by which the program starts itself to enter the engine's sandbox.
pub(crate) const SANDBOX: &str = "sandbox";

/// How long what can't be interrupted has to end by itself.
const LEAVE: Duration = Duration::from_secs(1);

/// A self-hosted video clipping server: cuts to the exact frame, copies what can be copied.
#[derive(Debug, Parser)]
#[command(name = "subclip", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the APIs and playback
    Serve(With<serve::Serve, Overrides>),
    /// Cut a clip out of a file, to the exact frame; no server needed
    Cut(With<cut::Cut, OnFile>),
    /// Show a file's tracks and GOPs, and whether it can be served as it is
    Inspect(With<inspect::Inspect, OnFile>),
    /// Make, list and revoke access tokens
    Token(With<token::Token, OnData>),
    /// Make, list, change, delete and try out webhooks
    Webhook(With<webhook::Webhook, OnData>),
    /// Add assets
    Asset(With<asset::Asset, OnMedia>),
    /// Remove what no asset shows any more, and files that nothing knows
    Gc(With<gc::Gc, OnData>),
}

// A command, and the settings it goes by. No doc comment: it would be shown as what each command is about.
#[derive(Debug, Args)]
struct With<C: Args, O: Args> {
    #[command(flatten)]
    command: C,
    #[command(flatten)]
    overrides: O,
}

/// Runs what was typed.
pub(crate) fn run() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    if args.next().is_some_and(|first| first == SANDBOX) {
        return subclip_engine::sandbox::run(args);
    }
    let typed = without_empty_variables(Cli::command()).get_matches();
    let Cli { command } = Cli::from_arg_matches(&typed).unwrap_or_else(|error| error.exit());
    match start_log(matches!(command, Command::Serve(_))).and_then(|()| execute(command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<print::NobodyReads>() => ExitCode::SUCCESS,
        Err(error) => {
            // Where nobody reads that either, the exit code tells.
            let _ = print::line(&mut std::io::stderr(), format_args!("subclip: {}", print::told(&error)));
            ExitCode::FAILURE
        }
    }
}

fn execute(command: Command) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(async {
        match command {
            Command::Serve(it) => it.command.run(&Config::load(it.overrides)?).await,
            Command::Cut(it) => it.command.run(&Config::load(it.overrides)?).await,
            Command::Inspect(it) => it.command.run(&Config::load(it.overrides)?).await,
            Command::Token(it) => it.command.run(&Config::load(it.overrides)?).await,
            Command::Webhook(it) => it.command.run(&Config::load(it.overrides)?).await,
            Command::Asset(it) => it.command.run(&Config::load(it.overrides)?).await,
            Command::Gc(it) => it.command.run(&Config::load(it.overrides)?).await,
        }
    });
    // A copy of a large file, or a write that nobody takes, can't be interrupted and must not keep the program.
    runtime.shutdown_timeout(LEAVE);
    outcome
}

/// A variable that is set to nothing, as compose files and service units do, is as good as none.
fn without_empty_variables(command: clap::Command) -> clap::Command {
    let is_empty =
        |arg: &Arg| arg.get_env().is_some_and(|name| std::env::var_os(name).is_some_and(|v| v.is_empty()));
    let command = command.mut_args(|arg| if is_empty(&arg) { arg.env(None::<&str>) } else { arg });
    command.mut_subcommands(without_empty_variables)
}

/// The log goes to standard error. A server tells what it does; other commands only what goes wrong.
fn start_log(serving: bool) -> anyhow::Result<()> {
    let default = if serving { "info,sea_orm_migration=warn" } else { "error" };
    let wanted = std::env::var("SUBCLIP_LOG").unwrap_or_default();
    let filter = if wanted.is_empty() { default } else { &wanted };
    let filter = EnvFilter::try_new(filter)
        .with_context(|| format!("SUBCLIP_LOG: {filter} is no filter like info or warn,subclip_app=debug"))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A line that nobody reads is lost; telling of that in the same place would be a panic.
    log.log_internal_errors(false).init();
    Ok(())
}

/// A command was asked to end before it was done. The words say what became of its work.
#[derive(Debug)]
pub(crate) struct Stopped(String);

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stopped; {}", self.0)
    }
}

impl std::error::Error for Stopped {}

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

#[cfg(test)]
mod tests {
    use super::*;

    /// The options that the help of a command shows.
    fn shown(path: &[&str]) -> Vec<String> {
        let mut command = Cli::command();
        command.build();
        let found = path.iter().try_fold(&command, |at, name| at.find_subcommand(name)).unwrap();
        let options = found.get_opts().filter(|option| !option.is_hide_set());
        options.filter_map(|option| option.get_long()).map(str::to_owned).collect()
    }

    #[test]
    fn each_command_shows_the_settings_it_uses() {
        const ENGINE: [&str; 4] = ["ffmpeg", "ffprobe", "engine-slots", "sandbox"];
        const DATA: [&str; 3] = ["data", "database-url", "storage-url"];
        const ADDRESS: [&str; 2] = ["listen", "public-url"];
        const SERVING: [&str; 5] =
            ["token", "allow-private-urls", "join", "cache-bytes", "cache-memory-bytes"];
        let intake = ["max-file-bytes"];
        let all = [&ENGINE[..], &DATA, &ADDRESS, &SERVING, &intake].concat();
        let media = [&ENGINE[..], &DATA, &ADDRESS, &intake].concat();
        for (path, used) in [
            (&["serve"][..], all.clone()),
            (&["cut"], ENGINE.to_vec()),
            (&["inspect"], ENGINE.to_vec()),
            (&["token", "create"], DATA.to_vec()),
            (&["token", "list"], DATA.to_vec()),
            (&["token", "revoke"], DATA.to_vec()),
            (&["webhook", "create"], DATA.to_vec()),
            (&["webhook", "resend"], DATA.to_vec()),
            (&["asset", "add"], media),
            (&["gc"], DATA.to_vec()),
            (&[], vec![]),
        ] {
            let shown = shown(path);
            for setting in &all {
                let is_shown = shown.iter().any(|name| name == setting);
                assert_eq!(is_shown, used.contains(setting), "{path:?} {setting}");
            }
            assert_eq!(shown.iter().any(|name| name == "config"), !path.is_empty(), "{path:?}");
        }
    }

    #[test]
    fn what_each_command_is_about_is_said() {
        let command = Cli::command();
        assert!(command.get_subcommands().all(|one| one.get_about().is_some()));
        command.debug_assert();
    }
}
