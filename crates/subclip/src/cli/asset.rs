//! `subclip asset`.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, Subcommand};
use subclip_app::{
    App, AssetSettings, Caller, NewAsset, NewUpload, Policy, Received, Sent, Status, TrackDetail, Workers,
};
use subclip_core::AssetId;

use super::input;
use super::print::say;
use super::progress::Follow;
use crate::config::Config;
use crate::open::{in_charge, open_beside, or_broken_engine};

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
        let app = open_beside(config).await?;
        app.tokens().operator().await?;
        let added = add_beside(config, &app, &file, title).await;
        let asset = or_broken_engine(config, added).await?;
        print_links(&app, &asset)
    }
}

/// Adds a file. A server on the same data folder does the work; where there is none, or it ends, this process does.
async fn add_beside(
    config: &Config,
    app: &App,
    file: &Path,
    title: Option<String>,
) -> anyhow::Result<subclip_app::Asset> {
    let mut adding = std::pin::pin!(add(app, file, title));
    tokio::select! {
        added = &mut adding => return added,
        charge = in_charge(&config.data) => charge?,
    }
    let workers = Workers::start(app).await?;
    let added = adding.await;
    workers.stop().await;
    added
}

/// Sends a file through a direct upload of the default workspace, and waits until it plays.
pub(crate) async fn add(app: &App, file: &Path, title: Option<String>) -> anyhow::Result<subclip_app::Asset> {
    let caller = app.tokens().operator().await?;
    let opened = input::open(file)?;
    let length = opened.metadata()?.len();
    let settings = AssetSettings { title, ..AssetSettings::default() };
    let upload = app
        .uploads()
        .create(
            &caller,
            NewUpload {
                timeout_s: 7 * 24 * 3600,
                cors_origin: String::new(),
                new_asset: NewAsset { settings, policies: vec![Policy::Public] },
                test: false,
            },
        )
        .await?;
    let bytes = tokio_util::io::ReaderStream::with_capacity(tokio::fs::File::from_std(opened), 1 << 20);
    let sent = Sent::Whole { length: Some(length) };
    let received = app.uploads().receive(upload.id, &upload.secret, sent, bytes).await;
    if let Ok(Received::Complete { asset }) = received {
        return playing(app, &caller, asset).await;
    }
    app.uploads().cancel(&caller, upload.id).await?;
    match received? {
        Received::TooLarge { most_bytes } => {
            bail!("{} has more than {most_bytes} bytes; see max_file_bytes", file.display())
        }
        _ => bail!("{} was cut short while it was read", file.display()),
    }
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
