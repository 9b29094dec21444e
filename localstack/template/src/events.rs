//! The event sources of functions: HTTP API routes, event source mappings and schedules.

use std::time::Duration;

use stack_base::account::name_of_arn;

use super::authorizers::ApiAuth;
use super::error::TemplateError;
use super::filters::Filters;
use super::model::{EventSourceMapping, HttpRoute, Schedule, StartingPosition, Template};
use super::properties::Properties;
use super::rules;
use super::source::EventSource;

/// Settings of every mapping. SAM's event and `AWS::Lambda::EventSourceMapping` use the same names.
const COMMON: &[&str] =
    &["BatchSize", "Enabled", "FilterCriteria", "FunctionResponseTypes", "MaximumBatchingWindowInSeconds"];
/// Settings of a mapping from a stream.
const OF_STREAMS: &[&str] = &[
    "BisectBatchOnFunctionError",
    "DestinationConfig",
    "MaximumRecordAgeInSeconds",
    "MaximumRetryAttempts",
    "ParallelizationFactor",
    "StartingPosition",
];
/// Settings of every mapping that a local caller cannot see: encryption, metrics and tags.
const INERT: &[&str] = &["KmsKeyArn", "MetricsConfig", "Tags"];

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
                "HttpApi" => self.add_route(route(auth, function, &settings)?, &settings)?,
                kind @ ("DynamoDB" | "Kinesis" | "SQS") => {
                    let source = if kind == "SQS" { "Queue" } else { "Stream" };
                    let mapping = mapping(format!("{function}-{name}"), function, source, &settings)?;
                    if kind_of(&mapping.source) != kind {
                        let problem = format!("{} is no source of a {kind} event", mapping.source.arn());
                        return Err(settings.error(source, problem));
                    }
                    self.mappings.push(mapping);
                }
                "EventBridgeRule" => {
                    self.event_rules.extend(rules::of_function(
                        format!("{function}-{name}"),
                        function,
                        &settings,
                    )?);
                }
                "Schedule" => {
                    self.schedules.extend(schedule(format!("{function}-{name}"), function, &settings)?);
                }
                other => return Err(event.error("Type", format!("{other} is not supported locally"))),
            }
        }
        Ok(())
    }

    /// Adds a route. SAM refuses a second route with the same method and path ("API method … defined multiple times for
    /// path …", SAM translator, `HttpApi`).
    ///
    /// # Errors
    /// [`TemplateError::Property`] when another event has the same route.
    fn add_route(&mut self, route: HttpRoute, settings: &Properties<'_>) -> Result<(), TemplateError> {
        if let Some(other) = self.routes.iter().find(|other| other.key() == route.key()) {
            let problem = format!(
                "{} is defined twice, for the functions {} and {}: remove one of the two events",
                route.key(),
                other.function,
                route.function
            );
            return Err(settings.error("Path", problem));
        }
        self.routes.push(route);
        Ok(())
    }

    /// Adds an `AWS::Lambda::EventSourceMapping`.
    pub(crate) fn add_mapping_resource(&mut self, properties: &Properties<'_>) -> Result<(), TemplateError> {
        let function = properties.required_text("FunctionName")?;
        let id = properties.resource.clone();
        self.mappings.push(mapping(id, name_of_arn(&function), "EventSourceArn", properties)?);
        Ok(())
    }
}

