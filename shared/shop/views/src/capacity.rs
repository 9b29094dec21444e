//! The capacity that a request took, for its span.

use aws_sdk_dynamodb::types::ConsumedCapacity;
use tracing::Span;

/// Puts what a request took of `table`, its indexes included, on the present span: in the JSON that OpenTelemetry's
/// semantic convention `aws.dynamodb.consumed_capacity` asks for.
pub(crate) fn record(table: &str, answer: Option<&ConsumedCapacity>) {
    let Some(units) = answer.and_then(ConsumedCapacity::capacity_units) else { return };
    let json = serde_json::json!({ "TableName": table, "CapacityUnits": units });
    Span::current().record("aws.dynamodb.consumed_capacity", tracing::field::display(json));
}
