//! Letting viewers in: what they get is for them, and is kept on the way as long as they may have it.

use std::sync::Arc;

use axum::http::HeaderMap;
use serde::de::DeserializeOwned;
use subclip_app::{App, Grant, Pass, Playable, Purpose, Result, refused};
use subclip_core::PlaybackId;

use crate::asked::{Asked, Manner, in_token, viewer};
use crate::quality::is_within;
use crate::respond::Audience;
use crate::scope::Scope;
use crate::storyboard::MapQuery;
use crate::wishes::Wishes;

/// A viewer who was let in.
pub(crate) struct Admission {
    pub(crate) id: PlaybackId,
    pub(crate) playable: Arc<Playable>,
    pub(crate) audience: Audience,
    grant: Option<Grant>,
    /// Whether it was by a token, and not by the session made of one.
    by_token: bool,
}

impl Admission {
    /// Lets in who may have what is asked for.
    pub(crate) async fn new(app: &App, asked: Asked<'_>, headers: &HeaderMap) -> Result<Self> {
        let Asked { id, pass, purpose, times } = asked;
        let admitted = app.admit(id, pass, purpose, &viewer(headers)).await?;
        let by_token = matches!(pass, Pass::Token(_));
        let audience = match &admitted.grant {
            None => Audience::All,
            Some(grant) => Audience::Some {
                left_s: grant.session.left_s(app.clock().now_ms()),
                restricted: grant.session.restriction.is_some(),
            },
        };
        let mut admission =
            Self { id, playable: admitted.playable, audience, grant: admitted.grant, by_token };
        if purpose == Purpose::Video {
            admission.read_bound()?;
        }
        let times = match admission.said::<Manner>() {
            None => times,
            Some(said) => said?.times(purpose)?,
        };
        if !times.is_all() {
            admission.playable = app.excerpt(id, admission.playable, times).await?;
        }
        Ok(admission)
    }

    /// Takes the bound of a token for that of the session it begins.
    fn read_bound(&mut self) -> Result<()> {
        let Some(said) = self.said::<Wishes>() else { return Ok(()) };
        let most_lines = said?.most_lines()?;
        if let Some(grant) = &mut self.grant {
            grant.session.most_lines = most_lines;
        }
        Ok(())
    }

    /// The lines of the highest quality that this viewer may have; `None` for all.
    pub(crate) fn most_lines(&self) -> Option<u32> {
        self.grant.as_ref().and_then(|grant| grant.session.most_lines)
    }

    /// Lets a viewer have pictures of so many lines; `there` are the lines of every quality.
    ///
    /// # Errors
    /// `Forbidden` where they are more than were signed for.
    pub(crate) fn allow(&self, lines: u32, there: &[u32]) -> Result<()> {
        if is_within(lines, there, self.most_lines()) {
            Ok(())
        } else {
            Err(refused(self.id, "a quality above its bound"))
        }
    }

    /// What is played by now: samples of clips move when their source is deleted.
    pub(crate) async fn playable_anew(&self, app: &App) -> Result<Arc<Playable>> {
        app.forget_playable(self.id).await;
        let whole = app.playable(self.id).await?;
        match self.playable.excerpt {
            None => Ok(whole),
            Some(excerpt) => app.excerpt(self.id, whole, excerpt.into()).await,
        }
    }

    /// What a token says in place of the query; `None` where there is none.
    fn said<T: DeserializeOwned>(&self) -> Option<Result<T>> {
        let grant = self.grant.as_ref().filter(|_| self.by_token)?;
        Some(in_token(&grant.params))
    }

    /// The picture that is asked for, still or moving: by the token where there is one, whatever stands beside it.
    pub(crate) fn image<T: DeserializeOwned>(&self, query: T) -> Result<T> {
        self.said().unwrap_or(Ok(query))
    }

    /// Which picture a storyboard's map is to name: by the token, or else by the query, as players always say it there.
    pub(crate) fn map_query(&self, query: MapQuery) -> Result<MapQuery> {
        match self.said::<MapQuery>() {
            None => Ok(query),
            Some(said) => Ok(said?.or(query)),
        }
    }

    /// What a viewer wishes for: by the token where there is one, and by the query what is about the player alone.
    pub(crate) fn wishes(&self, query: Wishes) -> Result<Wishes> {
        match self.said::<Wishes>() {
            None => Ok(query),
            Some(said) => Ok(said?.beside(query)),
        }
    }

    /// Where the media lie that this viewer may have: a token begins a session.
    pub(crate) async fn scope(&self, app: &App) -> Result<Scope> {
        let session = match self.grant.as_ref().filter(|_| self.by_token) {
            None => None,
            Some(grant) => Some(app.session(self.id, self.playable.excerpt, grant).await?),
        };
        Ok(Scope::new(&self.playable, session))
    }
}
