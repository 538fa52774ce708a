//! Who may play: the one place where it is decided whether a viewer may have what was asked for.

mod key;
mod session;
mod token;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use subclip_core::{PlaybackId, RestrictionId, SigningKeyId, WorkspaceId};
use subclip_db::{asset, playback_id, playback_restriction, server_secret, signing_key};
use tokio::sync::OnceCell;

use crate::app::App;
use crate::excerpt::Excerpt;
use crate::playable::Playable;
use crate::remembered::Remembered;
use crate::room::Room;
use crate::{Error, Kind, Result, random, restrictions};

use key::VerifyingKey;
use session::Signer;

pub use key::KeyAlgorithm;
pub(crate) use key::{PublicKey, draw};
pub use session::Session;
pub use subclip_core::access::{ReferrerRules, Rules, UserAgentRules, Viewer};

/// What a viewer brings beside a playback id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass<'a> {
    /// Nothing.
    None,
    /// A signed token.
    Token(&'a str),
    /// A path signature that a playlist named.
    Session {
        /// The signature.
        text: &'a str,
        /// The part of the media that it was named for.
        excerpt: Option<Excerpt>,
    },
}

/// What is asked for, as a token's audience says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Playlists, media and files.
    Video,
    /// Single pictures.
    Thumbnail,
    /// Pictures that move.
    Animation,
    /// Storyboards, and what tells where to look on them.
    Storyboard,
}

impl Purpose {
    /// What a token for this has as its audience. There are others, for things that are not served: a token for them
    /// opens nothing here.
    fn audience(self) -> &'static str {
        match self {
            Self::Video => "v",
            Self::Thumbnail => "t",
            Self::Animation => "g",
            Self::Storyboard => "s",
        }
    }
}

/// Who was let in, and to what.
#[derive(Debug, Clone)]
pub struct Admitted {
    /// What the playback id plays.
    pub playable: Arc<Playable>,
    /// What a token or session allows; `None` for a public id.
    pub grant: Option<Grant>,
}

/// What a token, or the session made of it, allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// What a path signature made of it says.
    pub session: Session,
    /// What a token says beside that, by name: the parameters that a public id takes from the query. Empty for a session.
    pub params: BTreeMap<String, String>,
}

/// What a playback id opens to, whatever it plays by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Door {
    pub(crate) policy: playback_id::Policy,
    pub(crate) workspace: WorkspaceId,
}

/// Other machines may delete a key or change a restriction: what was looked up is looked at again this often.
const KNOWN_FOR: Duration = Duration::from_secs(2);
/// Room for keys, and for restrictions; unknown ids that were asked for count too.
const KNOWN: u64 = 4_096;
/// The name of the secret that path signatures are made with.
const PATHS: &str = "paths";
/// All that anyone is told who may not play. Why is in the log, for those who have one.
const REFUSED: &str = "This playback id needs a valid token.";

/// What is remembered of keys and restrictions.
pub(crate) struct Gatekeeper {
    keys: Remembered<SigningKeyId, Option<Arc<KnownKey>>, SigningKeyId>,
    restrictions: Remembered<RestrictionId, Option<Arc<KnownRules>>, RestrictionId>,
    signer: OnceCell<Signer>,
    /// Where keys are drawn, one at a time.
    pub(crate) drawing: Room,
}

struct KnownKey {
    workspace: WorkspaceId,
    key: VerifyingKey,
}

struct KnownRules {
    workspace: WorkspaceId,
    rules: Rules,
}

impl Gatekeeper {
    pub(crate) fn new() -> Self {
        Self {
            keys: Remembered::new(KNOWN, KNOWN_FOR, |id, _| *id),
            restrictions: Remembered::new(KNOWN, KNOWN_FOR, |id, _| *id),
            signer: OnceCell::new(),
            drawing: Room::new(1, 8, "Too many signing keys are being made; try again soon."),
        }
    }

    pub(crate) async fn forget_key(&self, id: SigningKeyId) {
        self.keys.forget(id).await;
    }

    pub(crate) async fn forget_restriction(&self, id: RestrictionId) {
        self.restrictions.forget(id).await;
    }
}

/// Why somebody may not play: for the log alone.
type Why = &'static str;

/// A refusal, and an error of ours on the way to it.
enum Refusal {
    Why(Why),
    Error(Error),
}

