//! `cargo local demo`: real orders over HTTP through the whole stack, every answer checked, and one of them followed
//! through its spans.

mod difference;
mod order;
mod samples;
mod session;
mod story;
mod trace;

use std::io::Write;

use session::Session;

use super::arguments::StackArguments;
use super::error::CliError;
use super::serve::Termination;
use crate::stack::Stack;

pub use difference::DemoError;

/// Starts a stack, walks through it, and ends it.
///
/// # Errors
/// [`CliError`]: the stack does not start, or an answer is not what it should be.
pub(super) async fn run(arguments: StackArguments, stdout: &mut impl Write) -> Result<(), CliError> {
    let mut termination = Termination::new().map_err(CliError::Runtime)?;
    let port = arguments.port.unwrap_or(0);
    let options = arguments.options(port);
    let events = options.project.join("events");
    let stack = tokio::select! {
        stack = Stack::start(options) => stack?,
        () = termination.wait() => return Err(CliError::Interrupted),
    };
    let mut session = Session::new(stack.base_url(), stack.issuer().clone(), stdout)?;
    let told = async {
        let order = story::tell(&mut session, &events).await?;
        trace::show(&stack, &order, &mut session).await
    };
    let told = tokio::select! {
        told = told => told.map_err(CliError::Demo),
        () = termination.wait() => Err(CliError::Interrupted),
    };
    stack.shutdown().await;
    told
}
