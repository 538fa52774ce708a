//! The dialects over a real application, request by request. No worker runs, so assets stay `preparing`: what media
//! becomes of them is tested where it is made.

mod mux;
mod own;
mod server;
mod uploads;
