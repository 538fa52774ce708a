//! The `subclip` program.

mod cli;
mod config;
mod listen;
mod open;
mod requests;
mod server;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
