//! Opening what an installation is made of: its database, its store, its engine.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use subclip_app::{App, Parts, SystemClock};
use subclip_db::Database;
use subclip_engine::Engine;
use subclip_storage::{Cache, Storage};

use crate::cli::Stopped;
use crate::config::{Config, SandboxMode};

/// The name of the database in the data folder.
const DATABASE: &str = "subclip.db";
/// The file in the data folder that says who is in charge.
const WORKER: &str = "worker";
/// The folder in the data folder for what can be made again. It can be removed at any moment.
const CACHE: &str = "cache";
/// How often a process looks whether the one in charge is gone.
const LOOK_AGAIN: std::time::Duration = std::time::Duration::from_secs(1);

/// The application over the installation that the settings name, for a process that does its work. Folders are made
/// where they are missing.
pub(crate) async fn open(config: &Config) -> anyhow::Result<App> {
    open_as(config, worker).await
}

/// The same for a process that leaves the work to another one, unless it comes to be [`in_charge`].
pub(crate) async fn open_beside(config: &Config) -> anyhow::Result<App> {
    open_as(config, |_| Ok(subclip_app::random_name())).await
}

async fn open_as(config: &Config, worker: fn(&Path) -> anyhow::Result<String>) -> anyhow::Result<App> {
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("the data folder {} can't be made", config.data.display()))?;
    let database = config.database_url.clone().unwrap_or_else(|| in_data(&config.data, DATABASE));
    let db = Database::open(&database)
        .await
        .with_context(|| format!("the database {database} can't be opened"))?;
    let media = match &config.storage_url {
        Some(url) => url.trim_start_matches("file:").trim_start_matches("//").into(),
        None => config.data.join("media"),
    };
    let storage = Storage::local(&media)
        .with_context(|| format!("the media folder {} can't be opened", media.display()))?
        .with_most_file_bytes(config.max_file_bytes);
    let app = App::new(Parts {
        db,
        storage,
        cache: Cache::local(&config.data.join(CACHE), config.cache_bytes),
        cache_memory_bytes: config.cache_memory_bytes,
        engine: engine(config)?,
        clock: Arc::new(SystemClock),
        public_url: config.public_url.clone(),
        allow_private_urls: config.allow_private_urls,
        formats: subclip_dialects::webhook_formats(),
        limits: config.limits,
        worker: worker(&config.data)?,
    })?;
    app.claim_store().await.with_context(|| {
        let media = media.display();
        format!(
            "{media} can't be used with {database}; name the right --data, --database-url and --storage-url"
        )
    })?;
    Ok(app)
}

/// The same over an installation that must be there already: looking for one makes none.
pub(crate) async fn open_existing(config: &Config) -> anyhow::Result<App> {
    let data = config.data.display();
    if !config.data.is_dir() {
        bail!("there is no data folder {data}; name a server's with --data or SUBCLIP_DATA");
    }
    match &config.database_url {
        Some(url) if !Database::exists(url)? => bail!("there is no database {url}"),
        None if !config.data.join(DATABASE).is_file() => bail!(
            "the folder {data} holds no database of a server; name the right one with --data or SUBCLIP_DATA"
        ),
        _ => {}
    }
    open_beside(config).await
}

/// The engine; its temporary folders lie beside the media, so that files go in and out by link and rename.
pub(crate) fn engine(config: &Config) -> anyhow::Result<Engine> {
    let mut engine = subclip_engine::Config::new(launcher()?, config.data.join("work"));
    engine.ffmpeg.clone_from(&config.ffmpeg);
    engine.ffprobe.clone_from(&config.ffprobe);
    engine.transcriber.clone_from(&config.transcribe);
    engine.best_effort_sandbox = config.sandbox == SandboxMode::BestEffort;
    if let Some(slots) = config.engine_slots {
        engine.slots = slots;
    }
    Engine::new(engine).context("the media engine can't be set up")
}

/// What came of work on media. Where it failed and the engine does not work at all, that is what is told: whatever else
/// was seen follows from it.
pub(crate) async fn or_broken_engine<T>(config: &Config, outcome: anyhow::Result<T>) -> anyhow::Result<T> {
    if outcome.as_ref().is_err_and(|error| !error.is::<Stopped>()) {
        engine(config)?.check().await.context("the media engine can't be used")?;
    }
    outcome
}

