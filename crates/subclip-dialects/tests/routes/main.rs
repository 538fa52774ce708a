//! The dialects over a real application, request by request. No worker runs, so assets stay `preparing`: what media
//! becomes of them is tested where it is made.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod mux;
mod own;
mod server;
mod uploads;
mod webhooks;
