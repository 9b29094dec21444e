//! `cargo simulate`: runs one seed with all its calls, or many seeds.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use simulation::{CutOverReport, Mutation, run, runs};

/// Simulates the whole system under faults and checks the result. Each run follows from a seed.
#[derive(Debug, Parser)]
struct Arguments {
    /// The one seed to run.
    #[arg(long, conflicts_with = "seeds")]
    seed: Option<u64>,
    /// How many seeds to run.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// The bug to plant.
    #[arg(long, value_enum)]
    mutation: Option<Mutation>,
    /// Print every call of the seed.
    #[arg(long, requires = "seed")]
    trace: bool,
}

fn main() -> io::Result<ExitCode> {
    let Arguments { seed, seeds, from, mutation, trace } = Arguments::parse();
    let mut out = io::stdout().lock();
    if let Some(seed) = seed {
        let run = run(seed, mutation, trace);
        for line in &run.lines {
            writeln!(out, "{line}")?;
        }
        writeln!(
            out,
            "seed {seed}: {} commands, {} commits, {} calls, digest {:016x}",
            run.commands, run.commits, run.calls, run.digest
        )?;
        if let Some(CutOverReport { builds, cut_off, cut_overs, commands_meanwhile, .. }) =
            run.cut_over_report
        {
            let generations =
                format!("two generations: {builds} invocations of the rebuild, {cut_off} failed or died");
            writeln!(out, "{generations}; {cut_overs} cut-overs, during {commands_meanwhile} commands")?;
        }
        return Ok(match run.violation {
            None => ExitCode::SUCCESS,
            Some(violation) => {
                writeln!(out, "{violation}")?;
                ExitCode::FAILURE
            }
        });
    }
    let started = Instant::now();
    let failures = runs(from..from + seeds, mutation);
    for failure in &failures {
        writeln!(out, "{failure}")?;
    }
    let seconds = started.elapsed().as_secs_f64();
    let speed = f64::from(u32::try_from(seeds).unwrap_or(u32::MAX)) / seconds;
    writeln!(out, "{seeds} seeds, {} failed, {seconds:.0} s, {speed:.1} seeds/s", failures.len())?;
    Ok(if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
