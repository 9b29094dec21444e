//! `cargo local demo` sends real orders over HTTP through a whole stack, checks every response, and shows the spans of
//! one order.

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
use super::shop;
use crate::stack::{RunningStack, Stack};

pub use difference::DemoError;

/// Starts a stack, runs the demo on it, and stops the stack.
///
/// # Errors
/// [`CliError`] if the stack does not start, or if a response has an unexpected value.
pub(super) async fn run(arguments: StackArguments, stdout: &mut impl Write) -> Result<(), CliError> {
    let mut termination = Termination::new().map_err(CliError::Runtime)?;
    let port = arguments.port.unwrap_or(0);
    let options = arguments.options(port);
    let events = options.project.join("events");
    let stack = tokio::select! {
        stack = Stack::start(options) => stack?,
        () = termination.wait() => return Err(CliError::Interrupted),
    };
    if !shop::is_in(stack.template()) {
        stack.shutdown().await;
        return Err(CliError::NotTheShop);
    }
    let mut session = Session::new(&stack, stdout)?;
    let steps = async {
        let order = story::run(&mut session, &events).await?;
        show_trace(&stack, &order, &mut session).await
    };
    let result = tokio::select! {
        result = steps => result.map_err(CliError::Demo),
        () = termination.wait() => Err(CliError::Interrupted),
    };
    stack.shutdown().await;
    result
}

/// Functions send their spans after their responses. If no span arrives for this long, all spans have arrived.
const QUIET: Duration = Duration::from_millis(500);
/// The longest wait for the last spans.
const PATIENCE: Duration = Duration::from_secs(10);
/// The characters of a line if the environment variable `COLUMNS` is not set.
const WIDTH: usize = 100;
/// The most characters of a line. Longer lines are not easier to read.
const WIDEST: usize = 160;

/// Shows the waterfall of the order's creation, or nothing if telemetry is off.
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
    let creation = *traces.first().ok_or_else(|| missing("its first commit has no trace id".to_owned()))?;
    stack.traces().settled(QUIET, PATIENCE).await;
    let waterfall = Waterfall::from_trace(stack.traces(), creation);
    let waterfall = waterfall.ok_or_else(|| missing(format!("no span of trace {creation} has arrived")))?;
    session.show(&format!("\nThe time that the creation of order {order} took, up to its views"))?;
    session.show(waterfall.text(width()).trim_end())
}

fn width() -> usize {
    let columns = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    columns.unwrap_or(WIDTH).min(WIDEST)
}