/// SAM's type of an event from this source.
fn kind_of(source: &EventSource) -> &'static str {
    match source {
        EventSource::DynamoDb { .. } => "DynamoDB",
        EventSource::Kinesis { .. } => "Kinesis",
        EventSource::Sqs { .. } => "SQS",
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

/// Reads a mapping. The property `source` has the ARN of what the mapping reads, which decides what else it may have.
fn mapping(
    id: String,
    function: &str,
    source: &str,
    properties: &Properties<'_>,
) -> Result<EventSourceMapping, TemplateError> {
    let arn = properties.required_text(source)?;
    let unknown = || properties.error(source, format!("{arn} is neither a stream nor a queue"));
    let event_source = EventSource::from_arn(&arn).ok_or_else(unknown)?;
    let (own, default_size): (&[&str], _) = match &event_source {
        EventSource::Kinesis { .. } => (&["StartingPositionTimestamp"], 100),
        EventSource::DynamoDb { .. } => (&[], 100),
        EventSource::Sqs { .. } => (&["ScalingConfig"], 10),
    };
    let is_queue = matches!(event_source, EventSource::Sqs { .. });
    let of_streams = if is_queue { &[] } else { OF_STREAMS };
    let known = [COMMON, of_streams, own, &[source, "FunctionName"]].concat();
    properties.only(&known, INERT)?;
    let batch_size = at_least_one(properties.integer("BatchSize", 1..=10_000)?, default_size);
    let window = properties.integer("MaximumBatchingWindowInSeconds", 0..=300)?.unwrap_or(0);
    if is_queue && batch_size > 10 && window == 0 {
        let problem = "must be at least 1 if a queue's BatchSize is greater than 10";
        return Err(properties.error("MaximumBatchingWindowInSeconds", problem));
    }
    let retries = properties.integer("MaximumRetryAttempts", -1..=10_000)?.unwrap_or(-1);
    // AWS replaces a mapping when its source changes. The new mapping has no checkpoints.
    let through_consumer = matches!(event_source, EventSource::Kinesis { consumer_arn: Some(_), .. });
    Ok(EventSourceMapping {
        id: if through_consumer { format!("{id}-consumer") } else { id },
        enabled: properties.boolean("Enabled")?.unwrap_or(true),
        filters: Filters::read(properties, &event_source)?,
        function: function.to_owned(),
        batch_size,
        batching_window: Duration::from_secs(window.unsigned_abs()),
        maximum_concurrency: maximum_concurrency(properties)?,
        starting_position: if is_queue {
            StartingPosition::TrimHorizon
        } else {
            starting_position(properties)?
        },
        bisect_on_error: properties.boolean("BisectBatchOnFunctionError")?.unwrap_or(false),
        maximum_retries: u32::try_from(retries).ok(),
        maximum_record_age: maximum_record_age(properties)?,
        parallelization_factor: at_least_one(properties.integer("ParallelizationFactor", 1..=10)?, 1),
        reports_batch_item_failures: reports_batch_item_failures(properties)?,
        on_failure_queue: on_failure_queue(properties)?,
        source: event_source,
    })
}

/// The maximum number of concurrent batches of a queue (Lambda API reference, `ScalingConfig`).
fn maximum_concurrency(properties: &Properties<'_>) -> Result<Option<u32>, TemplateError> {
    let Some(scaling) = properties.object("ScalingConfig")? else { return Ok(None) };
    scaling.only(&["MaximumConcurrency"], &[])?;
    let maximum = scaling.integer("MaximumConcurrency", 2..=1000)?;
    Ok(maximum.and_then(|maximum| u32::try_from(maximum).ok()))
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
    let timestamp = properties.integer("StartingPositionTimestamp", 0..=i64::from(u32::MAX))?;
    match (properties.required_text("StartingPosition")?.as_str(), timestamp) {
        ("TRIM_HORIZON", None) => Ok(StartingPosition::TrimHorizon),
        ("LATEST", None) => Ok(StartingPosition::Latest),
        ("AT_TIMESTAMP", Some(seconds)) => Ok(StartingPosition::AtTimestamp(seconds * 1000)),
        ("AT_TIMESTAMP", None) => {
            Err(properties.error("StartingPositionTimestamp", "is required for AT_TIMESTAMP"))
        }
        ("TRIM_HORIZON" | "LATEST", Some(_)) => {
            Err(properties.error("StartingPositionTimestamp", "is allowed with AT_TIMESTAMP only"))
        }
        (other, _) => Err(properties.error("StartingPosition", format!("{other} is not supported locally"))),
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
    queue(&config, "OnFailure")
}

/// The queue that a side of `DestinationConfig` names, if the side is there.
///
/// # Errors
/// [`TemplateError::Property`] for a destination that is not a queue.
pub(crate) fn queue(config: &Properties<'_>, side: &str) -> Result<Option<String>, TemplateError> {
    let Some(destination) = config.object(side)? else { return Ok(None) };
    destination.only(&["Destination", "Type"], &[])?;
    let arn = destination.required_text("Destination")?;
    if !arn.contains(":sqs:") {
        return Err(destination.error("Destination", format!("{arn} is not an SQS queue")));
    }
    Ok(Some(name_of_arn(&arn).to_owned()))
}

/// Reads a `Schedule`, an `EventBridge` rule that invokes a function at a fixed rate. `rule` is the name of a rule without
/// `Name`. Returns `None` if it is disabled.
///
/// # Errors
/// [`TemplateError::Property`], also for a cron expression, which is not supported.
fn schedule(
    rule: String,
    function: &str,
    properties: &Properties<'_>,
) -> Result<Option<Schedule>, TemplateError> {
    properties.only(&["Enabled", "Input", "Name", "Schedule", "State"], &["Description", "RetryPolicy"])?;
    let expression = properties.required_text("Schedule")?;
    let unknown = || properties.error("Schedule", format!("{expression} must have the form rate(5 minutes)"));
    let rate = rate(&expression).ok_or_else(unknown)?;
    let state = properties.text("State")?;
    let is_enabled = properties.boolean("Enabled")? != Some(false) && state.as_deref() != Some("DISABLED");
    let rule = properties.text("Name")?.unwrap_or(rule);
    let schedule = Schedule { rule, function: function.to_owned(), rate, input: properties.text("Input")? };
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
