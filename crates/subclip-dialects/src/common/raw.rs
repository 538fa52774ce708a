//! A request's body as it is: a small file, of bounded size.

use std::marker::PhantomData;

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use subclip_app::{App, MOST_CAPTIONS_BYTES};
use tokio::time::timeout;

use super::body::{PATIENCE, late};
use super::{Face, Fault, Refused};

/// The bytes of a request, no more than captions may have.
pub(crate) struct Raw<F>(pub(crate) Bytes, PhantomData<fn() -> F>);

impl<F: Face> FromRequest<App> for Raw<F> {
    type Rejection = Refused<F>;

    async fn from_request(request: Request, _app: &App) -> Result<Self, Self::Rejection> {
        let body = axum::body::to_bytes(request.into_body(), MOST_CAPTIONS_BYTES);
        let bytes = timeout(PATIENCE, body).await.map_err(late)?.map_err(|_| Fault::TooLarge)?;
        Ok(Self(bytes, PhantomData))
    }
}
