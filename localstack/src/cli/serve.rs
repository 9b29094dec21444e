//! `cargo local`: serve until Ctrl-C or SIGTERM.

use std::io::{self, Write};

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::arguments::StackArguments;
use super::banner;
use super::error::CliError;
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

/// Both signals, caught from the moment this is made.
pub(super) struct Termination {
    interrupt: Signal,
    terminate: Signal,
}

impl Termination {
    /// Catches both signals.
    ///
    /// # Errors
    /// What the system said.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Returns at the next signal.
    pub(super) async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
