//! SAM's `Schedule` event: a rule of `EventBridge` that invokes a function now and then.

use std::time::Duration;

use super::error::TemplateError;
use super::properties::Properties;

/// When a function is invoked by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Physical name of the function.
    pub function: String,
    /// How long between two invocations, and before the first.
    pub rate: Duration,
    /// What it is invoked with; `EventBridge`'s own event where nobody says.
    pub input: Option<String>,
}

/// Reads one schedule; `None` where it is disabled.
///
/// # Errors
/// [`TemplateError::Property`], also for a cron expression.
pub(crate) fn schedule(
    function: &str,
    properties: &Properties<'_>,
) -> Result<Option<Schedule>, TemplateError> {
    properties.only(&["Enabled", "Input", "Schedule", "State"], &["Description", "Name", "RetryPolicy"])?;
    let expression = properties.required_text("Schedule")?;
    let unknown = || properties.error("Schedule", format!("{expression} is not of the form rate(5 minutes)"));
    let rate = rate(&expression).ok_or_else(unknown)?;
    let state = properties.text("State")?;
    let is_enabled = properties.boolean("Enabled")? != Some(false) && state.as_deref() != Some("DISABLED");
    let schedule = Schedule { function: function.to_owned(), rate, input: properties.text("Input")? };
    Ok(is_enabled.then_some(schedule))
}

/// `rate(1 minute)`, `rate(5 minutes)`, and so on; see the `EventBridge` user guide, "Schedule types".
fn rate(expression: &str) -> Option<Duration> {
    let (number, unit) = expression.strip_prefix("rate(")?.strip_suffix(')')?.split_once(' ')?;
    let number: u32 = number.parse().ok().filter(|number| *number > 0)?;
    let unit = match (unit, number) {
        ("minute", 1) | ("minutes", 2..) => Duration::from_mins(1),
        ("hour", 1) | ("hours", 2..) => Duration::from_hours(1),
        ("day", 1) | ("days", 2..) => Duration::from_hours(24),
        _ => return None,
    };
    Some(unit * number)
}

#[cfg(test)]
mod tests {
    use super::{Duration, rate};

    #[test]
    fn a_rate_is_read_as_eventbridge_does() {
        assert_eq!(rate("rate(1 minute)"), Some(Duration::from_mins(1)));
        assert_eq!(rate("rate(5 minutes)"), Some(Duration::from_mins(5)));
        assert_eq!(rate("rate(2 days)"), Some(Duration::from_hours(48)));
        for wrong in
            ["rate(0 minutes)", "rate(1 minutes)", "rate(2 minute)", "cron(0 * * * ? *)", "5 minutes", ""]
        {
            assert_eq!(rate(wrong), None, "{wrong}");
        }
    }
}
