//! What can be set by flag or environment, in groups: each command takes those it uses.

use std::path::PathBuf;

use clap::Args;

use super::{JoinMode, SandboxMode};

/// Every group, for the command that uses them all. What is missing comes from the file, or is the default.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Overrides {
    #[command(flatten)]
    pub(super) file: FileGroup,
    #[command(flatten)]
    pub(super) address: AddressGroup,
    #[command(flatten)]
    pub(super) data: DataGroup,
    #[command(flatten)]
    pub(super) intake: IntakeGroup,
    #[command(flatten)]
    pub(super) serving: ServingGroup,
    #[command(flatten)]
    pub(super) engine: EngineGroup,
    #[command(flatten)]
    pub(super) limits: LimitsGroup,
}

/// For commands on a file, which need no installation.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct OnFile {
    #[command(flatten)]
    file: FileGroup,
    #[command(flatten)]
    engine: EngineGroup,
}

/// For commands on an installation's rows and bytes.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct OnData {
    #[command(flatten)]
    file: FileGroup,
    #[command(flatten)]
    data: DataGroup,
}

/// For commands that take media into an installation, and print where it plays.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct OnMedia {
    #[command(flatten)]
    file: FileGroup,
    #[command(flatten)]
    address: AddressGroup,
    #[command(flatten)]
    data: DataGroup,
    #[command(flatten)]
    intake: IntakeGroup,
    #[command(flatten)]
    engine: EngineGroup,
}

impl From<OnFile> for Overrides {
    fn from(OnFile { file, engine }: OnFile) -> Self {
        Self { file, engine, ..Self::default() }
    }
}

impl From<OnData> for Overrides {
    fn from(OnData { file, data }: OnData) -> Self {
        Self { file, data, ..Self::default() }
    }
}

impl From<OnMedia> for Overrides {
    fn from(OnMedia { file, address, data, intake, engine }: OnMedia) -> Self {
        Self { file, address, data, intake, engine, ..Self::default() }
    }
}

#[derive(Debug, Clone, Default, Args)]
pub(super) struct FileGroup {
    /// A configuration file; see `subclip.example.toml`
    #[arg(long, env = "SUBCLIP_CONFIG", global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
}

#[derive(Debug, Clone, Default, Args)]
pub(super) struct AddressGroup {
    /// The address to serve on [default: 127.0.0.1:8080]
    #[arg(long, env = "SUBCLIP_LISTEN", global = true, value_name = "ADDRESS:PORT")]
    pub(super) listen: Option<String>,
    /// The URL that viewers and uploaders reach this server by [default: http://LISTEN]
    #[arg(long, env = "SUBCLIP_PUBLIC_URL", global = true, value_name = "URL")]
    pub(super) public_url: Option<String>,
}

#[derive(Debug, Clone, Default, Args)]
pub(super) struct DataGroup {
    /// The folder that holds the database and the media [default: ./data]
    #[arg(long, env = "SUBCLIP_DATA", global = true, value_name = "FOLDER")]
    pub(super) data: Option<PathBuf>,
    /// The database [default: an SQLite file in the data folder]
    #[arg(long, env = "SUBCLIP_DATABASE_URL", global = true, value_name = "URL", hide_env_values = true)]
    pub(super) database_url: Option<String>,
    /// Where media is kept [default: a folder in the data folder]
    #[arg(long, env = "SUBCLIP_STORAGE_URL", global = true, value_name = "URL", hide_env_values = true)]
    pub(super) storage_url: Option<String>,
}

#[derive(Debug, Clone, Default, Args)]
pub(super) struct IntakeGroup {
    /// The most bytes that a file taken in may have, uploaded or fetched [default: 274877906944, 256 GiB]
    #[arg(long, env = "SUBCLIP_MAX_FILE_BYTES", global = true, value_name = "BYTES")]
    pub(super) max_file_bytes: Option<u64>,
}

#[derive(Debug, Clone, Default, Args)]
pub(super) struct ServingGroup {
    /// A first access token as id:secret, made at start if it does not exist
    #[arg(long, env = "SUBCLIP_TOKEN", global = true, value_name = "ID:SECRET", hide_env_values = true)]
    pub(super) token: Option<String>,
    /// Lets ingest by URL and webhooks reach loopback and private addresses
    #[arg(long, env = "SUBCLIP_ALLOW_PRIVATE_URLS", global = true, value_name = "true|false",
          num_args = 0..=1, default_missing_value = "true")]
    pub(super) allow_private_urls: Option<bool>,
    /// How playlists join the parts of a clip: one-init or discontinuity [default: one-init]
    #[arg(long, env = "SUBCLIP_JOIN", global = true, value_name = "HOW")]
    pub(super) join: Option<JoinMode>,
    /// The most bytes on the disk for what can be made again, such as lower qualities [default: 10737418240, 10 GiB]
    #[arg(long, env = "SUBCLIP_CACHE_BYTES", global = true, value_name = "BYTES")]
    pub(super) cache_bytes: Option<u64>,
    /// The most bytes of that which are kept in memory too, for those who ask next [default: 67108864, 64 MiB]
    #[arg(long, env = "SUBCLIP_CACHE_MEMORY_BYTES", global = true, value_name = "BYTES")]
    pub(super) cache_memory_bytes: Option<u64>,
}

#[derive(Debug, Clone, Default, Args)]
pub(super) struct EngineGroup {
    /// The ffmpeg program [default: ffmpeg, searched on the PATH]
    #[arg(long, env = "SUBCLIP_FFMPEG", global = true, value_name = "PROGRAM")]
    pub(super) ffmpeg: Option<PathBuf>,
    /// The ffprobe program [default: beside ffmpeg]
    #[arg(long, env = "SUBCLIP_FFPROBE", global = true, value_name = "PROGRAM")]
    pub(super) ffprobe: Option<PathBuf>,
    /// A program that turns sound into captions: a WAV on its standard input, WebVTT on its standard output
    #[arg(long, env = "SUBCLIP_TRANSCRIBE", global = true, value_name = "PROGRAM")]
    pub(super) transcribe: Option<PathBuf>,
    /// Processes of the engine at once [default: the number of cores, at least 2]
    #[arg(long, env = "SUBCLIP_ENGINE_SLOTS", global = true, value_name = "N")]
    pub(super) engine_slots: Option<usize>,
    /// What to do where the sandbox can't be enforced: required or best-effort [default: required]
    #[arg(long, env = "SUBCLIP_SANDBOX", global = true, value_name = "MODE")]
    pub(super) sandbox: Option<SandboxMode>,
}

#[derive(Debug, Clone, Default, Args)]
pub(super) struct LimitsGroup {
    /// Requests per second that an access token may make in the long run, ten times as many at once; 0 for any number
    /// [default: 100]
    #[arg(long, env = "SUBCLIP_REQUESTS_PER_S", global = true, value_name = "N")]
    pub(super) requests_per_s: Option<u32>,
    /// Assets of a workspace that are being prepared at once [default: 1000]
    #[arg(long, env = "SUBCLIP_MOST_PREPARING", global = true, value_name = "N")]
    pub(super) most_preparing: Option<u64>,
    /// Uploads of a workspace that wait for their files at once [default: 10000]
    #[arg(long, env = "SUBCLIP_MOST_WAITING_UPLOADS", global = true, value_name = "N")]
    pub(super) most_waiting_uploads: Option<u64>,
}
