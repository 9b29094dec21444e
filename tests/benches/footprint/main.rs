//! Size and cold start of every function, beside a function that does nothing, and what telemetry adds:
//! `cargo bench --package e2e --bench footprint`.
//!
//! - [`stack`] is what they run against: a `DynamoDB` in this process, with and without TLS in front, and what takes the
//!   spans of those that are traced. It builds the functions as they ship, and the bare one.
//! - [`work`] has the invocations: the samples in `events/`, each for an order of its own where it changes one, over a table
//!   that the projections fill; [`payload`] changes the samples.
//! - [`instance`] is one process of a function behind a [`runtime_api`] that only takes the time. It tells whether an
//!   invocation succeeded.
//! - [`timing`] and [`callgrind`] measure; [`report`] prints and judges.

mod callgrind;
mod instance;
mod payload;
mod report;
mod runtime_api;
mod stack;
mod subject;
mod timing;
mod work;

use std::io::{Write, stderr, stdout};
use std::process::ExitCode;

use crate::report::Row;
use crate::stack::Stack;
use crate::subject::{SUBJECTS, Setting};
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
    let stack = Stack::start().await?;
    let mut work = Work::prepare(&stack).await?;
    let times = timing::times(&stack, &mut work).await?;
    // Every warm invocation of a traced function must have been one export.
    let traced = SUBJECTS.iter().filter(|subject| subject.setting == Setting::Traced).count();
    let (exports, expected) = (stack.exports(), u64::try_from(traced * timing::WARM)?);
    if exports < expected {
        return Err(format!("{exports} exports for {expected} traced invocations").into());
    }
    let counts = callgrind::counts(&stack, &mut work).await?;
    let mut rows = Vec::new();
    for (index, subject) in SUBJECTS.iter().enumerate() {
        let (bytes, counts) = (stack.bytes(subject.function)?, counts.as_ref().map(|counts| counts[index]));
        rows.push(Row { subject, bytes, times: times[index], counts });
    }
    let (text, is_met) = report::report(&rows)?;
    stdout().write_all(text.as_bytes())?;
    Ok(is_met)
}

/// Tells what is going on; on standard error, so that standard output has the result alone.
fn progress(what: &str) -> Result<(), Error> {
    Ok(writeln!(stderr(), "footprint: {what}")?)
}
