//! Size and cold start of every function, beside a function that does nothing, and what telemetry adds:
//! `cargo bench --package e2e --bench footprint`.
//!
//! - [`binaries`] builds the functions as they ship, and the bare one.
//! - [`stack`] is what they run against: a `DynamoDB` in this process, with and without TLS in front.
//! - [`collector`] takes the spans of those that are traced.
//! - [`work`] has the invocations: the samples in `events/`, each for an order of its own where it changes one, which
//!   [`stages`] bring to where it must be, over a table that [`filling`] fills; [`reply`] tells whether one succeeded.
//! - [`instance`] is one process of a function behind a [`runtime_api`] that only takes the time.
//! - [`timing`] and [`callgrind`] measure; [`report`] and [`telemetry`] print, and [`budget`] judges.

mod binaries;
mod budget;
mod callgrind;
mod collector;
mod filling;
mod instance;
mod payload;
mod reply;
mod report;
mod runtime_api;
mod stack;
mod stages;
mod subject;
mod telemetry;
mod timing;
mod work;

use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

use crate::binaries::Binaries;
use crate::report::Row;
use crate::stack::Stack;
use crate::subject::SUBJECTS;
use crate::work::Work;

/// Whatever ends the benchmark before its result.
type Error = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    // Cargo passes `--bench` to what `cargo bench` runs; `cargo test --all-targets` runs the same without.
    if !std::env::args().any(|argument| argument == "--bench") {
        writeln!(stderr(), "nothing is measured here: run `cargo bench --package e2e --bench footprint`")
            .ok();
        return ExitCode::SUCCESS;
    }
    match measured().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            writeln!(stderr(), "the benchmark could not be completed: {error}").ok();
            ExitCode::FAILURE
        }
    }
}

/// Measures all and prints it; whether the budget is met.
async fn measured() -> Result<bool, Error> {
    let binaries = Binaries::build()?;
    let stack = Stack::start(binaries).await?;
    let mut work = Work::prepare(&stack).await?;
    progress("timing starts and first invocations")?;
    let starts = timing::starts(&stack, &mut work).await?;
    progress("timing warm invocations")?;
    let warm = timing::warm(&stack, &mut work).await?;
    telemetry::check_exports(&stack)?;
    let counts = callgrind::counts(&stack, &mut work).await?;
    let mut rows = Vec::new();
    for (index, subject) in SUBJECTS.iter().enumerate() {
        let bytes = stack.binaries().bytes(subject.function)?;
        let (times, counts) = (starts[index].with(warm[index]), counts.as_ref().map(|counts| counts[index]));
        rows.push(Row { subject, bytes, times, counts });
    }
    let verdicts = budget::verdicts(&rows)?;
    stdout().write_all(report::text(&rows, &verdicts)?.as_bytes())?;
    stdout().write_all(telemetry::text(&rows)?.as_bytes())?;
    Ok(verdicts.iter().all(|verdict| verdict.met))
}

/// Tells what is going on; on standard error, so that standard output has the result alone.
fn progress(what: &str) -> Result<(), Error> {
    Ok(writeln!(stderr(), "footprint: {what}")?)
}
