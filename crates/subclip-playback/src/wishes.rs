//! What a query may wish for that is about the player, and not about the media.

use serde::Deserialize;
use subclip_app::{Error, Result};

use crate::playlists::JoinBy;
use crate::representation::Representation;

/// What a query may wish for. Each URL looks at what concerns it.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Wishes {
    /// How a playlist joins the parts of a clip.
    join: Option<String>,
    /// The highest quality a playlist lists.
    max_resolution: Option<String>,
    /// And the lowest.
    min_resolution: Option<String>,
    /// Which quality comes first.
    rendition_order: Option<String>,
    /// Whether each is listed a second time.
    redundant_streams: Option<String>,
    /// Whether images to wind by are listed too.
    roku_trick_play: Option<String>,
    /// The name a file is to be saved under.
    pub(crate) download: Option<String>,
    /// The language of the captions that are shown unless the viewer says otherwise.
    pub(crate) default_subtitles_lang: Option<String>,
}

impl Wishes {
    /// These of a token, and of the query beside it what changes nothing of what there is to be had.
    pub(crate) fn beside(self, query: Self) -> Self {
        Self { join: self.join.or(query.join), download: self.download.or(query.download), ..self }
    }

    /// The lines of the highest quality that may be had.
    pub(crate) fn most_lines(&self) -> Result<Option<u32>> {
        lines("max_resolution", self.max_resolution.as_deref())
    }

    pub(crate) fn join(&self, default: JoinBy) -> Result<JoinBy> {
        match self.join.as_deref() {
            None | Some("") => Ok(default),
            Some("one-init") => Ok(JoinBy::OneInit),
            Some("discontinuity") => Ok(JoinBy::Discontinuity),
            Some(_) => Err(Error::invalid("join: write one-init or discontinuity")),
        }
    }

    /// Which qualities a playlist lists, and how.
    pub(crate) fn choice(&self) -> Result<Choice> {
        let most = self.most_lines()?;
        let least = lines("min_resolution", self.min_resolution.as_deref())?;
        if let (Some(least), Some(most)) = (least, most)
            && least > most
        {
            return Err(Error::invalid("min_resolution: must not be higher than max_resolution"));
        }
        let falling = match self.rendition_order.as_deref() {
            None | Some("") => false,
            Some("desc") => true,
            Some(_) => return Err(Error::invalid("rendition_order: write desc, or leave it out")),
        };
        let twice = flag("redundant_streams", self.redundant_streams.as_deref())?;
        let images = flag("roku_trick_play", self.roku_trick_play.as_deref())?;
        Ok(Choice { least, most, falling, twice, images })
    }
}

/// Which of the qualities that there are a playlist lists, and in which order.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Choice {
    /// The lowest, by its lines.
    pub(crate) least: Option<u32>,
    /// The highest.
    pub(crate) most: Option<u32>,
    /// Whether they fall from the first to the last; otherwise a middle one comes first.
    pub(crate) falling: bool,
    /// Whether each is listed twice.
    pub(crate) twice: bool,
    /// Whether images to wind by are listed beside them.
    pub(crate) images: bool,
}

impl Choice {
    /// Everything about it, in letters, digits and dashes.
    pub(crate) fn name(&self) -> String {
        let bound = |lines: Option<u32>| lines.map_or("a".to_owned(), |lines| lines.to_string());
        let (least, most) = (bound(self.least), bound(self.most));
        let images = if self.images { "-images" } else { "" };
        format!("-{least}-{most}-{}{}{images}", u8::from(self.falling), u8::from(self.twice))
    }
}

fn flag(name: &str, word: Option<&str>) -> Result<bool> {
    match word {
        None | Some("" | "false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(Error::invalid(format!("{name}: write true or false"))),
    }
}

fn lines(name: &str, word: Option<&str>) -> Result<Option<u32>> {
    match word {
        None | Some("") => Ok(None),
        Some(word) => match Representation::read(word) {
            Some(Representation::Rung { lines, mark: None }) => Ok(Some(lines)),
            _ => Err(Error::invalid(format!(
                "{name}: write one of 270p, 360p, 480p, 540p, 720p, 1080p, 1440p, 2160p"
            ))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Choice> {
        let wishes: Wishes =
            axum::extract::Query::try_from_uri(&format!("/?{query}").parse().unwrap()).unwrap().0;
        wishes.choice()
    }

    #[test]
    fn choices_are_read_or_refused() {
        assert_eq!(read(""), Ok(Choice::default()));
        assert_eq!(read("max_resolution=&rendition_order=&redundant_streams=false"), Ok(Choice::default()));
        let all =
            read("max_resolution=1080p&min_resolution=480p&rendition_order=desc&redundant_streams=true");
        let expected =
            Choice { least: Some(480), most: Some(1080), falling: true, twice: true, images: false };
        assert_eq!(all, Ok(expected));
        assert_eq!(expected.name(), "-480-1080-11");
        let images = read("roku_trick_play=true").unwrap();
        assert_eq!((images.images, images.name().as_str()), (true, "-a-a-00-images"));
        for bad in [
            "roku_trick_play=yes",
            "max_resolution=1080",
            "max_resolution=video",
            "min_resolution=1p",
            "max_resolution=480p-1a2b3c4d",
            "max_resolution=480p&min_resolution=720p",
            "rendition_order=asc",
            "redundant_streams=1",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
