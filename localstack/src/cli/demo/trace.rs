//! Where an order's time went: its creation, from the HTTP call to its views.

use std::env;
use std::io::Write;
use std::time::Duration;

use stack_telemetry::waterfall::Waterfall;

use super::difference::DemoError;
use super::session::Session;
use crate::stack::RunningStack;

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
pub(super) async fn show<W: Write>(
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
