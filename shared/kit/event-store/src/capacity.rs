//! The capacity that a port's requests took, for its span.

use aws_sdk_dynamodb::types::ConsumedCapacity;
use tracing::Span;

/// Read or write units of one table, its indexes included.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Capacity(f64);

impl Capacity {
    /// What an answer says that its request took.
    pub(crate) fn of(answer: Option<&ConsumedCapacity>) -> Self {
        Self(answer.and_then(ConsumedCapacity::capacity_units).unwrap_or_default())
    }

    /// Counts another request's in.
    pub(crate) fn add(&mut self, other: Self) {
        self.0 += other.0;
    }

    /// Puts it on the present span, in the JSON that OpenTelemetry's semantic convention
    /// `aws.dynamodb.consumed_capacity` asks for.
    pub(crate) fn record(self, table: &str) {
        // A table's name has no character that JSON escapes: letters, digits, `_`, `-` and `.` are all there are.
        let json = format_args!(r#"{{"TableName":"{table}","CapacityUnits":{:?}}}"#, self.0);
        Span::current().record("aws.dynamodb.consumed_capacity", tracing::field::display(json));
    }
}
