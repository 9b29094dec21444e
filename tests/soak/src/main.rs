//! Runs the shop on the embedded stack under load and faults, while operators reshard, rebuild, redrive and publish again.
//! At the end, no process has grown, no commit is lost or duplicated, and the consumer of the event bus has every event.

mod consumer;
mod disturbance;
mod generations;
mod growth;
mod operators;
mod processes;
mod redrive;
mod report;
mod soak;
mod stack;

use std::error::Error;
use std::io::{Write, stdout};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use crate::soak::Soak;

/// The exit code of a check that cannot run on this machine.
const SKIPPED: u8 = 77;

/// Runs the shop on the embedded stack under load, faults and the work of operators, and checks that nothing grows.
#[derive(Debug, Parser)]
struct Arguments {
    /// How long rounds begin, in minutes. The audit at the end comes after this time
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=1440))]
    minutes: u64,
    /// The seed of the faults [default: random]
    #[arg(long)]
    seed: Option<u64>,
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error + Send + Sync>> {
    let Arguments { minutes, seed } = Arguments::parse();
    let mut out = stdout();
    if !processes::are_readable() {
        writeln!(out, "this machine has no /proc with the memory and the open files of each process")?;
        return Ok(SKIPPED.into());
    }
    let mut soak = Soak::start(Duration::from_mins(minutes), seed).await?;
    writeln!(out, "soak for {minutes} minutes with the faults {}", soak.faults())?;
    while !soak.is_over() {
        writeln!(out, "{}", soak.round().await?)?;
    }
    let report = soak.finish().await?;
    write!(out, "{report}")?;
    Ok(if report.findings().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
