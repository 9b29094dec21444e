//! `CloudWatch` Logs: reading the logs of the template's functions, as `aws logs tail` does (`CloudWatch` Logs API
//! reference).
//!
//! A token of a page is the number of its first event. A number stays valid while older events are dropped. A token of
//! groups or streams is the number of those before the page.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use stack_base::account::log_group_arn;
use stack_base::service_error::{ServiceError, parse};
use stack_lambda::{LogEvent, LogEvents};
use stack_template::Function;

/// The operations that [`Logs::call`] executes.
const OPERATIONS: &[&str] = &["DescribeLogGroups", "DescribeLogStreams", "FilterLogEvents", "GetLogEvents"];
/// Maximum number of events on a page.
const PAGE: usize = 10_000;
/// Maximum number of groups or streams on a page, which is the default.
const NAMES: usize = 50;

/// The log groups of the template's functions.
pub(crate) struct Logs {
    events: LogEvents,
    /// Name of the function of each log group.
    functions: BTreeMap<String, String>,
}

/// The fields of a request that the stack reads.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct LogRequest {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_group_name_prefix: Option<String>,
    log_stream_name: Option<String>,
    log_stream_names: Vec<String>,
    log_stream_name_prefix: Option<String>,
    start_time: Option<i64>,
    end_time: Option<i64>,
    filter_pattern: Option<String>,
    limit: Option<usize>,
    next_token: Option<String>,
    start_from_head: bool,
    /// Always true since 2019 (API reference, `FilterLogEvents`).
    #[serde(rename = "interleaved")]
    _interleaved: Option<bool>,
}

impl Logs {
    /// The logs of `functions`, whose events are in `events`.
    pub(crate) fn new(functions: &[Function], events: LogEvents) -> Self {
        let group = |function: &Function| (function.log_group(), function.name.clone());
        Self { events, functions: functions.iter().map(group).collect() }
    }

    /// Executes one operation.
    pub(super) fn call(&self, operation: &str, body: &[u8]) -> Result<Value, ServiceError> {
        let request: LogRequest = parse(body)?;
        match operation {
            "DescribeLogGroups" => self.groups(&request),
            "DescribeLogStreams" => self.streams(&request),
            "FilterLogEvents" => self.filter(&request),
            "GetLogEvents" => self.get(&request),
            other => Err(ServiceError::not_served("CloudWatch Logs", other, OPERATIONS)),
        }
    }

    fn groups(&self, request: &LogRequest) -> Result<Value, ServiceError> {
        let prefix = request.log_group_name_prefix.as_deref().unwrap_or_default();
        let groups = self.functions.keys().filter(|name| name.starts_with(prefix));
        let group = |name: &String| {
            let arn = log_group_arn(name);
            json!({"logGroupName": name, "arn": arn, "logGroupArn": arn.trim_end_matches(":*")})
        };
        request.names("logGroups", groups.map(group))
    }

    fn streams(&self, request: &LogRequest) -> Result<Value, ServiceError> {
        let events = self.events(request)?;
        let mut streams: BTreeMap<Arc<str>, (i64, i64)> = BTreeMap::new();
        for event in events.iter().filter(|event| request.selects_stream(&event.stream)) {
            let times = streams.entry(Arc::clone(&event.stream));
            times.or_insert((event.timestamp_ms, 0)).1 = event.timestamp_ms;
        }
        let stream = |(name, (first, last)): (Arc<str>, (i64, i64))| {
            let name = &*name;
            json!({"logStreamName": name, "firstEventTimestamp": first, "lastEventTimestamp": last})
        };
        request.names("logStreams", streams.into_iter().map(stream))
    }

    fn filter(&self, request: &LogRequest) -> Result<Value, ServiceError> {
        if request.filter_pattern.as_ref().is_some_and(|pattern| !pattern.is_empty()) {
            let problem = "A filterPattern is not served by the local stack. Filter the output instead.";
            return Err(ServiceError::client("InvalidParameterException", problem));
        }
        let first = request.first()?;
        let mut selected = self.selected(request)?.into_iter().filter(|event| event.number >= first);
        let page: Vec<LogEvent> = selected.by_ref().take(request.page()).collect();
        let event = |event: &LogEvent| {
            json!({
                "logStreamName": &*event.stream, "timestamp": event.timestamp_ms, "message": event.message,
                "ingestionTime": event.timestamp_ms, "eventId": format!("{:056}", event.number),
            })
        };
        let mut answer =
            json!({"events": page.iter().map(event).collect::<Vec<_>>(), "searchedLogStreams": []});
        if let Some(next) = selected.next() {
            answer["nextToken"] = next.number.to_string().into();
        }
        Ok(answer)
    }

