//! The runtime frame of every function: allocator, telemetry, time, settings.
//!
//! A binary links this crate, so every function allocates with the same allocator and runs on one thread: an instance
//! has one event at a time.

mod clock;

pub use aws_client::variable;
pub use clock::{SystemClock, deadline};
pub use lambda_runtime::{Error, LambdaEvent};
pub use telemetry::Telemetry;

/// It allocates with fewer instructions than glibc: docs/decisions/58-mimalloc.md.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Runs a function until Lambda ends its sandbox: telemetry of `namespace` starts first, then `function` wires itself and
/// answers events with [`Telemetry::run`].
///
/// # Errors
/// That of `function`; an I/O error where the runtime cannot be started.
pub fn run(
    namespace: &'static str,
    function: impl AsyncFnOnce(Telemetry) -> Result<(), Error>,
) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async { function(telemetry::start(namespace)).await })
}
