//! Helpers for items in DynamoDB's JSON, queries, and the errors of the console.

use std::collections::HashMap;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use dynoxide::actions::query::QueryRequest;
use dynoxide::types::AttributeValue;
use dynoxide::{Database, DynoxideError};
use serde_json::{Map, Value, json};
use stack_base::chaos::ChaosError;
use stack_events::RedeliveryError;
use stack_kinesis::KinesisError;
use stack_mapping::RedriveError;
use stack_sqs::SqsError;

/// Why the console cannot show something.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// The requested resource does not exist or no longer exists.
    #[error("{0} does not exist")]
    NotFound(String),
    /// A table cannot be read.
    #[error("cannot read a table: {0}")]
    Table(#[from] dynoxide::DynoxideError),
    /// The stream of changes cannot be read.
    #[error("cannot read the change stream: {0}")]
    Changes(#[from] KinesisError),
    /// The template cannot be shown with its counts.
    #[error("cannot count the unfinished work: {0}")]
    Backlog(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A queue cannot be read.
    #[error("cannot read a queue: {0}")]
    Queue(#[from] SqsError),
    /// A dead letter does not say what can be processed again.
    #[error(
        "the message names neither records that a mapping of the template reads from Kinesis, nor an event of a function \
         or of a rule's target"
    )]
    NotRedrivable,
    /// The records or the event of a dead letter were not processed.
    #[error("the message is in its queue again: {0}")]
    Redrive(#[from] RedriveError),
    /// The event of a dead letter was not delivered.
    #[error("the message is in its queue again: {0}")]
    Redelivery(#[from] RedeliveryError),
    /// The faults cannot be changed as requested.
    #[error("{0}")]
    Chaos(#[from] ChaosError),
    /// The stack is stopping.
    #[error("the stack is stopping")]
    Stopping,
}

impl IntoResponse for ConsoleError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Chaos(_) => StatusCode::BAD_REQUEST,
            Self::NotRedrivable | Self::Redrive(_) | Self::Redelivery(_) => StatusCode::CONFLICT,
            Self::Table(_) | Self::Changes(_) | Self::Backlog(_) | Self::Queue(_) | Self::Stopping => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        (status, Json(json!({ "message": self.to_string() }))).into_response()
    }
}

/// Maximum number of pages (1 MB each) that one query reads.
const PAGES: usize = 4;

/// Reads the items of partition `pk` with the greatest sort keys first: at most `limit`, and only those that match
/// `filter`.
///
/// # Errors
/// The error of the engine.
pub(super) fn query(
    database: &Database,
    table: &str,
    pk: &str,
    filter: Option<&str>,
    limit: usize,
) -> Result<Vec<Value>, DynoxideError> {
    let (mut items, mut start) = (Vec::new(), None);
    for _ in 0..PAGES {
        let request = QueryRequest {
            table_name: table.to_owned(),
            key_condition_expression: Some("pk = :pk".to_owned()),
            filter_expression: filter.map(str::to_owned),
            expression_attribute_values: Some(HashMap::from([(
                ":pk".to_owned(),
                AttributeValue::S(pk.to_owned()),
            )])),
            scan_index_forward: false,
            limit: filter.is_none().then_some(limit - items.len()),
            exclusive_start_key: start,
            ..QueryRequest::default()
        };
        let page = database.query(request)?;
        items.extend(page.items.into_iter().flatten().map(|item| json!(item)));
        start = page.last_evaluated_key;
        if start.is_none() || items.len() >= limit {
            break;
        }
    }
    items.truncate(limit);
    Ok(items)
}

/// Length of a UUID as text.
const UUID: usize = 36;

/// The category of a stream with the id `<category>-<uuid>`.
pub(super) fn category_of(stream: &str) -> Option<&str> {
    stream.get(..stream.len().checked_sub(UUID)?)?.strip_suffix('-')
}

/// Value of a text attribute.
pub(super) fn text<'i>(item: &'i Value, name: &str) -> Option<&'i str> {
    item[name]["S"].as_str()
}

/// Value of an attribute that is a non-negative whole number.
pub(super) fn number(item: &Value, name: &str) -> Option<u64> {
    item[name]["N"].as_str()?.parse().ok()
}

/// All attributes without their type descriptors. A number stays text, which keeps its precision.
pub(super) fn plain(item: &Value) -> Map<String, Value> {
    let attributes = item.as_object().into_iter().flatten();
    attributes.map(|(name, value)| (name.clone(), plain_value(value))).collect()
}

fn plain_value(typed: &Value) -> Value {
    let Some((kind, value)) = typed.as_object().and_then(|typed| typed.iter().next()) else {
        return Value::Null;
    };
    match (kind.as_str(), value) {
        ("M", value) => Value::Object(plain(value)),
        ("L", Value::Array(elements)) => elements.iter().map(plain_value).collect(),
        ("NULL", _) => Value::Null,
        (_, value) => value.clone(),
    }
}
