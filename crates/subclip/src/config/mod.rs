//! Settings: from a file, the environment and flags, the later winning; checked whole before anything starts.

mod file;
mod overrides;

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use subclip_app::Limits;

use file::LimitsFile;
pub(crate) use file::{File, JoinMode, SandboxMode};
use overrides::LimitsGroup;
pub(crate) use overrides::{OnData, OnFile, OnMedia, Overrides};

/// The largest file that is taken in unless something else is set: a day of 4K, and no disk by accident.
const MAX_FILE_BYTES: u64 = 256 << 30;

/// What is kept of what can be made again unless something else is set: some ten hours of a rung.
const CACHE_BYTES: u64 = 10 << 30;
/// Of which so many are kept in memory too: some 200 segments of lower qualities.
const CACHE_MEMORY_BYTES: u64 = 64 << 20;

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
    pub(crate) cache_bytes: u64,
    pub(crate) cache_memory_bytes: u64,
    pub(crate) ffmpeg: PathBuf,
    pub(crate) ffprobe: PathBuf,
    pub(crate) transcribe: Option<PathBuf>,
    pub(crate) engine_slots: Option<usize>,
    pub(crate) sandbox: SandboxMode,
    pub(crate) limits: Limits,
}

impl Config {
    /// Reads the file, lets the overrides win, and checks everything.
    pub(crate) fn load(overrides: impl Into<Overrides>) -> anyhow::Result<Self> {
        let overrides = overrides.into();
        let file = match &overrides.file.config {
            Some(path) => File::read(path)?,
            None => File::default(),
        };
        Self::merge(overrides, file)
    }

    fn merge(overrides: Overrides, file: File) -> anyhow::Result<Self> {
        let Overrides { file: _, address, data, intake, serving, engine, limits } = overrides;
        let listen_text = address.listen.or(file.listen).unwrap_or_else(|| "127.0.0.1:8080".into());
        let listen: SocketAddr = listen_text.parse().with_context(|| {
            format!("listen: {listen_text} is not an address and a port like 127.0.0.1:8080")
        })?;
        let public_url = match address.public_url.or(file.public_url) {
            Some(url) => checked_url("public_url", &url)?,
            None => format!("http://{listen}"),
        };
        let database_url = data.database_url.or(file.database_url);
        if let Some(url) = &database_url
            && !names_a_path(url, "sqlite:")
        {
            bail!("database_url: {url} is not like sqlite:/srv/subclip.db; nothing else is supported so far");
        }
        let storage_url = data.storage_url.or(file.storage_url);
        if let Some(url) = &storage_url
            && !names_a_path(url, "file:")
        {
            bail!("storage_url: {url} is not like file:/srv/media; nothing else is supported so far");
        }
        let max_file_bytes = intake.max_file_bytes.or(file.max_file_bytes).unwrap_or(MAX_FILE_BYTES);
        if max_file_bytes == 0 {
            bail!("max_file_bytes: a server that takes no bytes takes nothing in");
        }
        let ffmpeg = engine.ffmpeg.or(file.engine.ffmpeg).unwrap_or_else(|| "ffmpeg".into());
        let ffprobe = engine.ffprobe.or(file.engine.ffprobe).unwrap_or_else(|| beside(&ffmpeg));
        Ok(Self {
            listen,
            data: data.data.or(file.data).unwrap_or_else(|| "data".into()),
            public_url,
            token: serving.token.or(file.token).map(|text| checked_token(&text)).transpose()?,
            database_url,
            storage_url,
            allow_private_urls: serving.allow_private_urls.or(file.allow_private_urls).unwrap_or(false),
            max_file_bytes,
            join: serving.join.or(file.join).unwrap_or(JoinMode::OneInit),
            cache_bytes: serving.cache_bytes.or(file.cache_bytes).unwrap_or(CACHE_BYTES),
            cache_memory_bytes: serving
                .cache_memory_bytes
                .or(file.cache_memory_bytes)
                .unwrap_or(CACHE_MEMORY_BYTES),
            ffmpeg,
            ffprobe,
            transcribe: engine.transcribe.or(file.engine.transcribe),
            engine_slots: engine.engine_slots.or(file.engine.slots),
            sandbox: engine.sandbox.or(file.engine.sandbox).unwrap_or(SandboxMode::Required),
            limits: merged_limits(&limits, file.limits),
        })
    }
}

fn merged_limits(set: &LimitsGroup, file: LimitsFile) -> Limits {
    let usual = Limits::default();
    Limits {
        requests_per_s: match set.requests_per_s.or(file.requests_per_s) {
            None => usual.requests_per_s,
            Some(rate) => NonZeroU32::new(rate),
        },
        most_preparing: set.most_preparing.or(file.most_preparing).unwrap_or(usual.most_preparing),
        most_waiting_uploads: set
            .most_waiting_uploads
            .or(file.most_waiting_uploads)
            .unwrap_or(usual.most_waiting_uploads),
    }
}

fn names_a_path(url: &str, scheme: &str) -> bool {
    url.strip_prefix(scheme).is_some_and(|path| !path.trim_start_matches("//").is_empty())
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

    #[derive(clap::Parser)]
    struct Typed {
        #[command(flatten)]
        overrides: Overrides,
    }

    fn typed(args: &[&str]) -> Overrides {
        let args = ["subclip"].iter().chain(args);
        <Typed as clap::Parser>::try_parse_from(args).unwrap().overrides
    }

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
        assert_eq!((config.cache_bytes, config.cache_memory_bytes), (10_737_418_240, 67_108_864));
    }

    #[test]
    fn no_rate_is_no_bound() {
        let rate = |args: &[&str], file: &str| {
            merged(typed(args), file).unwrap().limits.requests_per_s.map(NonZeroU32::get)
        };
        assert_eq!(rate(&[], ""), Some(100));
        assert_eq!(rate(&["--requests-per-s", "7"], "[limits]\nrequests_per_s = 5"), Some(7));
        assert_eq!(rate(&[], "[limits]\nrequests_per_s = 0"), None);
    }

    #[test]
    fn overrides_win_over_the_file() {
        let overrides = typed(&["--listen", "0.0.0.0:9"]);
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
        check("database_url = 'sqlite:'", "database_url");
        check("database_url = 'sqlite://'", "database_url");
        check("storage_url = 'ftp://x'", "storage_url");
        check("storage_url = 'file:'", "storage_url");
        check("max_file_bytes = 0", "max_file_bytes");
        check("max_file_bytes = -1", "max_file_bytes");
        check("cache_bytes = -1", "cache_bytes");
        check("cache_memory_bytes = -1", "cache_memory_bytes");
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
