//! The command behind `cargo local`.

use std::process::ExitCode;

use clap::Parser;
use localstack::cli::{self, Arguments};

fn main() -> ExitCode {
    cli::run(Arguments::parse(), &mut std::io::stdout(), &mut std::io::stderr())
}
