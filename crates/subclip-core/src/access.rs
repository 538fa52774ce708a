//! Playback restrictions: from which pages, and with which programs, signed media may be played.

use url::Url;

/// What stands for a header that can't be read, or that comes twice and so says two things: no page that any rule names,
/// and no program that is trusted.
pub const ODD: &str = "?";

/// What a request tells of where it comes from; a header that can't be read, or that comes twice, is [`ODD`].
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

/// The first names, in lower case and without versions, of programs and libraries that fetch by script, as they call
/// themselves where nobody told them to say otherwise. Whoever wants to can lie, so this keeps out the careless only.
const SCRIPTED: [&str; 39] = [
    "aiohttp",
    "apache-httpasyncclient",
    "apache-httpclient",
    "aria2",
    "axios",
    "bun",
    "curl",
    "deno",
    "ffmpeg",
    "go-http-client",
    "got",
    "guzzle",
    "guzzlehttp",
    "headlesschrome",
    "httpie",
    "java",
    "java-http-client",
    "lavf",
    "libcurl",
    "libcurl-agent",
    "libwww-perl",
    "node",
    "node-fetch",
    "node-superagent",
    "phantomjs",
    "postmanruntime",
    "python",
    "python-httpx",
    "python-requests",
    "python-urllib",
    "reqwest",
    "ruby",
    "scrapy",
    "streamlink",
    "superagent",
    "undici",
    "wget",
    "youtube-dl",
    "yt-dlp",
];

/// Schemes of what is no page: their hosts are whatever somebody wrote there. Others than the web's own are of apps, whose
/// pages have them.
const NO_PAGES: [&str; 11] = [
    "about",
    "blob",
    "data",
    "file",
    "filesystem",
    "ftp",
    "javascript",
    "mailto",
    "view-source",
    "ws",
    "wss",
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
        let url = Url::parse(&page).ok().filter(|url| !NO_PAGES.contains(&url.scheme()));
        let host = url.and_then(|url| url.host_str().map(bare));
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
        self.allow_high_risk_user_agent || (said != ODD && !is_scripted(said))
    }
}

/// A user agent is a row of products, each perhaps with a version (RFC 9110, 10.1.5), which some write right behind it.
fn is_scripted(user_agent: &str) -> bool {
    let products = user_agent.split([' ', '(', ')', ';', ',']).filter_map(|word| word.split('/').next());
    products.map(str::to_ascii_lowercase).any(|product| {
        let name = product.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        SCRIPTED.contains(&name.trim_end_matches('-'))
    })
}

/// A domain as it is compared: in lower case, in the letters of DNS, without a dot at its end. `None` for what is none.
#[must_use]
pub fn domain(text: &str) -> Option<String> {
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
        check(&["example.com"], ODD, false);
        check(&["*.example.com"], "https://www.example.com/", true);
        check(&["*.example.com"], "https://example.com/", false);
        check(&["*.example.com"], "https://a.b.example.com/", false);
        check(&["*.example.com"], "https://.example.com/", false);
        check(&["*.example.com", "example.com"], "https://example.com/", true);
        check(&["bücher.example"], "https://xn--bcher-kva.example/", true);
        check(&["localhost", "127.0.0.1"], "http://127.0.0.1:3000/", true);
        for scheme in ["capacitor", "android-app"] {
            check(&["example.com"], &format!("{scheme}://example.com/"), true);
        }
        for scheme in ["file", "javascript", "data", "blob", "ftp", "ws", "view-source"] {
            check(&["example.com"], &format!("{scheme}://example.com/"), false);
        }
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
        for said in [
            safari,
            "AppleCoreMedia/1.0.0.21A329 (iPhone; U; CPU OS 17_0 like Mac OS X)",
            "Javascripted/1",
            "Got4Tv/2",
        ] {
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
            "Java1.8.0",
            "python-urllib3/2.2.1",
            "libcurl-agent/1.0",
            "Lavf60.3.100",
            "Guzzle/6",
            "node-superagent/8",
            "Apache-HttpAsyncClient/5.1 (Java/17)",
            "FFmpeg",
            "FFmpeg/6.1",
            "streamlink/6.5.0",
            "node",
            headless,
        ] {
            check(true, false, Some(said), false);
            check(false, true, Some(said), true);
        }
        check(true, false, Some(ODD), false);
        check(false, true, Some(ODD), true);
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
