//! What can be wrong with a request before and after the application is asked; each face words it in one `match`.

use std::fmt;
use std::marker::PhantomData;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use subclip_app::Error;

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No access token, or none that is known.
    Unauthorized,
    /// The token may only read.
    ReadOnly,
    /// What was sent can't be understood: a sentence for each thing that is wrong.
    Invalid(Vec<String>),
    /// What stands where an id should is no id.
    BadId,
    /// The body is longer than a description of anything needs to be.
    TooLarge,
    /// Nothing lies at this path.
    NoRoute,
    /// Something lies at this path, but not for this method.
    WrongMethod,
    /// The application said no.
    App(Error),
}

impl Fault {
    /// One thing is wrong with what was sent.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(vec![message.into()])
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::App(error)
    }
}

/// A face of the server, as far as it words refusals.
pub(crate) trait Face: Send + Sync + 'static {
    /// The answer to a request that is refused.
    fn refuse(fault: Fault) -> Response;
}

/// A refusal on its way to the client of face `F`.
pub(crate) struct Refused<F> {
    fault: Fault,
    face: PhantomData<fn() -> F>,
}

impl<F> Refused<F> {
    pub(crate) fn new(fault: Fault) -> Self {
        Self { fault, face: PhantomData }
    }
}

impl<F> From<Fault> for Refused<F> {
    fn from(fault: Fault) -> Self {
        Self::new(fault)
    }
}

impl<F> From<Error> for Refused<F> {
    fn from(error: Error) -> Self {
        Self::new(error.into())
    }
}

impl<F: Face> IntoResponse for Refused<F> {
    fn into_response(self) -> Response {
        F::refuse(self.fault)
    }
}

impl<F> fmt::Debug for Refused<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fault.fmt(f)
    }
}

/// Says in `response` when to come back.
pub(crate) fn retry_after(mut response: Response, seconds: u32) -> Response {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// What is said to be wrong with a request, in tests: nothing where it is understood.
#[cfg(test)]
pub(crate) fn said<T>(result: Result<T, Fault>) -> Vec<String> {
    match result {
        Err(Fault::Invalid(sentences)) => sentences,
        Err(other) => vec![format!("{other:?}")],
        Ok(_) => Vec::new(),
    }
}
