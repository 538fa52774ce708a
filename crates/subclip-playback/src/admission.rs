//! Letting viewers in: what they get is for them, and is kept on the way as long as they may have it.

use std::sync::Arc;

use axum::http::HeaderMap;
use serde::de::DeserializeOwned;
use subclip_app::{App, Grant, Pass, Playable, Result};
use subclip_core::PlaybackId;

use crate::asked::{Asked, Manner, in_token, viewer};
use crate::picture::PictureQuery;
use crate::respond::Audience;
use crate::wishes::Wishes;

/// The folder, under a playback id, of what is open to those who have a session. Its name stands between the id and the
/// session, so that no other API's path can be taken for one of these.
pub(crate) const FOLDER: &str = "signed";

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
        let Asked { id, pass, purpose } = asked;
        let admitted = app.admit(id, pass, purpose, &viewer(headers)).await?;
        let by_token = matches!(pass, Pass::Token(_));
        let audience = match &admitted.grant {
            None => Audience::All,
            Some(grant) => Audience::Some {
                left_s: grant.session.left_s(app.clock().now_ms()),
                restricted: grant.session.restriction.is_some(),
            },
        };
        let admission = Self { id, playable: admitted.playable, audience, grant: admitted.grant, by_token };
        if let Some(said) = admission.said::<Manner>() {
            said?.refuse_times(purpose)?;
        }
        Ok(admission)
    }

    /// What a token says in place of the query; `None` where there is none.
    fn said<T: DeserializeOwned>(&self) -> Option<Result<T>> {
        let grant = self.grant.as_ref().filter(|_| self.by_token)?;
        Some(in_token(&grant.params))
    }

    /// The picture that is asked for: by the token where there is one, whatever stands beside it.
    pub(crate) fn picture(&self, query: PictureQuery) -> Result<PictureQuery> {
        self.said().unwrap_or(Ok(query))
    }

    /// What a viewer wishes for, which changes nothing of what there is to be had: by the token, or else by the query.
    pub(crate) fn wishes(&self, query: Wishes) -> Result<Wishes> {
        match self.said::<Wishes>() {
            None => Ok(query),
            Some(said) => Ok(said?.or(query)),
        }
    }

    /// What leads from beside the id's folder to its media: nothing, or the folder of the session that the token begins.
    /// Who has a session is in that folder already.
    pub(crate) async fn folder(&self, app: &App) -> Result<Option<String>> {
        match self.grant.as_ref().filter(|_| self.by_token) {
            None => Ok(None),
            Some(grant) => Ok(Some(format!("{FOLDER}/{}", app.session(self.id, grant).await?))),
        }
    }
}
