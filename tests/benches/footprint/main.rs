//! Measures the size and cold start of every function, compared with a function that does nothing, and the cost of
//! telemetry. Run it with `cargo bench --package e2e --bench footprint`.
//!
//! - [`stack`] builds the functions and provides an in-process DynamoDB, with and without TLS, and a collector.
//! - [`work`] creates the invocations from the samples in `events/`. Invocations that change an order get their own
//!   order. The projections fill the table that the queries read. [`payload`] adapts the samples.
//! - [`instance`] runs one process of a function with a [`runtime_api`], and checks that each invocation succeeds.
//! - [`timing`] measures times, and [`callgrind`] counts instructions. [`report`] writes the result and checks the
//!   budget.

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

use crate::report::Measurement;
use crate::stack::Stack;
use crate::subject::{SUBJECTS, Setting};
use crate::work::Work;

/// An error that ends the benchmark.
type Error = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    // Only `cargo bench` passes `--bench`. `cargo test --all-targets` also runs this binary, but must not measure.
    if !std::env::args().any(|argument| argument == "--bench") {
        writeln!(stderr(), "nothing is measured here: run `cargo bench --package e2e --bench footprint`")
            .ok();
        return ExitCode::SUCCESS;
    }
    match measure().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            writeln!(stderr(), "the benchmark could not be completed: {error}").ok();
            ExitCode::FAILURE
        }
    }
}

/// Measures all functions and prints the result. Returns whether the budget is met.
async fn measure() -> Result<bool, Error> {
    callgrind::require().await?;
    let stack = Stack::start().await?;
    let mut work = Work::prepare(&stack).await?;
    let times = timing::times(&stack, &mut work).await?;
    // Each warm invocation of a traced function exports once. Missing exports would make telemetry look too cheap.
    let traced = SUBJECTS.iter().filter(|subject| subject.setting == Setting::Traced).count();
    let (exports, expected) = (stack.exports(), u64::try_from(traced * timing::WARM)?);
    if exports < expected {
        return Err(format!("{exports} exports for {expected} traced invocations").into());
    }
    let counts = callgrind::counts(&stack, &mut work).await?;
    let mut rows = Vec::new();
    for (index, subject) in SUBJECTS.iter().enumerate() {
        let (bytes, counts) = (stack.bytes(subject.function)?, counts[index]);
        rows.push(Measurement { subject, bytes, times: times[index], counts });
    }
    let (text, is_met) = report::report(&rows)?;
    stdout().write_all(text.as_bytes())?;
    Ok(is_met)
}

/// Reports the progress on standard error, because standard output should contain only the result.
fn progress(step: &str) -> Result<(), Error> {
    Ok(writeln!(stderr(), "footprint: {step}")?)
}
