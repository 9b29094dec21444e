//! The filter criteria of an event source mapping: which records the mapping delivers.
//!
//! A pattern has the form of the record that it matches, with a list of alternatives in place of each value. A record
//! of Kinesis has the members of `kinesis` beside its other members, and `data` is the record's data as JSON. If no
//! pattern matches, or if a pattern has `data` and the data is not JSON, the record is dropped, and the mapping moves
//! past the record (Lambda guide, "Control which events Lambda sends to your function" and "Using event filtering with a
//! Kinesis event source"). A queue's record has `body`, and a table's has `dynamodb`. An operator that the guide does not
//! list is refused by name, and so is a key that no record has.

use serde_json::{Map, Number, Value};

use super::error::TemplateError;
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

/// Conditions on a value. Mappings and the rules of event buses use the same language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// A map in which every named member matches its pattern.
    Members(Vec<(String, Self)>),
    /// One of the patterns matches the same map: `$or`.
    Either(Vec<Self>),
    /// All patterns match the same map.
    Both(Vec<Self>),
    /// A value that fulfils one of the conditions.
    OneOf(Vec<Condition>),
}

/// A condition on one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Condition {
    Equals(Value),
    EqualsIgnoreCase(String),
    AnythingBut(Vec<Value>),
    Numeric(Vec<(Comparison, Number)>),
    Exists(bool),
    Prefix(String),
    Suffix(String),
}

/// A comparison of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
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
                Pattern::from_json(&text, source).map_err(|problem| filter.error("Pattern", problem))?;
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

impl Pattern {
    fn from_json(text: &str, source: &EventSource) -> Result<Self, String> {
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
        Self::from_members(&members)
    }

    fn from_value(name: &str, value: &Value) -> Result<Self, String> {
        match value {
            Value::Object(members) => Self::from_members(members),
            Value::Array(alternatives) if !alternatives.is_empty() => {
                alternatives.iter().map(Condition::from_json).collect::<Result<_, _>>().map(Self::OneOf)
            }
            _ => Err(format!("{name} must be a map or a list of alternatives")),
        }
    }

    /// Reads a pattern's map.
    pub(crate) fn from_members(members: &Map<String, Value>) -> Result<Self, String> {
        let mut named = Vec::new();
        let mut all = Vec::new();
        for (name, value) in members {
            match (name.as_str(), value) {
                ("$or", Value::Array(alternatives)) => all.push(Self::either(alternatives)?),
                ("$or", _) => return Err("$or must be a list".to_owned()),
                _ => named.push((name.clone(), Self::from_value(name, value)?)),
            }
        }
        all.push(Self::Members(named));
        Ok(Self::Both(all))
    }

    fn either(alternatives: &[Value]) -> Result<Self, String> {
        let alternative = |alternative: &Value| match alternative {
            Value::Object(members) => Self::from_members(members),
            _ => Err("$or must be a list of maps".to_owned()),
        };
        alternatives.iter().map(alternative).collect::<Result<_, _>>().map(Self::Either)
    }

    /// Matches a value, or the absence of a value.
    pub(crate) fn matches(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Members(members) => match value {
                // A list matches if one of its elements does.
                Some(Value::Array(elements)) => elements.iter().any(|element| self.matches(Some(element))),
                None | Some(Value::Object(_)) => {
                    let member = |name: &String| value.and_then(|value| value.get(name));
                    members.iter().all(|(name, pattern)| pattern.matches(member(name)))
                }
                // A value that is not a map, such as data that is not JSON, matches no pattern that is a map.
                Some(_) => false,
            },
            Self::Either(patterns) => patterns.iter().any(|pattern| pattern.matches(value)),
            Self::Both(patterns) => patterns.iter().all(|pattern| pattern.matches(value)),
            Self::OneOf(conditions) => conditions.iter().any(|condition| condition.holds(value)),
        }
    }
}

