//! How edges of a track are encoded: with the settings the track itself was encoded with, or else by imitation,
//! settled by one small trial and then kept with the track.

use serde::{Deserialize, Serialize};
use subclip_engine::H264Settings;
use subclip_formats::h264::{Parameters, free_id};

use super::imitate::{same_sets, sets_beside};
use crate::model::Join;
use crate::{Error, Result};

/// Goes up when edges come to be encoded differently, so that old ones are not taken for new ones.
pub(crate) const PROFILE_VERSION: &str = "2";

/// How edges of one track are encoded, and how they join its samples. Kept with the track as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EdgeProfile {
    pub(crate) settings: H264Settings,
    pub(crate) join: Join,
}

impl EdgeProfile {
    /// The ways to try for a track, best first. `pinned` are the settings the track was encoded with, if by Subclip.
    ///
    /// The last one is sure to join: its parameter sets have an id of their own.
    pub(crate) fn candidates(
        config: &[u8],
        timescale: u32,
        pinned: Option<&H264Settings>,
    ) -> Result<Vec<Self>> {
        let source = Parameters::of_record(config).map_err(Error::internal)?;
        let identical = |settings| Self { settings, join: Join::Identical };
        let mut ways: Vec<Self> = pinned.map(|settings| identical(settings.for_edge())).into_iter().collect();
        if ways.is_empty() {
            ways.extend(same_sets(&source, timescale).map(identical));
        }
        let free = free_id(&[config]).ok_or_else(|| Error::internal("all parameter set ids are taken"))?;
        ways.push(Self { settings: sets_beside(&source, timescale, free), join: Join::OneInit });
        Ok(ways)
    }

    /// Whether what came out joins the track's samples as promised.
    pub(crate) fn holds(&self, track_config: &[u8], edge_config: &[u8]) -> bool {
        match self.join {
            Join::Seamless | Join::Identical => track_config == edge_config,
            Join::OneInit => subclip_formats::h264::merge(&[track_config, edge_config]).is_ok(),
        }
    }
}
