//! `subclip asset`.

use std::path::{Path, PathBuf};
use std::pin::pin;

use anyhow::bail;
use clap::{Args, Subcommand};
use futures::{FutureExt as _, StreamExt as _};
use subclip_app::{App, AssetSettings, Caller, NewAsset, Policy, Status, TrackDetail, Workers};
use subclip_core::AssetId;
use tokio_util::io::ReaderStream;

use super::print::say;
use super::progress::Follow;
use super::{Stopped, input};
use crate::config::Config;
use crate::open::{in_charge, open_beside, or_broken_engine, try_in_charge};

/// Add assets.
#[derive(Debug, Args)]
pub(crate) struct Asset {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Take a file in, wait until it plays, and print its links
    Add {
        /// The file; it stays where it is
        file: PathBuf,
        /// A title
        #[arg(long)]
        title: Option<String>,
    },
}

impl Asset {
    pub(crate) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let Command::Add { file, title } = self.command;
        // A file that can't be read needs no data folder.
        input::open(&file)?;
        let app = open_beside(config).await?;
        let added = add_unless_stopped(config, &app, &file, title).await;
        let asset = or_broken_engine(config, added).await?;
        print_links(&app, &asset)
    }
}

/// Adds a file. A server on the same data folder does the work; where there is none, or it ends, this process does.
async fn add_unless_stopped(
    config: &Config,
    app: &App,
    file: &Path,
    title: Option<String>,
) -> anyhow::Result<subclip_app::Asset> {
    let caller = app.tokens().operator().await?;
    let mut stopped = super::stopped().boxed().shared();
    let sent = send(app, &caller, file, title, stopped.clone()).await;
    if sent.is_err() && stopped.peek().is_some() {
        return Err(not_added().into());
    }
    let asset = sent?;

    let mut playing = pin!(playing(app, &caller, asset));
    let charge = tokio::select! {
        added = &mut playing => return added,
        charge = in_charge(&config.data) => Some(charge?),
        () = &mut stopped => None,
    };
    if charge.is_none() {
        return Err(leave(config, app, &caller, asset).await?.into());
    }
    let workers = Workers::start(app).await?;
    let added = tokio::select! {
        added = &mut playing => added,
        () = &mut stopped => match app.assets().delete(&caller, asset).await {
            Ok(()) => Err(not_added().into()),
            Err(error) => Err(error.into()),
        },
    };
    workers.stop().await;
    if added.as_ref().is_err_and(|error| error.is::<Stopped>()) {
        app.remove_unneeded().await?;
    }
    added
}

/// Leaves an asset to the process that works on it; where there is none any more, it goes.
async fn leave(config: &Config, app: &App, caller: &Caller, asset: AssetId) -> anyhow::Result<Stopped> {
    if try_in_charge(&config.data)?.is_none() {
        let words = format!("the process that works on this data folder goes on with the asset {asset}");
        return Ok(Stopped(words));
    }
    app.assets().delete(caller, asset).await?;
    app.remove_unneeded().await?;
    Ok(not_added())
}

/// Takes a file in, and waits until it plays.
pub(crate) async fn add(app: &App, file: &Path, title: Option<String>) -> anyhow::Result<subclip_app::Asset> {
    let caller = app.tokens().operator().await?;
    let asset = send(app, &caller, file, title, std::future::pending()).await?;
    playing(app, &caller, asset).await
}

/// Sends a file, unless it is stopped halfway.
async fn send(
    app: &App,
    caller: &Caller,
    file: &Path,
    title: Option<String>,
    stopped: impl Future<Output = ()> + Send,
) -> anyhow::Result<AssetId> {
    let opened = input::open(file)?;
    let length = opened.metadata()?.len();
    let bytes = ReaderStream::with_capacity(tokio::fs::File::from_std(opened), 1 << 20);
    let settings = AssetSettings { title, ..AssetSettings::default() };
    let new = NewAsset { settings, policies: vec![Policy::Public] };
    // Cut short, it comes to fewer bytes than were announced, and nothing is made of it.
    let asset = app.assets().create_from_bytes(caller, bytes.take_until(stopped), length, new).await?;
    Ok(asset.id)
}

fn not_added() -> Stopped {
    Stopped("nothing was added".into())
}

/// Waits until an asset plays.
pub(crate) async fn playing(app: &App, caller: &Caller, id: AssetId) -> anyhow::Result<subclip_app::Asset> {
    let bar = Follow::new();
    let asset = app.assets().settled(caller, id, |asset| bar.show(asset)).await?;
    drop(bar);
    match (asset.status, &asset.failure) {
        (Status::Ready, _) => Ok(asset),
        (_, Some(failure)) => bail!("{}", failure.message),
        (_, None) => bail!("the asset can't be made"),
    }
}

/// Prints where an asset plays.
pub(crate) fn print_links(app: &App, asset: &subclip_app::Asset) -> anyhow::Result<()> {
    say!("asset  {}", asset.id)?;
    for playback in &asset.playback {
        say!("HLS    {}/{}.m3u8", app.public_url(), playback.id)?;
        let has_pictures = asset.tracks.iter().any(|t| matches!(t.detail, TrackDetail::Video { .. }));
        let (kind, file) = if has_pictures { ("MP4", "highest.mp4") } else { ("M4A", "audio.m4a") };
        say!("{kind}    {}/{}/{file}", app.public_url(), playback.id)?;
    }
    Ok(())
}
