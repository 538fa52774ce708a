//! `/video/v1/assets/{id}/tracks`

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use subclip_app::{App, Caller, Error, TrackDetail};
use subclip_core::{AssetId, SoundTrackId, TextTrackId, TrackId};

use super::super::errors::Answer;
use super::super::from_wire::{self, NewTrack};
use super::super::to_wire;
use super::{Access, Body, Path, created, found};
use crate::common::Fault;

pub(crate) async fn create_track(
    State(app): State<App>,
    who: Access,
    path: Path<String>,
    body: Body,
) -> Answer<Response> {
    let id = path.id()?;
    match from_wire::create_track(&body.0)? {
        NewTrack::Text(new) => {
            let made = app.text_tracks().ask(&who.caller, id, &[new]).await?;
            let made = made.first().ok_or_else(|| Error::internal("a text track was not made"))?;
            Ok(created(to_wire::text_track(made)))
        }
        NewTrack::Sound(new) => {
            let made = app.sound_tracks().ask(&who.caller, id, &new).await?;
            let asset = app.assets().get(&who.caller, id).await?;
            Ok(created(to_wire::sound_track(&made, &asset)))
        }
    }
}

pub(crate) async fn update_track(
    State(app): State<App>,
    who: Access,
    path: Path<(String, String)>,
    body: Body,
) -> Answer<Response> {
    let (id, track) = path.ids()?;
    match beside(&app, &who.caller, id, track).await? {
        Beside::Text(text) => {
            let change = from_wire::update_track(&body.0)?;
            let text = app.text_tracks().update(&who.caller, id, text, change).await?;
            Ok(found(to_wire::text_track(&text)))
        }
        Beside::Sound(sound) => {
            let change = from_wire::update_sound(&body.0)?;
            let sound = app.sound_tracks().update(&who.caller, id, sound, change).await?;
            let asset = app.assets().get(&who.caller, id).await?;
            Ok(found(to_wire::sound_track(&sound, &asset)))
        }
    }
}

pub(crate) async fn delete_track(
    State(app): State<App>,
    who: Access,
    path: Path<(String, String)>,
) -> Answer<StatusCode> {
    let (id, track) = path.ids()?;
    match beside(&app, &who.caller, id, track).await? {
        Beside::Text(text) => app.text_tracks().delete(&who.caller, id, text).await?,
        Beside::Sound(sound) => app.sound_tracks().delete(&who.caller, id, sound).await?,
    }
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) async fn generate_subtitles(
    State(app): State<App>,
    who: Access,
    path: Path<(String, String)>,
    body: Body,
) -> Answer<Response> {
    let (id, track): (AssetId, TrackId) = path.ids()?;
    let new = from_wire::generate(&body.0)?;
    let asset = app.assets().get(&who.caller, id).await?;
    let of = asset.tracks.iter().find(|facts| facts.id == track).map(|facts| &facts.detail);
    if asset.sounds.iter().any(|sound| sound.id.bytes() == track.bytes()) {
        let why = "Subtitles are generated from the primary audio track on this server; name its id.";
        return Err(Fault::invalid(why).into());
    }
    let is_text = asset.texts.iter().any(|text| text.id.bytes() == track.bytes());
    match of {
        Some(TrackDetail::Audio { .. }) => {}
        None if !is_text => return Err(Error::not_found("track").into()),
        _ => {
            return Err(
                Fault::invalid("Subtitles are generated from an audio track; name the id of one.").into()
            );
        }
    }
    let made = app.text_tracks().ask(&who.caller, id, &new).await?;
    Ok(created(made.iter().map(to_wire::text_track).collect::<Vec<_>>()))
}

/// A track that can be changed and taken away.
enum Beside {
    Text(TextTrackId),
    Sound(SoundTrackId),
}

/// Pictures and the primary sound are what the asset is: they can't be changed or taken away.
async fn beside(app: &App, caller: &Caller, id: AssetId, track: TrackId) -> Result<Beside, Fault> {
    let asset = app.assets().get(caller, id).await?;
    if asset.tracks.iter().any(|facts| facts.id == track) {
        return Err(Fault::invalid(
            "Only text tracks and audio tracks beside the primary one can be changed or deleted.",
        ));
    }
    let sound = SoundTrackId::from_bytes(track.bytes());
    let is_sound = asset.sounds.iter().any(|known| known.id == sound);
    Ok(if is_sound { Beside::Sound(sound) } else { Beside::Text(TextTrackId::from_bytes(track.bytes())) })
}
