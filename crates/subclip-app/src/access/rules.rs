//! Playback restrictions: from which pages, and with which programs, signed media may be played.

use reqwest::Url;

/// What a request tells of where it comes from. A header that can't be read is one that says something odd.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Viewer<'a> {
    /// `Referer`: the page, or its origin.
    pub referrer: Option<&'a str>,
    /// `Origin`: browsers send it with what scripts ask of other sites, also where the page sends no referrer.
    pub origin: Option<&'a str>,
    /// `User-Agent`.
    pub user_agent: Option<&'a str>,
}

/// Both halves of a restriction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Which pages may play.
    pub referrer: ReferrerRules,
    /// Which programs may play.
    pub user_agent: UserAgentRules,
}

/// Which pages may play.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReferrerRules {
    /// Hosts of pages: `example.com`; `*.example.com` for the names one level below, and not itself; `*` for all. None may
    /// where there is none.
    pub allowed_domains: Vec<String>,
    /// Whether a request that names no page may.
    pub allow_no_referrer: bool,
}

/// Which programs may play.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserAgentRules {
    /// Whether a program that does not say what it is may.
    pub allow_no_user_agent: bool,
    /// Whether a program that fetches by script may.
    pub allow_high_risk_user_agent: bool,
}

/// All may.
impl Default for UserAgentRules {
    fn default() -> Self {
        Self { allow_no_user_agent: true, allow_high_risk_user_agent: true }
    }
}

/// The first names, in lower case, of programs and libraries that fetch by script, as they call themselves where nobody
/// told them to say otherwise. Whoever wants to can lie, so this keeps out the careless only.
const SCRIPTED: [&str; 32] = [
    "aiohttp",
    "apache-httpclient",
    "aria2",
    "axios",
    "bun",
    "curl",
    "deno",
    "go-http-client",
    "got",
    "guzzlehttp",
    "headlesschrome",
    "httpie",
    "java",
    "java-http-client",
    "lavf",
    "libcurl",
    "libwww-perl",
    "node",
    "node-fetch",
    "phantomjs",
    "postmanruntime",
    "python",
    "python-httpx",
    "python-requests",
    "python-urllib",
    "reqwest",
    "ruby",
    "scrapy",
    "undici",
    "wget",
    "youtube-dl",
    "yt-dlp",
];

const ALL: &str = "*";

impl Rules {
    /// Whether this viewer may play.
    #[must_use]
    pub fn allow(&self, viewer: &Viewer<'_>) -> bool {
        self.referrer.allow(viewer) && self.user_agent.allow(viewer.user_agent)
    }
}

impl ReferrerRules {
    fn allow(&self, viewer: &Viewer<'_>) -> bool {
        let said = |header: Option<&'_ str>| {
            header.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        // A page without an address of its own, like a file, has the origin `null`.
        let page = said(viewer.referrer).or_else(|| said(viewer.origin).filter(|origin| origin != "null"));
        let Some(page) = page else { return self.allow_no_referrer };
        let host = Url::parse(&page).ok().and_then(|url| url.host_str().map(bare));
        self.allowed_domains.iter().any(|domain| match (domain.as_str(), &host) {
            (ALL, _) => true,
            (_, None) => false,
            (domain, Some(host)) => match domain.strip_prefix("*.") {
                None => host == domain,
                Some(parent) => {
                    host.split_once('.').is_some_and(|(below, rest)| !below.is_empty() && rest == parent)
                }
            },
        })
    }
}

impl UserAgentRules {
    fn allow(self, user_agent: Option<&str>) -> bool {
        let Some(said) = user_agent.map(str::trim).filter(|text| !text.is_empty()) else {
            return self.allow_no_user_agent;
        };
        self.allow_high_risk_user_agent || !is_scripted(said)
    }
}

/// A user agent is a row of products, each perhaps with a version (RFC 9110, 10.1.5).
fn is_scripted(user_agent: &str) -> bool {
    let products = user_agent.split([' ', '(', ')', ';', ',']).filter_map(|word| word.split('/').next());
    products.map(str::to_ascii_lowercase).any(|product| SCRIPTED.contains(&product.as_str()))
}

/// A domain as it is compared: in lower case, in the letters of DNS, without a dot at its end. `None` for what is none.
pub(crate) fn domain(text: &str) -> Option<String> {
    const LONGEST: usize = 253;
    if text == ALL {
        return Some(text.to_owned());
    }
    let (below, name) = text.strip_prefix("*.").map_or(("", text), |name| ("*.", name));
    if name.is_empty()
        || name.contains(['/', ':', '@', '?', '#', '\\', '%', '*'])
        || name.contains(char::is_whitespace)
    {
        return None;
    }
    let url = Url::parse(&format!("http://{name}/")).ok()?;
    let host = bare(url.host_str()?);
    (!host.is_empty() && host.len() <= LONGEST).then(|| format!("{below}{host}"))
}

