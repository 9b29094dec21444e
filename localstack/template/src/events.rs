//! The event sources of functions: HTTP API routes, event source mappings and schedules.

use std::time::Duration;

use stack_base::account::{name_of_arn, stream_of_consumer};

use super::authorizers::ApiAuth;
use super::error::TemplateError;
use super::filters::Filters;
use super::model::{EventSourceMapping, HttpRoute, Schedule, StartingPosition, Template};
use super::properties::Properties;
use super::rules;

/// Settings of a Kinesis mapping. SAM's event and `AWS::Lambda::EventSourceMapping` use the same names.
const MAPPING: &[&str] = &[
    "BatchSize",
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "Enabled",
    "FilterCriteria",
    "FunctionResponseTypes",
    "MaximumBatchingWindowInSeconds",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "StartingPosition",
];

impl Template {
    /// Adds the events of a function. `auth` gives the authorization of routes.
    pub(crate) fn add_events(
        &mut self,
        auth: &ApiAuth,
        function: &str,
        properties: &Properties<'_>,
    ) -> Result<(), TemplateError> {
        let Some(events) = properties.object("Events")? else { return Ok(()) };
        for name in events.names() {
            let event = events.required_object(name)?;
            let settings = event.required_object("Properties")?;
            match event.required_text("Type")?.as_str() {
                "HttpApi" => self.routes.push(route(auth, function, &settings)?),
                "Kinesis" => self.add_mapping(format!("{function}-{name}"), function, "Stream", &settings)?,
                "EventBridgeRule" => {
                    self.event_rules.extend(rules::of_function(
                        format!("{function}-{name}"),
                        function,
                        &settings,
                    )?);
                }
                "Schedule" => self.schedules.extend(schedule(function, &settings)?),
                other => return Err(event.error("Type", format!("{other} is not supported locally"))),
            }
        }
        Ok(())
    }

    /// Adds an `AWS::Lambda::EventSourceMapping`.
    pub(crate) fn add_mapping_resource(&mut self, properties: &Properties<'_>) -> Result<(), TemplateError> {
        let function = properties.required_text("FunctionName")?;
        let id = properties.resource.clone();
        self.add_mapping(id, name_of_arn(&function), "EventSourceArn", properties)
    }

    fn add_mapping(
        &mut self,
        id: String,
        function: &str,
        source: &str,
        properties: &Properties<'_>,
    ) -> Result<(), TemplateError> {
        let known: Vec<&str> = MAPPING.iter().copied().chain([source, "FunctionName"]).collect();
        properties.only(&known, &["KmsKeyArn", "MetricsConfig", "Tags"])?;
        if properties.boolean("Enabled")? != Some(false) {
            self.mappings.push(mapping(id, function, source, properties)?);
        }
        Ok(())
    }
}

fn route(auth: &ApiAuth, function: &str, properties: &Properties<'_>) -> Result<HttpRoute, TemplateError> {
    let authorization = auth.of_route(properties)?;
    properties.only(&["Auth", "Method", "PayloadFormatVersion", "Path"], &["ApiId", "RouteSettings"])?;
    if let Some(version) = properties.text("PayloadFormatVersion")?.filter(|version| version != "2.0") {
        return Err(properties.error("PayloadFormatVersion", format!("{version} is not supported locally")));
    }
    let path = properties.required_text("Path")?;
    let method = properties.required_text("Method")?.to_uppercase();
    let method =
        if method == "*" || method == "X-AMAZON-APIGATEWAY-ANY-METHOD" { "ANY".to_owned() } else { method };
    Ok(HttpRoute { path, method, function: function.to_owned(), authorization })
}

