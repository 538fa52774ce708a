//! The body of a request that sends bytes, held to what was said of it.

use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::Stream;
use futures::future::BoxFuture;

use crate::clock::Clock;

/// A body that fails where it brings fewer or more bytes than announced, goes on when the upload's time is over, or
/// when a newer request took over.
pub(super) struct Body<'a, S> {
    pub(super) inner: S,
    /// Bytes it is to bring, where that is known.
    pub(super) left: Option<u64>,
    pub(super) until_ms: i64,
    pub(super) clock: &'a dyn Clock,
    /// Comes when a newer request takes over.
    pub(super) overtaken: BoxFuture<'static, ()>,
}

impl<S: Stream<Item = std::io::Result<Bytes>> + Unpin> Stream for Body<'_, S> {
    type Item = std::io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.overtaken.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err(Error::new(
                ErrorKind::ConnectionAborted,
                "a newer request took over",
            ))));
        }
        let next = ready!(Pin::new(&mut self.inner).poll_next(cx));
        Poll::Ready(match next {
            Some(Ok(_)) if self.clock.now_ms() >= self.until_ms => {
                Some(Err(Error::new(ErrorKind::TimedOut, "the upload's time is over")))
            }
            Some(Ok(bytes)) => Some(self.counted(bytes)),
            None if self.left.is_some_and(|left| left > 0) => {
                self.left = None;
                Some(Err(Error::new(ErrorKind::UnexpectedEof, "fewer bytes than announced")))
            }
            other => other,
        })
    }
}

impl<S> Body<'_, S> {
    fn counted(&mut self, bytes: Bytes) -> std::io::Result<Bytes> {
        if let Some(left) = &mut self.left {
            let counted = left.checked_sub(bytes.len() as u64);
            let too_many = || Error::new(ErrorKind::InvalidData, "there are more bytes than were announced");
            *left = counted.ok_or_else(too_many)?;
        }
        Ok(bytes)
    }
}
