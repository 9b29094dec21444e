//! The filter criteria of an event source mapping: which records the mapping delivers.
//!
//! A pattern has the form of the record that it matches, with a list of alternatives in place of each value. A record
//! of Kinesis has the members of `kinesis` beside its other members, and `data` is the record's data as JSON. If no
//! pattern matches, or if a pattern has `data` and the data is not JSON, the record is dropped, and the mapping moves
//! past the record (Lambda guide, "Control which events Lambda sends to your function" and "Using event filtering with a
//! Kinesis event source"). A queue's record has `body`, and a table's has `dynamodb`. An operator that the guide does not
//! list is refused by name, and so is a key that no record has.

use serde_json::Value;

use super::error::TemplateError;
use super::pattern::{Dialect, Pattern};
use super::properties::Properties;
use super::source::EventSource;

/// Maximum number of patterns of a mapping, after a quota increase; the default is 5.
const MAXIMUM_PATTERNS: usize = 10;
/// Maximum length of a pattern (Lambda API reference, `Filter`).
const MAXIMUM_PATTERN: usize = 4096;

/// Keys of a pattern for Kinesis.
const KINESIS_KEYS: &[&str] = &[
    "approximateArrivalTimestamp",
    "awsRegion",
    "data",
    "eventID",
    "eventName",
    "eventSource",
    "eventSourceARN",
    "eventVersion",
    "invokeIdentityArn",
    "kinesisSchemaVersion",
    "partitionKey",
    "sequenceNumber",
];
/// Keys of a pattern for the stream of a table.
const TABLE_KEYS: &[&str] = &[
    "awsRegion",
    "dynamodb",
    "eventID",
    "eventName",
    "eventSource",
    "eventSourceARN",
    "eventVersion",
    "userIdentity",
];
/// Keys of a pattern for a queue.
const QUEUE_KEYS: &[&str] = &[
    "attributes",
    "awsRegion",
    "body",
    "eventSource",
    "eventSourceARN",
    "md5OfBody",
    "messageAttributes",
    "messageId",
    "receiptHandle",
];

/// The patterns of a mapping. A record passes if one of them matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filters(Vec<Filter>);

/// One pattern and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Filter {
    text: String,
    pattern: Pattern,
}

impl Filters {
    /// Reads `FilterCriteria`. `None` if the mapping has no filter and delivers every record.
    ///
    /// # Errors
    /// [`TemplateError::Property`] when a pattern is not valid, or is not supported locally.
    pub(crate) fn read(
        properties: &Properties<'_>,
        source: &EventSource,
    ) -> Result<Option<Self>, TemplateError> {
        let Some(criteria) = properties.object("FilterCriteria")? else { return Ok(None) };
        criteria.only(&["Filters"], &[])?;
        let filters = criteria.objects("Filters")?;
        if filters.len() > MAXIMUM_PATTERNS {
            return Err(criteria.error("Filters", format!("has more than {MAXIMUM_PATTERNS} filters")));
        }
        let pattern = |filter: &Properties<'_>| {
            filter.only(&["Pattern"], &[])?;
            let text = filter.required_text("Pattern")?;
            let pattern =
                pattern_from_json(&text, source).map_err(|problem| filter.error("Pattern", problem))?;
            Ok(Filter { text, pattern })
        };
        let patterns: Vec<Filter> = filters.iter().map(pattern).collect::<Result<_, _>>()?;
        Ok((!patterns.is_empty()).then_some(Self(patterns)))
    }

    /// True if the mapping delivers a record with these members.
    #[must_use]
    pub fn accept(&self, record: &Value) -> bool {
        self.0.iter().any(|filter| filter.pattern.matches(Some(record)))
    }

    /// The patterns as the template has them.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|filter| filter.text.as_str())
    }
}

/// Reads a pattern for the records of `source`.
fn pattern_from_json(text: &str, source: &EventSource) -> Result<Pattern, String> {
    if text.len() > MAXIMUM_PATTERN {
        return Err(format!("is longer than {MAXIMUM_PATTERN} characters"));
    }
    let pattern = serde_json::from_str(text).map_err(|error| format!("is not JSON: {error}"))?;
    let Value::Object(members) = pattern else { return Err("is not a map".to_owned()) };
    let (keys, source) = match source {
        EventSource::Kinesis { .. } => (KINESIS_KEYS, "Kinesis"),
        EventSource::DynamoDb { .. } => (TABLE_KEYS, "DynamoDB"),
        EventSource::Sqs { .. } => (QUEUE_KEYS, "SQS"),
    };
    if let Some(other) = members.keys().find(|key| *key != "$or" && !keys.contains(&key.as_str())) {
        return Err(format!("no record of {source} has the key {other}: use {}", keys.join(", ")));
    }
    if members.get("data").is_some_and(|data| !data.is_object()) {
        return Err("data must be a map, because a record's data is JSON".to_owned());
    }
    Pattern::from_members(&members, Dialect::Filter)
}
