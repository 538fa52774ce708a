//! Settings: from a file, the environment and flags, the later winning; checked whole before anything starts.

mod file;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

pub(crate) use file::{File, JoinMode, SandboxMode};

/// The largest file that is taken in unless something else is set: a day of 4K, and no disk by accident.
const MAX_FILE_BYTES: u64 = 256 << 30;

/// What can be set by flag or environment. Everything is optional: what is missing comes from the file, or is the
/// default.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Overrides {
    /// A configuration file; see `subclip.example.toml`
    #[arg(long, env = "SUBCLIP_CONFIG", global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The address to serve on [default: 127.0.0.1:8080]
    #[arg(long, env = "SUBCLIP_LISTEN", global = true, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<String>,
    /// The folder that holds the database and the media [default: ./data]
    #[arg(long, env = "SUBCLIP_DATA", global = true, value_name = "FOLDER")]
    pub(crate) data: Option<PathBuf>,
    /// The URL that viewers and uploaders reach this server by [default: http://LISTEN]
    #[arg(long, env = "SUBCLIP_PUBLIC_URL", global = true, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// A first access token as id:secret, made at start if it does not exist
    #[arg(long, env = "SUBCLIP_TOKEN", global = true, value_name = "ID:SECRET", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// The ffmpeg program [default: ffmpeg, searched on the PATH]
    #[arg(long, env = "SUBCLIP_FFMPEG", global = true, value_name = "PROGRAM")]
    pub(crate) ffmpeg: Option<PathBuf>,
    /// The ffprobe program [default: beside ffmpeg]
    #[arg(long, env = "SUBCLIP_FFPROBE", global = true, value_name = "PROGRAM")]
    pub(crate) ffprobe: Option<PathBuf>,
    /// The database [default: an SQLite file in the data folder]
    #[arg(long, env = "SUBCLIP_DATABASE_URL", global = true, value_name = "URL", hide_env_values = true)]
    pub(crate) database_url: Option<String>,
    /// Where media is kept [default: a folder in the data folder]
    #[arg(long, env = "SUBCLIP_STORAGE_URL", global = true, value_name = "URL", hide_env_values = true)]
    pub(crate) storage_url: Option<String>,
    /// Lets ingest by URL reach loopback and private addresses
    #[arg(long, env = "SUBCLIP_ALLOW_PRIVATE_URLS", global = true, value_name = "true|false",
          num_args = 0..=1, default_missing_value = "true")]
    pub(crate) allow_private_urls: Option<bool>,
    /// The most bytes that a file taken in may have, uploaded or fetched [default: 274877906944, 256 GiB]
    #[arg(long, env = "SUBCLIP_MAX_FILE_BYTES", global = true, value_name = "BYTES")]
    pub(crate) max_file_bytes: Option<u64>,
    /// How playlists join the parts of a clip: one-init or discontinuity [default: one-init]
    #[arg(long, env = "SUBCLIP_JOIN", global = true, value_name = "HOW")]
    pub(crate) join: Option<JoinMode>,
    /// Processes of the engine at once [default: the number of cores, at least 2]
    #[arg(long, env = "SUBCLIP_ENGINE_SLOTS", global = true, value_name = "N")]
    pub(crate) engine_slots: Option<usize>,
    /// What to do where the sandbox can't be enforced: required or best-effort [default: required]
    #[arg(long, env = "SUBCLIP_SANDBOX", global = true, value_name = "MODE")]
    pub(crate) sandbox: Option<SandboxMode>,
}

/// The settings a run goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Config {
    pub(crate) listen: SocketAddr,
    pub(crate) data: PathBuf,
    pub(crate) public_url: String,
    pub(crate) token: Option<(String, String)>,
    pub(crate) database_url: Option<String>,
    pub(crate) storage_url: Option<String>,
    pub(crate) allow_private_urls: bool,
    pub(crate) max_file_bytes: u64,
    pub(crate) join: JoinMode,
    pub(crate) ffmpeg: PathBuf,
    pub(crate) ffprobe: PathBuf,
    pub(crate) engine_slots: Option<usize>,
    pub(crate) sandbox: SandboxMode,
}

impl Config {
    /// Reads the file, lets the overrides win, and checks everything.
    pub(crate) fn load(overrides: Overrides) -> anyhow::Result<Self> {
        let file = match &overrides.config {
            Some(path) => File::read(path)?,
            None => File::default(),
        };
        Self::merge(overrides, file)
    }

