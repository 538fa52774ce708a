//! Where vendors' words stop: each folder translates the requests of one API into calls of the application, and its
//! answers back. A dialect holds no rules, and knows no other dialect.

mod common;
pub mod mux;
pub mod own;
pub mod uploads;
