//! The configuration file: TOML, unknown keys refused.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Deserialize;
use subclip_playback::JoinBy;

/// The file as it is written; every key may be missing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) listen: Option<String>,
    pub(crate) data: Option<PathBuf>,
    pub(crate) public_url: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) database_url: Option<String>,
    pub(crate) storage_url: Option<String>,
    pub(crate) allow_private_urls: Option<bool>,
    pub(crate) max_file_bytes: Option<u64>,
    pub(crate) join: Option<JoinMode>,
    pub(crate) cache_bytes: Option<u64>,
    pub(crate) cache_memory_bytes: Option<u64>,
    pub(crate) engine: EngineFile,
    pub(crate) limits: LimitsFile,
}

/// The `[engine]` table.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EngineFile {
    pub(crate) ffmpeg: Option<PathBuf>,
    pub(crate) ffprobe: Option<PathBuf>,
    pub(crate) transcribe: Option<PathBuf>,
    pub(crate) slots: Option<usize>,
    pub(crate) sandbox: Option<SandboxMode>,
}

/// The `[limits]` table.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LimitsFile {
    pub(crate) requests_per_s: Option<u32>,
    pub(crate) most_preparing: Option<u64>,
    pub(crate) most_waiting_uploads: Option<u64>,
}

/// What to do where the kernel can't enforce the engine's sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SandboxMode {
    /// Refuse to start.
    Required,
    /// Enforce what can be, and say in the log what can't.
    BestEffort,
}

/// How playlists join the parts of a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum JoinMode {
    /// One init segment that holds all parameter sets.
    OneInit,
    /// A discontinuity and an init segment of its own wherever the parameter sets change.
    Discontinuity,
}

impl From<JoinMode> for JoinBy {
    fn from(mode: JoinMode) -> Self {
        match mode {
            JoinMode::OneInit => Self::OneInit,
            JoinMode::Discontinuity => Self::Discontinuity,
        }
    }
}

impl File {
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("{} is not a valid configuration", path.display()))
    }

    #[cfg(test)]
    pub(crate) fn every_key_is_set(&self) -> bool {
        let Self {
            listen,
            data,
            public_url,
            token,
            database_url,
            storage_url,
            allow_private_urls,
            max_file_bytes,
            join,
            cache_bytes,
            cache_memory_bytes,
            engine,
            limits,
        } = self;
        let LimitsFile { requests_per_s, most_preparing, most_waiting_uploads } = limits;
        let EngineFile { ffmpeg, ffprobe, transcribe, slots, sandbox } = engine;
        let texts = [listen, public_url, token, database_url, storage_url].iter().all(|key| key.is_some());
        let paths = [data, ffmpeg, ffprobe, transcribe].iter().all(|key| key.is_some());
        texts
            && paths
            && allow_private_urls.is_some()
            && max_file_bytes.is_some()
            && join.is_some()
            && cache_bytes.is_some()
            && cache_memory_bytes.is_some()
            && slots.is_some()
            && sandbox.is_some()
            && requests_per_s.is_some()
            && most_preparing.is_some()
            && most_waiting_uploads.is_some()
    }
}
