//! `cargo local demo`: real orders over HTTP through the whole stack, every answer checked, and one of them followed
//! through its spans.

mod difference;
mod order;
mod samples;
mod session;
mod story;

use std::env;
use std::io::Write;
use std::time::Duration;

use session::Session;
use stack_telemetry::waterfall::Waterfall;

use super::arguments::StackArguments;
use super::error::CliError;
use super::serve::Termination;
use crate::stack::{RunningStack, Stack};

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
        show_trace(&stack, &order, &mut session).await
    };
    let told = tokio::select! {
        told = told => told.map_err(CliError::Demo),
        () = termination.wait() => Err(CliError::Interrupted),
    };
    stack.shutdown().await;
    told
}

/// Functions send their spans after their answers: so long without any, and all are there.
const QUIET: Duration = Duration::from_millis(500);
/// Longest wait for the last spans.
const PATIENCE: Duration = Duration::from_secs(10);
/// Characters of a line where the terminal does not say how many it has.
const WIDTH: usize = 100;
/// Characters of the longest line, beyond which it is no easier to read.
const WIDEST: usize = 160;

/// Shows the waterfall of the order's creation; nothing with telemetry off.
///
/// # Errors
/// [`DemoError::NoTrace`], [`DemoError::Output`].
async fn show_trace<W: Write>(
    stack: &RunningStack,
    order: &str,
    session: &mut Session<'_, W>,
) -> Result<(), DemoError> {
    if stack.otlp().is_none() {
        return Ok(());
    }
    let missing = |problem: String| DemoError::NoTrace { order: order.to_owned(), problem };
    let traces = stack.traces_of(&format!("order-{order}")).map_err(|error| missing(error.to_string()))?;
    let creation = *traces.first().ok_or_else(|| missing("its first commit names no trace".to_owned()))?;
    stack.traces().settled(QUIET, PATIENCE).await;
    let waterfall = Waterfall::of_trace(stack.traces(), creation);
    let waterfall = waterfall.ok_or_else(|| missing(format!("no span of trace {creation} has come")))?;
    session.show(&format!("\nWhere the time went when order {order} was created, up to its views"))?;
    session.show(waterfall.text(width()).trim_end())
}

fn width() -> usize {
    let columns = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    columns.unwrap_or(WIDTH).min(WIDEST)
}
