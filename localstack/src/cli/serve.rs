//! `cargo local`: serve until Ctrl-C.

use std::io::Write;

use super::arguments::StackArguments;
use super::banner;
use super::error::CliError;
use super::signal::Termination;
use crate::stack::Stack;

/// Starts the stack, says what it serves, and ends it cleanly at Ctrl-C or SIGTERM, also while it starts.
///
/// # Errors
/// [`CliError`] when it does not start.
pub(super) async fn run(arguments: StackArguments, stdout: &mut impl Write) -> Result<(), CliError> {
    let mut termination = Termination::new().map_err(CliError::Runtime)?;
    let port = arguments.served_port();
    let stack = tokio::select! {
        stack = Stack::start(arguments.options(port)) => stack?,
        () = termination.wait() => return Ok(()),
    };
    let shown = banner::write(&stack, stdout);
    if shown.is_ok() {
        termination.wait().await;
    }
    stack.shutdown().await;
    Ok(shown?)
}