impl From<Why> for Refusal {
    fn from(why: Why) -> Self {
        Self::Why(why)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl App {
    /// What a playback id plays, if this viewer may have it.
    ///
    /// # Errors
    /// `Forbidden` where a signed id is asked for without a pass that is good; `Invalid` for a public id with a token,
    /// which it does not take; else as [`App::playable`].
    pub async fn admit(
        &self,
        id: PlaybackId,
        pass: Pass<'_>,
        purpose: Purpose,
        viewer: &Viewer<'_>,
    ) -> Result<Admitted> {
        let opened = self.open(id).await;
        // Why nothing plays is for those alone who may play.
        let door = match &opened {
            Ok((door, _)) => *door,
            Err(_) => self.door(id, pass).await?,
        };
        let grant = match (door.policy, pass) {
            (playback_id::Policy::Public, Pass::None) => None,
            (playback_id::Policy::Public, Pass::Token(_)) => {
                // So that nobody takes its bounds for being kept.
                return Err(Error::invalid(
                    "Invalid Parameters: this playback id is public and takes no token.",
                ));
            }
            (playback_id::Policy::Public, Pass::Session { .. }) => return Err(refused(id, "a public id")),
            (playback_id::Policy::Signed, _) => {
                match self.grant(id, door.workspace, pass, purpose, viewer).await {
                    Ok(grant) => Some(grant),
                    Err(Refusal::Why(why)) => return Err(refused(id, why)),
                    Err(Refusal::Error(error)) => return Err(error),
                }
            }
        };
        Ok(Admitted { playable: opened?.1, grant })
    }

    /// Who has a session is not told that its id is gone.
    async fn door(&self, id: PlaybackId, pass: Pass<'_>) -> Result<Door> {
        match self.load_door(id).await {
            Err(error) if error.kind == Kind::NotFound && matches!(pass, Pass::Session { .. }) => {
                Err(refused(id, "no such id"))
            }
            found => found,
        }
    }

    async fn load_door(&self, id: PlaybackId) -> Result<Door> {
        let not_found = || Error::not_found("playback id");
        let playback = playback_id::get(self.db(), id).await?.ok_or_else(not_found)?;
        let row = asset::get(self.db(), playback.asset).await?.ok_or_else(not_found)?;
        Ok(Door { policy: playback.policy, workspace: row.workspace })
    }

    async fn grant(
        &self,
        id: PlaybackId,
        workspace: WorkspaceId,
        pass: Pass<'_>,
        purpose: Purpose,
        viewer: &Viewer<'_>,
    ) -> Result<Grant, Refusal> {
        let now_ms = self.now_ms();
        let grant = match pass {
            Pass::None => return Err("no token".into()),
            Pass::Token(token) => {
                let named = token::key_named(token)?;
                let known = self.known_key(named, workspace).await?;
                let claims = token::check(token, &known.key, id, purpose.audience(), now_ms)?;
                let token::Claims { expires_s, restriction, params } = claims;
                // What its parameters mean is for those to say who read them.
                let session = Session { key: named, expires_s, restriction, most_lines: None };
                Grant { session, params }
            }
            // What a session opens is media, whose playlist was asked for with a token for it.
            Pass::Session { text, excerpt } if purpose == Purpose::Video => {
                let session = self.signer().await?.read(id, excerpt, text).ok_or("an altered session")?;
                if session.expired(now_ms) {
                    return Err("an expired session".into());
                }
                self.known_key(session.key, workspace).await?;
                Grant { session, params: BTreeMap::new() }
            }
            Pass::Session { .. } => return Err("a session for what it does not open".into()),
        };
        if let Some(restriction) = grant.session.restriction {
            let known = self.known_rules(restriction, workspace).await?;
            if !known.rules.allow(viewer) {
                return Err("its restriction".into());
            }
        }
        Ok(grant)
    }

    /// What stands in the URLs of media that this grant opens, of the part `excerpt`.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn session(&self, id: PlaybackId, excerpt: Option<Excerpt>, grant: &Grant) -> Result<String> {
        Ok(self.signer().await?.write(id, excerpt, &grant.session))
    }

    async fn signer(&self) -> Result<&Signer> {
        let load = async {
            let fresh = random::secret_bytes();
            let secret = server_secret::ensure(self.db(), PATHS, fresh, self.now_ms()).await?;
            Ok(Signer::new(&secret))
        };
        self.gatekeeper().signer.get_or_try_init(|| load).await
    }

    async fn known_key(&self, id: SigningKeyId, owner: WorkspaceId) -> Result<Arc<KnownKey>, Refusal> {
        let load = async || {
            let Some(row) = signing_key::get(self.db(), id).await? else { return Ok(None) };
            let key = PublicKey::read(&row.public_key)
                .ok_or_else(|| Error::internal(format!("the signing key {id} can't be read")))?;
            Ok::<_, Error>(Some(Arc::new(KnownKey { workspace: row.workspace, key: key.verifying() })))
        };
        let found = self.gatekeeper().keys.get(id, load).await?;
        Ok(found.filter(|known| known.workspace == owner).ok_or("an unknown key")?)
    }

    async fn known_rules(&self, id: RestrictionId, owner: WorkspaceId) -> Result<Arc<KnownRules>, Refusal> {
        let load = async || {
            let Some(row) = playback_restriction::get(self.db(), id).await? else { return Ok(None) };
            let known = KnownRules { workspace: row.workspace, rules: restrictions::restriction(row)?.rules };
            Ok::<_, Error>(Some(Arc::new(known)))
        };
        let found = self.gatekeeper().restrictions.get(id, load).await?;
        Ok(found.filter(|known| known.workspace == owner).ok_or("an unknown restriction")?)
    }
}

/// The refusal of a viewer, which says the same whatever the reason is.
#[must_use]
pub fn refused(id: PlaybackId, why: &'static str) -> Error {
    tracing::debug!(%id, why, "may not play");
    Error::forbidden(REFUSED)
}
