//! A URL's path and query, refused in viewers' own words where they make no sense.

use axum::extract::{self, FromRequestParts};
use axum::http::Uri;
use axum::http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use subclip_app::Error;

use crate::error::ViewerError;

/// All but the letters that never mean anything in a URL (RFC 3986, 2.3).
const RESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A value as it may stand in a query, in a header's field (RFC 8187, 3.2.1), and in a line of any text.
pub(crate) fn escaped(value: &str) -> String {
    utf8_percent_encode(value, &RESERVED).to_string()
}

/// What stands in the path's places.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ViewerError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let found = extract::Path::<T>::from_request_parts(parts, state).await;
        Ok(Self(found.map_err(|_| Error::invalid("Invalid Parameters: the path can't be read."))?.0))
    }
}

/// What the query says of the things that `T` names; the rest is passed over.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ViewerError;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Self::of(&parts.uri)
    }
}

impl<T: DeserializeOwned> Query<T> {
    /// The query of a URL.
    pub(crate) fn of(uri: &Uri) -> Result<Self, ViewerError> {
        let found = extract::Query::<T>::try_from_uri(uri);
        let unreadable = |why: extract::rejection::QueryRejection| {
            let why = std::error::Error::source(&why).map(ToString::to_string).unwrap_or_default();
            Error::invalid(format!("Invalid Parameters: the query can't be read: {why}."))
        };
        Ok(Self(found.map_err(unreadable)?.0))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use subclip_app::Kind;

    use super::*;
    use crate::picture::PictureQuery;

    #[tokio::test]
    async fn a_parameter_that_comes_twice_is_refused_in_words() {
        let read = async |uri: &str| {
            let (mut parts, ()) = Request::builder().uri(uri).body(()).unwrap().into_parts();
            Query::<PictureQuery>::from_request_parts(&mut parts, &()).await.map(|query| query.0)
        };
        assert!(read("/?mine=1&mine=2&width=%FF").await.is_ok(), "others' parameters are passed over");
        let ViewerError(refused) = read("/?width=1&width=2").await.unwrap_err();
        assert_eq!(refused.kind, Kind::Invalid);
        assert!(refused.message.contains("width"), "{}", refused.message);
    }
}
