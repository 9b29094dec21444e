//! `cargo local` serves the stack, runs the demo, puts a stack under load, invokes a function, prints a token, serves only
//! the HTTP API, writes a sample event, or generates code.
//!
//! The result of a command goes to standard output, and everything else to standard error. `RUST_LOG` selects the log
//! messages; functions log with the target `function`.

mod arguments;
mod banner;
mod chaos;
mod demo;
mod error;
mod invoke;
mod key_value;
mod load;
mod logs;
mod new;
mod sample;
mod serve;
mod shop;
mod telemetry;
mod token;

use std::io::Write;
use std::process::ExitCode;

use tokio::runtime::Builder;
use tracing_subscriber::EnvFilter;

pub use arguments::{Arguments, Command, GatewayArguments, StackArguments};
pub use chaos::ChaosArgument;
pub use demo::DemoError;
pub use error::CliError;
pub use load::{LoadArguments, LoadError};
pub use logs::LogsArgument;
pub use new::{NewArguments, NewKind};
pub use sample::{SampleArguments, SampleError};
pub use telemetry::{Headers, TelemetryArguments};
pub use token::TokenArguments;

/// Runs the command and returns the exit code: 0, or 1 after one line on `stderr`.
pub fn run(arguments: Arguments, stdout: &mut impl Write, stderr: &mut impl Write) -> ExitCode {
    log(arguments.command.as_ref(), arguments.stack.logs);
    let result = match Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(execute(arguments, stdout)),
        Err(error) => Err(CliError::Runtime(error)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // If standard error is closed, the message cannot be shown anywhere.
            let _ = writeln!(stderr, "error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn execute(arguments: Arguments, stdout: &mut impl Write) -> Result<(), CliError> {
    let stack = arguments.stack;
    if stack.chaos == Some(ChaosArgument::List) {
        return Ok(chaos::list(stdout)?);
    }
    match arguments.command {
        None => serve::run(stack, stdout).await,
        Some(Command::Demo) => demo::run(stack, stdout).await,
        Some(Command::Load(load)) => load::run(stack, &load, stdout).await,
        Some(Command::Gateway(gateway)) => serve::run_gateway(stack, gateway, stdout).await,
        Some(Command::Token(token)) => token::run(stack.served_port(), &token, stdout).await,
        Some(Command::Sample(sample)) => sample::run(&stack.options(0), &sample, stdout),
        Some(Command::New(new)) => new::run(&stack.options(0).project, new, stdout),
        Some(Command::Invoke { function, event }) => invoke::run(stack, &function, &event, stdout).await,
    }
}

fn log(command: Option<&Command>, logs: LogsArgument) {
    let default = if matches!(command, Some(Command::Demo | Command::Load(_))) {
        "warn,dynoxide=error,build=info"
    } else {
        "warn,dynoxide=error,build=info,function=info"
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    // A test may have set a subscriber before. It stays in place.
    let _ = tracing_subscriber::fmt()
        .event_format(logs::Lines::new(logs))
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init();
}