impl Condition {
    fn from_json(value: &Value) -> Result<Self, String> {
        let Value::Object(operator) = value else {
            return if value.is_array() {
                Err("an alternative must not be a list".to_owned())
            } else {
                Ok(Self::Equals(value.clone()))
            };
        };
        let Some((name, argument)) = operator.iter().next().filter(|_| operator.len() == 1) else {
            return Err("an alternative must have exactly one operator".to_owned());
        };
        let condition = match (name.as_str(), argument) {
            ("prefix", Value::String(text)) => Self::Prefix(text.clone()),
            ("suffix", Value::String(text)) => Self::Suffix(text.clone()),
            ("equals-ignore-case", Value::String(text)) => Self::EqualsIgnoreCase(text.to_lowercase()),
            ("exists", Value::Bool(exists)) => Self::Exists(*exists),
            ("anything-but", Value::Array(values)) if values.iter().all(is_scalar) => {
                Self::AnythingBut(values.clone())
            }
            ("anything-but", value) if is_scalar(value) => Self::AnythingBut(vec![value.clone()]),
            ("numeric", Value::Array(parts)) => Self::Numeric(comparisons(parts)?),
            _ => return Err(format!("the operator {name} with {argument} is not supported locally")),
        };
        Ok(condition)
    }

    fn holds(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::Exists(exists), value) => *exists == value.is_some(),
            (_, None) => false,
            // A list fulfils a condition if one of its elements does.
            (_, Some(Value::Array(elements))) => elements.iter().any(|element| self.holds_for(element)),
            (_, Some(value)) => self.holds_for(value),
        }
    }

    fn holds_for(&self, value: &Value) -> bool {
        let text = || value.as_str();
        match self {
            Self::Equals(expected) => value == expected,
            Self::EqualsIgnoreCase(expected) => text().is_some_and(|text| text.to_lowercase() == *expected),
            Self::AnythingBut(refused) => is_scalar(value) && !refused.contains(value),
            Self::Numeric(comparisons) => comparisons.iter().all(|(comparison, number)| {
                let both = value.as_f64().zip(number.as_f64());
                both.is_some_and(|(value, number)| comparison.holds(value, number))
            }),
            Self::Exists(exists) => *exists,
            Self::Prefix(prefix) => text().is_some_and(|text| text.starts_with(prefix)),
            Self::Suffix(suffix) => text().is_some_and(|text| text.ends_with(suffix)),
        }
    }
}

impl Comparison {
    fn holds(self, value: f64, number: f64) -> bool {
        let order = value.partial_cmp(&number);
        match self {
            Self::Equal => order.is_some_and(std::cmp::Ordering::is_eq),
            Self::Less => order.is_some_and(std::cmp::Ordering::is_lt),
            Self::LessOrEqual => order.is_some_and(std::cmp::Ordering::is_le),
            Self::Greater => order.is_some_and(std::cmp::Ordering::is_gt),
            Self::GreaterOrEqual => order.is_some_and(std::cmp::Ordering::is_ge),
        }
    }
}

fn is_scalar(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

/// The comparisons of `numeric`: an operator and a number, once or twice.
fn comparisons(parts: &[Value]) -> Result<Vec<(Comparison, Number)>, String> {
    let invalid = || "numeric takes an operator and a number, once or twice".to_owned();
    if ![2, 4].contains(&parts.len()) {
        return Err(invalid());
    }
    let comparison = |pair: &[Value]| match pair {
        [Value::String(operator), Value::Number(number)] => {
            let comparison = match operator.as_str() {
                "=" => Comparison::Equal,
                "<" => Comparison::Less,
                "<=" => Comparison::LessOrEqual,
                ">" => Comparison::Greater,
                ">=" => Comparison::GreaterOrEqual,
                other => return Err(format!("{other} is not an operator of numeric")),
            };
            Ok((comparison, number.clone()))
        }
        _ => Err(invalid()),
    };
    parts.chunks(2).map(comparison).collect()
}