fn mapping(
    id: String,
    function: &str,
    source: &str,
    properties: &Properties<'_>,
) -> Result<EventSourceMapping, TemplateError> {
    let arn = properties.required_text(source)?;
    if !arn.contains(":kinesis:") {
        return Err(properties.error(source, format!("{arn} is not a Kinesis stream")));
    }
    let window = properties.integer("MaximumBatchingWindowInSeconds", 0..=300)?.unwrap_or(0);
    let retries = properties.integer("MaximumRetryAttempts", -1..=10_000)?.unwrap_or(-1);
    // AWS replaces a mapping when its source changes. The new mapping has no checkpoints.
    let consumer = stream_of_consumer(&arn);
    Ok(EventSourceMapping {
        id: if consumer.is_some() { format!("{id}-consumer") } else { id },
        stream: name_of_arn(consumer.unwrap_or(&arn)).to_owned(),
        consumer_arn: consumer.is_some().then(|| arn.clone()),
        filters: Filters::read(properties)?,
        function: function.to_owned(),
        batch_size: at_least_one(properties.integer("BatchSize", 1..=10_000)?, 100),
        batching_window: Duration::from_secs(window.unsigned_abs()),
        starting_position: starting_position(properties)?,
        bisect_on_error: properties.boolean("BisectBatchOnFunctionError")?.unwrap_or(false),
        maximum_retries: u32::try_from(retries).ok(),
        maximum_record_age: maximum_record_age(properties)?,
        parallelization_factor: at_least_one(properties.integer("ParallelizationFactor", 1..=10)?, 1),
        reports_batch_item_failures: reports_batch_item_failures(properties)?,
        on_failure_queue: on_failure_queue(properties)?,
    })
}

fn at_least_one<T: TryFrom<i64>>(given: Option<i64>, default: T) -> T {
    given.and_then(|given| T::try_from(given).ok()).unwrap_or(default)
}

/// The maximum record age. AWS accepts -1 (no maximum) or 60 s to a week.
fn maximum_record_age(properties: &Properties<'_>) -> Result<Option<Duration>, TemplateError> {
    let property = "MaximumRecordAgeInSeconds";
    match properties.integer(property, -1..=604_800)? {
        None | Some(-1) => Ok(None),
        Some(seconds) if seconds >= 60 => Ok(Some(Duration::from_secs(seconds.unsigned_abs()))),
        Some(seconds) => Err(properties.error(property, format!("{seconds} must be -1 or at least 60"))),
    }
}

fn starting_position(properties: &Properties<'_>) -> Result<StartingPosition, TemplateError> {
    match properties.required_text("StartingPosition")?.as_str() {
        "TRIM_HORIZON" => Ok(StartingPosition::TrimHorizon),
        "LATEST" => Ok(StartingPosition::Latest),
        other => Err(properties.error("StartingPosition", format!("{other} is not supported locally"))),
    }
}

fn reports_batch_item_failures(properties: &Properties<'_>) -> Result<bool, TemplateError> {
    let types = properties.texts("FunctionResponseTypes")?;
    match types.iter().find(|kind| *kind != "ReportBatchItemFailures") {
        Some(unknown) => {
            Err(properties.error("FunctionResponseTypes", format!("{unknown} is not supported locally")))
        }
        None => Ok(!types.is_empty()),
    }
}

fn on_failure_queue(properties: &Properties<'_>) -> Result<Option<String>, TemplateError> {
    let Some(config) = properties.object("DestinationConfig")? else { return Ok(None) };
    config.only(&["OnFailure"], &[])?;
    let Some(on_failure) = config.object("OnFailure")? else { return Ok(None) };
    on_failure.only(&["Destination", "Type"], &[])?;
    let arn = on_failure.required_text("Destination")?;
    if !arn.contains(":sqs:") {
        return Err(on_failure.error("Destination", format!("{arn} is not an SQS queue")));
    }
    Ok(Some(name_of_arn(&arn).to_owned()))
}

/// Reads a `Schedule`, an `EventBridge` rule that invokes a function at a fixed rate. Returns `None` if it is disabled.
///
/// # Errors
/// [`TemplateError::Property`], also for a cron expression, which is not supported.
fn schedule(function: &str, properties: &Properties<'_>) -> Result<Option<Schedule>, TemplateError> {
    properties.only(&["Enabled", "Input", "Schedule", "State"], &["Description", "Name", "RetryPolicy"])?;
    let expression = properties.required_text("Schedule")?;
    let unknown = || properties.error("Schedule", format!("{expression} must have the form rate(5 minutes)"));
    let rate = rate(&expression).ok_or_else(unknown)?;
    let state = properties.text("State")?;
    let is_enabled = properties.boolean("Enabled")? != Some(false) && state.as_deref() != Some("DISABLED");
    let schedule = Schedule { function: function.to_owned(), rate, input: properties.text("Input")? };
    Ok(is_enabled.then_some(schedule))
}

/// Parses an expression such as `rate(1 minute)` or `rate(5 minutes)` (`EventBridge` user guide, "Schedule types").
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
    fn rates_parse_as_in_eventbridge() {
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