fn bare(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(allowed: &[&str], allow_no_referrer: bool) -> ReferrerRules {
        let allowed_domains = allowed.iter().map(|text| domain(text).unwrap()).collect();
        ReferrerRules { allowed_domains, allow_no_referrer }
    }

    #[test]
    fn pages_are_known_by_their_host() {
        let check = |allowed: &[&str], referrer: &str, expected: bool| {
            let viewer = Viewer { referrer: Some(referrer), ..Viewer::default() };
            assert_eq!(pages(allowed, false).allow(&viewer), expected, "{allowed:?} {referrer}");
        };
        check(&["example.com"], "https://example.com/", true);
        check(&["example.com"], "http://EXAMPLE.com:8080/a/page?q#f", true);
        check(&["example.com"], "https://example.com", true);
        check(&["Example.COM."], "https://example.com./", true);
        check(&["example.com"], "https://www.example.com/", false);
        check(&["example.com"], "https://example.com.evil.test/", false);
        check(&["example.com"], "https://evil.test/example.com", false);
        check(&["example.com"], "https://example.com@evil.test/", false);
        check(&["example.com"], "https://badexample.com/", false);
        check(&["example.com"], "example.com", false);
        check(&["example.com"], "about:blank", false);
        check(&["*.example.com"], "https://www.example.com/", true);
        check(&["*.example.com"], "https://example.com/", false);
        check(&["*.example.com"], "https://a.b.example.com/", false);
        check(&["*.example.com"], "https://.example.com/", false);
        check(&["*.example.com", "example.com"], "https://example.com/", true);
        check(&["bücher.example"], "https://xn--bcher-kva.example/", true);
        check(&["localhost", "127.0.0.1"], "http://127.0.0.1:3000/", true);
        check(&["*"], "https://anywhere.test/", true);
        check(&["*"], "odd", true);
        check(&[], "https://example.com/", false);
    }

    #[test]
    fn a_page_may_be_named_by_its_origin_alone() {
        let check = |allow_none: bool, referrer: Option<&str>, origin: Option<&str>, expected: bool| {
            let viewer = Viewer { referrer, origin, user_agent: None };
            let found = pages(&["example.com"], allow_none).allow(&viewer);
            assert_eq!(found, expected, "{allow_none} {referrer:?} {origin:?}");
        };
        check(false, None, Some("https://example.com"), true);
        check(false, None, Some("https://evil.test"), false);
        check(true, None, Some("https://evil.test"), false);
        check(true, Some("https://evil.test/"), Some("https://example.com"), false);
        check(false, Some("https://example.com/"), Some("https://evil.test"), true);
        for (referrer, origin) in
            [(None, None), (Some(""), None), (Some(" "), Some("null")), (None, Some(""))]
        {
            check(true, referrer, origin, true);
            check(false, referrer, origin, false);
        }
    }

    #[test]
    fn programs_are_known_by_what_they_call_themselves() {
        let check = |unnamed: bool, scripted: bool, said: Option<&str>, expected: bool| {
            let rules = UserAgentRules { allow_no_user_agent: unnamed, allow_high_risk_user_agent: scripted };
            assert_eq!(rules.allow(said), expected, "{unnamed} {scripted} {said:?}");
        };
        let safari = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Safari/605.1.15";
        let headless = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36";
        for said in
            [safari, "AppleCoreMedia/1.0.0.21A329 (iPhone; U; CPU OS 17_0 like Mac OS X)", "Javascripted/1"]
        {
            check(false, false, Some(said), true);
        }
        for said in [
            "curl/8.4.0",
            "CURL/8",
            "Wget/1.21.3",
            "python-requests/2.31.0",
            "Python/3.11 aiohttp/3.9.1",
            "Lavf/59.27.100",
            "Go-http-client/2.0",
            "Java/17.0.1",
            "node",
            headless,
        ] {
            check(true, false, Some(said), false);
            check(false, true, Some(said), true);
        }
        for said in [None, Some(""), Some("  ")] {
            check(true, false, said, true);
            check(false, true, said, false);
        }
    }

    #[test]
    fn both_halves_must_allow() {
        let user_agent = UserAgentRules { allow_high_risk_user_agent: false, ..UserAgentRules::default() };
        let rules = Rules { referrer: pages(&["example.com"], false), user_agent };
        let viewer =
            Viewer { referrer: Some("https://example.com/"), origin: None, user_agent: Some("Player/1") };
        assert!(rules.allow(&viewer));
        assert!(!rules.allow(&Viewer { referrer: None, ..viewer }));
        assert!(!rules.allow(&Viewer { user_agent: Some("curl/8"), ..viewer }));
        assert!(!Rules::default().allow(&viewer), "no page is allowed unless it is named");
    }

    #[test]
    fn what_is_no_domain_is_refused() {
        let long = "a".repeat(300);
        for text in [
            "",
            " ",
            "*.",
            "https://example.com",
            "example.com/",
            "example.com:80",
            "a b",
            "**",
            "*.*.com",
            "me@a",
            "%41.com",
            &long,
        ] {
            assert_eq!(domain(text), None, "{text}");
        }
    }
}
