//! `EventBridge` buses, and the rules that send their events to queues and functions: `AWS::Events::EventBus`,
//! `AWS::Events::Rule` and SAM's event `EventBridgeRule`.
//!
//! A target that is neither a queue nor a function is refused by name. The permissions of targets (queue policies,
//! function permissions) are not checked.

use serde_json::Value;
use stack_base::account::{DEFAULT_BUS, name_of_arn, rule_arn};

use super::error::TemplateError;
use super::input::INPUTS;
use super::pattern::{Dialect, Pattern};
use super::properties::Properties;
use super::targets::{EventReceiver, EventTarget};

/// Maximum length of a pattern (`EventBridge` quotas).
const MAXIMUM_PATTERN: usize = 2048;

/// A rule of an event bus that is enabled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRule {
    /// Name of the rule.
    pub name: String,
    /// Name of the bus.
    pub bus: String,
    /// The events that the rule selects.
    pub pattern: EventPattern,
    /// The targets that get the selected events.
    pub targets: Vec<EventTarget>,
}

impl EventRule {
    /// ARN of the rule.
    #[must_use]
    pub fn arn(&self) -> String {
        rule_arn(&self.bus, &self.name)
    }
}

/// The pattern of a rule (`EventBridge` user guide, "Creating Amazon `EventBridge` event patterns").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPattern(Pattern);

impl EventPattern {
    /// True if the rule selects an event.
    #[must_use]
    pub fn matches(&self, event: &Value) -> bool {
        self.0.matches(Some(event))
    }

    /// Reads the pattern in `property`.
    fn read(properties: &Properties<'_>, property: &str) -> Result<Self, TemplateError> {
        let pattern = properties.required_object(property)?.map;
        if pattern.is_empty() {
            return Err(properties.error(property, "is empty"));
        }
        if Value::from(pattern.clone()).to_string().len() > MAXIMUM_PATTERN {
            return Err(properties.error(property, format!("is longer than {MAXIMUM_PATTERN} characters")));
        }
        let read = Pattern::from_members(&pattern, Dialect::Rule);
        read.map(Self).map_err(|problem| properties.error(property, problem))
    }
}

/// Reads an `AWS::Events::EventBus`, and returns its name.
///
/// # Errors
/// [`TemplateError::Property`] when a property is not supported locally.
pub(crate) fn bus(name: String, properties: &Properties<'_>) -> Result<String, TemplateError> {
    properties.only(&["Name"], &["Description", "KmsKeyIdentifier", "LogConfig", "Tags"])?;
    Ok(name)
}

/// Reads an `AWS::Events::Rule`; `None` if it is disabled.
///
/// # Errors
/// [`TemplateError::Property`], also for a schedule: SAM's event `Schedule` is supported.
pub(crate) fn rule(name: String, properties: &Properties<'_>) -> Result<Option<EventRule>, TemplateError> {
    properties
        .only(&["EventBusName", "EventPattern", "Name", "State", "Targets"], &["Description", "Tags"])?;
    let targets = properties.objects("Targets")?.iter().map(EventTarget::read).collect::<Result<_, _>>()?;
    let pattern = EventPattern::read(properties, "EventPattern")?;
    let rule = EventRule { name, bus: bus_name(properties)?, pattern, targets };
    Ok(is_enabled(properties)?.then_some(rule))
}

/// Reads an `EventBridgeRule` in the events of `function`; `None` if it is disabled.
///
/// # Errors
/// [`TemplateError::Property`] when a property is invalid or not supported locally.
pub(crate) fn of_function(
    name: String,
    function: &str,
    properties: &Properties<'_>,
) -> Result<Option<EventRule>, TemplateError> {
    let own = ["DeadLetterConfig", "EventBusName", "Pattern", "RetryPolicy", "RuleName", "State"];
    properties.only(&[&own[..], &INPUTS[..]].concat(), &["Target"])?;
    let name = properties.text("RuleName")?.unwrap_or(name);
    let pattern = EventPattern::read(properties, "Pattern")?;
    let receiver = EventReceiver::Function(function.to_owned());
    let targets = vec![EventTarget::with_receiver(receiver, properties)?];
    let rule = EventRule { name, bus: bus_name(properties)?, pattern, targets };
    Ok(is_enabled(properties)?.then_some(rule))
}

/// The name of a rule's bus, which may be given by name or ARN.
fn bus_name(properties: &Properties<'_>) -> Result<String, TemplateError> {
    let given = properties.text("EventBusName")?;
    Ok(given.map_or_else(|| DEFAULT_BUS.to_owned(), |bus| name_of_arn(&bus).to_owned()))
}

fn is_enabled(properties: &Properties<'_>) -> Result<bool, TemplateError> {
    match properties.text("State")?.as_deref() {
        None | Some("ENABLED") => Ok(true),
        Some("DISABLED") => Ok(false),
        Some(other) => Err(properties.error("State", format!("{other} is not supported locally"))),
    }
}