/// This very program, in the mode that enters the sandbox.
fn launcher() -> anyhow::Result<Vec<OsString>> {
    let program = std::env::current_exe().context("this program does not know where it lies")?;
    Ok(vec![program.into(), crate::cli::SANDBOX.into()])
}

/// What this process is called in the queue. The first process on a data folder takes the folder's own name, and holds
/// it as long as it lives; so whoever gets it knows that the one before is gone. Others get a name of their own.
fn worker(data: &Path) -> anyhow::Result<String> {
    let own = subclip_app::random_name();
    let Some(mut charge) = try_in_charge(data)? else { return Ok(own) };
    let mut name = String::new();
    charge.0.read_to_string(&mut name)?;
    if name.is_empty() {
        name = own;
        charge.0.write_all(name.as_bytes())?;
    }
    charge.keep();
    Ok(name)
}

/// A process is in charge of a data folder as long as it has this: the lock of a file there.
#[derive(Debug)]
pub(crate) struct Charge(File);

impl Charge {
    /// Keeps it as long as the process lives.
    fn keep(self) {
        std::mem::forget(self);
    }
}

/// Waits as [`in_charge`] does, in the name of a process that works under it from its start; returns at once where it is
/// in charge already. So a server that was started beside another process succeeds it.
pub(crate) async fn succeed(data: &Path, name: &str) -> anyhow::Result<()> {
    if std::fs::read_to_string(data.join(WORKER))? == name {
        return Ok(());
    }
    let mut charge = in_charge(data).await?;
    charge.0.set_len(0)?;
    charge.0.write_all(name.as_bytes())?;
    charge.keep();
    Ok(())
}

/// Takes charge of a data folder where no process has it.
pub(crate) fn try_in_charge(data: &Path) -> anyhow::Result<Option<Charge>> {
    let mut options = File::options();
    let file = options.create(true).truncate(false).read(true).write(true).open(data.join(WORKER))?;
    Ok(file.try_lock().is_ok().then_some(Charge(file)))
}

/// Waits until no other process is in charge of a data folder, and takes charge of it.
pub(crate) async fn in_charge(data: &Path) -> anyhow::Result<Charge> {
    loop {
        if let Some(charge) = try_in_charge(data)? {
            return Ok(charge);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

fn in_data(data: &Path, name: &str) -> String {
    format!("sqlite:{}", data.join(name).display())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::Overrides;

    #[tokio::test]
    async fn looking_for_an_installation_makes_none() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let config = Config { data: data.clone(), ..Config::load(Overrides::default()).unwrap() };
        let refused = async || open_existing(&config).await.err().unwrap().to_string();
        assert!(refused().await.contains("no data folder"));
        assert!(!data.exists());
        std::fs::create_dir(&data).unwrap();
        assert!(refused().await.contains("no database"));
        assert_eq!(std::fs::read_dir(&data).unwrap().count(), 0);
        open(&config).await.unwrap();
        open_existing(&config).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_succeeds_the_command_it_was_started_beside() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        std::fs::write(data.join(WORKER), "the server before").unwrap();
        let command = try_in_charge(data).unwrap().unwrap();
        let server = worker(data).unwrap();
        assert_ne!(server, "the server before");
        let waits = tokio::time::timeout(Duration::from_secs(60), succeed(data, &server)).await;
        assert!(waits.is_err(), "the command lives");
        drop(command);
        succeed(data, &server).await.unwrap();
        assert_eq!(std::fs::read_to_string(data.join(WORKER)).unwrap(), server);
        assert!(try_in_charge(data).unwrap().is_none());
        succeed(data, &server).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn one_process_at_a_time_is_in_charge() {
        let folder = tempfile::tempdir().unwrap();
        let server = try_in_charge(folder.path()).unwrap().unwrap();
        assert!(try_in_charge(folder.path()).unwrap().is_none());
        let charge = tokio::spawn({
            let data = folder.path().to_owned();
            async move { in_charge(&data).await.unwrap() }
        });
        tokio::time::sleep(10 * LOOK_AGAIN).await;
        assert!(!charge.is_finished(), "the server lives");
        drop(server);
        let charge = charge.await.unwrap();
        assert!(try_in_charge(folder.path()).unwrap().is_none());
        drop(charge);
        assert!(try_in_charge(folder.path()).unwrap().is_some());
    }
}
