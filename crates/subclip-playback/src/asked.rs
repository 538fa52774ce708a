//! What every URL of playback carries: an id, maybe a token, and maybe times to trim by.

use serde::Deserialize;
use subclip_app::{Error, Result};
use subclip_core::PlaybackId;

/// The query that says whether a URL is signed, and which part of the media it asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Manner {
    token: Option<String>,
    asset_start_time: Option<String>,
    asset_end_time: Option<String>,
    program_start_time: Option<String>,
    program_end_time: Option<String>,
}

impl Manner {
    /// Nothing is trimmed at playback yet, and who asks for a part must not get the whole.
    fn refuse_asset_times(&self) -> Result<()> {
        let times = [("asset_start_time", &self.asset_start_time), ("asset_end_time", &self.asset_end_time)];
        refuse(times, "make a clip of these times, which is an asset of its own")
    }

    fn refuse_program_times(&self) -> Result<()> {
        let times =
            [("program_start_time", &self.program_start_time), ("program_end_time", &self.program_end_time)];
        refuse(times, "there are no live streams on this server, and no recordings of them")
    }
}

/// `Invalid` if any is given; an empty one is none.
fn refuse(times: [(&str, &Option<String>); 2], instead: &str) -> Result<()> {
    match times.iter().find(|(_, time)| time.as_deref().is_some_and(|text| !text.is_empty())) {
        None => Ok(()),
        Some((name, _)) => Err(Error::invalid(format!(
            "{name}: trimming at playback (instant clipping) is not supported by this server yet; {instead}."
        ))),
    }
}

/// Whose media is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) id: PlaybackId,
    /// Whether a token came with it. An empty one is none.
    pub(crate) signed: bool,
}

impl Asked {
    /// `Invalid` for text that can't be a playback id, and where a part of the media is asked for.
    pub(crate) fn new(id: &str, manner: &Manner) -> Result<Self> {
        let asked = Self::for_picture(id, manner)?;
        manner.refuse_program_times()?;
        Ok(asked)
    }

    /// The same for a picture: players add the program times of what they play, and a picture is of a moment.
    pub(crate) fn for_picture(id: &str, manner: &Manner) -> Result<Self> {
        let id = id.parse().map_err(|_| Error::invalid("Invalid Parameters: this is no playback id."))?;
        manner.refuse_asset_times()?;
        Ok(Self { id, signed: manner.token.as_deref().is_some_and(|token| !token.is_empty()) })
    }
}

#[cfg(test)]
mod tests {
    use subclip_app::Kind;

    use super::*;

    fn manner(query: &str) -> Manner {
        axum::extract::Query::try_from_uri(&format!("/?{query}").parse().unwrap()).unwrap().0
    }

    #[test]
    fn ids_are_well_formed_and_tokens_are_seen() {
        let id = PlaybackId::from_bytes([7; 16]);
        let signed = |query| Asked::new(&id.to_string(), &manner(query)).unwrap();
        assert_eq!(signed(""), Asked { id, signed: false });
        assert_eq!(signed("token="), Asked { id, signed: false });
        assert_eq!(signed("token=a.b.c"), Asked { id, signed: true });
        for malformed in ["", "x", "with space and 22 char", "video"] {
            assert_eq!(Asked::new(malformed, &manner("")).unwrap_err().kind, Kind::Invalid, "{malformed}");
        }
    }

    #[test]
    fn a_part_is_not_answered_with_the_whole() {
        let id = PlaybackId::from_bytes([7; 16]).to_string();
        for name in ["asset_start_time", "asset_end_time", "program_start_time", "program_end_time"] {
            let given = manner(&format!("{name}=1"));
            let refused = Asked::new(&id, &given).unwrap_err();
            assert_eq!(refused.kind, Kind::Invalid);
            assert!(refused.message.starts_with(name) && refused.message.contains("not supported"), "{name}");
            assert_eq!(Asked::for_picture(&id, &given).is_ok(), name.starts_with("program"), "{name}");
            assert!(Asked::new(&id, &manner(&format!("{name}="))).is_ok(), "an empty one is none");
        }
    }
}
