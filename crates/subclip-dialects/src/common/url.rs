//! URLs that requests carry, as far as they are looked at before anybody fetches them.

use subclip_core::HttpUrl;

/// Whether text is a URL that can be fetched by, told as who fetches it does.
pub(crate) fn is_http_url(text: &str) -> bool {
    text.parse::<HttpUrl>().is_ok()
}
