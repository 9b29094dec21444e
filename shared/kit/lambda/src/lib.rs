//! The `main` function of every Lambda function: allocator, telemetry, clock, settings.
//!
//! Every binary links this crate, so every function uses the same allocator and runs on one thread. One thread is
//! enough, because an instance handles one event at a time.

mod clock;

pub use aws_client::variable;
pub use clock::{SystemClock, deadline};
pub use lambda_runtime::{Error, LambdaEvent};
pub use telemetry::{Telemetry, time_left};

/// This allocator needs fewer instructions than glibc's: docs/decisions/58-mimalloc.md.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs a function until Lambda ends its sandbox. The telemetry of `namespace` starts first. Then `function` builds its
/// dependencies and handles events with [`Telemetry::run`].
///
/// # Errors
/// The error of `function`, or an I/O error if the async runtime cannot be started.
pub fn run(
    namespace: &'static str,
    function: impl AsyncFnOnce(Telemetry) -> Result<(), Error>,
) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async { function(telemetry::start(namespace)).await })
}
