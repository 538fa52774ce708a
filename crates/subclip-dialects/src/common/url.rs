//! URLs that requests carry, as far as they are looked at before anybody fetches them.

use subclip_core::HttpUrl;

/// The most characters of a URL that something is fetched by. Links that are signed for a while are long, with all that
/// their signer had to say; servers take no longer ones.
pub(crate) const LONGEST_URL: usize = 8192;

/// What is wrong with the URL of something that is to be fetched, in words that follow the name of its field, told as who
/// fetches it does; `must be {expected}` where it is none.
pub(crate) fn wrong_url(text: &str, expected: &str) -> Option<String> {
    if text.chars().count() > LONGEST_URL {
        return Some(format!("must have at most {LONGEST_URL} characters"));
    }
    text.parse::<HttpUrl>().is_err().then(|| format!("must be {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_of_the_web_and_bounded() {
        let wrong = |text: &str| wrong_url(text, "a URL");
        let long = |characters| format!("https://h/{}", "a".repeat(characters - "https://h/".len()));
        assert_eq!((wrong("https://h/a.mp4"), wrong(&long(LONGEST_URL))), (None, None));
        assert_eq!(wrong(&long(LONGEST_URL + 1)), Some("must have at most 8192 characters".to_owned()));
        assert_eq!(wrong("ftp://h/a.mp4"), Some("must be a URL".to_owned()));
    }
}
