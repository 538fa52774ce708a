//! Who asks: an access token's id and secret, sent as HTTP Basic credentials (RFC 7617).

use std::fmt;
use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::request::Parts;
use http::{HeaderMap, header};
use subclip_app::{App, Caller};

use super::{Face, Fault, Refused};

/// A caller whose token is known and who may do what the request's method does: reading, or anything.
pub(crate) struct Access<F> {
    /// Who asks.
    pub(crate) caller: Caller,
    /// The public half of the token.
    pub(crate) token: String,
    face: PhantomData<fn() -> F>,
}

impl<F: Face> FromRequestParts<App> for Access<F> {
    type Rejection = Refused<F>;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let given = Credentials::of(&parts.headers).ok_or(Fault::Unauthorized)?;
        let known = app.tokens().authenticate(&given.id, &given.secret).await?;
        let caller = known.ok_or(Fault::Unauthorized)?;
        if !caller.may_write && !parts.method.is_safe() {
            return Err(Fault::ReadOnly.into());
        }
        Ok(Self { caller, token: given.id, face: PhantomData })
    }
}

#[derive(PartialEq, Eq)]
struct Credentials {
    id: String,
    secret: String,
}

/// The secret stays out of logs and test failures.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({})", self.id)
    }
}

impl Credentials {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let (scheme, coded) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let text = String::from_utf8(STANDARD.decode(coded.trim()).ok()?).ok()?;
        let (id, secret) = text.split_once(':')?;
        Some(Self { id: id.to_owned(), secret: secret.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: &str, expected: Option<(&str, &str)>) {
        let headers = HeaderMap::from_iter([(header::AUTHORIZATION, header.parse().unwrap())]);
        let expected = expected.map(|(id, secret)| (id.to_owned(), secret.to_owned()));
        assert_eq!(Credentials::of(&headers).map(|c| (c.id, c.secret)), expected, "{header}");
    }

    #[test]
    fn reads_basic_credentials() {
        check("Basic aWQ6c2VjcmV0", Some(("id", "secret")));
        check("basic aWQ6YTpi", Some(("id", "a:b")));
        check("Basic aWQ6", Some(("id", "")));
        for bad in ["Basic", "Basic !!!", "Basic aWQ=", "Basic /w==", "Bearer aWQ6c2VjcmV0", ""] {
            check(bad, None);
        }
        assert_eq!(Credentials::of(&HeaderMap::new()), None);
    }
}
