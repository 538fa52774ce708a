//! Rules for what is said of captions.

use super::{NewText, TextFrom, TextLabels};
use crate::app::App;
use crate::labels::{LANGUAGE_AUTO, Labelled, Naming, check_language};
use crate::{Error, Result};

/// Captions of an asset have names.
pub(super) const NAMING: Naming = Naming { thing: "text track", most: 100 };

/// What is wrong with captions that are asked for, before anything is done for them.
///
/// # Errors
/// `Invalid`.
pub(crate) fn check_new(app: &App, new: &[NewText]) -> Result<()> {
    for one in new {
        check_labels(&one.labels, &one.from)?;
        if one.from == TextFrom::Sound {
            super::cannot_transcribe(app)?;
        }
    }
    named(new.iter().map(|one| &one.labels), &[]).map(drop)
}

pub(super) fn check_labels(labels: &TextLabels, from: &TextFrom) -> Result<()> {
    match labels.language.as_deref() {
        None => Ok(()),
        Some(LANGUAGE_AUTO) if *from == TextFrom::Sound => Ok(()),
        Some(language) => check_language(language),
    }
}

/// What each is called, beside those that have a name.
pub(super) fn named<'a>(
    new: impl IntoIterator<Item = &'a TextLabels>,
    taken: &[String],
) -> Result<Vec<String>> {
    let labelled = |labels: &'a TextLabels| Labelled {
        name: labels.name.as_deref(),
        language: labels.language.as_deref().unwrap_or(LANGUAGE_AUTO),
    };
    NAMING.named(&new.into_iter().map(labelled).collect::<Vec<_>>(), taken)
}

pub(super) fn called_alike(name: &str) -> Error {
    NAMING.called_alike(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_tags() {
        let check = |language: Option<&str>, from, fine| {
            let labels = TextLabels { language: language.map(str::to_owned), ..TextLabels::default() };
            assert_eq!(check_labels(&labels, &from).is_ok(), fine, "{language:?}");
        };
        let url = || TextFrom::Url("https://example.com/a.vtt".into());
        check(Some("en-GB"), url(), true);
        check(None, url(), true);
        check(Some("English"), url(), true);
        check(Some("en_GB"), url(), false);
        check(Some("auto"), url(), false);
        check(Some("auto"), TextFrom::Sound, true);
    }
}