    /// The events of one stream: the newest ones, unless the request starts from the head or continues a page.
    fn get(&self, request: &LogRequest) -> Result<Value, ServiceError> {
        let mut events = self.selected(request)?;
        if request.next_token.is_some() {
            let first = request.first()?;
            events.retain(|event| event.number >= first);
            events.truncate(request.page());
        } else if request.start_from_head {
            events.truncate(request.page());
        } else {
            events.drain(..events.len().saturating_sub(request.page()));
        }
        let given = request.next_token.clone().unwrap_or_else(|| "0".to_owned());
        let next = events.last().map_or(given, |last| (last.number + 1).to_string());
        let backward = events.first().map_or_else(|| next.clone(), |first| first.number.to_string());
        let event = |event: &LogEvent| {
            let time = event.timestamp_ms;
            json!({"timestamp": time, "message": event.message, "ingestionTime": time})
        };
        let events: Vec<Value> = events.iter().map(event).collect();
        Ok(json!({"events": events, "nextForwardToken": next, "nextBackwardToken": backward}))
    }

    /// The events in the streams and the time of a request.
    fn selected(&self, request: &LogRequest) -> Result<Vec<LogEvent>, ServiceError> {
        let mut events = self.events(request)?;
        events.retain(|event| {
            request.selects_stream(&event.stream)
                && request.start_time.is_none_or(|start| event.timestamp_ms >= start)
                && request.end_time.is_none_or(|end| event.timestamp_ms <= end)
        });
        Ok(events)
    }

    /// All events of a request's group.
    fn events(&self, request: &LogRequest) -> Result<Vec<LogEvent>, ServiceError> {
        let group = request.group().unwrap_or_default();
        let function = self.functions.get(group).ok_or_else(|| {
            ServiceError::client("ResourceNotFoundException", "The specified log group does not exist.")
        })?;
        Ok(self.events.of_function(function))
    }
}

impl LogRequest {
    /// Name of the log group, which a request gives by name or ARN.
    fn group(&self) -> Option<&str> {
        let given = self.log_group_name.as_deref().or(self.log_group_identifier.as_deref())?;
        Some(group_name(given))
    }

    fn selects_stream(&self, stream: &str) -> bool {
        let prefix = self.log_stream_name_prefix.as_deref().unwrap_or_default();
        let named = self.log_stream_names.iter().chain(&self.log_stream_name);
        let mut named = named.peekable();
        stream.starts_with(prefix) && (named.peek().is_none() || named.any(|name| name == stream))
    }

    fn page(&self) -> usize {
        self.limit.unwrap_or(PAGE).clamp(1, PAGE)
    }

    /// A page of groups or streams in the member `name`.
    fn names(&self, name: &str, all: impl Iterator<Item = Value>) -> Result<Value, ServiceError> {
        let first = usize::try_from(self.first()?).unwrap_or(usize::MAX);
        let limit = self.limit.unwrap_or(NAMES);
        if !(1..=NAMES).contains(&limit) {
            let problem = format!("The limit must be a number from 1 to {NAMES}.");
            return Err(ServiceError::client("InvalidParameterException", problem));
        }
        let mut all = all.skip(first);
        let page: Vec<Value> = all.by_ref().take(limit).collect();
        let mut answer = json!({ name: page });
        if all.next().is_some() {
            answer["nextToken"] = (first + limit).to_string().into();
        }
        Ok(answer)
    }

    /// Number of the first event that the token names.
    fn first(&self) -> Result<u64, ServiceError> {
        let Some(token) = &self.next_token else { return Ok(0) };
        let invalid =
            || ServiceError::client("InvalidParameterException", "The specified nextToken is invalid.");
        token.parse().map_err(|_| invalid())
    }
}

/// The name of a log group that is given by name or ARN. A name has no colons, and an ARN may end in `:*`.
pub(super) fn group_name(given: &str) -> &str {
    let given = given.trim_end_matches(":*");
    given.rsplit(':').next().unwrap_or(given)
}
