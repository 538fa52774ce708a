//! Fetching media by URL: by Subclip itself, never by the media tools; bounded, resumable, and closed to private
//! addresses unless the operator opens them.

mod answer;
mod guard;
mod pace;
mod post;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::{StreamExt as _, pin_mut};
use http::{StatusCode, header};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Url, redirect};
use subclip_core::HttpUrl;

use answer::{all_there, opened};

pub(crate) use answer::{Opened, Resume};
pub use guard::is_public;
pub(crate) use post::Posted;
#[cfg(test)]
pub(crate) use post::Reply;

/// Redirects that are followed, each checked like the first address.
const REDIRECTS: usize = 5;
/// How long a host may take to accept a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a host may stay silent in mid-answer.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// Why a URL could not be fetched; the text is for whoever named the URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// Not a URL that can be fetched at all.
    #[error("{0:?} is not an http or https URL")]
    NotAUrl(String),
    /// The host's addresses are private ones.
    #[error(
        "{0:?} leads to a private address, which this server does not reach unless its setting allow_private_urls says so"
    )]
    Private(String),
    /// The host answered with an error that another try won't change.
    #[error("the host answered {0}; check that the URL is reachable without signing in")]
    Status(u16),
    /// Too many redirects.
    #[error("more than {REDIRECTS} redirects; give the URL of the file itself")]
    Redirects,
    /// The host could not be reached, fell silent, or failed: another try may succeed.
    #[error("{0}")]
    Unreachable(String),
    /// The host said that it can't serve for now.
    #[error("the host answered {0}")]
    Unavailable(u16),
}

/// Fetches by URL.
#[derive(Clone)]
pub(crate) struct Fetcher {
    client: Client,
    allow_private: bool,
}

impl Fetcher {
    /// A fetcher; `allow_private` lets it reach loopback and private addresses.
    ///
    /// # Errors
    /// Where TLS can't be set up on this machine.
    pub(crate) fn new(allow_private: bool) -> Result<Self, String> {
        // An error means that a provider is installed already, which is all that is wanted.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(concat!("Subclip/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .dns_resolver(Arc::new(GuardedResolver { allow_private }))
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self { client, allow_private })
    }

    /// Asks for a URL and gives its body, following redirects.
    ///
    /// # Errors
    /// [`FetchError`].
    pub(crate) async fn open(&self, url: &str, resume: Option<&Resume>) -> Result<Opened, FetchError> {
        let response = self.follow(url, resume).await?;
        match resume {
            Some(resume) if response.status() == StatusCode::RANGE_NOT_SATISFIABLE => {
                match all_there(response.headers(), resume) {
                    Some(nothing_left) => Ok(nothing_left),
                    None => opened(self.follow(url, None).await?, None),
                }
            }
            _ => opened(response, resume),
        }
    }

    /// A small file, held in memory; none where it has more bytes than that.
    ///
    /// # Errors
    /// [`FetchError`].
    pub(crate) async fn small(&self, url: &str, most_bytes: u64) -> Result<Option<Bytes>, FetchError> {
        let opened = self.open(url, None).await?;
        let size_bytes = opened.size_bytes;
        if size_bytes.is_some_and(|size| size > most_bytes) {
            return Ok(None);
        }
        let body = opened.into_stream();
        pin_mut!(body);
        let mut bytes = BytesMut::new();
        while let Some(piece) = body.next().await {
            bytes.extend_from_slice(&piece?);
            if bytes.len() as u64 > most_bytes {
                return Ok(None);
            }
        }
        match size_bytes {
            Some(size) if size != bytes.len() as u64 => {
                Err(FetchError::Unreachable(format!("the host sent {} of {size} bytes", bytes.len())))
            }
            _ => Ok(Some(bytes.freeze())),
        }
    }

    async fn follow(&self, url: &str, resume: Option<&Resume>) -> Result<reqwest::Response, FetchError> {
        let mut url = self.checked(url)?;
        for _ in 0..=REDIRECTS {
            let response = self.request(&url, resume).await?;
            if !response.status().is_redirection() {
                return Ok(response);
            }
            let location = response.headers().get(header::LOCATION).and_then(|l| l.to_str().ok());
            let next = location
                .and_then(|l| url.join(l).ok())
                .ok_or(FetchError::Status(response.status().as_u16()))?;
            url = self.checked(next.as_str())?;
        }
        Err(FetchError::Redirects)
    }

    async fn request(&self, url: &Url, resume: Option<&Resume>) -> Result<reqwest::Response, FetchError> {
        let mut request = self.client.get(url.clone()).header(header::ACCEPT_ENCODING, "identity");
        if let Some(resume) = resume {
            request = request
                .header(header::RANGE, format!("bytes={}-", resume.offset))
                .header(header::IF_RANGE, &resume.validator);
        }
        request.send().await.map_err(|error| {
            let host = url.host_str().unwrap_or_default();
            if refused_by_guard(&error) {
                FetchError::Private(host.into())
            } else {
                FetchError::Unreachable(format!("the host {host} can't be reached ({})", plain(&error)))
            }
        })
    }

    /// A URL whose scheme is HTTP and whose host, where it is a literal address, may be reached. Names are checked
    /// after they are resolved.
    fn checked(&self, text: &str) -> Result<Url, FetchError> {
        let url = http_url(text)?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        match host.parse::<IpAddr>() {
            Ok(address) if !self.allow_private && !is_public(address) => {
                Err(FetchError::Private(host.into()))
            }
            _ => Ok(url),
        }
    }
}

/// A URL whose scheme is HTTP, wherever it leads.
pub(crate) fn http_url(text: &str) -> Result<Url, FetchError> {
    let read = text.parse().ok().and_then(|url: HttpUrl| Url::parse(url.as_str()).ok());
    read.ok_or_else(|| FetchError::NotAUrl(text.into()))
}

/// An error without the URL, which may carry a secret, and with its innermost cause.
fn plain(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    // The system's number for it is for logs, not for people.
    let text = cause.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

#[derive(Debug, thiserror::Error)]
#[error("all addresses are private")]
struct AllPrivate;

fn refused_by_guard(error: &reqwest::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(current) = cause {
        if current.is::<AllPrivate>() {
            return true;
        }
        cause = current.source();
    }
    false
}

/// Resolves names and drops the addresses that may not be reached, so that what is checked is what is connected to.
struct GuardedResolver {
    allow_private: bool,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<_> = found.filter(|a| allow_private || is_public(a.ip())).collect();
            if allowed.is_empty() {
                return Err(Box::new(AllPrivate) as Box<dyn std::error::Error + Send + Sync>);
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}