    fn merge(overrides: Overrides, file: File) -> anyhow::Result<Self> {
        let listen_text = overrides.listen.or(file.listen).unwrap_or_else(|| "127.0.0.1:8080".into());
        let listen: SocketAddr = listen_text.parse().with_context(|| {
            format!("listen: {listen_text} is not an address and a port like 127.0.0.1:8080")
        })?;
        let public_url = match overrides.public_url.or(file.public_url) {
            Some(url) => checked_url("public_url", &url)?,
            None => format!("http://{listen}"),
        };
        let database_url = overrides.database_url.or(file.database_url);
        if let Some(url) = &database_url
            && !url.starts_with("sqlite:")
        {
            bail!("database_url: only sqlite: URLs are supported so far");
        }
        let storage_url = overrides.storage_url.or(file.storage_url);
        if let Some(url) = &storage_url
            && !url.starts_with("file:")
        {
            bail!("storage_url: only file: URLs are supported so far");
        }
        let max_file_bytes = overrides.max_file_bytes.or(file.max_file_bytes).unwrap_or(MAX_FILE_BYTES);
        if max_file_bytes == 0 {
            bail!("max_file_bytes: a server that takes no bytes takes nothing in");
        }
        let ffmpeg = overrides.ffmpeg.or(file.engine.ffmpeg).unwrap_or_else(|| "ffmpeg".into());
        let ffprobe = overrides.ffprobe.or(file.engine.ffprobe).unwrap_or_else(|| beside(&ffmpeg));
        Ok(Self {
            listen,
            data: overrides.data.or(file.data).unwrap_or_else(|| "data".into()),
            public_url,
            token: overrides.token.or(file.token).map(|text| checked_token(&text)).transpose()?,
            database_url,
            storage_url,
            allow_private_urls: overrides.allow_private_urls.or(file.allow_private_urls).unwrap_or(false),
            max_file_bytes,
            join: overrides.join.or(file.join).unwrap_or(JoinMode::OneInit),
            ffmpeg,
            ffprobe,
            engine_slots: overrides.engine_slots.or(file.engine.slots),
            sandbox: overrides.sandbox.or(file.engine.sandbox).unwrap_or(SandboxMode::Required),
        })
    }
}

/// `ffprobe` beside an `ffmpeg` given by path, where there is one; else the one on the PATH.
fn beside(ffmpeg: &Path) -> PathBuf {
    let sibling = ffmpeg.with_file_name("ffprobe");
    if ffmpeg.components().count() > 1 && sibling.exists() { sibling } else { "ffprobe".into() }
}

fn checked_url(name: &str, text: &str) -> anyhow::Result<String> {
    let url: axum::http::Uri = text.parse().with_context(|| format!("{name}: {text} is not a URL"))?;
    if !matches!(url.scheme_str(), Some("http" | "https")) || url.host().is_none() || url.query().is_some() {
        bail!("{name}: {text} is not a URL like https://video.example.com");
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// `id:secret`, both of characters that survive HTTP Basic.
fn checked_token(text: &str) -> anyhow::Result<(String, String)> {
    let printable = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic());
    match text.split_once(':') {
        Some((id, secret)) if printable(id) && printable(secret) && !secret.contains(':') => {
            Ok((id.to_owned(), secret.to_owned()))
        }
        _ => bail!("token: write it as id:secret, of printable characters without spaces"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(overrides: Overrides, file: &str) -> anyhow::Result<Config> {
        Config::merge(overrides, toml::from_str(file)?)
    }

    #[test]
    fn defaults_need_no_file() {
        let config = merged(Overrides::default(), "").unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.public_url, "http://127.0.0.1:8080");
        assert_eq!(config.data, PathBuf::from("data"));
        assert!(!config.allow_private_urls);
        assert_eq!(config.max_file_bytes, 274_877_906_944);
    }

    #[test]
    fn overrides_win_over_the_file() {
        let overrides = Overrides { listen: Some("0.0.0.0:9".into()), ..Overrides::default() };
        let config = merged(overrides, "listen = '127.0.0.1:1'\npublic_url = 'https://v.example/'").unwrap();
        assert_eq!(config.listen.to_string(), "0.0.0.0:9");
        assert_eq!(config.public_url, "https://v.example");
    }

    #[test]
    fn faults_name_the_setting() {
        let check = |file: &str, named: &str| {
            let error = format!("{:#}", merged(Overrides::default(), file).unwrap_err());
            assert!(error.contains(named), "{file}: {error}");
        };
        check("listen = 'here'", "listen");
        check("public_url = 'ftp://x'", "public_url");
        check("token = 'nosecret'", "token");
        check("token = 'a b:c'", "token");
        check("database_url = 'mysql://x'", "database_url");
        check("storage_url = 'ftp://x'", "storage_url");
        check("max_file_bytes = 0", "max_file_bytes");
        check("max_file_bytes = -1", "max_file_bytes");
        check("lissen = 'x'", "lissen");
        check("[engine]\nslotz = 1", "slotz");
        check("[engine]\nsandbox = 'off'", "sandbox");
    }

    #[test]
    fn the_sample_file_holds_the_defaults() {
        let sample = include_str!("../../../../subclip.example.toml");
        let as_it_stands = merged(Overrides::default(), sample).unwrap();
        let all_set: String = sample
            .lines()
            .map(|line| {
                line.strip_prefix("# ").filter(|l| l.contains(" = ") || l.starts_with('[')).unwrap_or(line)
            })
            .collect::<Vec<_>>()
            .join("\n");
        let uncommented: File = toml::from_str(&all_set).unwrap();
        assert_eq!(as_it_stands, merged(Overrides::default(), "").unwrap());
        assert!(uncommented.every_key_is_set(), "the sample names every key");
    }
}
