//! Names: given, or by a language, and no two of an asset alike.

use super::language::{LANGUAGE_AUTO, is_language, language_name};
use crate::{Error, Result};

/// Things of an asset that have names.
pub(crate) struct Naming {
    /// What one of them is, for people.
    pub(crate) thing: &'static str,
    /// The most of them that an asset has.
    pub(crate) most: usize,
}

/// What is said of one of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Labelled<'a> {
    pub(crate) name: Option<&'a str>,
    pub(crate) language: &'a str,
}

impl Naming {
    /// What each is called, beside those that have a name.
    ///
    /// # Errors
    /// `Invalid` where a given name is another's too, or where they are too many.
    pub(crate) fn named(&self, new: &[Labelled<'_>], taken: &[String]) -> Result<Vec<String>> {
        if new.len() + taken.len() > self.most {
            let Self { thing, most } = self;
            return Err(Error::invalid(format!("An asset can have {most} {thing}s at the most.")));
        }
        let mut all = taken.to_vec();
        for given in new.iter().filter_map(|labels| labels.name) {
            if all.iter().any(|other| other == given) {
                return Err(self.called_alike(given));
            }
            all.push(given.to_owned());
        }
        let mut names = Vec::with_capacity(new.len());
        for labels in new {
            names.push(match labels.name {
                Some(given) => given.to_owned(),
                None => {
                    let free = free_name(labels.language, &all);
                    all.push(free.clone());
                    free
                }
            });
        }
        Ok(names)
    }

    pub(crate) fn called_alike(&self, name: &str) -> Error {
        let thing = self.thing;
        Error::invalid(format!(
            "Another {thing} of this asset is called {name:?}; give this one a name of its own."
        ))
    }
}

/// The name of a language, with a number where that is taken.
pub(crate) fn free_name(language: &str, taken: &[String]) -> String {
    unlike(language_name(language), taken)
}

/// A name, with a number where that is taken.
pub(crate) fn unlike(name: String, taken: &[String]) -> String {
    let numbered = (2..).map(|n| format!("{name} {n}"));
    let mut free = std::iter::once(name.clone()).chain(numbered).filter(|name| !taken.contains(name));
    free.next().unwrap_or(name)
}

/// # Errors
/// `Invalid` for what is no tag of a language.
pub(crate) fn check_language(language: &str) -> Result<()> {
    // It would read as if it were still to be found out.
    if is_language(language) && language != LANGUAGE_AUTO {
        return Ok(());
    }
    Err(Error::invalid(format!("{language:?} is no language tag (BCP 47) like en or pt-BR.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_are_called_alike() {
        let naming = Naming { thing: "text track", most: 100 };
        let check = |new: &[Labelled<'_>], taken: &[&str], expected: Option<&[&str]>| {
            let taken: Vec<String> = taken.iter().map(|name| (*name).to_owned()).collect();
            let names = naming.named(new, &taken).ok();
            let names = names.as_ref().map(|names| names.iter().map(String::as_str).collect::<Vec<_>>());
            assert_eq!(names.as_deref(), expected);
        };
        let labels = |name, language| Labelled { name, language };
        let (english, german) = (labels(None, "en"), labels(None, "de"));
        check(&[english, german], &[], Some(&["English", "German"]));
        check(&[english, english], &["English 2"], Some(&["English", "English 3"]));
        check(&[english, labels(Some("English"), "und")], &[], Some(&["English 2", "English"]));
        check(&[labels(Some("x"), "en"), labels(Some("x"), "de")], &[], None);
        check(&[labels(Some("x"), "en")], &["x"], None);
        check(&[labels(None, "auto")], &[], Some(&["Automatic"]));
        check(&vec![english; 101], &[], None);
    }
}
