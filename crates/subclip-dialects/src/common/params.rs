//! A path's ids and a query's words, refused in the face's own words when they make no sense.

use std::collections::HashMap;
use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::de::DeserializeOwned;
use subclip_app::App;

use super::{Face, Fault, Refused};

/// What stands in the path's places; ids are read by [`Path::id`].
pub(crate) struct Path<F, T>(pub(crate) T, PhantomData<fn() -> F>);

impl<F: Face, T: DeserializeOwned + Send> FromRequestParts<App> for Path<F, T> {
    type Rejection = Refused<F>;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let found = axum::extract::Path::<T>::from_request_parts(parts, app).await;
        found.map(|path| Self(path.0, PhantomData)).map_err(|_| Fault::BadId.into())
    }
}

impl<F> Path<F, String> {
    /// The path's one id.
    pub(crate) fn id<I: std::str::FromStr>(&self) -> Result<I, Fault> {
        self.0.parse().map_err(|_| Fault::BadId)
    }
}

impl<F> Path<F, (String, String)> {
    /// The path's two ids.
    pub(crate) fn ids<I: std::str::FromStr, J: std::str::FromStr>(&self) -> Result<(I, J), Fault> {
        let first = self.0.0.parse().map_err(|_| Fault::BadId)?;
        let second = self.0.1.parse().map_err(|_| Fault::BadId)?;
        Ok((first, second))
    }
}

/// The query's words, the last one when a name comes twice.
pub(crate) struct Query<F>(pub(crate) HashMap<String, String>, PhantomData<fn() -> F>);

impl<F: Face> FromRequestParts<App> for Query<F> {
    type Rejection = Refused<F>;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let found = axum::extract::Query::<HashMap<String, String>>::from_request_parts(parts, app).await;
        let readable = found.map_err(|_| Fault::invalid("The query can't be read."))?;
        Ok(Self(readable.0, PhantomData))
    }
}
