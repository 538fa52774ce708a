//! URLs of the web, as far as they can be told before anybody fetches them.

use std::fmt;
use std::str::FromStr;

use url::Url;

/// An http or https URL that names a host, in its one spelling. Where it leads is another question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpUrl(Url);

/// What is no [`HttpUrl`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no http or https URL with a host")]
pub struct NoHttpUrl;

impl FromStr for HttpUrl {
    type Err = NoHttpUrl;

    /// Stricter than browsers, which read `https:///a.mp4` and `https:a.mp4` as of a host `a.mp4`.
    fn from_str(text: &str) -> Result<Self, NoHttpUrl> {
        let (_, rest) = text.split_once("://").ok_or(NoHttpUrl)?;
        if rest.starts_with(['/', '\\', '?', '#']) {
            return Err(NoHttpUrl);
        }
        let url = Url::parse(text).map_err(|_| NoHttpUrl)?;
        let names_host = url.host_str().is_some_and(|host| !host.is_empty());
        if matches!(url.scheme(), "http" | "https") && names_host { Ok(Self(url)) } else { Err(NoHttpUrl) }
    }
}

impl HttpUrl {
    /// As it is sent for.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_the_web_are_told_from_others() {
        for (text, expected) in [
            ("https://h/a.mp4", Some("https://h/a.mp4")),
            ("HTTP://H", Some("http://h/")),
            ("http://127.0.0.1:8080/a b?c", Some("http://127.0.0.1:8080/a%20b?c")),
            ("https://[::1]/", Some("https://[::1]/")),
            ("https://", None),
            ("https:///a.mp4", None),
            ("https://?a", None),
            ("https://\\a", None),
            ("https:a.mp4", None),
            ("https://h:port/a", None),
            ("https://h:99999/a", None),
            ("https://a b/", None),
            ("https://:80/", None),
            ("ftp://h/a.mp4", None),
            ("shop://assets/x", None),
            ("file:///etc/passwd", None),
            ("h/a.mp4", None),
            ("", None),
        ] {
            let read = text.parse::<HttpUrl>().ok();
            assert_eq!(read.as_ref().map(HttpUrl::as_str), expected, "{text}");
        }
    }
}
